"""``ostiary users create``, with the options that factors add to it."""

from __future__ import annotations

import sys

import click
from typing_extensions import override

from ostiary.accounts import (
    AddressTaken,
    InputRefused,
    LookupTaken,
    NameTaken,
    address,
    login_name,
)
from ostiary.cli.state import State, pass_state
from ostiary.contracts import Factor, OstiaryError, PluginError
from ostiary.signin.commanding import Commanding
from ostiary.signin.values import Denied

# More than any field takes; without it a line without an end would fill the memory.
_MOST = 64 * 1024
_PREFIX = "factor:"
_META = "ostiary.cli.creating"


class FactorOption(click.Option):
    """A flag by which one line of standard input answers a factor's enrolment."""

    def __init__(self, factor: Factor) -> None:
        option = factor.create_option
        assert option is not None  # noqa: S101 - made for those that have one.
        super().__init__([option.flag], is_flag=True, help=option.help)
        # Two factors can spell their flags alike in Python's eyes; their names are unique.
        self.name = _PREFIX + factor.name


class CreateCommand(click.Command):
    """Learns its options from the plugins once somebody asks for it."""

    @override
    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        taken = {flag for parameter in own for flag in parameter.opts}
        if (added := ctx.meta.get(_META)) is None:
            state = ctx.find_object(State)
            added = ctx.meta[_META] = [] if state is None else _options(state, taken)
        # --help stays last.
        return [*own[:-1], *added, own[-1]]


def _options(state: State, taken: set[str]) -> list[FactorOption]:
    added = []
    for factor in state.plugins.factors.values():
        if factor.create_option is None:
            continue
        if factor.create_option.flag in taken:
            raise PluginError(
                f"{state.plugins.origin(factor)}: the factor {factor.name!r} adds the option "
                f"{factor.create_option.flag}, which `users create` has already; rename it"
            )
        added.append(FactorOption(factor))
    return added


@click.command(cls=CreateCommand)
@click.argument("name")
@click.option("--email", required=True, help="Their address; it counts as verified.")
@click.option("--admin", is_flag=True, help="Let them administer the site.")
@pass_state
def create(state: State, /, name: str, email: str, admin: bool, **flags: bool) -> None:  # noqa: FBT001 - click gives flags by name.
    """Make an account.

    Options that read standard input take one line each, in the order in which they stand
    here; at a terminal they ask.
    """
    accounts = state.accounts
    chosen = [key.removeprefix(_PREFIX) for key, given in flags.items() if given]
    factors = [factor for factor in state.plugins.factors.values() if factor.name in chosen]
    try:
        wanted, mail = login_name(name), address(email)
    except InputRefused as refused:
        raise OstiaryError(f"{refused.text}") from None
    given = {factor.name: _line(factor) for factor in factors}
    try:
        made = Commanding(state.runtime.signin.parts).create(
            accounts, wanted, mail, given, admin=admin
        )
    except NameTaken:
        raise OstiaryError(f"the name {wanted.shown} is taken: choose another one") from None
    except AddressTaken:
        raise OstiaryError(
            f"another account has proved that {mail.shown} is its own: `ostiary users list` "
            "shows which"
        ) from None
    except LookupTaken:
        raise OstiaryError("what was given for a factor is enrolled already") from None
    if isinstance(made, Denied):
        raise OstiaryError(f"{made.text}")
    click.echo(f"Created {made.login}{', an admin' if admin else ''}.")


def _line(factor: Factor) -> str:
    """One line of standard input, without its end; never an argument, which others can see."""
    flag = factor.create_option.flag if factor.create_option else ""
    if sys.stdin.isatty():
        typed: str = click.prompt(str(factor.title), hide_input=True, err=True)
        return typed
    line = sys.stdin.buffer.readline(_MOST + 1)
    if not line or len(line) > _MOST:
        raise click.UsageError(f"{flag} found no line on standard input, or one without an end.")
    try:
        return line.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise click.UsageError(f"{flag} found a line that is not UTF-8.") from None
