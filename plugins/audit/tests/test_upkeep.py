"""Pruning on record, and sending on: at least once, in order, and one receiver harms no other."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from ostiary.contracts import SettingsError
from ostiary.testing.clock import Clock
from ostiary_audit import pruning
from ostiary_audit.forwarding import begin, forward, signature, standings, webhook
from ostiary_audit.pruning import prune
from ostiary_audit.settings import AuditSettings, Webhook
from ostiary_audit.tables import event, log, record
from ostiary_audit.upkeep import Upkeep
from plugins.audit.tests.conftest import DONE, Desk, MakeDesk

SECRET = "s" * 32


def rules(**settings: str) -> AuditSettings:
    return AuditSettings.from_mapping(settings)


def pruned(desk: Desk, erase: tuple[str, ...] = (), **settings: str) -> dict[str, int]:
    desk.things()
    found = prune(desk.runtime.house, desk.trail, erase=erase, settings=rules(**settings))
    report = desk.verified()
    assert report.sound, report.findings
    desk.things()
    assert desk.verified().sound
    return found


def count(desk: Desk, condition: Any, table: Any = event) -> int:
    with desk.trail.store.read() as connection:
        counted = select(func.count()).select_from(table).where(condition)
        return int(connection.execute(counted).scalar_one())


def test_events_are_pruned_by_type_and_age_and_the_proof_stays_whole(
    desk: Desk, clock: Clock
) -> None:
    """Rows, records and histories are gone; hashes, tree and signature are as before."""
    desk.acts(3)
    desk.act(type="other.done", details={"what": "x"})
    clock.advance(timedelta(days=31))
    desk.acts(2)
    assert pruned(desk, keep="thing.*=30d other.*=90d") == {"event": 3}
    assert desk.things() == ["0", "1"]
    assert len(desk.entries(type="other.done")) == 1
    assert desk.verified().pruned == 3
    assert count(desk, record.c.n <= 3, record) == 0
    (run,) = desk.entries(type="audit.pruned")
    assert run.event is not None
    assert run.event.details["why"] == "thing.done is kept for 30d"


def test_what_the_trail_records_of_itself_is_never_pruned(desk: Desk, clock: Clock) -> None:
    """It is what tells pruning from tampering."""
    desk.acts(1)
    clock.advance(timedelta(days=31))
    pruned(desk, keep="*=1d")
    clock.advance(timedelta(days=31))
    pruned(desk, keep="*=1d")
    assert {entry.row.type for entry in desk.entries()} == {"audit.key", "audit.pruned"}


def test_addresses_are_dropped_after_their_time(desk: Desk, clock: Clock) -> None:
    desk.acts(2)
    clock.advance(timedelta(days=91))
    desk.acts(1)
    assert pruned(desk, addresses="90d") == {"place": 2}
    addresses = [entry.row.address for entry in desk.entries(type=DONE)]
    assert addresses == [None, None, "192.0.2.9"]
    agents = [entry.event.client.agent for entry in desk.entries(type=DONE) if entry.event]
    assert agents == ["", "", "curl/8"]
    assert pruned(desk, addresses="90d") == {}


def bare_to(desk: Desk) -> int:
    with desk.trail.store.read() as connection:
        return int(connection.execute(select(log.c.bare_to)).scalar_one() or 0)


def test_a_run_begins_where_the_last_one_left_an_address(desk: Desk, clock: Clock) -> None:
    """So a run costs what has become too old since, however long the trail is."""
    desk.acts(2)
    clock.advance(timedelta(days=91))
    desk.acts(1)
    assert pruned(desk, addresses="90d") == {"place": 2}
    old, _old, kept = (entry.seq for entry in desk.entries(type=DONE))
    assert old < bare_to(desk) < kept
    # What is behind is not looked at again: by hand, an address is put there.
    with desk.trail.store.write() as unit:
        first = select(event.c.n).where(event.c.seq == old).scalar_subquery()
        unit.execute(update(record).where(record.c.n == first).values(place=b"x"))
    clock.advance(timedelta(days=91))
    found = prune(desk.runtime.house, desk.trail, settings=rules(addresses="90d"))
    assert found == {"place": 1}
    assert kept <= bare_to(desk)


def test_what_got_its_place_late_keeps_its_address_no_longer_than_its_neighbours(
    desk: Desk, clock: Clock
) -> None:
    """A clock that was wrong, a record that was found later: the runs do not pass them by."""
    desk.acts(1)
    for days in (200, -200):
        clock.advance(timedelta(days=days))
        desk.acts(1)
        desk.things()
    for _ in range(4):
        clock.advance(timedelta(days=91))
        pruned(desk, addresses="90d")
    assert [entry.row.address for entry in desk.entries(type=DONE)] == [None] * 3
    assert count(desk, record.c.place.is_not(None), record) == 0


def test_more_than_a_batch_is_counted_before_and_deleted_then(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    desk.acts(5)
    desk.things()
    clock.advance(timedelta(days=31))
    settings = rules(keep="thing.*=30d", addresses="30d")
    for dry in (True, False):
        wanted = {"event": 5, "place": 5} if dry else {"event": 5}
        assert prune(desk.runtime.house, desk.trail, settings=settings, dry=dry) == wanted
    assert desk.things() == []
    assert desk.verified().sound


def test_a_person_is_erased_and_what_they_did_is_not(desk: Desk) -> None:
    """Names where it is about them, addresses where they acted; others keep theirs."""
    desk.act(details={"what": "own", "label": "Ada Lovelace"})
    desk.act(
        who=desk.who("id-bob", address="198.51.100.7"),
        subject="id-ada",
        details={"what": "to ada", "label": "Ada Lovelace"},
    )
    desk.act(who=desk.who("id-ada"), subject="id-bob", details={"what": "to bob", "label": "Bob"})
    assert pruned(desk, erase=("id-ada",)) == {"person": 2, "place": 2}
    found = [entry.event for entry in desk.entries(type=DONE)]
    assert [each.details.get("label") for each in found if each] == [None, None, "Bob"]
    assert [each.client.address for each in found if each] == [None, "198.51.100.7", None]
    with desk.trail.store.read() as connection:
        rows = connection.execute(select(record.c.payload, record.c.place, record.c.person)).all()
    assert b"Lovelace" not in b"".join(bytes(part) for row in rows for part in row if part)


def test_those_who_deleted_their_account_are_erased_in_time(desk: Desk, clock: Clock) -> None:
    desk.act(details={"what": "x", "label": "Ada"})
    desk.act(type="user.deleted", details={"login": "ada"})
    assert pruned(desk, erase_deleted="30d") == {}
    clock.advance(timedelta(days=31))
    assert pruned(desk, erase_deleted="30d") == {"person": 2, "place": 2}


def test_pruning_happens_beside_the_requests_where_settings_ask_for_it(
    make_desk: MakeDesk, clock: Clock
) -> None:
    desk = make_desk(sink__audit__keep="thing.*=1d")
    upkeep = Upkeep(desk.trail)
    assert upkeep.needed
    assert not Upkeep(make_desk().trail).needed
    desk.acts(2)
    desk.things()
    clock.advance(timedelta(days=2))
    upkeep._round()
    assert desk.things() == []
    assert desk.verified().sound


@dataclass
class Receiver:
    """A webhook's other end, which answers as it is told."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], dict[str, Any], bytes]] = field(default_factory=list)

    @property
    def seqs(self) -> list[int]:
        return [each["seq"] for _headers, body, _raw in self.got for each in body["events"]]


