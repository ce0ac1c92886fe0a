"""``ostiary check``: everything that is wrong with an installation, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click
from sqlalchemy import func, make_url, select
from sqlalchemy.exc import DBAPIError

from ostiary.cli.state import State, pass_state
from ostiary.contracts import First, OstiaryError
from ostiary.plugins import Plugins, load_plugins
from ostiary.runtime import listed, loaded
from ostiary.settings import FILE, faults
from ostiary.signin.requiring import NOTHING_TO_ADD, nothing_to_add
from ostiary.store import KeyRing, Store, check_schema
from ostiary.store.tables import credentials

_LOCAL = {"localhost", "127.0.0.1", "::1"}


@click.command()
@pass_state
def check(state: State) -> None:
    """Say what is wrong with this installation, and how to mend it.

    Each problem is one line; the exit code is 1 if there is any.
    """
    problems = list(faults(None, state.environ)) or [
        problem for look in LOOKS for problem in _caught(look, state)
    ]
    # Two looks can stumble over the same thing.
    for problem in dict.fromkeys(problems):
        click.echo(" ".join(problem.split()))
    if problems:
        click.get_current_context().exit(1)
    click.echo("No problem found.")


def _caught(look: Callable[[State], Iterator[str]], state: State) -> Iterator[str]:
    """What a look finds, and what stops it."""
    try:
        yield from look(state)
    except OstiaryError as error:
        yield str(error)


def _files(state: State) -> Iterator[str]:
    """Who else may read what is kept outside the database."""
    settings = state.settings
    state.require_data()
    yield from _open_to_others(settings.data, "the data folder", "700")
    file = settings.data / FILE
    if file.exists():
        yield from _open_to_others(file, "the settings", "600")
    database = make_url(settings.database)
    if database.drivername == "sqlite" and (path := Path(str(database.database))).exists():
        yield from _open_to_others(path, "the database", "600")


def _keys(state: State) -> Iterator[str]:
    if state.settings.data.is_dir():
        KeyRing.load(state.settings.keys)
    yield from ()


def _open_to_others(path: Path, what: str, mode: str) -> Iterator[str]:
    found = path.stat().st_mode & 0o777
    if found & 0o077:
        yield f"{what} {path} is open to others (mode {found:04o}): chmod {mode} {path}"


def _address(state: State) -> Iterator[str]:
    url = state.settings.public_url
    if not url.tls and not url.local:
        yield (
            f"public_url is {url.origin}: whoever listens can read passwords and sessions on "
            "the way; serve it by https:// and set public_url so"
        )


def _mail(state: State) -> Iterator[str]:
    mail, url = state.settings.mail, state.settings.public_url
    if mail.host is None:
        if not url.local:
            yield (
                f"mail.host is not set, so people get no mail: it is written to {mail.folder}; "
                "set mail.host to your SMTP server"
            )
    elif mail.tls == "none" and mail.host not in _LOCAL:
        yield (
            f"mail.tls is none: whoever listens on the way to {mail.host} can read codes and "
            "links; set it to starttls or implicit"
        )


def _plugins(state: State) -> Iterator[str]:
    """Each plugin by itself where they do not load together: one fault hides the others."""
    try:
        plugins = loaded(state.settings, state.house)
    except OstiaryError as error:
        yield str(error)
        for name in listed(state.settings):
            try:
                load_plugins([name], state.house)
            except OstiaryError as fault:
                yield str(fault)
        return
    if not any(_leads_in(factor.properties.first) for factor in plugins.factors.values()):
        yield (
            "nobody can sign in: no enabled plugin has a factor that a sign-in can begin with; "
            "install one and list it in ostiary.plugins"
        )
    elif nothing_to_add(state.settings.second_factor.required, plugins.factors):
        yield NOTHING_TO_ADD
    yield from _redis(state)
    yield from _database(state, plugins)


def _pages(state: State) -> Iterator[str]:
    """What only the pages tell: permissions that nothing has, a style sheet that is not there."""
    settings = state.settings
    if (settings.minimums or settings.stylesheet) and settings.data.is_dir():
        from ostiary.web import standalone

        standalone(state.runtime)
    yield from ()


def _leads_in(first: First) -> bool:
    return first is not First.NO


def _redis(state: State) -> Iterator[str]:
    url = state.settings.redis
    if url is None:
        return
    from limits.storage import storage_from_string

    try:
        answers = storage_from_string(url).check()
    except Exception as error:  # noqa: BLE001 - the library passes on whatever the client raises.
        yield (
            f"redis cannot be used ({type(error).__name__}): correct the URL, or install the "
            "client with pip install 'ostiary[redis]'"
        )
        return
    if not answers:
        yield "redis does not answer: start it or correct the URL; until then limits are local"


def _database(state: State, plugins: Plugins) -> Iterator[str]:
    """The tables, and what is enrolled with factors that nobody can be asked for."""
    if not state.settings.data.is_dir():
        return
    store = Store(state.settings.database, KeyRing.ephemeral())
    try:
        check_schema(store, tuple(plugins.migrations.items()))
        yield from _absent_factors(store, plugins)
    except DBAPIError as error:
        yield (
            f"the database refused ({type(error.orig).__name__}): start it, or correct "
            "ostiary.database"
        )
    finally:
        store.dispose()


def _absent_factors(store: Store, plugins: Plugins) -> Iterator[str]:
    known = {"factor": plugins.factors, "verifier": plugins.verifiers}
    c = credentials.c
    statement = select(c.part, c.name, func.count(c.user_id.distinct())).group_by(c.part, c.name)
    with store.read() as connection:
        rows = connection.execute(statement.order_by(c.part, c.name)).all()
    for part, name, people in rows:
        if name not in known[part]:
            yield (
                f"no enabled plugin has the {part} {name!r}, which {people} of your people use: "
                "enable its plugin again, so that they can sign in with it"
            )


LOOKS = (_files, _keys, _address, _mail, _plugins, _pages)
