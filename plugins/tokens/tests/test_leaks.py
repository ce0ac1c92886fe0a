"""Reports of leaked tokens: believed if they are signed, and of no use to anybody else."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ostiary.contracts import PluginError
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor
from ostiary_tokens.caveats import written
from ostiary_tokens.leak_keys import AGAIN, KEPT, LeakKeys
from plugins.tokens.tests.conftest import Desk, MakeDesk, narrowed, with_address

PATH = "/tokens/leaks"
WHERE = "https://code.example/ada/repo/blob/1/deploy.sh"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
REFUSAL = "This report is not signed by a key that this site knows."


def listed(**keys: Any) -> str:
    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    found = [
        {"key_identifier": name, "key": key.public_key().public_bytes(*form).decode()}
        for name, key in keys.items()
    ]
    return json.dumps({"public_keys": found})


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "leak-keys.json"
    path.write_text(listed(k1=KEY, old=ec.generate_private_key(ec.SECP384R1())))
    return path


@pytest.fixture
def desk(make_desk: MakeDesk, key_file: Path) -> Desk:
    return make_desk(verifier__tokens__leak_keys=str(key_file))


def signature(body: bytes, key: Any = KEY, digest: HashAlgorithm | None = None) -> str:
    return base64.b64encode(key.sign(body, ec.ECDSA(digest or SHA256()))).decode()


def match(token: str, **more: Any) -> dict[str, Any]:
    return {"token": token, "type": "ostiary_token", "url": WHERE, "source": "content", **more}


def report(desk: Desk, found: Any, **headers: str | None) -> Any:
    body = found if isinstance(found, bytes) else json.dumps(found).encode()
    given = {
        "Github-Public-Key-Identifier": "k1",
        "Github-Public-Key-Signature": signature(body),
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    sent = {name: value for name, value in given.items() if value is not None}
    return Visitor(desk.runtime).app.post(PATH, body, headers=sent, status="*")


def test_a_token_that_was_found_is_revoked_mailed_and_recorded(
    desk: Desk, events: Events, outbox: Outbox
) -> None:
    ada = with_address(desk)
    token = desk.token()
    token_id = desk.keeper.of(ada)[0].id
    other = desk.token(name="other")
    answer = report(desk, [match(token)])
    assert answer.json == [
        {
            "token_hash": hashlib.sha256(token.encode()).hexdigest(),
            "token_type": "ostiary_token",
            "label": "true_positive",
        }
    ]
    with pytest.raises(Exception, match="token-unknown"):
        desk.present(token)
    assert desk.present(other).user == desk.user().id
    (event,) = events.of("token.leaked")
    assert (event.subject, event.actor.kind) == (ada, "anonymous")
    assert event.details == {
        "token": token_id,
        "name": "ci",
        "where": WHERE,
        "source": "content",
    }
    assert outbox.last.subject == "API token found in public, and revoked: ci"
    assert WHERE in outbox.last.text
    assert token not in outbox.last.text + repr(events.all) + answer.text


def test_a_report_of_many_and_of_odd_places_is_taken(desk: Desk, events: Events) -> None:
    """Addresses hold what separates the fields of a form; this is none."""
    token = desk.token()
    found = [match(f"ost-{number}") for number in range(40)]
    odd = match(token, url=f"https://code.example/?{'a=1&' * 600}", source=None, more=[1])
    answer = report(desk, [*found, odd])
    assert [each["label"] for each in answer.json] == ["false_positive"] * 40 + ["true_positive"]
    (event,) = events.of("token.leaked")
    assert str(event.details["where"]).startswith("https://code.example/?a=1&")


def test_what_was_narrowed_from_it_ends_the_token_too_and_all_copies_are_true(desk: Desk) -> None:
    """It is found in several places, narrowed by several people, expired by now."""
    token = desk.token(written("from", "10.0.0.0/8"))
    copies = [narrowed(token, ["delegate", "a"], ["exp", 0]), narrowed(token, ["uses", 1]), token]
    labels = [each["label"] for each in report(desk, [match(t) for t in copies * 2]).json]
    assert labels == ["true_positive"] * 6
    with pytest.raises(Exception, match="token-unknown"):
        desk.present(token)


def test_a_text_whose_signature_does_not_hold_ends_nothing(desk: Desk, events: Events) -> None:
    """Whoever can only make what looks like a token gets nobody's revoked by publishing it."""
    token = desk.token()
    stripped = narrowed(token, ["delegate", "a"])
    from ostiary_tokens.spelling import Spelling, macaroon_of

    spelling = Spelling(["ost-"])
    forged = macaroon_of(stripped, spelling)
    forged.caveats.clear()
    texts = [forged.serialize(spelling), token[:-1], token + "A", "", "x" * 5000, "\ud800", "\x00"]
    answer = report(desk, [match(each) for each in texts])
    assert [each["label"] for each in answer.json] == ["false_positive"] * len(texts)
    assert desk.present(token).user == desk.user().id
    assert events.of("token.leaked") == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Github_Public_Key_Identifier": None},
        {"Github_Public_Key_Signature": None},
        {"Github_Public_Key_Identifier": "k2"},
        {"Github_Public_Key_Identifier": "old"},
        {"Github_Public_Key_Signature": ""},
        {"Github_Public_Key_Signature": "AAAA"},
        {"Github_Public_Key_Signature": "not base64!"},
        {"Github_Public_Key_Signature": signature(b"[]")},
        {"Github_Public_Key_Signature": base64.b64encode(bytes(64)).decode()},
    ],
)
def test_a_report_that_is_not_signed_learns_and_does_nothing(
    desk: Desk, events: Events, headers: dict[str, str | None]
) -> None:
    """The same answer for a token, for another's, and for what is none."""
    token = desk.token()
    answers = [
        report(desk, body, **headers)
        for body in ([match(token)], [match("ost-" + "A" * 90)], b"no report at all")
    ]
    assert {each.status_int for each in answers} == {403}
    assert {each.json["detail"].partition(" (")[0] for each in answers} == {REFUSAL}
    assert desk.present(token).user == desk.user().id
    assert events.of("token.leaked") == []