@pytest.fixture
def receivers() -> Iterator[Any]:
    """Opens receivers on localhost."""
    servers: list[ThreadingHTTPServer] = []

    def opened() -> Receiver:
        found = Receiver()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                found.got.append(
                    ({k.lower(): v for k, v in self.headers.items()}, json.loads(raw), raw)
                )
                self.send_response(found.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        found.url = f"http://127.0.0.1:{server.server_port}/hook"
        return found

    yield opened
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_webhook_gets_everything_once_in_order_and_signed(desk: Desk, receivers: Any) -> None:
    receiver = receivers()
    to = Webhook("siem", receiver.url, SECRET)
    desk.acts(130)
    size = len(desk.entries())
    begin(desk.trail, "siem", 0)
    assert forward(desk.trail, "siem", webhook(desk.trail, to)) == size
    assert forward(desk.trail, "siem", webhook(desk.trail, to)) == 0
    assert receiver.seqs == list(range(1, size + 1))
    assert len(receiver.got) == 2
    headers, body, raw = receiver.got[0]
    at = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == signature(SECRET, headers["webhook-id"], at, raw)
    assert headers["webhook-signature"] != signature("t" * 32, headers["webhook-id"], at, raw)
    assert desk.verified(("theirs", body["checkpoint"])).sound


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_receiver_that_fails_is_tried_again_and_keeps_its_place(
    desk: Desk, clock: Clock, receivers: Any, status: int
) -> None:
    """After a pause that doubles, with the same ids; redirects are not followed."""
    receiver = receivers()
    receiver.status = status
    deliver = webhook(desk.trail, Webhook("siem", receiver.url, SECRET))
    desk.acts(2)
    desk.things()
    begin(desk.trail, "siem", 0)
    assert forward(desk.trail, "siem", deliver) == 0
    assert forward(desk.trail, "siem", deliver) == 0
    assert len(receiver.got) == 1
    (standing,) = standings(desk.trail)
    assert (standing.failures, standing.fault, standing.seq) == (1, f"status {status}", 0)
    assert standing.lag == len(desk.entries())
    clock.advance(timedelta(seconds=6))
    forward(desk.trail, "siem", deliver)
    clock.advance(timedelta(seconds=6))
    forward(desk.trail, "siem", deliver)
    assert len(receiver.got) == 2
    receiver.status = 200
    clock.advance(timedelta(seconds=6))
    assert forward(desk.trail, "siem", deliver) > 0
    assert len({headers["webhook-id"] for headers, *_ in receiver.got}) == 1
    assert standings(desk.trail)[0].lag == 0


def test_one_bad_receiver_harms_no_other(make_desk: MakeDesk, receivers: Any) -> None:
    """Not even one that nobody answers at."""
    good = receivers()
    desk = make_desk(
        sink__audit__webhook__a__url="http://127.0.0.1:1/none",
        sink__audit__webhook__a__secret=SECRET,
        sink__audit__webhook__b__url=good.url,
        sink__audit__webhook__b__secret=SECRET,
        sink__audit__webhook__b__types="thing.*",
    )
    desk.acts(3)
    desk.things()
    Upkeep(desk.trail)._round()
    assert [each["type"] for _h, body, _r in good.got for each in body["events"]] == [DONE] * 3
    faults = {each.name: each.fault for each in standings(desk.trail)}
    assert faults == {"a": "URLError", "b": None}


def test_a_sender_that_died_is_followed_by_another(
    desk: Desk, clock: Clock, receivers: Any
) -> None:
    """It took its turn and was killed: after a minute the next one goes on, from the same place."""
    receiver = receivers()
    deliver = webhook(desk.trail, Webhook("siem", receiver.url, SECRET))
    desk.acts(1)
    desk.things()
    begin(desk.trail, "siem", 0)

    def die(entries: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forward(desk.trail, "siem", die)
    assert forward(desk.trail, "siem", deliver) == 0
    clock.advance(timedelta(seconds=61))
    assert forward(desk.trail, "siem", deliver) > 0
    assert receiver.seqs[0] == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"nothing": "1"},
        {"keep": "sign-in.*"},
        {"keep": "sign-in.*=soon"},
        {"addresses": "long"},
        {"checkpoint_mail": "somebody"},
        {"checkpoint_mail": "a@example.org, b@example.org"},
        {"checkpoint_mail_every": "often"},
        {"webhook.a.url": "http://example.org/", "webhook.a.secret": SECRET},
        {"webhook.a.url": "https://example.org/", "webhook.a.secret": "short"},
        {"webhook.A.url": "https://example.org/"},
    ],
)
def test_a_setting_that_means_nothing_stops_the_start(settings: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as caught:
        AuditSettings.from_mapping(settings)
    assert "ostiary.sink.audit." in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_trail_on_a_database_of_a_stranger_keeps_out_of_its_way(
    desk: Desk, tmp_path: Path
) -> None:
    """Its tables are its own: purging it leaves the house as it was."""
    desk.acts(1)
    with desk.trail.store.read() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM ostiary_user")).scalar_one() == 0
