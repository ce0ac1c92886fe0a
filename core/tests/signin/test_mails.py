"""Every mail that the core can send: what happened, when, whence, and what to do about it.

The mails are found in the source, so that one that is added later is held to the same.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import ostiary
from ostiary.accounts import Session, StoredCredential
from ostiary.contracts import (
    Client,
    Credential,
    Factor,
    Kind,
    Localization,
    Mail,
    Refused,
    Site,
    Strength,
    Text,
    User,
)
from ostiary.mail import MailFacts
from ostiary.mail.compose import compose
from ostiary.mail.letter import Letter
from ostiary.signin import Added, Asked, Member, hash_token
from ostiary.testing.locales import PseudoLocalization
from ostiary.testing.outbox import Outbox
from ostiary.text import NullLocalization

from .conftest import Counter, Door, Open, Word

SOURCE = Path(ostiary.__file__).parent
AT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
SITE = Site("Doors & <Co>", "https://example.org", "example.org")
HOSTILE = "x\r\nBcc: evil@example.net\r\n\r\n<script>alert(1)</script> evil.example\u2028&"
LINK = "https://example.org/link?token=abc"

# How a mail says what to do; the first is what most get from the template.
CLOSINGS = (
    "If this was not you, somebody else may be using your account.",
    "If you did not ask for this",
    "If it was not you",
    "If the account is not yours",
    "If you never made such a request",
    "If you did not expect this",
    "If you do not know why, contact the operator of the site.",
    "contact the operator of the site",
)


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield (
            ".".join(("ostiary", *path.relative_to(SOURCE).with_suffix("").parts)),
            ast.parse(path.read_text("utf-8")),
        )


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    """The calls of a function, or of a method, by its name."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and name == (getattr(node.func, "id", None) or getattr(node.func, "attr", None))
    ]


def makers() -> dict[str, Any]:
    """The functions that make mails, by where they are."""
    found: dict[str, Any] = {}
    for module, tree in modules():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or node) == "Mail":
                found[f"{module}.{node.name}"] = getattr(importlib.import_module(module), node.name)
    return found


MAKERS = makers()


def sample(parameter: inspect.Parameter, said: str) -> Any:
    """Something for a parameter; where people or plugins choose it, the worst."""
    kind, name = str(parameter.annotation), parameter.name
    if kind == "str":
        return LINK if "link" in name or "url" in name else said
    named = {
        "Text": Text("tests", said),
        "bool": True,
        "datetime": AT,
        "datetime | None": AT,
        "StoredCredential": _stored(said),
        "Factor": _factor(said),
        "Refused": Refused("no", Text("tests", said)),
        "Sequence[Session]": (_session(said),) * 9,
    }
    return named[kind]


def _stored(said: str) -> StoredCredential:
    strength = Strength(frozenset({Kind.HAVE}))
    credential = Credential("id", "user", said)
    return StoredCredential(
        credential, "factor", "f", Text("tests", said), False, True, False, strength, 1, AT, None
    )


def _factor(said: str) -> Factor:
    factor = Counter()
    factor.title = Text("tests", said)
    return factor


def _session(said: str) -> Session:
    return Session("h", "id", "user", (), None, Client("192.0.2.1", said), AT, AT, AT)


