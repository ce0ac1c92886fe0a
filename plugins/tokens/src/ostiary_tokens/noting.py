"""What is kept of a use: the last one, the places and the chains of delegates; and what is told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

from sqlalchemy import bindparam, delete, or_, update

from ostiary.contracts import House
from ostiary.store.sql import insert_if_absent
from ostiary_tokens import events, mails
from ostiary_tokens.record import Chain
from ostiary_tokens.tables import chains, places, tokens

KEPT = timedelta(days=90)
"""How long a place or a chain is remembered from which no use comes any more."""

TOLD_EVERY = timedelta(days=1)
"""The owner of a token is mailed of new places at most so often; all of them are events."""

_SITE = 64


@dataclass(frozen=True, slots=True)
class Used:
    """A use of a token, which ``owner`` calls ``name``."""

    token: str
    owner: str
    name: str
    delegates: Chain
    address: str | None = None


def note(house: House, use: Used, at: datetime) -> None:
    """Write a use down, and tell its owner if it came from a new place.

    Args:
        house: acting for whoever used it.
        use: the use.
        at: when.
    """
    with house.write() as unit:
        unit.run(
            _LAST,
            id_=use.token,
            now_=at,
            used_at=at,
            used_from=use.address,
            used_by=list(use.delegates),
        )
        if use.delegates:
            _see_chain(unit, use, at)
        place = place_of(use.address)
        if place is not None and _is_new(unit, use, place, at):
            _tell(house, unit, use, at)


def place_of(address: str | None) -> str | None:
    """What counts as one place: an IPv4 address, an IPv6 site (a /64, RFC 4291, section 2.5.4)."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return str(found)
    return str(IPv6Network((int(found), _SITE), strict=False))


def forget(house: House) -> None:
    """Take away places and chains from which nothing came for long."""
    since = house.now() - KEPT
    with house.write() as unit:
        unit.run(_OLD_PLACES, since_=since)
        unit.run(_OLD_CHAINS, since_=since)


def chain_digest(chain: Chain) -> str:
    """What a chain is found by; no name holds a line break."""
    return hashlib.sha256("\n".join(chain).encode()).hexdigest()


def _see_chain(unit: Any, use: Used, at: datetime) -> None:
    known = {"token": use.token, "digest": chain_digest(use.delegates)}
    if not unit.run(_CHAIN_AGAIN, token_=use.token, digest_=known["digest"], seen_at=at):
        insert_if_absent(unit, chains, {**known, "names": list(use.delegates), "seen_at": at})


def _is_new(unit: Any, use: Used, place: str, at: datetime) -> bool:
    """Of two first uses at once from one place, one is told True."""
    if unit.run(_PLACE_AGAIN, token_=use.token, place_=place, seen_at=at):
        return False
    return insert_if_absent(unit, places, {"token": use.token, "place": place, "seen_at": at})


def _tell(house: House, unit: Any, use: Used, at: datetime) -> None:
    house.record(
        events.NEW_PLACE,
        subject=use.owner,
        details={"token": use.token, "name": use.name},
        within=unit,
    )
    if unit.run(_TOLD, id_=use.token, before_=at - TOLD_EVERY, told_at=at):
        mail = mails.new_place(use.name, use.address or "", use.delegates)
        house.tell(use.owner, mail, within=unit)


_LAST = update(tokens).where(
    tokens.c.id == bindparam("id_"),
    or_(tokens.c.used_at.is_(None), tokens.c.used_at <= bindparam("now_")),
)
_TOLD = update(tokens).where(
    tokens.c.id == bindparam("id_"),
    or_(tokens.c.told_at.is_(None), tokens.c.told_at <= bindparam("before_")),
)
_CHAIN_AGAIN = update(chains).where(
    chains.c.token == bindparam("token_"), chains.c.digest == bindparam("digest_")
)
_PLACE_AGAIN = update(places).where(
    places.c.token == bindparam("token_"), places.c.place == bindparam("place_")
)
_OLD_PLACES = delete(places).where(places.c.seen_at < bindparam("since_"))
_OLD_CHAINS = delete(chains).where(chains.c.seen_at < bindparam("since_"))
