"""The outbox: with the act or not at all, by one at a time, at least once."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ostiary.contracts import Mail, User
from ostiary.mail import Mailroom, MailSettings
from ostiary.mail.room import MAX_ATTEMPTS, wait_after
from ostiary.store import KeyRing, Store
from ostiary.store.tables import outbox
from ostiary.testing.locales import PseudoLocalization
from ostiary.testing.processes import HOST
from ostiary.text import translations

from .conftest import MAIL, SITE, Clock, Inbox, OpenRoom, Serve

_, _n, _p, _np = translations("ostiary_test")


def queue(store: Store, room: Mailroom, to: str = "bob@example.org", mail: Mail = MAIL) -> None:
    with store.write() as unit:
        room.queue(unit, to, mail)


def rows(store: Store) -> list[tuple[int, object]]:
    with store.read() as connection:
        found = connection.execute(select(outbox.c.attempts, outbox.c.due_at))
        return [(row.attempts, row.due_at) for row in found]


def test_a_letter_arrives_once_in_the_language_of_its_recipient(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox
) -> None:
    room = open_room(localization=PseudoLocalization())
    with store.write() as unit:
        room.queue(unit, "bob@example.org", MAIL, user=User("1", "bob", locale="en-XA"))
    with serve():
        assert room.deliver_due() == 1
        assert room.deliver_due() == 0
    [message], [envelope] = inbox.messages(), inbox.envelopes
    assert message["Subject"].startswith("[Ýöûŕ")
    assert message["To"] == "bob@example.org"
    assert (envelope.mail_from, envelope.rcpt_tos) == ("door@index.example", ["bob@example.org"])
    assert rows(store) == []


def test_an_act_that_rolls_back_sends_nothing(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox
) -> None:
    room = open_room()

    def fail() -> None:
        with store.write() as unit:
            room.queue(unit, "bob@example.org", MAIL)
            raise ZeroDivisionError

    with serve():
        with pytest.raises(ZeroDivisionError):
            fail()
        assert room.deliver_due() == 0
    assert inbox.envelopes == []


def test_a_bad_address_fails_the_act(store: Store, open_room: OpenRoom) -> None:
    room = open_room()
    with pytest.raises(ValueError, match="one address"):
        queue(store, room, "bob@example.org\r\nBcc: eve@example.org")
    assert rows(store) == []


def test_the_outbox_holds_nothing_readable(store: Store, open_room: OpenRoom) -> None:
    """Codes and links open accounts: whoever reads the database reads neither."""
    queue(store, open_room(), mail=Mail(_("s"), (), code="731 902", link="https://index.example/s"))
    with store.read() as connection:
        sealed = bytes(connection.scalars(select(outbox.c.sealed)).one())
    for secret in (b"731", b"https", b"bob"):
        assert secret not in sealed


def test_a_letter_moved_to_another_row_is_not_sent(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    room = open_room()
    queue(store, room)
    with store.write() as unit:
        unit.execute(update(outbox).values(id="another"))
    with serve():
        assert room.deliver_due() == 0
    assert inbox.envelopes == []
    assert "SealBroken" in caplog.text


def test_server_down_then_up(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox, clock: Clock
) -> None:
    room = open_room()
    queue(store, room)
    assert room.deliver_due() == 0
    assert rows(store) == [(1, clock() + timedelta(seconds=30))]
    with serve():
        assert room.deliver_due() == 0
        clock.move(timedelta(seconds=30))
        assert room.deliver_due() == 1
    assert len(inbox.envelopes) == 1


def test_it_is_given_up_after_a_day_aloud_and_kept_for_a_while(
    store: Store,
    open_room: OpenRoom,
    serve: Serve,
    inbox: Inbox,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    room = open_room()
    started = clock()
    queue(store, room)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert [r.levelname for r in caplog.records if r.levelno >= logging.ERROR] == []
        assert room.deliver_due() == 0
        assert rows(store)[0][0] == attempt
        clock.move(wait_after(attempt))
    assert timedelta(hours=20) < clock() - started - wait_after(MAX_ATTEMPTS) < timedelta(hours=28)
    [given_up] = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert "given up" in given_up.getMessage()
    with serve():
        clock.move(timedelta(days=5))
        assert room.deliver_due() == 0
        assert len(rows(store)) == 1
        clock.move(timedelta(days=2))
        room.deliver_due()
    assert rows(store) == []
    assert "expired" in caplog.records[-1].getMessage()
    assert inbox.envelopes == []


def test_the_log_shows_neither_address_nor_letter_nor_the_servers_words(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ostiary")
    inbox.refuse = "550 bob@example.org is unknown, and so is 731 902"
    room = open_room()
    queue(store, room)
    with serve():
        room.deliver_due()
    [record] = [r for r in caplog.records if r.name.startswith("ostiary")]
    assert "SMTPRecipientsRefused" in record.getMessage()
    assert record.exc_info is None
    for secret in ("bob", "731", "unknown"):
        assert secret not in caplog.text.partition("SMTPRecipientsRefused")[2]
        assert secret not in record.getMessage()


def test_one_bad_letter_does_not_stop_the_others(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox
) -> None:
    room = open_room()
    queue(store, room)
    with store.write() as unit:
        unit.execute(update(outbox).values(sealed=b"broken"))
    for n in range(60):
        queue(store, room, f"u{n}@example.org")
    with serve():
        assert room.deliver_due() == 60
    assert {e.rcpt_tos[0] for e in inbox.envelopes} == {f"u{n}@example.org" for n in range(60)}


def test_two_workers_on_one_outbox_send_once(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox, keys: KeyRing
) -> None:
    """Both see the same rows and start together; one claim of each row wins."""
    other = Store(store.engine.url.render_as_string(hide_password=False), keys)
    rooms = [open_room(), open_room(own=other)]
    for n in range(20):
        queue(store, rooms[0], f"u{n}@example.org")
    # Each knows the rows before the other claims any.
    seen = [room._due() for room in rooms]
    assert seen[0] == seen[1]
    barrier = threading.Barrier(2)
    delivered = [0, 0]

    def work(which: int) -> None:
        barrier.wait(10)
        delivered[which] = sum(rooms[which]._deliver(row) for row in seen[which])

    with serve():
        threads = [threading.Thread(target=work, args=(which,)) for which in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    other.dispose()
    assert sum(delivered) == 20
    assert sorted(e.rcpt_tos[0] for e in inbox.envelopes) == sorted(
        f"u{n}@example.org" for n in range(20)
    )
    assert rows(store) == []


def test_a_late_worker_does_not_touch_the_lease_of_another(
    store: Store, open_room: OpenRoom, clock: Clock
) -> None:
    """Its lease ran out while it was busy: what it makes of the letter counts no more."""
    late, other = open_room(), open_room()
    queue(store, late)
    [row] = late._due()
    claimed = late._claim(row)
    assert claimed is not None
    assert other._claim(row) is None
    clock.move(timedelta(minutes=5))
    assert other._claim(row) is not None
    lease = rows(store)
    late._failed(claimed, OSError())
    assert rows(store) == lease


KILLED = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from ostiary.contracts import Site
from ostiary.mail import Mailroom, MailSettings
from ostiary.store import KeyRing, Store
from ostiary.text import NullLocalization
url, keys, host, port, now = sys.argv[1:]
settings = MailSettings(sender="door@index.example", host=host, port=int(port), username=None,
    password=None, tls="none", folder=Path("unused"))
room = Mailroom(Store(url, KeyRing.load(Path(keys))), settings,
    Site("t", "https://index.example", "index.example"), "https://index.example",
    NullLocalization(), lambda: datetime.fromisoformat(now))
room.deliver_due()
"""


