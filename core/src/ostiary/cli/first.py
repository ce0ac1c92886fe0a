"""What a first start makes: the data folder, the settings, the keys, the tables."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ostiary.cli.state import State
from ostiary.contracts import StoreError
from ostiary.runtime import listed
from ostiary.settings import FILE, write_initial
from ostiary.store import KeyRing, Store, migrate, revisions


def make_folder(state: State) -> bool:
    """Make the data folder, for its owner alone; whether it was missing.

    One that is there already is the operator's, and left as it is.

    Raises:
        StoreError: it cannot be made.
    """
    folder = state.settings.data
    if folder.is_dir():
        return False
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise StoreError(
            f"the data folder {folder} cannot be made ({error.strerror}): make it yourself, or "
            "name another one in OSTIARY_DATA"
        ) from None
    return True


def write_settings(state: State) -> Path | None:
    """Write the first ``ostiary.toml``, which lists the plugins; None where there is one.

    From then on that list decides: what is installed later must be added to it.
    """
    path = state.settings.data / FILE
    with suppress(FileExistsError):
        write_initial(path, listed(state.settings))
        return path
    return None


def make_keys(state: State) -> bool:
    """Make a key ring for an empty database; whether one was missing.

    Beside a database with tables a missing ring is never made anew: the old one is needed.

    Raises:
        StoreError: there is something in the database already, or the file cannot be written.
    """
    path = state.settings.keys
    if path.exists():
        return False
    if is_empty(state):
        # Of two first starts at once, one makes it.
        try:
            KeyRing.create(path)
        except StoreError:
            if not path.exists():
                raise
    KeyRing.load(path)
    return True


def is_empty(state: State) -> bool:
    """Whether the database has never been migrated."""
    store = Store(state.settings.database, KeyRing.ephemeral())
    try:
        return revisions(store)[0].current is None
    finally:
        store.dispose()


def bring_up(state: State) -> tuple[str, ...]:
    """Migrate the core and the listed plugins; a line for each that was behind."""
    store = Store(state.settings.database, KeyRing.load(state.settings.keys))
    try:
        return migrate(store, tuple(state.plugins.migrations.items()))
    finally:
        store.dispose()
