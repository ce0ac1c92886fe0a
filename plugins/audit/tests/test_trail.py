"""Each act has its record, each record its place; what is asked is answered from indexes."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text

from ostiary.contracts import Event, Outcome, Resource
from ostiary.runtime import Runtime
from ostiary.signin import Fault
from ostiary.store import Unit
from ostiary.store.tables import metadata
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Houses
from ostiary_audit.kept import Kept
from ostiary_audit.reading import SCAN, View, page_of, seq_at
from ostiary_audit.round import HOLE_AGE
from ostiary_audit.tables import TABLES, event, hole, log, record
from ostiary_audit.telling import described, names_from, said
from plugins.audit.tests.conftest import DONE, PROJECT, Desk, MakeDesk


def test_the_tables_are_those_of_the_migration(desk: Desk) -> None:
    inspector = inspect(desk.trail.store.engine)
    for name in TABLES:
        there = {each["name"] for each in inspector.get_columns(name)}
        assert there == set(metadata.tables[name].columns.keys())
        indexes = {each["name"] for each in inspector.get_indexes(name)}
        assert {index.name for index in metadata.tables[name].indexes} <= indexes


def test_an_act_that_is_rolled_back_is_there_as_failed(desk: Desk) -> None:
    """And no act is without its record: both are in one transaction."""
    with pytest.raises(ZeroDivisionError), desk.trail.store.write() as unit:
        desk.act(unit)
        1 / 0  # noqa: B018 - it is to raise.
    with desk.trail.store.write() as unit:
        desk.act(unit)
    outcomes = [entry.row.outcome for entry in desk.entries(type=DONE)]
    assert outcomes == ["failed", "done"]


def test_an_act_fails_where_its_record_cannot_be_written(desk: Desk) -> None:
    desk.user("ada")
    with desk.trail.store.write() as unit:
        unit.execute(text("ALTER TABLE ostiary_audit_record RENAME TO away"))
    with pytest.raises(Fault), desk.trail.store.write() as unit:
        unit.execute(insert(hole).values(n=77, since=desk.clock()))
        desk.act(unit)
    with desk.trail.store.write() as unit:
        unit.execute(text("ALTER TABLE away RENAME TO ostiary_audit_record"))
        assert unit.execute(select(hole)).all() == []


def test_history_says_who_by_which_means_what_whence(desk: Desk) -> None:
    ada, bob = desk.user("ada"), desk.user("bob")
    who = desk.who(ada, means="tokens", credential="t-1", delegates=("ci", "deploy"), shown="s")
    desk.act(
        who=who,
        subject=None,
        resource=Resource("project", "acme-tools", (bob,)),
        reason="why",
        before={"color": "red"},
        after={"color": "blue"},
    )
    (entry,) = desk.entries(type=DONE)
    name_of = names_from(desk.runtime.directory)
    known = described(entry, name_of)
    assert {name: known[name] for name in ("actor", "user", "token", "delegates", "project")} == {
        "actor": "ada",
        "user": "ada",
        "token": "t-1",
        "delegates": ["ci", "deploy"],
        "project": "acme-tools",
    }
    assert (known["address"], known["agent"], known["reason"]) == ("192.0.2.9", "curl/8", "why")
    assert (known["before"], known["after"]) == ({"color": "red"}, {"color": "blue"})
    assert str(said(entry, desk.runtime.recorder, name_of)) == "ada did a, called b."


def test_an_event_is_in_the_history_of_all_whom_it_concerns(desk: Desk) -> None:
    """Whose account it is, who acted, who owns the resource; and in nobody else's."""
    desk.act(who=desk.who("id-eve"), subject="id-bob", resource=PROJECT)
    for user in ("id-ada", "id-bob", "id-eve"):
        assert desk.things(user=user) == ["a"]
    assert desk.things(user="id-mallory") == []


@pytest.mark.parametrize(
    ("view", "found"),
    [
        ({"token": "t-1"}, ["token"]),
        ({"delegate": "ci"}, ["chain"]),
        ({"delegate": "deploy"}, ["chain"]),
        ({"address": "198.51.100.7"}, ["away"]),
        ({"outcome": "refused"}, ["no"]),
        ({"resource": ("project", "acme-tools")}, ["project"]),
        ({"resource": ("project", "other")}, []),
        ({"type": "thing"}, ["token", "chain", "away", "no", "project"]),
        ({"type": "other.done"}, []),
        ({"user": "id-bob"}, ["project"]),
        ({"user": "id-ada", "outcome": "refused", "type": "thing"}, ["no"]),
        ({"user": "id-bob", "delegate": "ci"}, []),
        ({"token": "t-1", "delegate": "ci"}, []),
    ],
)
def test_each_filter_leaves_what_it_says(
    desk: Desk, view: dict[str, object], found: list[str]
) -> None:
    def act(what: str, **more: object) -> None:
        desk.act(details={"what": what, "label": ""}, **more)

    act("token", who=desk.who(credential="t-1", means="tokens"))
    act("chain", who=desk.who(credential="t-2", means="tokens", delegates=("ci", "deploy")))
    act("away", who=desk.who(address="198.51.100.7"))
    act("no", outcome=Outcome.REFUSED)
    act("project", resource=PROJECT)
    desk.act(type="other.done", details={"what": "x"})
    assert desk.things(**view) == found