def test_another_key_another_digest_and_another_body_do_not_sign_it(desk: Desk) -> None:
    token = desk.token()
    body = json.dumps([match(token)]).encode()
    for shown in (signature(body, OTHER), signature(body, digest=SHA384()), signature(body + b" ")):
        assert report(desk, body, Github_Public_Key_Signature=shown).status_int == 403
    assert desk.present(token).user == desk.user().id


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[1]", b'[{"token":"x"}]', b'[{"token":1,"type":"t"}]', b"[" * 9000, b"\xff"],
)
def test_a_signed_report_that_is_none_is_said_so(desk: Desk, body: bytes) -> None:
    answer = report(desk, body)
    assert answer.status_int == 400
    assert "A report is a JSON array" in answer.json["detail"]


def test_without_keys_there_is_no_such_address(make_desk: MakeDesk) -> None:
    desk = make_desk()
    assert report(desk, [match(desk.token())]).status_int == 404


@pytest.mark.parametrize("value", ["http://keys.example/", "keys.json", "ftp://x/", "https://"])
def test_keys_come_from_a_file_or_by_https(make_desk: MakeDesk, value: str) -> None:
    with pytest.raises(PluginError, match="leak_keys"):
        make_desk(verifier__tokens__leak_keys=value)


class KeyServer(HTTPServer):
    """Gives out whatever keys it has; counts who asks."""

    text = ""
    status = 200
    asked = 0


class Handler(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
            self.server.status = 200
        self.end_headers()
        self.wfile.write(self.server.text.encode())

    def log_message(self, *_told: Any) -> None:
        pass


@pytest.fixture
def served() -> Iterator[KeyServer]:
    server = KeyServer(("127.0.0.1", 0), Handler)
    server.text = listed(k1=KEY)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_keys_are_fetched_once_a_day_and_again_for_one_that_is_new(
    served: KeyServer, clock: Clock
) -> None:
    """However often strangers name keys that are none."""
    found = LeakKeys(f"http://127.0.0.1:{served.server_port}/keys")
    for _again in range(3):
        assert found.find("k1", clock()) is not None
        assert found.find("k2", clock()) is None
    assert served.asked == 1
    served.text = listed(k1=KEY, k2=OTHER)
    clock.advance(AGAIN)
    assert found.find("k2", clock()) is not None
    assert served.asked == 2
    served.text = listed(k2=OTHER)
    clock.advance(KEPT)
    assert found.find("k1", clock()) is None
    assert found.find("k2", clock()) is not None


def test_while_keys_cannot_be_had_the_old_ones_hold_for_a_day(
    served: KeyServer, clock: Clock
) -> None:
    found = LeakKeys(f"http://127.0.0.1:{served.server_port}/keys")
    assert found.find("k1", clock())
    for status, text in ((500, ""), (302, listed(evil=OTHER)), (200, "[]"), (200, "{")):
        served.status, served.text = status, text
        clock.advance(AGAIN)
        assert found.find("evil", clock()) is None
        assert found.find("k1", clock())
    clock.advance(KEPT)
    assert found.find("k1", clock()) is None


def test_keys_of_other_kinds_sign_nothing(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "keys.json"
    path.write_text(
        listed(
            rsa=rsa.generate_private_key(65537, 2048), curve=ec.generate_private_key(ec.SECP521R1())
        )
    )
    found = LeakKeys(str(path))
    assert found.find("rsa", clock()) is None
    clock.advance(timedelta(hours=1))
    assert found.find("curve", clock()) is None
