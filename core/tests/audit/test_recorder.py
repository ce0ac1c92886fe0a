"""Events: in the act's transaction or after it, kept as failed when it fails, and never changed."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event as db_event
from sqlalchemy import insert, select, text

from ostiary.audit import COMMAND, SYSTEM, LogSink, Recorder, Who, as_json
from ostiary.audit import access as access_module
from ostiary.contracts import (
    Actor,
    AuditSink,
    Client,
    Event,
    EventField,
    EventType,
    Kind,
    Outcome,
    PluginError,
    Proof,
    Resource,
    Strength,
    Text,
)
from ostiary.signin.runner import Fault, Runner
from ostiary.store import Store, Unit, engine
from ostiary.store.tables import devices

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TYPE = EventType(
    "thing.done",
    Text("tests", "${actor} did ${what}."),
    (EventField("what"), EventField("who", personal=True)),
    (EventField("size"),),
)
WHO = Who(Actor("user", "u1", "session"), Client("192.0.2.1", "Test"), "r1")


class Table(AuditSink):
    """Writes in the act's transaction, into a table that is there."""

    name = "table"
    transactional = True

    def __init__(self) -> None:
        self.fails = False
        self.kept: Callable[..., Any] | None = None

    def write(self, events: Sequence[Event], execute: Callable[..., Any] | None, /) -> None:
        if self.fails:
            raise OSError("hunter2")
        assert execute is not None
        self.kept = execute
        for event in events:
            execute(
                insert(devices).values(
                    token_hash=event.id, user_id=event.outcome.value, created_at=NOW, used_at=NOW
                )
            )


class After(AuditSink):
    """Is told once the act is durable."""

    def __init__(self, name: str = "after", fault: BaseException | None = None) -> None:
        self.name = name
        self.fault = fault
        self.seen: list[Event] = []

    def write(self, events: Sequence[Event], execute: Callable[..., Any] | None, /) -> None:
        assert execute is None
        self.seen.extend(events)
        if self.fault is not None:
            raise self.fault


def rows(store: Store) -> list[tuple[str, str]]:
    with store.read() as connection:
        query = select(devices.c.token_hash, devices.c.user_id).order_by(devices.c.token_hash)
        return [(row.token_hash, row.user_id) for row in connection.execute(query)]


def recorder(store: Store, *sinks: AuditSink) -> Recorder:
    return Recorder(store, [TYPE], sinks, lambda: NOW)


def act(store: Store, recording: Recorder, **known: Any) -> Event:
    with store.write() as unit:
        return recording.record(unit, "thing.done", WHO, subject="u1", **known)


def test_an_event_holds_what_was_declared_and_who_acted(store: Store) -> None:
    after = After()
    resource = Resource("project", "x", ("u1",))
    event = act(
        store,
        recorder(store, after),
        outcome=Outcome.REFUSED,
        reason="why",
        resource=resource,
        details={"what": "it", "who": "Ada"},
        before={"size": 1},
        after={"size": None},
    )
    assert after.seen == [event]
    assert (event.type, event.time, event.outcome, event.reason) == (
        "thing.done",
        NOW,
        Outcome.REFUSED,
        "why",
    )
    assert (event.subject, event.actor, event.client, event.request) == (
        "u1",
        WHO.actor,
        WHO.client,
        "r1",
    )
    assert (event.resource, event.details) == (resource, {"what": "it", "who": "Ada"})
    assert (event.before, event.after) == ({"size": 1}, {"size": None})
    assert event.personal == {"who"}
    assert event.sentence == "${actor} did ${what}."


@pytest.mark.parametrize("where", ["details", "before", "after"])
@pytest.mark.parametrize("name", ["secret", "what", "size"])
def test_a_field_that_was_never_declared_there_is_refused(
    store: Store, where: str, name: str
) -> None:
    if (where == "details") == (name == "what") and name != "secret":
        return
    after = After()
    with pytest.raises(LookupError, match=f"declares no field {name}"):
        known: dict[str, Any] = {where: {name: "hunter2"}}
        act(store, recorder(store, after), **known)
    assert after.seen == []


def test_an_event_type_that_was_never_declared_is_refused(store: Store) -> None:
    with pytest.raises(LookupError), store.write() as unit:
        recorder(store).record(unit, "thing.undeclared", SYSTEM, subject=None)


def test_events_do_not_change(store: Store) -> None:
    """Neither by assignment nor, for the next sink or the caller, by their dictionaries."""

    class Rewriting(After):
        def write(self, events: Sequence[Event], execute: Any, /) -> None:
            for event in events:
                event.details["what"] = "rewritten"  # type: ignore[index]

    after = After()
    event = act(store, recorder(store, Rewriting("first"), after), details={"what": "it"})
    assert after.seen[0].details == event.details == {"what": "it"}
    with pytest.raises(FrozenInstanceError):
        event.subject = "mallory"  # type: ignore[misc]


def test_a_transactional_sink_writes_in_the_act(store: Store) -> None:
    event = act(store, recorder(store, Table()))
    assert rows(store) == [(event.id, "done")]


