"""The commands. Those that only work on a token need no database, and no house but its plugins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from ostiary.cli.output import print_json, print_table
from ostiary.contracts import House, OstiaryError, User
from ostiary.text.formats import plain
from ostiary_tokens.commands.explaining import explain_command
from ostiary_tokens.commands.options import (
    caveats_of,
    limit_options,
    limits_of,
    token_from_input,
)
from ostiary_tokens.keeper import Keeper, Listed
from ostiary_tokens.narrowing import attenuated
from ostiary_tokens.parts import Parts
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.wire import Malformed


def tokens_group(house: House, settings: TokenSettings, parts: Parts) -> click.Group:
    """``ostiary tokens``, for this house."""

    @click.group()
    def tokens() -> None:
        """Look after people's API tokens."""

    def keeper() -> Keeper:
        return Keeper(house, settings, parts.kinds)

    tokens.add_command(_create(house, keeper))
    tokens.add_command(_list(house, keeper))
    tokens.add_command(_revoke(keeper))
    tokens.add_command(_attenuate(house))
    tokens.add_command(explain_command(house, settings, parts))
    return tokens


def _create(house: House, keeper: Callable[[], Keeper]) -> click.Command:
    @click.command()
    @click.option("--user", required=True, metavar="USER", help="Whose it is: login or address.")
    @click.option("--name", required=True, metavar="NAME", help="What it is for.")
    @limit_options
    def create(user: str, name: str, **given: Any) -> None:
        """Make a token and print it, this once. Without limits it is for the whole account."""
        caveats = caveats_of(limits_of(house.now(), given))
        click.echo(keeper().create(_named(house, user).id, name, caveats))

    return create


def _list(house: House, keeper: Callable[[], Keeper]) -> click.Command:
    @click.command("list")
    @click.option("--user", required=True, metavar="USER", help="Whose: login or address.")
    @click.option("--json", "as_json", is_flag=True, help="Print a list for programs.")
    def list_tokens(user: str, as_json: bool) -> None:  # noqa: FBT001 - click gives flags by name.
        """List somebody's tokens, the oldest first."""
        found = keeper().of(_named(house, user).id)
        if as_json:
            print_json([_described(each) for each in found])
            return
        print_table(
            ("ID", "NAME", "LIMITS", "LAST USED"),
            [
                (
                    each.id,
                    each.name,
                    "; ".join(map(str, each.limits)) or "none",
                    "-" if each.used is None else plain(each.used.at),
                )
                for each in found
            ],
        )

    return list_tokens


def _revoke(keeper: Callable[[], Keeper]) -> click.Command:
    @click.command()
    @click.argument("token_id", metavar="ID")
    def revoke(token_id: str) -> None:
        """Revoke a token and all that was narrowed from it; `list` shows the ids."""
        found = keeper().get(token_id)
        if found is None or not keeper().revoke(found):
            raise OstiaryError(
                f"there is no token {token_id!r}: `ostiary tokens list --user U` shows those there"
            )
        click.echo(f"The token {found.label} is revoked.")

    return revoke


def _attenuate(house: House) -> click.Command:
    @click.command()
    @click.option("--delegate", metavar="NAME", help="To whom it is handed on.")
    @limit_options
    def attenuate(delegate: str | None, **given: Any) -> None:
        """Narrow the token on standard input and print what is left of it.

        Needs neither a server nor a database.
        """
        caveats = caveats_of(limits_of(house.now(), given, delegate))
        if not caveats:
            raise click.UsageError("say by what to narrow it.")
        try:
            click.echo(attenuated(token_from_input(), caveats))
        except Malformed as error:
            raise OstiaryError(f"this is no token that can be narrowed: {error}") from None

    return attenuate


def _named(house: House, name: str) -> User:
    user = house.users.named(name)
    if user is None:
        raise OstiaryError(f"there is no account {name!r}: `ostiary users list` shows those there")
    return user


def _described(token: Listed) -> dict[str, object]:
    used = token.used
    return {
        "id": token.id,
        "name": token.name,
        "created": token.record.created.isoformat(),
        "expires": None if token.expires is None else token.expires.isoformat(),
        "limits": [str(each) for each in token.limits],
        "caveats": [caveat.decode() for caveat in token.record.caveats],
        "stopped": [list(chain) for chain in token.record.stopped],
        "last_used": None if used is None else used.at.isoformat(),
        "last_used_from": None if used is None else used.address,
        "last_used_by": None if used is None else list(used.delegates),
    }