def test_a_killed_worker_loses_nothing(
    store: Store,
    open_room: OpenRoom,
    serve: Serve,
    inbox: Inbox,
    keys: KeyRing,
    clock: Clock,
    port: int,
) -> None:
    """Kill -9 between claim and delivery: the letter is due again when the lease is over."""
    room = open_room()
    queue(store, room)
    with socket.create_server((HOST, port)) as listener:
        # A server that accepts the connection and says nothing, so that the worker hangs there.
        url = store.engine.url.render_as_string(hide_password=False)
        arguments = [url, str(keys.path), HOST, str(port), clock().isoformat()]
        with subprocess.Popen([sys.executable, "-c", KILLED, *arguments]) as worker:
            listener.settimeout(60)
            connection, _address = listener.accept()
            worker.kill()
            worker.wait(60)
            connection.close()
    assert rows(store) == [(1, clock() + timedelta(minutes=5))]
    with serve():
        assert room.deliver_due() == 0
        clock.move(timedelta(minutes=5))
        assert room.deliver_due() == 1
    assert len(inbox.envelopes) == 1


def test_the_thread_delivers_as_soon_as_the_act_is_committed(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox
) -> None:
    room = open_room()
    with serve():
        room.start()
        room.start()
        assert [each.name for each in threading.enumerate()].count("ostiary-mail") == 1
        for to in ("one@example.org", "two@example.org"):
            inbox.arrived.clear()
            queue(store, room, to)
            assert inbox.arrived.wait(10)
        room.stop()
        room.stop()
    assert [e.rcpt_tos for e in inbox.envelopes] == [["one@example.org"], ["two@example.org"]]
    assert rows(store) == []
    assert "ostiary-mail" not in {thread.name for thread in threading.enumerate()}


def test_the_thread_finishes_the_letter_at_hand_and_leaves_the_rest(
    store: Store, open_room: OpenRoom, serve: Serve, inbox: Inbox
) -> None:
    room = open_room()
    for n in range(3):
        queue(store, room, f"u{n}@example.org")
    inbox.during = room._stopping.set
    with serve():
        room.start()
        assert inbox.arrived.wait(10)
        room.stop()
    assert len(inbox.envelopes) == 1
    assert len(rows(store)) == 2


def test_the_thread_outlives_a_lost_database(
    empty_store: Store, open_room: OpenRoom, caplog: pytest.LogCaptureFixture
) -> None:
    """Here the tables are missing; the log has the exception's type alone."""
    logged = threading.Event()

    class Signal(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.set()

    handler = Signal()
    logging.getLogger("ostiary.mail.room").addHandler(handler)
    room = open_room(own=empty_store)
    try:
        room.start()
        assert logged.wait(10)
        assert room._thread is not None
        assert room._thread.is_alive()
    finally:
        room.stop()
        logging.getLogger("ostiary.mail.room").removeHandler(handler)
    assert "out of reach" in caplog.text
    assert "SELECT" not in caplog.text


def test_settings_hide_the_password() -> None:
    settings = MailSettings(
        sender="a@b.example",
        host="h",
        port=25,
        username="u",
        password="hunter2",
        tls="none",
        folder=Path("unused"),
    )
    assert "hunter2" not in repr(settings)
    assert SITE.domain not in repr(settings)
