"""A rotation of keys loses no value, wherever it is interrupted."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, insert, select, text, update

from ostiary.contracts import StoreError
from ostiary.store import (
    KeyRing,
    SealBroken,
    Store,
    open_column,
    prepare,
    reseal,
    rotate,
    seal_column,
    sealed_columns,
)
from ostiary.store.sealed import SealedColumn, SealedColumns
from ostiary.store.tables import challenges, credentials, outbox, schema

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = timedelta(0)
COLUMN = outbox.c.sealed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the fixture ``keys`` keeps its ring."""
    return tmp_path / "keys" / "keys.json"


def put(store: Store, *rows: str) -> None:
    with store.write() as unit:
        for row in rows:
            sealed = seal_column(store.keys, COLUMN, row, row.encode())
            unit.execute(insert(outbox).values(id=row, sealed=sealed, due_at=NOW, created_at=NOW))


def sealed_values(store: Store) -> dict[str, bytes]:
    with store.read() as connection:
        rows = connection.execute(select(outbox.c.id, outbox.c.sealed))
        return {row: value for row, value in rows}  # noqa: C416 - rows are no pairs for mypy.


def opened(store: Store, keys: KeyRing) -> set[str]:
    return {open_column(keys, COLUMN, *item).decode() for item in sealed_values(store).items()}


def needed(store: Store) -> set[str]:
    return {KeyRing.key_id(value) for value in sealed_values(store).values()}


def test_every_sealed_column_of_the_core_is_registered() -> None:
    assert set(sealed_columns) == {
        SealedColumn("ostiary_credential", "id", "secret"),
        SealedColumn("ostiary_challenge", "handle", "sealed"),
        SealedColumn("ostiary_challenge", "handle", "delivered"),
        SealedColumn("ostiary_outbox", "id", "sealed"),
        SealedColumn("ostiary_kept", "token_hash", "sealed"),
    }


def test_a_value_opens_in_its_row_and_column_only() -> None:
    ring = KeyRing.ephemeral()
    sealed = seal_column(ring, credentials.c.secret, "1", b"seed")
    assert open_column(ring, credentials.c.secret, "1", sealed) == b"seed"
    for column, row in (
        (credentials.c.secret, "2"),
        (outbox.c.sealed, "1"),
        (challenges.c.sealed, "1"),
    ):
        with pytest.raises(SealBroken):
            open_column(ring, column, row, sealed)


def test_an_unregistered_column_seals_nothing() -> None:
    """Its values would be lost with the next rotation."""
    ring = KeyRing.ephemeral()
    with pytest.raises(ValueError, match="registered"):
        seal_column(ring, credentials.c.label, "1", b"seed")
    with pytest.raises(ValueError, match="registered"):
        open_column(ring, credentials.c.label, "1", b"seed")


@pytest.mark.parametrize(
    "columns",
    [
        (Column("id", String, primary_key=True), Column("it", String)),
        (Column("a", String, primary_key=True), Column("b", String, primary_key=True)),
        (),
    ],
)
def test_only_bytes_in_a_row_with_one_key_can_be_sealed(columns: tuple[Column[str], ...]) -> None:
    rest = () if any(c.name == "it" for c in columns) else (Column("it", LargeBinary),)
    table = Table("t", MetaData(), *columns, *rest)
    with pytest.raises(ValueError, match=r"t\.it cannot be sealed"):
        SealedColumns().register(table.c.it)


def test_a_rotation_seals_everything_with_the_new_key(store: Store, path: Path) -> None:
    put(store, "a", "b")
    (old,) = store.keys.ids
    rotation = rotate(store, path)
    assert (rotation.resealed, rotation.dropped, rotation.kept) == (2, (), (old,))
    ring = KeyRing.load(path)
    assert needed(store) == {ring.ids[0]}
    assert opened(store, ring) == opened(store, store.keys) == {"a", "b"}


def test_columns_without_a_value_stay_without(store: Store, path: Path) -> None:
    handle = "h" * 43
    sealed = seal_column(store.keys, challenges.c.sealed, handle, b"state")
    with store.write() as unit:
        unit.execute(
            insert(challenges).values(
                handle=handle,
                purpose="",
                factor="",
                bound_to="",
                sealed=sealed,
                tries_left=1,
                created_at=NOW,
                expires_at=NOW,
            )
        )
    assert rotate(store, path).resealed == 1
    with store.read() as connection:
        state, delivered = connection.execute(
            select(challenges.c.sealed, challenges.c.delivered)
        ).one()
    assert open_column(store.keys, challenges.c.sealed, handle, state) == b"state"
    assert delivered is None


def test_more_rows_than_are_read_at_once_are_all_sealed(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reseal, "_BATCH", 3)
    rows = [f"{n:03}" for n in range(10)]
    put(store, *rows)
    assert rotate(store, path, drop_old=True, grace=AT_ONCE).resealed == 10
    assert opened(store, KeyRing.load(path)) == set(rows)


