"""What the trail costs: appending beside the act without it, asking at size, checking.

``python -m benchmarks.trail [--sizes 10000,1000000] [--on sqlite|postgresql] [--check SIZE]``:
a million events take minutes. ``make bench`` shows the same lines at sizes that take seconds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import BigInteger, String, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.comparing import Line, measured
from benchmarks.trail_data import BEGIN, filled, made
from ostiary.audit import Who
from ostiary.contracts import Actor, Client, Outcome, Resource
from ostiary.runtime import House, Runtime, loaded
from ostiary.settings import Settings
from ostiary.store import KeyRing, Store, migrate
from ostiary.testing.services import fresh_database, shared_postgresql
from ostiary_audit.canonical import written
from ostiary_audit.exporting import write_log
from ostiary_audit.proving import inclusion_proof
from ostiary_audit.reading import View, page_of
from ostiary_audit.sink import trail_of
from ostiary_audit.tables import record
from ostiary_audit.trail import Trail
from ostiary_audit.verify import verify_database, verify_export


class Base(DeclarativeBase):
    """What a host's act writes."""


class Row(Base):
    """Something that an act changes."""

    __tablename__ = "bench_row"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(BigInteger)


def house(folder: Path, database: str) -> Runtime:
    """A house with a trail, and nothing else."""
    keys = KeyRing.create(folder / "keys.json")
    settings = Settings.from_mapping(
        {
            "ostiary.data": str(folder),
            "ostiary.database": database,
            "ostiary.keys": str(folder / "keys.json"),
            "ostiary.plugins": "audit",
            "ostiary.second_factor.required": "never",
        }
    )
    own = House(settings, lambda: datetime.now(UTC))
    plugins = loaded(settings, own)
    store = Store(settings.database, keys)
    migrate(store, tuple(plugins.migrations.items()))
    store.dispose()
    runtime = Runtime.of(settings, own, plugins)
    Base.metadata.create_all(runtime.store.engine)
    return runtime


