"""The filters that commands take, as options, and the view that they mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from re import compile as pattern
from typing import Any, TypeVar

import click

from ostiary.contracts import House, OstiaryError, Outcome
from ostiary_audit.reading import View
from ostiary_audit.telling import PROJECT

_F = TypeVar("_F", bound=Callable[..., Any])
_AGO = pattern(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": 60, "h": 3600, "d": 86400}

_OPTIONS = (
    click.option("--user", metavar="USER", help="Whose history: login or address."),
    click.option(
        "--type", "type_", metavar="TYPE", help="token.created, or token for all of them."
    ),
    click.option("--outcome", type=click.Choice([each.value for each in Outcome])),
    click.option("--token", metavar="ID", help="By which token."),
    click.option("--delegate", metavar="NAME", help="By somebody whom a token was handed on to."),
    click.option("--address", metavar="IP", help="From where."),
    click.option("--project", metavar="NAME", help="What happened to a project."),
    click.option("--resource", metavar="KIND:NAME", help="What happened to something else."),
    click.option("--since", metavar="TIME", help="2027-01-31, 2027-01-31T12:00, or 12h (ago)."),
    click.option("--until", metavar="TIME", help="The same; up to, and not at, that time."),
)


def filter_options(command: _F) -> _F:
    """Give a command all filters."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def view_of(house: House, given: dict[str, Any]) -> View:
    """The view that the options mean.

    Raises:
        OstiaryError: there is no such account.
        click.UsageError: a value means nothing.
    """
    user = given["user"]
    return View(
        user=None if user is None else _user_id(house, user),
        type=given["type_"],
        outcome=given["outcome"],
        token=given["token"],
        delegate=given["delegate"],
        address=given["address"],
        resource=_resource(given),
        since=_moment(house, "--since", given["since"]),
        until=_moment(house, "--until", given["until"]),
    )


def shown(given: dict[str, Any]) -> str:
    """The filters in one line, for the record."""
    return " ".join(f"{n.rstrip('_')}={v}" for n, v in sorted(given.items()) if v) or "everything"


def _user_id(house: House, name: str) -> str:
    found = house.users.named(name)
    # Whoever is gone can be asked for by the id that their events have.
    return (
        name if found is None and house.users.get(name) is None else (found.id if found else name)
    )


def _resource(given: dict[str, Any]) -> tuple[str, str] | None:
    if given["project"] is not None:
        return PROJECT, given["project"]
    if given["resource"] is None:
        return None
    kind, colon, name = given["resource"].partition(":")
    if not colon:
        raise click.UsageError("--resource is KIND:NAME, such as project:acme-tools.")
    return kind, name


def _moment(house: House, option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return house.now() - timedelta(seconds=int(ago[1]) * _UNITS[ago[2]])
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{option} is a time such as 2027-01-31 or 12h.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def as_int(text: str, what: str) -> int:
    """A number that somebody typed.

    Raises:
        OstiaryError: it is none.
    """
    if not text.isdecimal():
        raise OstiaryError(f"{what} is a number, found {text!r}")
    return int(text)
