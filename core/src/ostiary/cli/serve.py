"""``ostiary serve``: everything on one machine, from nothing to pages."""

from __future__ import annotations

import logging
import shlex
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import click
from sqlalchemy import select

from ostiary.cli import first, logs
from ostiary.cli.listening import listen
from ostiary.cli.state import State, pass_state
from ostiary.runtime import Runtime
from ostiary.settings import Settings
from ostiary.store.tables import users

_MEBIBYTE = 1024 * 1024


@click.command()
@pass_state
def serve(state: State) -> None:
    """Serve the pages, on this machine.

    Without any settings this makes the data folder with keys, database and ostiary.toml. An
    SQLite database is migrated at each start, another one only while it is empty: with
    several hosts, `ostiary migrate` is for you to call.
    """
    from ostiary.web import standalone
    from ostiary.web.request_id import current_request_id

    logs.set_up(logging.INFO, current_request_id)
    sockets = listen(state.settings.port)
    try:
        prepare(state)
        runtime = state.runtime
        server = make_server(standalone(runtime), runtime.settings, sockets)
        _tell(state)
        _run(server, runtime)
    finally:
        for each in sockets:
            each.close()


def prepare(state: State) -> None:
    """What is missing of a first start, and the tables."""
    if first.make_folder(state):
        click.echo(f"Made the data folder {state.settings.data}")
    written = first.write_settings(state)
    if written is not None:
        click.echo(f"Wrote {written}, which lists the plugins that are enabled")
    first.make_keys(state)
    if state.settings.database.startswith("sqlite") or first.is_empty(state):
        first.bring_up(state)


def make_server(app: Any, settings: Settings, sockets: list[Any]) -> Any:
    """Waitress over these sockets; ``run()`` and ``close()`` it."""
    from waitress import create_server

    return create_server(
        app,
        sockets=sockets,
        threads=settings.threads,
        connection_limit=500,
        channel_timeout=60,
        max_request_header_size=64 * 1024,
        max_request_body_size=settings.max_request_mib * _MEBIBYTE,
        url_scheme="https" if settings.public_url.tls else "http",
        ident=None,
        # Whose word on the client counts, ostiary.trusted_proxies says, and not waitress.
        clear_untrusted_proxy_headers=False,
    )


def _tell(state: State) -> None:
    """Say where the pages are, where mail goes, and how to make the first admin."""
    settings = state.settings
    local = f"http://localhost:{settings.port}"
    origin = settings.public_url.origin
    click.echo(f"Ostiary is at {origin}" + ("" if origin == local else f", and here at {local}"))
    if settings.mail.host is None:
        click.echo(f"Mail is written to {settings.mail.folder}, since mail.host is not set")
    if state.runtime.accounts is not None and not _has_admin(state):
        click.echo("There is no admin yet. In another terminal:")
        click.echo(f"    {_creating(state)}")
    click.echo("Ctrl-C stops it.")
    # To a pipe or a file it would else be said at the end.
    sys.stdout.flush()


def _has_admin(state: State) -> bool:
    with state.store.read() as connection:
        found = connection.execute(select(users.c.id).where(users.c.admin.is_(True)).limit(1))
        return found.one_or_none() is not None


def _creating(state: State) -> str:
    """The command that makes an admin, as it can be called from where we are."""
    options = [f.create_option.flag for f in state.plugins.factors.values() if f.create_option]
    folder = state.environ.get("OSTIARY_DATA")
    variable = [f"OSTIARY_DATA={shlex.quote(folder)}"] if folder else []
    words = ["users", "create", "NAME", "--email", "NAME@example.org", "--admin", *options]
    return " ".join([*variable, shlex.quote(called()), *words])


def called() -> str:
    """How this program is called: by its name, or by its path from here."""
    program = Path(sys.argv[0]).absolute()
    if shutil.which("ostiary") == str(program):
        return "ostiary"
    try:
        path = str(program.relative_to(Path.cwd()))
    except ValueError:
        return str(program)
    # A shell would look for a bare name on its path.
    return path if "/" in path else f"./{path}"


def _run(server: Any, runtime: Runtime) -> None:
    """Until a signal comes; what is under way is finished."""
    before = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        runtime.mailroom.start()
        runtime.chores.start()
        server.run()
    except SystemExit:
        # It came before the server listened for it, or while it closed.
        server.close()
    finally:
        runtime.chores.stop()
        runtime.mailroom.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _frame: FrameType | None) -> None:
    """Ask the server to end; whoever asks again is not asked to wait."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise SystemExit(0)
