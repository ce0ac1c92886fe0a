"""Running one command, and putting what goes wrong into one line."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from ostiary.cli.root import root
from ostiary.cli.state import State
from ostiary.contracts import OstiaryError

_NAME = "ostiary"

FAILURE = 1
WRONG_USE = 2
_INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it.


def run(arguments: Sequence[str]) -> int:
    """Run a command line, without the program's name; the exit code."""
    state = State(os.environ)
    try:
        # An exit that a command asked for comes back as its code.
        code = root.main(list(arguments), prog_name=_NAME, standalone_mode=False, obj=state)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.message, err=True)
        return WRONG_USE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx is not None else _NAME
        return _say(f"{error.format_message()} See `{path} --help`.", WRONG_USE, path)
    except click.ClickException as error:
        return _say(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", _INTERRUPTED)
    except OstiaryError as error:
        return _say(str(error), FAILURE)
    except Exception as error:  # noqa: BLE001 - whatever it was, no secret may be shown.
        return _say(_fault(error), FAILURE)
    finally:
        state.close()
    return code if isinstance(code, int) else 0


def _say(line: str, code: int, who: str = _NAME) -> int:
    click.echo(f"{who}: {' '.join(line.split())}", err=True)
    return code


def _fault(error: Exception) -> str:
    """What raised and where: messages of a database or a plugin may quote what they were given."""
    if "sqlalchemy" in sys.modules:
        from sqlalchemy.exc import DBAPIError

        if isinstance(error, DBAPIError):
            cause = type(error.orig or error).__name__
            return f"the database refused ({cause}): see that it runs and `ostiary check`"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"an error that should not happen: {type(error).__name__} in {last.name}, "
        f"{last.filename}:{last.lineno}; please report it"
    )