def test_old_keys_are_dropped_once_the_grace_is_over(store: Store, path: Path) -> None:
    put(store, "a")
    (old,) = store.keys.ids
    assert rotate(store, path, drop_old=True).kept == (old,)
    rotation = rotate(store, path, drop_old=True, grace=AT_ONCE)
    assert rotation.kept == ()
    assert rotation.dropped[-1] == old
    assert len(rotation.dropped) == 2
    assert len(KeyRing.load(path).ids) == 1
    assert opened(store, KeyRing.load(path)) == {"a"}


def test_a_key_that_a_value_still_needs_is_not_dropped(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine, whose copy of the file is old, stores a value in between."""
    stale = KeyRing(store.keys._keys)
    drop = reseal._drop

    def store_and_drop(*args: object) -> object:
        put(store, "a")
        with store.write() as unit:
            sealed = seal_column(stale, COLUMN, "a", b"a")
            unit.execute(update(outbox).values(sealed=sealed))
        return drop(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reseal, "_drop", store_and_drop)
    rotation = rotate(store, path, drop_old=True, grace=AT_ONCE)
    assert (rotation.dropped, rotation.kept) == ((), stale.ids)
    assert opened(store, KeyRing.load(path)) == {"a"}


def test_a_value_that_does_not_open_stops_the_rotation_and_is_named(
    store: Store, path: Path
) -> None:
    put(store, "a", "b")
    before = sealed_values(store)
    with store.write() as unit:
        unit.execute(update(outbox).where(outbox.c.id == "b").values(sealed=before["a"]))
    with pytest.raises(StoreError, match=r"ostiary_outbox\.sealed .* id is 'b'"):
        rotate(store, path, drop_old=True, grace=AT_ONCE)
    assert sealed_values(store)["a"] == before["a"]
    assert store.keys.open(before["a"], "ostiary_outbox", "a", "sealed") == b"a"


def test_values_of_a_plugin_that_was_uninstalled_are_sealed_anew(store: Store, path: Path) -> None:
    context = ("ostiary_gone_thing", "1", "secret")
    sealed = store.keys.seal(b"seed", *context)
    with store.write() as unit:
        unit.execute(text("CREATE TABLE ostiary_gone_thing (id TEXT PRIMARY KEY, secret BYTEA)"))
        unit.execute(text("INSERT INTO ostiary_gone_thing VALUES ('1', :s)"), {"s": sealed})
        row = {"package": "gone", "tables": [context[0]], "core": "0001"}
        entries = [["ostiary_gone_thing", "id", "secret"], ["ostiary_gone_other", "id", "secret"]]
        unit.execute(insert(schema).values(**row, sealed=entries))
    try:
        rotate(store, path, drop_old=True, grace=AT_ONCE)
        with store.read() as connection:
            found = connection.execute(text("SELECT secret FROM ostiary_gone_thing")).scalar_one()
        assert KeyRing.load(path).open(bytes(found), *context) == b"seed"
    finally:
        with store.write() as unit:
            unit.execute(text("DROP TABLE ostiary_gone_thing"))
            unit.execute(text("DELETE FROM ostiary_schema WHERE package = 'gone'"))


def test_a_key_that_was_prepared_opens_on_every_host_before_any_seals_with_it(
    store: Store, path: Path, tmp_path: Path
) -> None:
    """Another host has a copy of the file, as it is between the two steps."""
    put(store, "a")
    (old,) = store.keys.ids
    waiting = prepare(store, path)
    assert KeyRing.load(path).ids == (old, waiting)
    copy = tmp_path / "copy.json"
    shutil.copy(path, copy)
    other = KeyRing.load(copy)
    assert KeyRing.key_id(other.seal(b"b", "c")) == old
    assert KeyRing.key_id(store.keys.seal(b"b", "c")) == old
    rotation = rotate(store, path)
    assert (rotation.resealed, rotation.kept) == (1, (old,))
    assert KeyRing.load(path).ids == (waiting, old)
    assert needed(store) == {waiting}
    assert opened(store, other) == {"a"}
    assert store.keys.open(other.seal(b"late", "c"), "c") == b"late"
    assert set(other.derived("forms")) == set(store.keys.derived("forms"))


def test_without_a_prepared_key_another_host_cannot_open_what_was_rotated(
    store: Store, path: Path, tmp_path: Path
) -> None:
    """What the help of the command warns of."""
    put(store, "a")
    other = KeyRing.load(Path(shutil.copy(path, tmp_path / "copy.json")))
    rotate(store, path)
    with pytest.raises(SealBroken, match="not on the ring"):
        opened(store, other)


def test_one_key_stands_by_and_is_never_dropped_before_it_sealed(store: Store, path: Path) -> None:
    waiting = prepare(store, path)
    with pytest.raises(StoreError, match=f"{waiting} stands by already"):
        prepare(store, path)
    ring = KeyRing.load(path)
    assert ring.superseded(datetime.now(UTC) + timedelta(days=1)) == ()
    rotation = rotate(store, path, drop_old=True)
    # The grace begins when the key takes over, not when it was made.
    assert (KeyRing.load(path).ids[0], rotation.dropped) == (waiting, ())


def test_a_key_is_prepared_only_if_it_is_recorded_and_so_is_a_rotation(
    store: Store, path: Path
) -> None:
    put(store, "a")
    before = sealed_values(store)

    def refuse(*_: object) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        prepare(store, path, refuse)
    assert len(KeyRing.load(path).ids) == 1
    with pytest.raises(LookupError):
        rotate(store, path, within=refuse)
    assert sealed_values(store) == before
    assert opened(store, KeyRing.load(path)) == {"a"}
    seen: list[int] = []
    rotate(store, path, within=lambda _unit, count: seen.append(count))
    assert seen == [1]


def test_keys_of_a_database_without_tables_can_be_rotated(empty_store: Store, path: Path) -> None:
    assert rotate(empty_store, path, drop_old=True, grace=AT_ONCE).resealed == 0
    assert len(KeyRing.load(path).ids) == 1


def test_rotations_at_once_lose_no_key_and_no_value(store: Store, path: Path) -> None:
    put(store, *(f"{n}" for n in range(20)))
    start = threading.Barrier(4)
    errors: list[BaseException] = []

    def work() -> None:
        start.wait()
        try:
            rotate(store, path)
        except BaseException as error:  # noqa: BLE001 - the test reports whatever it is.
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(KeyRing.load(path).ids) == 5
    assert len(opened(store, KeyRing.load(path))) == 20


def test_a_house_at_work_survives_rotations(store: Store, path: Path) -> None:
    """Writers with a ring of their own store while keys come and go; every value opens."""
    done = threading.Event()
    errors: list[BaseException] = []
    counts = [0, 0]

    def work(worker: int) -> None:
        mine = Store(store.engine.url.render_as_string(hide_password=False), KeyRing.load(path))
        try:
            while not done.is_set() or counts[worker] < 5:
                put(mine, f"{worker}-{counts[worker]}")
                counts[worker] += 1
        except BaseException as error:  # noqa: BLE001 - the test reports whatever it is.
            errors.append(error)
        finally:
            mine.dispose()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        rotate(store, path, drop_old=True, grace=timedelta(seconds=2))
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(opened(store, KeyRing.load(path))) == sum(counts)


# Each names what is done when the process is killed.
KILL = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
from ostiary.store import KeyRing, Store, Unit, keyfile, reseal, rotate

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

def at_call(n, f, *, after):
    calls = []
    def wrapped(*args):
        calls.append(1)
        if len(calls) == n and not after:
            die()
        result = f(*args)
        if len(calls) == n:
            die()
        return result
    return wrapped

point, url, path = sys.argv[1:]
match point:
    case "before the new key is saved":
        keyfile.replace = at_call(1, keyfile.replace, after=False)
    case "after the new key is saved":
        keyfile.replace = at_call(1, keyfile.replace, after=True)
    case "after values are sealed, before the commit":
        Unit.run_before_commit = at_call(1, Unit.run_before_commit, after=False)
    case "after the commit":
        reseal._drop = die
    case "before old keys are dropped":
        keyfile.replace = at_call(2, keyfile.replace, after=False)
    case "after old keys are dropped":
        keyfile.replace = at_call(2, keyfile.replace, after=True)
rotate(Store(url, KeyRing.load(Path(path))), Path(path), drop_old=True, grace=timedelta(0))
"""


@pytest.mark.parametrize(
    ("point", "keys_left"),
    [
        ("before the new key is saved", 1),
        ("after the new key is saved", 2),
        ("after values are sealed, before the commit", 2),
        ("after the commit", 2),
        ("before old keys are dropped", 2),
        ("after old keys are dropped", 1),
    ],
)
def test_a_rotation_that_is_killed_leaves_every_value_open(
    store: Store, path: Path, point: str, keys_left: int
) -> None:
    put(store, "a", "b")
    url = store.engine.url.render_as_string(hide_password=False)
    ended = subprocess.run(
        [sys.executable, "-c", KILL, point, url, str(path)], check=False, env=dict(os.environ)
    )
    assert ended.returncode == -signal.SIGKILL
    ring = KeyRing.load(path)
    assert len(ring.ids) == keys_left
    assert opened(store, ring) == opened(store, store.keys) == {"a", "b"}
    rotate(store, path, drop_old=True, grace=AT_ONCE)
    assert opened(store, KeyRing.load(path)) == {"a", "b"}
    assert len(KeyRing.load(path).ids) == 1


@pytest.fixture(autouse=True)
def nothing_stays_registered() -> Iterator[None]:
    before = set(sealed_columns)
    yield
    assert set(sealed_columns) == before