def test_no_act_without_its_record(store: Store) -> None:
    """The sink's failure fails the act; the other sinks and the log hear of it."""
    table, after = Table(), After()
    table.fails = True
    with pytest.raises(OSError), store.write() as unit:  # noqa: PT011 - it is the test's own
        unit.execute(
            insert(devices).values(token_hash="act", user_id="u", created_at=NOW, used_at=NOW)
        )
        recorder(store, table, after).record(unit, "thing.done", WHO, subject="u1")
    assert rows(store) == []
    assert [event.outcome for event in after.seen] == [Outcome.FAILED]


def test_where_only_the_failing_sink_is_there_the_log_is_told(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    table = Table()
    table.fails = True
    with pytest.raises(OSError):  # noqa: PT011 - it is the test's own
        act(store, recorder(store, table))
    assert any(r.name == "ostiary.trail" and "failed" in r.getMessage() for r in caplog.records)
    assert "hunter2" not in caplog.text


def test_an_act_that_fails_is_recorded_as_failed_and_a_refusal_as_refused(store: Store) -> None:
    table, after = Table(), After()
    recording = recorder(store, table, after)
    with pytest.raises(LookupError), store.write() as unit:
        recording.record(unit, "thing.done", WHO, subject="u1")
        recording.record(unit, "thing.done", WHO, subject="u1", outcome=Outcome.REFUSED)
        raise LookupError
    expected = [Outcome.FAILED, Outcome.REFUSED]
    assert [event.outcome for event in after.seen] == expected
    assert sorted(outcome for _, outcome in rows(store)) == ["failed", "refused"]


@pytest.mark.parametrize("fault", [ValueError("hunter2"), OSError("hunter2")])
def test_a_sink_that_fails_after_the_act_harms_nobody(
    store: Store, fault: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    last = After("last")
    event = act(store, recorder(store, After("broken", fault), last))
    assert last.seen == [event]
    assert "broken" in caplog.text
    assert type(fault).__name__ in caplog.text
    assert "hunter2" not in caplog.text


def test_a_sink_cannot_write_once_the_act_is_over(store: Store) -> None:
    table = Table()
    act(store, recorder(store, table))
    assert table.kept is not None
    with pytest.raises(RuntimeError, match="over"):
        table.kept(select(devices))


FOREVER = {
    "sqlite": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
    "SELECT count(*) FROM c",
    "postgresql": "SELECT pg_sleep(3600)",
}


class Endless(Table):
    """Writes, and then runs a statement that does not end by itself."""

    def __init__(self, dialect: str) -> None:
        super().__init__()
        self.ended = threading.Event()
        self.dialect = dialect

    def write(self, events: Sequence[Event], execute: Callable[..., Any] | None, /) -> None:
        super().write(events, execute)
        assert execute is not None
        try:
            execute(text(FOREVER[self.dialect]))
        finally:
            self.ended.set()


def limited(store: Store, *sinks: AuditSink) -> Recorder:
    return Recorder(store, [TYPE], sinks, lambda: NOW, Runner(0.3, 4).ask)


def test_a_sink_whose_statement_hangs_fails_the_act_at_the_time_limit(store: Store) -> None:
    """It is stopped, nothing of the act stays, and the next writer does not wait for it."""
    endless, after = Endless(store.dialect), After()
    began = time.monotonic()
    with pytest.raises(Fault, match="plugin-timeout"):
        act(store, limited(store, endless, after))
    assert endless.ended.wait(10)
    assert time.monotonic() - began < 10
    assert [event.outcome for event in after.seen] == [Outcome.FAILED]
    assert rows(store) == []
    act(store, recorder(store, Table()))
    assert len(rows(store)) == 1


class Direct(Table):
    """Only executes a statement, and notes in which thread."""

    direct = True

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__()
        self.threads: list[threading.Thread] = []
        self.broken = broken

    def write(self, events: Sequence[Event], execute: Callable[..., Any] | None, /) -> None:
        super().write(events, execute)
        self.threads.append(threading.current_thread())
        if self.broken:
            raise LookupError("hunter2")


def test_a_direct_sink_is_called_in_the_thread_of_the_act(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """To hop into another one costs more than all that it does; its failure fails the act."""
    runner, sink = Runner(0.3, 4), Direct()
    act(store, Recorder(store, [TYPE], [sink], lambda: NOW, runner.ask, runner.run))
    assert sink.threads == [threading.current_thread()]
    assert len(rows(store)) == 1
    broken = Direct(broken=True)
    failing = Recorder(store, [TYPE], [broken], lambda: NOW, runner.ask, runner.run)
    with pytest.raises(Fault, match="plugin-error"):
        act(store, failing)
    assert len(rows(store)) == 1
    assert "LookupError" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_statement_that_cannot_be_stopped_is_left_behind(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its connection is touched again only when it has ended; then it rolls back."""
    go, entered = threading.Event(), threading.Event()
    held = Unit.execute
    users: list[tuple[str, threading.Thread]] = []

    def slow(self: Unit, *told: Any) -> Any:
        result = held(self, *told)
        if threading.current_thread() is not threading.main_thread():
            entered.set()
            assert go.wait(60)
            users.append(("sink", threading.current_thread()))
        return result

    monkeypatch.setattr(Unit, "execute", slow)
    monkeypatch.setattr(access_module, "PATIENCE", 0.05)
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    done = threading.Event()

    def rolled_back(_connection: Any) -> None:
        users.append(("rollback", threading.current_thread()))
        done.set()

    db_event.listen(store.engine, "rollback", rolled_back)
    with pytest.raises(Fault, match="plugin-timeout"):
        act(store, limited(store, Table()))
    assert entered.is_set()
    first = [what for what, _ in users]
    go.set()
    assert done.wait(60)
    db_event.remove(store.engine, "rollback", rolled_back)
    assert "rollback" not in first
    monkeypatch.undo()
    for thread in threading.enumerate():
        if thread.name == "ostiary-roll-back":
            thread.join(60)
    assert rows(store) == []
    act(store, recorder(store, Table()))
    assert len(rows(store)) == 1
    assert "does not end" in caplog.text


def test_what_a_statement_gives_is_fetched_before_the_sink_has_it(store: Store) -> None:
    """A row that a sink reads later would be read from a connection that is not its own."""
    given: list[Any] = []

    class Reading(Table):
        def write(self, events: Sequence[Event], execute: Callable[..., Any] | None, /) -> None:
            super().write(events, execute)
            assert execute is not None
            given.append(execute(select(devices.c.user_id)))

    act(store, recorder(store, Reading()))
    assert given[0].scalars().all() == ["done"]


def test_a_refusal_has_a_unit_of_its_own(store: Store) -> None:
    after = After()
    recorder(store, after).record_alone("thing.done", COMMAND, subject=None)
    (event,) = after.seen
    assert (event.actor, event.client) == (Actor("admin", means="command"), Client())


def test_without_a_sink_events_are_log_lines(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    event = act(store, recorder(store), details={"what": "it"})
    (line,) = [r.getMessage() for r in caplog.records if r.name == "ostiary.trail"]
    assert json.loads(line)["id"] == event.id
    assert "before" not in json.loads(line)


def test_a_log_line_is_one_line_whatever_is_in_it(store: Store) -> None:
    """Nobody can write lines of their own into the log (ASVS 5.0, 16.4.1)."""
    nasty = 'a\r\nb\x1b[2J\u2028c\x00"}'
    event = Event(
        id="1",
        type="thing.done",
        time=NOW,
        outcome=Outcome.DONE,
        subject=nasty,
        actor=Actor("anonymous"),
        client=Client("192.0.2.1", nasty),
        resource=Resource("kind", nasty),
        details={"what": nasty},
        proofs=(Proof("word", "id-of-credential", Strength(frozenset({Kind.KNOW}), False), NOW),),
    )
    line = as_json(event)
    assert line.isprintable()
    assert line.isascii()
    known = json.loads(line)
    assert known["details"]["what"] == known["client"]["agent"] == nasty
    assert known["resource"]["name"] == nasty
    assert known["proofs"] == ["word"]
    assert "id-of-credential" not in line
    assert "resource" not in json.loads(as_json(replace(event, resource=None)))


def test_events_of_many_threads_stay_with_their_acts(store: Store) -> None:
    after = After()
    recording = recorder(store, after)

    def run(number: int) -> None:
        with store.write() as unit:
            for step in range(3):
                details = {"what": f"{number}.{step}"}
                recording.record(unit, "thing.done", SYSTEM, subject=None, details=details)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = [str(event.details["what"]) for event in after.seen]
    assert sorted(seen) == sorted(f"{n}.{s}" for n in range(8) for s in range(3))
    for number in range(8):
        mine = [what for what in seen if what.startswith(f"{number}.")]
        assert mine == [f"{number}.{step}" for step in range(3)]


def test_the_log_sink_has_a_name() -> None:
    assert (LogSink().name, LogSink().transactional) == ("log", False)


# Reading again.


class Keeping(After):
    """Keeps what it was told, and says so."""

    says: object = None

    def recent(self, user_id: str, most: int, /) -> Any:
        if self.fault is not None:
            raise self.fault
        return self.seen if self.says is None else self.says


def test_the_first_sink_that_keeps_events_is_asked_for_them(store: Store) -> None:
    """Of nobody else, and no more than were asked for."""
    keeping = Keeping()
    recording = recorder(store, Table(), After(), keeping, Keeping("later"))
    assert recorder(store, Table(), After()).recent("u1", 5) is None
    assert recorder(store).recent("u1", 5) is None
    assert recording.recent("u1", 5) == ()
    first, second = act(store, recording), act(store, recording)
    keeping.seen.append(replace(first, subject="u2"))
    assert recording.recent("u1", 5) == (first, second)
    assert recording.recent("u1", 1) == (first,)
    assert recording.recent("u3", 1) == ()


@pytest.mark.parametrize("says", ["events", 7, {"a": 1}, ["event"]])
def test_a_sink_that_tells_something_else_is_named(
    says: object, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    keeping = Keeping()
    keeping.says = says
    with pytest.raises(PluginError, match="audit sink after answered with"):
        recorder(store, keeping).recent("u1", 5)
    assert "audit sink after answered with" in caplog.text
