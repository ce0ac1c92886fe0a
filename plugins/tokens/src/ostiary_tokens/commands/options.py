"""The options that say limits, the same for making a token and for narrowing one."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import click

from ostiary_tokens.caveats.contract import Unreadable
from ostiary_tokens.caveats.grammar import read
from ostiary_tokens.limits import Limits, Wrong, moment, pair
from ostiary_tokens.texts import _

_MOST_INPUT = 8192

_Command: TypeAlias = Callable[..., None]

_OPTIONS: tuple[Callable[[_Command], _Command], ...] = (
    click.option("--project", multiple=True, metavar="NAME", help="Only for this project."),
    click.option("--on", multiple=True, metavar="KIND:NAME", help="Only for this resource."),
    click.option(
        "--like", multiple=True, metavar="KIND:PATTERN", help="Only for names such as acme-*."
    ),
    click.option(
        "--may-create",
        multiple=True,
        metavar="KIND:NAME",
        help="Only for this one, which it may also create.",
    ),
    click.option("--version", metavar="VERSION", help="Only for this version."),
    click.option("--may", multiple=True, metavar="ACTION", help="Only to do this."),
    click.option("--expires", metavar="WHEN", help="Until then: 12h, 90d, 2027-01-31T12:00."),
    click.option("--not-before", metavar="WHEN", help="From then on."),
    click.option(
        "--from", "networks", multiple=True, metavar="NETWORK", help="Only from these addresses."
    ),
    click.option("--uses", type=int, metavar="N", help="For so many uses."),
    click.option("--single-use", is_flag=True, help="For one use."),
    click.option(
        "--caveat", multiple=True, metavar="JSON", help="A limit of a plugin's, as it is signed."
    ),
)


def limit_options(command: _Command) -> _Command:
    """Give a command the options, which it takes as keywords and hands to :func:`limits_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def limits_of(now: datetime, given: dict[str, Any], delegate: str | None = None) -> Limits:
    """The limits that the options say.

    Raises:
        click.BadParameter: one means nothing.
    """
    try:
        return Limits(
            delegate=delegate,
            may=given["may"],
            exact=(
                *(("project", name) for name in given["project"]),
                *(pair(each) for each in given["on"]),
            ),
            patterns=tuple(pair(each) for each in given["like"]),
            may_create=tuple(pair(each) for each in given["may_create"]),
            version=given["version"],
            not_before=moment(given["not_before"], now) if given["not_before"] else None,
            expires=moment(given["expires"], now) if given["expires"] else None,
            networks=given["networks"],
            uses=1 if given["single_use"] else given["uses"],
            more=tuple(map(_caveat, given["caveat"])),
        )
    except Wrong as wrong:
        raise click.BadParameter(str(wrong.text)) from None


def caveats_of(limits: Limits) -> tuple[bytes, ...]:
    """The caveats that limits are.

    Raises:
        click.BadParameter: one means nothing.
    """
    try:
        return limits.caveats()
    except Wrong as wrong:
        raise click.BadParameter(str(wrong.text)) from None


def token_from_input() -> str:
    """The token on standard input, white space around it dropped.

    Raises:
        click.UsageError: there is none.
    """
    line = sys.stdin.buffer.readline(_MOST_INPUT)
    token = line.decode("ascii", "replace").strip()
    if not token or re.search(r"\s", token):
        raise click.UsageError("give the token on standard input, on one line.")
    return token


def _caveat(text: str) -> bytes:
    caveat = text.encode()
    try:
        read(caveat)
    except Unreadable:
        # Translators: its kind: the first item of the array says which kind of limit it is.
        raise Wrong(_("Give a limit as a JSON array without spaces, its kind first.")) from None
    return caveat