def test_times_bound_a_view_without_an_index_on_time(desk: Desk, clock: Clock) -> None:
    for day in range(5):
        desk.act(details={"what": str(day), "label": ""})
        clock.advance(timedelta(days=1))
    begin = desk.entries(type=DONE)[0].row.time
    since, until = begin + timedelta(days=1), begin + timedelta(days=3)
    assert desk.things(since=since, until=until) == ["1", "2"]
    assert seq_at(desk.trail.store, begin + timedelta(days=9)) == len(desk.entries()) + 1
    assert seq_at(desk.trail.store, begin - timedelta(days=9)) == 1


def test_pages_go_on_where_the_last_one_ended(desk: Desk) -> None:
    """Also where meanwhile something happened: what came later is on the first page."""
    desk.acts(7)
    desk.trail.sequencer.sequence()
    store, view = desk.trail.store, View(user="id-ada")
    first = page_of(store, view, 3)
    desk.acts(1)
    desk.trail.sequencer.sequence()
    assert first.before is not None
    second = page_of(store, View(user="id-ada", before=first.before), 3)
    assert second.before is not None
    third = page_of(store, View(user="id-ada", before=second.before), 3)
    seqs = [entry.seq for page in (first, second, third) for entry in page.entries]
    assert seqs == sorted(set(seqs), reverse=True)
    assert (len(seqs), third.before) == (7, None)


