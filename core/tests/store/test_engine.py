"""The store opens only what it supports, and a reader cannot write."""

import importlib.util
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from ostiary.contracts import SettingsError, StoreError
from ostiary.store import KeyRing, Store, engine
from ostiary.store.tables import devices, users

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def device(token: str) -> dict[str, Any]:
    return {"token_hash": token, "user_id": "ada", "created_at": NOW, "used_at": NOW}


def count(store: Store) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(devices)) or 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "mysql://localhost/ostiary",
        "postgresql://ada:hunter2@localhost/ostiary",
        "postgresql+asyncpg://ada:hunter2@localhost/ostiary",
        "sqlite+aiosqlite:///ostiary.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
        "sqlite://somewhere/ostiary.db",
    ],
)
def test_other_databases_are_refused_without_showing_the_url(url: str, keys: KeyRing) -> None:
    with pytest.raises(SettingsError, match="sqlite:///PATH") as caught:
        Store(url, keys)
    assert "hunter2" not in str(caught.value)


def test_a_missing_driver_names_the_extra(keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_spec(name: str) -> ModuleType | None:
        assert name == "psycopg"
        return None

    monkeypatch.setattr(engine, "find_spec", find_spec)
    with pytest.raises(StoreError, match=r"ostiary\[postgresql\]"):
        Store("postgresql+psycopg://localhost/ostiary", keys)
    assert importlib.util.find_spec("psycopg")


def test_sqlite_never_imports_the_driver_of_postgresql(tmp_path: Path) -> None:
    program = (
        "import sys; from ostiary.store import *;"
        f"s = Store('sqlite:///{tmp_path}/o.db', KeyRing.ephemeral()); migrate(s);"
        "sys.exit('psycopg' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path, keys: KeyRing) -> None:
    store = Store(f"sqlite:///{tmp_path}/nowhere/ostiary.db", keys)
    with pytest.raises(StoreError, match=r"nowhere/ostiary.db .*No such file"), store.read():
        pass


def test_the_sqlite_file_is_private(tmp_path: Path, keys: KeyRing) -> None:
    store = Store(f"sqlite:///{tmp_path}/ostiary.db", keys)
    with store.write() as unit:
        unit.execute(text("CREATE TABLE t (a INTEGER)"))
        modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in tmp_path.glob("ostiary.db*")}
    store.dispose()
    assert set(modes) == {"ostiary.db", "ostiary.db-wal", "ostiary.db-shm"}
    assert set(modes.values()) == {0o600}


def test_sqlite_is_durable_and_keeps_references(tmp_path: Path, keys: KeyRing) -> None:
    store = Store(f"sqlite:///{tmp_path}/ostiary.db", keys)
    with store.read() as connection:
        found = {
            name: connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    store.dispose()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 15000,
    }


def test_a_file_that_is_a_link_to_nowhere_is_said_to_be_of_no_use(
    tmp_path: Path, keys: KeyRing
) -> None:
    """It is there, so none is made in its place, and nothing can be read from it."""
    (tmp_path / "a.db").symlink_to(tmp_path / "gone" / "a.db")
    store = Store(f"sqlite:///{tmp_path / 'a.db'}", keys)
    with pytest.raises(StoreError, match="its directory must exist"), store.read():
        pass
    store.dispose()


ANOTHER_PROCESS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("INSERT INTO thing VALUES (?)", (sys.argv[2],))
connection.commit()
connection.close()
"""


def test_another_process_that_closes_the_database_takes_nothing_away(
    tmp_path: Path, keys: KeyRing
) -> None:
    """It must see that we have it open, however many connections we opened: whoever closes the
    last one deletes the -wal, and with it what others have committed to it since.
    """
    store = Store(f"sqlite:///{tmp_path / 'a.db'}", keys)
    with store.write() as unit:
        unit.execute(text("CREATE TABLE thing (id TEXT)"))
    asked = text("SELECT id FROM thing ORDER BY id")
    with store.read(), store.read(), store.read():
        pass
    for number in ("1", "3"):
        subprocess.run(
            [sys.executable, "-c", ANOTHER_PROCESS, str(tmp_path / "a.db"), number], check=True
        )
        assert (tmp_path / "a.db-wal").exists()
        with store.write() as unit:
            unit.execute(text("INSERT INTO thing VALUES (:id)"), {"id": str(int(number) + 1)})
    with store.read() as connection:
        assert connection.execute(asked).scalars().all() == ["1", "2", "3", "4"]
    store.dispose()
    after = Store(f"sqlite:///{tmp_path / 'a.db'}", keys)
    with after.read() as connection:
        assert connection.execute(asked).scalars().all() == ["1", "2", "3", "4"]
    after.dispose()


def test_a_reader_cannot_write(store: Store) -> None:
    with store.read() as connection, pytest.raises(DBAPIError):
        connection.execute(insert(devices).values(device("a")))
    assert count(store) == 0


def test_a_reader_that_could_not_write_leaves_its_connection_good_for_writing(
    store: Store,
) -> None:
    with store.read() as connection, pytest.raises(DBAPIError):
        connection.execute(insert(devices).values(device("a")))
    with store.write() as unit:
        unit.execute(insert(devices).values(device("a")))
    assert count(store) == 1


def test_an_error_of_the_database_shows_no_values(store: Store) -> None:
    with pytest.raises(DBAPIError) as caught, store.write() as unit:
        unit.execute(insert(devices).values(device("hunter2")))
        unit.execute(text("INSERT INTO nowhere VALUES (:a)"), {"a": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_ddl_is_part_of_the_transaction(store: Store) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.write() as unit:
        unit.execute(text("CREATE TABLE half (a INTEGER)"))
        unit.execute(text("INSERT INTO half VALUES (1)"))
        fail()
    with pytest.raises(DBAPIError), store.read() as connection:
        connection.execute(text("SELECT a FROM half"))


def test_foreign_keys_are_on_again_after_a_migration(store: Store) -> None:
    with store.migrating():
        pass
    with pytest.raises(DBAPIError), store.write() as unit:
        unit.execute(
            text(
                "INSERT INTO ostiary_address (id, user_id, address, address_folded, is_primary,"
                " created_at) VALUES ('a', 'nobody', '', '', true, '2026-01-01 00:00:00')"
            )
        )


def test_many_threads_write_and_none_is_lost(store: Store) -> None:
    """Each reads a row and raises it, so that a lost update shows."""
    with store.write() as unit:
        unit.execute(text("CREATE TABLE counter (n INTEGER)"))
        unit.execute(text("INSERT INTO counter VALUES (0)"))
    start = threading.Barrier(32)
    errors: list[BaseException] = []

    def work() -> None:
        start.wait()
        try:
            for _ in range(5):
                with store.write() as unit:
                    n = unit.execute(text(read)).scalar_one()
                    unit.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})
        except BaseException as error:  # noqa: BLE001 - the test reports whatever it is.
            errors.append(error)

    on_postgresql = "SELECT n FROM counter FOR UPDATE"
    read = on_postgresql if store.dialect == "postgresql" else "SELECT n FROM counter"
    threads = [threading.Thread(target=work) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.write() as unit:
        total = unit.execute(text("SELECT n FROM counter")).scalar_one()
        unit.execute(text("DROP TABLE counter"))
    assert (errors, total) == ([], 160)


def test_a_reader_does_not_wait_for_a_writer_and_sees_only_what_was_committed(
    store: Store,
) -> None:
    with store.write() as unit:
        unit.execute(insert(devices).values(device("a")))
        assert count(store) == 0
    assert count(store) == 1


def test_a_writer_that_waits_too_long_is_told(
    tmp_path: Path, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.01)
    store = Store(f"sqlite:///{tmp_path}/ostiary.db", keys)
    refused: list[StoreError] = []

    def wait() -> None:
        try:
            with store.write():
                pass
        except StoreError as error:
            refused.append(error)

    with store.write():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    with store.write() as unit:
        unit.execute(text("SELECT 1"))
    store.dispose()
    assert "busy for 0.01 seconds" in str(refused[0])


def test_times_are_aware_and_in_utc_again(store: Store) -> None:
    zone = datetime.fromisoformat("2026-01-01T12:00:00+09:00")
    with store.write() as unit:
        unit.execute(insert(devices).values(device("a") | {"used_at": zone}))
    with store.read() as connection:
        (found,) = connection.execute(select(devices.c.used_at)).scalars()
    assert found.isoformat() == "2026-01-01T03:00:00+00:00"


def test_no_time_stays_no_time(store: Store) -> None:
    person = {"id": "1", "login": "Ada", "login_folded": "ada", "created_at": NOW}
    with store.write() as unit:
        unit.execute(insert(users).values(person))
    with store.read() as connection:
        assert connection.execute(select(users.c.disabled_at)).scalar_one() is None


def test_a_naive_time_is_refused(store: Store) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(Exception, match="naive"), store.write() as unit:
        unit.execute(delete(devices).where(devices.c.used_at == naive))