class Acts:
    """A transaction of three statements, with and without its event."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._number = 0
        self._who = Who(
            Actor("user", "u" * 36, "tokens", "t" * 36, ("ci.example",), None, "s" * 64),
            Client("192.0.2.1", "twine/6.0 Python/3.11"),
            "r" * 32,
        )

    def plain(self) -> None:
        """The act alone."""
        with self._runtime.store.write() as unit, Session(unit.connection) as session:
            self._three(session)

    def recorded(self) -> None:
        """The act and its event."""
        with self._runtime.store.write() as unit, Session(unit.connection) as session:
            self._three(session)
            self._runtime.recorder.record(
                unit,
                "credential.refused",
                self._who,
                subject="u" * 36,
                outcome=Outcome.DONE,
                resource=Resource("project", "acme-tools", ("u" * 36,)),
                details={"verifier": "tokens"},
            )

    def bare(self) -> None:
        """The act, and the INSERT of a row of that size by the driver."""
        with self._runtime.store.write() as unit, Session(unit.connection) as session:
            self._three(session)
            unit.run(insert_record, payload=b"p" * 420, place=b"a" * 70, person=None, mac=b"m" * 32)

    def _three(self, session: Session) -> None:
        self._number += 1
        row = Row(id=time.time_ns(), name="n" * 40, version=self._number)
        session.add(row)
        session.flush()
        session.scalars(select(Row).where(Row.id == row.id)).one()
        session.execute(update(Row).where(Row.id == row.id).values(version=0))


insert_record = insert(record).inline()


def appending(runtime: Runtime) -> Iterator[Line]:
    """By how much an act takes longer."""
    acts = Acts(runtime)
    for clock, floor in ((time.process_time, "the act"), (time.perf_counter, "..., by the clock")):
        yield Line("an act and its event", floor, acts.recorded, acts.plain, 10, clock)
        yield Line("an act, a bare INSERT", floor, acts.bare, acts.plain, 10, clock)


def emptied(runtime: Runtime) -> None:
    """No records: those of the acts had no place in the log yet."""
    with runtime.store.write() as unit:
        unit.execute(record.delete())


QUESTIONS = (
    ("last 50 of the heaviest user", View(user="u0")),
    ("last 50 of a user", View(user="u17")),
    ("of a token", View(token="t31")),  # noqa: S106 - its id.
    ("of a delegate", View(delegate="ci")),
    ("of a project", View(resource=("project", "p13"))),
    ("of a type", View(type="token.created")),
    ("a user's refused ones (none)", View(user="u0", outcome="refused")),
)


def questions(size: int) -> Iterator[tuple[str, View]]:
    """What is asked at a size."""
    yield from QUESTIONS
    yield "in the middle of all", View(before=size // 2)
    week = BEGIN + timedelta(seconds=size // 2)
    yield "a type in a time", View(type="file.uploaded", since=week)


def asking(trail: Trail, size: int) -> None:
    """How long a page of each question takes, without HTML."""
    for title, view in questions(size):
        page_of(trail.store, view)
        took = []
        for _ in range(200):
            began = time.perf_counter()
            page_of(trail.store, view)
            took.append(time.perf_counter() - began)
        took.sort()
        # On a machine that others use, the tenth part of it is what nobody disturbed.
        shown = (f"p{each} {took[2 * each] * 1e3:6.2f} ms" for each in (10, 50, 95))
        print(f"  {title:32} {'   '.join(shown)}")


def growing(few: Trail, many: Trail, size: int) -> Iterator[Line]:
    """Whether a page of 50 minds how many others there are."""
    (_, view), *_others = QUESTIONS
    ours, bare = (partial(page_of, each.store, view) for each in (many, few))
    yield Line(
        "a history, 50 of many", f"... of {size:,} events", ours, bare, 10, time.perf_counter
    )


def checking(trail: Trail, folder: Path) -> None:
    """Events a second: verified, exported, verified offline; bytes of a receipt."""
    began = time.perf_counter()
    report = verify_database(trail)
    assert report.sound, report.findings
    told("verify", report.size / (time.perf_counter() - began))
    target = folder / f"log-{report.size}"
    began = time.perf_counter()
    write_log(trail, target, lambda *_: None)
    told("export", report.size / (time.perf_counter() - began))
    began = time.perf_counter()
    found = verify_export(target, trail.keys.verifiers)
    assert found.sound, found.findings
    told("verify the export", report.size / (time.perf_counter() - began))
    receipt = inclusion_proof(trail, report.size // 2)
    print(f"  {'receipt':24}  {len(receipt):10} bytes")


def told(what: str, rate: float) -> None:
    """One line of the report."""
    print(f"  {what:24}  {rate:10.0f} events/s")


def sequencing(trail: Trail, count: int) -> None:
    """Events a second that get their place."""
    rows = []
    for number in range(count):
        one = written(made(10**9 + number))
        values = {"payload": one.payload, "place": one.place, "person": one.person}
        rows.append({**values, "mac": trail.keys.mark(one)})
    with trail.store.write() as unit:
        unit.execute(insert(record), rows)
    began = time.perf_counter()
    trail.sequencer.sequence(3600)
    told("sequenced", count / (time.perf_counter() - began))


def sizes_of(text: str) -> list[int]:
    """The sizes that were asked for."""
    return [int(each) for each in text.split(",")]


@contextmanager
def opened(kind: str) -> Iterator[tuple[Runtime, Path]]:
    """A house on a fresh database of this kind, and its folder."""
    with databases(kind) as database, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runtime = house(folder, database or f"sqlite:///{folder}/bench.db")
        try:
            yield runtime, folder
        finally:
            runtime.store.dispose()


def all_of(kind: str, sizes: list[int], check: int, rounds: int) -> None:
    """Everything, on one kind of database."""
    with opened(kind) as (runtime, folder):
        trail = trail_of(runtime.house)
        print(f"\n{kind}")
        for line in appending(runtime):
            print(measured(line, rounds))
        emptied(runtime)
        for size in sizes:
            began = time.perf_counter()
            filled(trail, size)
            print(f"{kind}: {size} events (loaded in {time.perf_counter() - began:.0f} s)")
            asking(trail, size)
            print(f"  {'bytes an event':24}  {used(trail) / size:10.0f}")
            if size <= check:
                checking(trail, folder)
                sequencing(trail, 2000)
        if len(sizes) > 1:
            with opened(kind) as (small, _):
                few = trail_of(small.house)
                filled(few, sizes[0])
                for line in growing(few, trail, sizes[0]):
                    print(measured(line, rounds))


def in_short(kind: str) -> Iterator[Line]:
    """What ``make bench`` shows of one kind of database; takes seconds."""
    few, many = 1000, 20_000
    with opened(kind) as (small, _), opened(kind) as (large, _):
        yield from appending(small)
        emptied(small)
        trails = [trail_of(each.house) for each in (small, large)]
        for trail, size in zip(trails, (few, many), strict=True):
            filled(trail, size)
        less, more = trails
        yield from growing(less, more, few)


def used(trail: Trail) -> int:
    """What the database takes."""
    with trail.store.read() as connection:
        if trail.store.dialect == "sqlite":
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        return int(
            connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
        )


@contextmanager
def databases(kind: str) -> Iterator[str]:
    """Where it is measured; nothing for SQLite."""
    if kind == "sqlite":
        yield ""
        return
    with shared_postgresql() as url, fresh_database(url) as database:
        yield database


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=sizes_of, default=[10_000, 100_000])
    parser.add_argument("--check", type=int, default=10_000, help="up to this size")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), action="append")
    given = parser.parse_args()
    for kind in given.on or ("sqlite", "postgresql"):
        all_of(kind, given.sizes, given.check, given.rounds)


if __name__ == "__main__":
    main()