def test_a_page_that_looked_long_enough_goes_on_with_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No question takes longer than looking at so many events, whatever it asks for."""
    desk.act(outcome=Outcome.REFUSED, details={"what": "old", "label": ""})
    desk.acts(12)
    monkeypatch.setattr("ostiary_audit.reading.SCAN", 5)
    desk.trail.sequencer.sequence()
    view, pages = View(user="id-ada", outcome="refused", type=DONE), 0
    found: list[int] = []
    while True:
        page = page_of(desk.trail.store, view, 3)
        pages += 1
        found += [entry.seq for entry in page.entries]
        if page.before is None:
            break
        view = View(user="id-ada", outcome="refused", type=DONE, before=page.before)
    assert (len(found), pages) == (1, 3)
    assert SCAN >= 1000


def test_the_admins_page_of_a_user_gets_its_events(desk: Desk) -> None:
    desk.acts(3)
    desk.act(who=desk.who("id-ada"), subject="id-bob")
    found = desk.runtime.recorder.recent("id-ada", 2)
    assert found is not None
    assert [each.details["what"] for each in found] == ["2", "1"]


class Held:
    """A transaction that is open in another thread, until it is let go."""

    def __init__(self, desk: Desk, what: str, *, fail: bool = False) -> None:
        self._go, self._written = threading.Event(), threading.Event()
        self._desk, self._what, self._fail = desk, what, fail
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._written.wait(10)

    def _run(self) -> None:
        with suppress(ZeroDivisionError), self._desk.trail.store.write() as unit:
            self._write(unit)
            self._written.set()
            self._go.wait(30)
            if self._fail:
                1 / 0  # noqa: B018 - it is to raise.

    def _write(self, unit: Unit) -> None:
        """As the sink does just before the commit; here the commit waits."""
        sink = self._desk.runtime.plugins.sinks[0]
        self._desk.act(unit, details={"what": self._what, "label": ""})
        sink.write(self._events(unit), unit_execute(unit))

    def _events(self, unit: Unit) -> list[Event]:
        buffer = unit.info[self._desk.runtime.recorder]
        events = list(buffer)
        buffer.clear()
        return events

    def end(self) -> None:
        self._go.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


def unit_execute(unit: Unit):  # type: ignore[no-untyped-def] # noqa: ANN201
    """What the recorder lends a sink."""
    return lambda *told, **values: unit.run(*told, **values) if values else unit.execute(*told)


def only_postgresql(desk: Desk) -> None:
    if desk.trail.store.dialect == "sqlite":
        pytest.skip("on SQLite nobody writes while somebody else does")


def test_a_transaction_that_ends_late_gets_the_next_place(desk: Desk, clock: Clock) -> None:
    """Its number is lower than those that were seen: a cursor alone would pass it over."""
    only_postgresql(desk)
    desk.trail.sequencer.sequence()
    late = Held(desk, "late")
    desk.act(details={"what": "early", "label": ""})
    assert desk.things() == ["early"]
    clock.advance(HOLE_AGE / 2)
    desk.act(details={"what": "between", "label": ""})
    assert desk.things() == ["early", "between"]
    late.end()
    assert desk.things() == ["early", "between", "late"]
    assert desk.verified().sound


def test_a_number_that_was_rolled_back_is_looked_for_no_longer_than_an_hour(
    desk: Desk, clock: Clock
) -> None:
    only_postgresql(desk)
    gone = Held(desk, "gone", fail=True)
    desk.act(details={"what": "early", "label": ""})
    assert desk.things() == ["early"]
    gone.end()
    with desk.trail.store.read() as connection:
        assert len(connection.execute(select(hole)).all()) == 1
    clock.advance(HOLE_AGE + timedelta(minutes=1))
    desk.acts(1)
    desk.things()
    with desk.trail.store.read() as connection:
        assert connection.execute(select(hole)).all() == []
    seqs = [entry.seq for entry in desk.entries()]
    assert seqs == list(range(1, len(seqs) + 1))


def test_what_was_passed_over_is_found_within_a_day(desk: Desk, clock: Clock) -> None:
    """Whatever the reason: a transaction of more than an hour, a clock that was wrong."""
    desk.acts(1)
    desk.things()
    with desk.trail.store.write() as unit:
        unit.execute(text("UPDATE ostiary_audit_log SET high = high + 1"))
    desk.act(details={"what": "missed", "label": ""})
    assert desk.things() == ["0"]
    clock.advance(timedelta(days=1))
    desk.act(details={"what": "later", "label": ""})
    desk.things()
    assert sorted(desk.things()) == ["0", "later", "missed"]
    assert desk.verified().sound


def test_the_sequencer_works_beside_the_requests(desk: Desk) -> None:
    """Without anybody asking for it, soon after the act; and it ends with the house."""
    desk.runtime.chores.start()
    waited = threading.Event()
    desk.acts(1)
    for _ in range(200):
        with desk.trail.store.read() as connection:
            if connection.execute(select(event.c.seq).where(event.c.type == DONE)).first():
                break
        waited.wait(0.02)
    else:
        pytest.fail("nothing was sequenced")
    desk.runtime.chores.stop()
    assert not [each for each in threading.enumerate() if each.name == "ostiary-audit"]


def test_a_second_house_on_the_same_database_goes_on_with_the_log(
    desk: Desk, make_desk: MakeDesk, make_runtime: Houses
) -> None:
    """The first one is gone without a word; its records are not."""
    desk.acts(2)
    desk.things()
    desk.acts(1)
    desk.runtime.store.dispose()
    other = make_desk()
    other.acts(1)
    assert other.things() == ["0", "1", "0", "0"]
    assert other.verified().sound
    with other.trail.store.read() as connection:
        assert len(connection.execute(select(log)).all()) == 1


def test_several_at_once_make_one_sequence(desk: Desk, make_desk: MakeDesk) -> None:
    """8 writers on PostgreSQL, 4 on SQLite, and two sequencers: no gap, no fork."""
    other, each_writes = make_desk(), 12
    writers = 4 if desk.trail.store.dialect == "sqlite" else 8
    begin = threading.Barrier(writers + 2)
    acknowledged: list[str] = []

    def write(number: int) -> None:
        begin.wait()
        for at in range(each_writes):
            what = f"{number}-{at}"
            (desk, other)[number % 2].act(details={"what": what, "label": ""})
            acknowledged.append(what)

    def sequence(house: Desk) -> None:
        begin.wait()
        while len(acknowledged) < writers * each_writes:
            house.trail.sequencer.sequence()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    threads += [threading.Thread(target=sequence, args=(house,)) for house in (desk, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(desk.things()) == sorted(acknowledged)
    assert len(acknowledged) == writers * each_writes
    seqs = [entry.seq for entry in desk.entries()]
    assert seqs == list(range(1, len(seqs) + 1))
    report = desk.verified()
    assert report.sound, report.findings


def test_the_last_checkpoint_is_kept_outside_of_the_database(
    desk: Desk, database: str, tmp_path: Path
) -> None:
    desk.acts(1)
    desk.things()
    note = desk.trail.kept.read()
    assert note is not None
    assert note.splitlines()[1] == str(len(desk.entries()))
    beside = database.startswith("sqlite")
    place = tmp_path / "ostiary.db.checkpoint" if beside else tmp_path / "house/audit.checkpoint"
    assert desk.trail.kept.path == place


def test_a_folder_that_cannot_be_written_stops_nothing(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Kept(tmp_path / "nowhere" / "x")
    kept.write("note")
    assert kept.read() is None
    assert "FileNotFoundError" in caplog.text


def test_records_are_no_larger_than_they_need_be(desk: Desk) -> None:
    desk.act()
    with desk.trail.store.read() as connection:
        row = connection.execute(select(record)).first()
    assert row is not None
    assert len(row.payload) + len(row.place) + len(row.person) + len(row.mac) < 700


def test_a_command_leaves_nothing_for_others_to_put_in_order(desk: Desk) -> None:
    runtime: Runtime = desk.runtime
    desk.acts(2)
    runtime.chores.finish()
    with desk.trail.store.read() as connection:
        assert connection.execute(select(event).where(event.c.type == DONE)).all() != []
