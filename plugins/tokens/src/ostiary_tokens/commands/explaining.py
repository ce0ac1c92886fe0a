"""``ostiary tokens explain``: what a token says of itself, and what it would let somebody do."""

from __future__ import annotations

from dataclasses import dataclass

import click

from ostiary.cli.output import print_json
from ostiary.contracts import (
    Act,
    Client,
    House,
    OstiaryError,
    Refused,
    Resource,
    StoreError,
)
from ostiary_tokens.caveats import Caveat, Delegate, Kinds
from ostiary_tokens.commands.options import token_from_input
from ostiary_tokens.limits import Wrong, moment, pair
from ostiary_tokens.narrowing import caveats_of
from ostiary_tokens.parts import Parts
from ostiary_tokens.record import Record
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.signing import Forged, verify
from ostiary_tokens.spelling import macaroon_of
from ostiary_tokens.trying import house_limits
from ostiary_tokens.trying import refusal as refused
from ostiary_tokens.verifier import NAME, delegate_stopped
from ostiary_tokens.wire import Malformed


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know whether the token would do it."""

    action: str
    on: tuple[str, ...]
    at: str | None
    address: str | None


def explain_command(house: House, settings: TokenSettings, parts: Parts) -> click.Command:
    """``ostiary tokens explain``, for this house."""

    @click.command()
    @click.option("--may", "action", metavar="ACTION", help="Would it do this?")
    @click.option(
        "--on",
        multiple=True,
        metavar="KIND:NAME",
        help="On this; then what contains that, the nearest first.",
    )
    @click.option("--at", metavar="WHEN", help="At this time; now, if not said.")
    @click.option("--from", "address", metavar="ADDRESS", help="From this address.")
    @click.option("--json", "as_json", is_flag=True, help="Print an object for programs.")
    def explain(
        action: str | None,
        on: tuple[str, ...],
        at: str | None,
        address: str | None,
        as_json: bool,  # noqa: FBT001 - click gives flags by name.
    ) -> None:
        """Say what the token on standard input is limited to.

        With --may it is a dry run: exits 1 if the token would be refused. Counts of uses are not
        looked at, and nothing is counted.
        """
        token = token_from_input()
        kinds = _kinds(parts)
        try:
            caveats = [kinds.read(caveat) for caveat in caveats_of(token)]
        except Malformed as error:
            raise OstiaryError(f"this is no token: {error}") from None
        known, record = _known(house, settings, token)
        refusal = None
        if action is not None:
            asked = _act(house, Asked(action, on, at, address))
            limits = [] if record is None else house_limits(record, settings, parts)
            refusal = _stopped(caveats, record) or refused([*limits, *caveats], asked)
        if as_json:
            print_json(_described(caveats, known, action, refusal))
        else:
            _say(caveats, known, action, refusal)
        if refusal is not None:
            raise click.exceptions.Exit(1)

    return explain


def _kinds(parts: Parts) -> Kinds:
    """Those of this house; without a database, those that need none."""
    try:
        return parts.kinds
    except StoreError:
        return Kinds(dict)


def _known(house: House, settings: TokenSettings, token: str) -> tuple[str, Record | None]:
    """What this house knows of the token, and what it keeps of an authentic one."""
    try:
        macaroon = macaroon_of(token, settings.spelling)
        credential = house.credentials(NAME).find(macaroon.identifier_bytes.hex())
    except (Malformed, StoreError):
        return "unknown", None
    if credential is None:
        return "unknown", None
    try:
        verify(macaroon, credential.secret)
    except Forged:
        return "forged", None
    return "authentic", Record.of(credential)


def _stopped(caveats: list[Caveat], record: Record | None) -> Refused | None:
    """Why no delegate in this token's chain may use it, if its owner stopped one of them."""
    delegates = tuple(each.name for each in caveats if isinstance(each, Delegate))
    stopped = None if record is None else record.stops(delegates)
    return None if stopped is None else delegate_stopped(stopped)


_SAID = {
    "unknown": "Not known here: its signature was not checked, and it may be revoked.",
    "forged": "Not authentic: these limits are not what was signed.",
    "authentic": "Authentic.",
}


def _act(house: House, asked: Asked) -> Act:
    now = house.now()
    try:
        resources = tuple(Resource(*pair(each)) for each in asked.on)
        at = moment(asked.at, now) if asked.at else now
    except Wrong as wrong:
        raise click.BadParameter(str(wrong.text)) from None
    return Act(asked.action, resources, Client(asked.address), at)


def _say(caveats: list[Caveat], known: str, action: str | None, refusal: Refused | None) -> None:
    click.echo(_SAID[known])
    for caveat in caveats:
        click.echo(f"- {caveat.words()}")
    if not caveats:
        click.echo("- No limits: it may do whatever its owner may hand on.")
    if action is not None:
        click.echo(f"Refused: {refusal.text}" if refusal else f"It may {action}.")


def _described(
    caveats: list[Caveat], known: str, action: str | None, refusal: Refused | None
) -> dict[str, object]:
    described: dict[str, object] = {
        "known": known,
        "limits": [str(caveat.words()) for caveat in caveats],
        "delegates": [each.name for each in caveats if isinstance(each, Delegate)],
    }
    if action is not None:
        described["allowed"] = refusal is None
        described["reason"] = None if refusal is None else refusal.reason
        described["text"] = None if refusal is None else str(refusal.text)
    return described
