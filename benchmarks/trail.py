"""What the trail costs: appending beside the act without it, asking at size, checking.

``python -m benchmarks.trail [--sizes 10000,100000] [--database URL]``. Not part of ``make bench``:
the larger sizes take minutes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import BigInteger, String, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from ostiary.audit import Who
from ostiary.contracts import Actor, Client, Event, Outcome, Resource
from ostiary.runtime import House, Runtime, loaded
from ostiary.settings import Settings
from ostiary.store import KeyRing, Store, migrate
from ostiary.store.ids import uuid7
from ostiary.testing.services import fresh_database, shared_postgresql
from ostiary_audit.canonical import written
from ostiary_audit.exporting import write_log
from ostiary_audit.proving import inclusion_proof
from ostiary_audit.reading import View, page_of
from ostiary_audit.sink import trail_of
from ostiary_audit.tables import record
from ostiary_audit.trail import Trail
from ostiary_audit.verify import verify_database, verify_export

ROUNDS = 21
REPEATS = 60
BATCH = 2000


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


insert_record = insert(record)


def appending(runtime: Runtime) -> None:
    """By how much an act takes longer, in turns with the act alone."""
    acts = Acts(runtime)
    for title, clock in (("by the clock", time.perf_counter), ("by CPU", time.process_time)):
        rounds: list[tuple[float, float, float]] = []
        for number in range(ROUNDS + 2):
            order = [acts.plain, acts.recorded, acts.bare]
            shift = number % 3
            taken = {call: timed(call, clock) for call in order[shift:] + order[:shift]}
            if number >= 2:  # noqa: PLR2004 - the first two warm up.
                rounds.append((taken[acts.plain], taken[acts.recorded], taken[acts.bare]))
        plain = statistics.median(each[0] for each in rounds)
        ours, bare = (statistics.median(each[at] / each[0] for each in rounds) for at in (1, 2))
        print(
            f"  {title:12} act {plain * 1e6:6.0f} us, with its event {100 * (ours - 1):+5.1f} %,"
            f" with a bare INSERT {100 * (bare - 1):+5.1f} %"
        )
    with runtime.store.write() as unit:
        unit.execute(record.delete())


def timed(call: Callable[[], object], clock: Callable[[], float]) -> float:
    """Seconds for one call."""
    began = clock()
    for _ in range(REPEATS):
        call()
    return (clock() - began) / REPEATS


def filled(trail: Trail, size: int, at: int) -> None:
    """Have so many events, as many people, tokens and projects make them."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    keys = trail.keys
    for first in range(at, size, BATCH):
        rows = []
        for number in range(first, min(first + BATCH, size)):
            event = made(number, begin + timedelta(seconds=number))
            one = written(event)
            rows.append(
                {
                    "payload": one.payload,
                    "place": one.place,
                    "person": one.person,
                    "mac": keys.mark(one),
                }
            )
        with trail.store.write() as unit:
            unit.execute(insert(record), rows)
    trail.sequencer.sequence(3600)


def made(number: int, time_: datetime) -> Event:
    """One event of many: the heaviest of a thousand users has a tenth of them."""
    user = "u0" if number % 10 == 0 else f"u{number * 7919 % 1000}"
    token = f"t{number * 31 % 5000}" if number % 2 else None
    means = "session" if token is None else "tokens"
    return Event(
        id=uuid7(time_),
        type=("file.uploaded", "sign-in.done", "token.created")[number % 3],
        time=time_,
        outcome=Outcome.DONE,
        subject=user,
        actor=Actor("user", user, means, token, ("ci",) if token else ()),
        client=Client(f"192.0.2.{number % 250}", "twine/6.0"),
        request=f"{number:032x}",
        resource=Resource("project", f"p{number * 13 % 20000}", (user,)),
        details={"verifier": "x"},
        sentence="${actor} did it.",
    )


ONE_TOKEN = "t31"  # noqa: S105 - its id.
QUESTIONS = (
    ("last 50 of the heaviest user", View(user="u0")),
    ("last 50 of a user", View(user="u17")),
    ("of a token", View(token=ONE_TOKEN)),
    ("of a delegate", View(delegate="ci")),
    ("of a project", View(resource=("project", "p13"))),
    ("of a type", View(type="token.created")),
    ("a user's refused ones (none)", View(user="u0", outcome="refused")),
)


def asking(trail: Trail, size: int) -> None:
    """How long a page of each question takes, without HTML."""
    pages = [*QUESTIONS, ("in the middle of all", View(before=size // 2))]
    week = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=size // 2)
    pages.append(("a type in a time", View(type="file.uploaded", since=week)))
    for title, view in pages:
        page_of(trail.store, view)
        took = []
        for _ in range(100):
            began = time.perf_counter()
            page_of(trail.store, view)
            took.append(time.perf_counter() - began)
        took.sort()
        print(f"  {title:32} p50 {took[50] * 1e3:6.2f} ms   p95 {took[95] * 1e3:6.2f} ms")


def checking(trail: Trail, folder: Path, size: int) -> None:
    """Events a second: in order, verified, exported, verified offline; bytes of a receipt."""
    began = time.perf_counter()
    report = verify_database(trail)
    assert report.sound, report.findings
    print(
        f"  verify                    {report.size / (time.perf_counter() - began):10.0f} events/s"
    )
    target = folder / f"log-{size}"
    began = time.perf_counter()
    write_log(trail, target, lambda *_: None)
    told("export", size / (time.perf_counter() - began))
    began = time.perf_counter()
    found = verify_export(target, trail.keys.verifiers)
    assert found.sound, found.findings
    told("verify the export", size / (time.perf_counter() - began))
    print(f"  receipt                   {len(inclusion_proof(trail, size // 2)):10} bytes")


def told(what: str, rate: float) -> None:
    """One line of the report."""
    print(f"  {what:24}  {rate:10.0f} events/s")


def sizes_of(text: str) -> list[int]:
    """The sizes that were asked for."""
    return [int(each) for each in text.split(",")]


def measured(database: str, sizes: list[int], note: str) -> None:
    """Everything, on one database."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runtime = house(folder, database or f"sqlite:///{folder}/bench.db")
        trail = trail_of(runtime.house)
        print(f"{note}: appending")
        appending(runtime)
        at = 0
        for size in sizes:
            began = time.perf_counter()
            filled(trail, size, at)
            rate = (size - at) / (time.perf_counter() - began)
            print(f"{note}: {size} events (written and put in order: {rate:.0f}/s)")
            asking(trail, size)
            checking(trail, folder, size)
            print(f"  bytes an event            {used(trail) / size:10.0f}")
            at = size
        runtime.store.dispose()


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
    parser.add_argument("--on", choices=("sqlite", "postgresql"), action="append")
    given = parser.parse_args()
    for kind in given.on or ("sqlite", "postgresql"):
        with databases(kind) as database:
            measured(database, given.sizes, kind)


if __name__ == "__main__":
    main()