def made(maker: Any, said: str) -> Mail:
    """A mail of this function."""
    given = {
        name: sample(parameter, said)
        for name, parameter in inspect.signature(maker).parameters.items()
    }
    positional = [
        given.pop(name)
        for name, parameter in inspect.signature(maker).parameters.items()
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    mail = maker(*positional, **given)
    assert isinstance(mail, Mail)
    return mail


def composed(mail: Mail, localization: Localization | None = None, **facts: Any) -> EmailMessage:
    known = MailFacts(AT, "192.0.2.7", "Firefox on Linux", **facts)
    user = User("id", "ada", "ada@example.org")
    letter = Letter.from_bytes(Letter.addressed("ada@example.org", mail, user, known).to_bytes())
    return compose(
        letter,
        site=SITE,
        base="https://example.org",
        sender="door@example.org",
        localization=localization or NullLocalization(),
        message_id="1",
        date=AT,
    )


def parts_of(message: EmailMessage) -> tuple[str, str]:
    """What the text and the HTML say, each as one line without markup."""
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert rich is not None
    body = re.sub(r"(?s)<(style|title)>.*?</", " ", rich.get_content())
    return _words(plain.get_content()), _words(unescape(re.sub(r"<[^>]*>", " ", body)))


def _words(text: str) -> str:
    return " ".join(text.split())


def test_the_mails_are_found() -> None:
    """A check of the check: each Mail( of the source is in a function that is walked here."""
    where = {
        f"{module}.{node.name}"
        for module, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and calls(node, "Mail")
    }
    # What comes back from the outbox was made before.
    assert where - {"ostiary.mail.letter.from_bytes"} == set(MAKERS)
    assert len(MAKERS) > 20


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_mail_says_what_happened_when_whence_and_what_to_do(name: str) -> None:
    """In words of its own, and in both of its parts alike."""
    mail = made(MAKERS[name], "something")
    assert mail.lines
    text, html = parts_of(composed(mail))
    for part in (text, html):
        assert "Hello ada" in part
        assert "2026-05-04 12:30 UTC" in part
        assert "192.0.2.7" in part
        assert "Firefox on Linux" in part
        assert "https://example.org/account/security" in part
        assert any(closing in part for closing in CLOSINGS)
        for line in mail.lines:
            assert _words(str(line)) in part
        if mail.link is not None:
            assert mail.link in part


@pytest.mark.parametrize(
    "name",
    [
        "ostiary.signin.words.mail_verify",
        "ostiary.signin.words.mail_address_in_use",
        "ostiary.signin.lost_words.mail_reset",
        "ostiary.signin.letters.deleted",
        *(name for name in sorted(MAKERS) if ".admin_mails." in name),
    ],
)
def test_a_mail_without_the_general_warning_says_itself_what_to_do(name: str) -> None:
    """Of an account that is not theirs, or that was changed by somebody whom they can ask."""
    text, html = parts_of(composed(made(MAKERS[name], "something"), warns=False))
    for part in (text, html):
        assert "somebody else may be using your account" not in part
        assert any(closing in part for closing in CLOSINGS[1:])


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_nothing_that_others_choose_becomes_a_header_or_markup(name: str) -> None:
    message = composed(made(MAKERS[name], HOSTILE))
    raw = message.as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\nBcc" not in head
    assert message["To"] == "ada@example.org"
    assert [key for key in message.keys() if key.lower() in {"bcc", "cc"}] == []  # noqa: SIM118 - as headers stand there
    assert len(message.get_all("Subject", [])) == 1
    rich = message.get_body(("html",))
    assert rich is not None
    assert "<script" not in rich.get_content()


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_mail_is_put_into_words_for_whom_it_is_sent_to(name: str) -> None:
    """Every word of ours is a text that can be translated: nothing stays in English."""
    mail = made(MAKERS[name], "123")
    pseudo = PseudoLocalization()
    message = composed(mail, pseudo)
    for line in (mail.subject, *mail.lines):
        said = pseudo.say(line, "en-XA")
        assert said != str(line)
    assert message["Content-Language"]


def test_whoever_queues_a_mail_says_when_and_whence() -> None:
    """No call leaves the facts out."""
    queued = [
        (module, call)
        for module, tree in modules()
        for call in calls(tree, "queue")
        if "mailroom" in ast.unparse(call.func)
    ]
    assert len(queued) > 5
    for module, call in queued:
        given = {keyword.arg for keyword in call.keywords}
        assert {"user", "facts"} <= given, f"{module}:{call.lineno}"


def test_a_mail_goes_to_an_address_of_the_house_and_never_to_what_was_typed() -> None:
    """The recipient is a user's address, which is verified, or a row of theirs."""
    for module, tree in modules():
        for call in calls(tree, "queue"):
            if "mailroom" in ast.unparse(call.func):
                to = ast.unparse(call.args[1])
                assert to in {"user.address", "each.address"}, f"{module}:{call.lineno}"


def test_the_mails_of_a_busy_day_reach_the_owner_with_all_that_they_must_say(
    open_door: Open, word: Word, counter: Counter, outbox: Outbox
) -> None:
    """As they are really sent: one after the other, over the outbox, in both parts."""
    door = open_door(word, counter)
    alice = door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    _change_factors(door, member, word, counter)
    mails = list(outbox)
    assert {mail.subject for mail in mails} >= {
        "A way to sign in to your account was added",
        "A way to sign in to your account was renamed",
        "A way to sign in to your account was changed",
        "A way to sign in to your account was removed",
    }
    for mail in mails:
        assert mail.to == alice.address
        text, html = parts_of(mail.raw)
        for part in (text, html):
            assert "When: 2026-" in part
            assert f"Address: {member.visitor.client.address}" in part
            assert CLOSINGS[0] in part


def _change_factors(door: Door, member: Member, word: Word, counter: Counter) -> None:
    """Add one, rename it, remove it, and replace the word."""
    enrolling = door.runtime.signin.enrolling
    changing = door.runtime.signin.changing

    def enrolled(factor: Factor, answer: dict[str, str]) -> Added:
        asked = enrolling.begin(member, factor)
        assert isinstance(asked, Asked)
        added = enrolling.finish(member, asked.handle, answer, "")
        assert isinstance(added, Added)
        return added

    added = enrolled(counter, {"number": "1"})
    member, number = replace(member, session_hash=hash_token(added.cookie)), added.credential
    assert changing.rename(member, number.credential.id, "Mine") is None
    assert changing.remove(member, number.credential.id) is None
    enrolled(word, {"word": "new"})
