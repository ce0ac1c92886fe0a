"""How messages leave: encryption that is demanded is had, and files are for their owner."""

from __future__ import annotations

import errno
import logging
import os
import ssl
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select

from ostiary.mail import Mailroom
from ostiary.store import Store
from ostiary.store.tables import outbox

from .conftest import MAIL, Inbox, OpenRoom, Serve

Certificate = tuple[Path, ssl.SSLContext]


def delivered(store: Store, room: Mailroom, to: str = "bob@example.org") -> int:
    with store.write() as unit:
        room.queue(unit, to, MAIL)
    return room.deliver_due()


def waiting(store: Store) -> int:
    with store.read() as connection:
        return len(connection.execute(select(outbox.c.id)).all())


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's certificate is one that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    return certificate[1]


def test_starttls_that_is_demanded_and_missing_sends_nothing(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither letter nor password goes over a line that anybody reads (RFC 3207, section 6)."""
    room = open_room(tls="starttls", username="u", password="right")
    with serve(authenticator=inbox.authenticate, auth_require_tls=False):
        assert delivered(store, room) == 0
    assert (inbox.envelopes, inbox.logins) == ([], [])
    assert "SMTPNotSupportedError" in caplog.text
    assert waiting(store) == 1


def test_starttls_with_a_login(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox, trusted: ssl.SSLContext
) -> None:
    room = open_room(tls="starttls", username="u", password="right")
    with serve(tls_context=trusted, require_starttls=True, authenticator=inbox.authenticate):
        assert delivered(store, room) == 1
    assert inbox.encrypted == [True]
    assert inbox.logins == [(b"u", b"right")]


def test_a_refused_login_shows_no_password(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    room = open_room(username="u", password="wrong-hunter2")
    with serve(authenticator=inbox.authenticate, auth_require_tls=False):
        assert delivered(store, room) == 0
    assert "SMTPAuthenticationError" in caplog.text
    assert "hunter2" not in "".join(
        r.getMessage() for r in caplog.records if r.name.startswith("ostiary")
    )


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    store: Store,
    open_room: OpenRoom,
    serve: Serve,
    inbox: Inbox,
    certificate: Certificate,
    caplog: pytest.LogCaptureFixture,
    tls: str,
) -> None:
    option = "tls_context" if tls == "starttls" else "ssl_context"
    with serve(**{option: certificate[1]}):
        assert delivered(store, open_room(tls=tls)) == 0
    assert inbox.envelopes == []
    assert "SSLCertVerificationError" in caplog.text


def test_implicit_tls(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox, trusted: ssl.SSLContext
) -> None:
    with serve(ssl_context=trusted):
        assert delivered(store, open_room(tls="implicit")) == 1
    assert inbox.encrypted == [True]


def test_an_address_in_another_script(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox
) -> None:
    """RFC 6531: the server must offer SMTPUTF8; without it the letter stays."""
    room = open_room()
    with serve(enable_SMTPUTF8=False):
        assert delivered(store, room, "jörg@example.org") == 0
    assert waiting(store) == 1
    with serve():
        assert delivered(store, room, "jürgen@example.org") == 1
    assert inbox.envelopes[0].rcpt_tos == ["jürgen@example.org"]


def test_a_server_that_takes_the_letter_and_hangs_up_gets_it_once(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox
) -> None:
    class Rude(Inbox):
        async def handle_QUIT(self, *_args: object) -> str:  # noqa: N802
            return "421 go away"

    inbox.__class__ = Rude
    with serve():
        assert delivered(store, open_room()) == 1
    assert waiting(store) == 0


def test_without_a_server_mails_are_files(
    store: Store, open_room: OpenRoom, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ostiary")
    room = open_room(host=None)
    assert delivered(store, room, "first@example.org") == 1
    assert delivered(store, room, "second@example.org") == 1
    folder = tmp_path / "mail"
    assert folder.stat().st_mode & 0o777 == 0o700
    files = sorted(folder.iterdir())
    assert [f.suffix for f in files] == [".eml", ".eml"]
    assert {f.stat().st_mode & 0o777 for f in files} == {0o600}
    messages = [message_from_bytes(f.read_bytes(), policy=policy.default) for f in files]
    assert [m["To"] for m in messages] == ["first@example.org", "second@example.org"]
    assert [r.getMessage() for r in caplog.records] == [
        f"Mail to f***@example.org written to {files[0]}",
        f"Mail to s***@example.org written to {files[1]}",
    ]


def test_a_file_is_whole_or_not_there(
    store: Store, open_room: OpenRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full: nothing is left behind, and the letter stays in the outbox."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert delivered(store, open_room(host=None)) == 0
    assert list((tmp_path / "mail").iterdir()) == []
    assert waiting(store) == 1
