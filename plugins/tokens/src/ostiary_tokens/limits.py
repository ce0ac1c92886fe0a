"""Limits as people give them, on the command line or in a form, and the caveats that they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network

from ostiary.contracts import Text
from ostiary_tokens.caveats import Kinds, Target, Unknown, written
from ostiary_tokens.caveats.contract import Unreadable
from ostiary_tokens.caveats.delegates import NAME_FORM, DelegateKind
from ostiary_tokens.caveats.scopes import EXACT, MAY_CREATE, PATTERN
from ostiary_tokens.caveats.times import EXPIRES, NOT_BEFORE
from ostiary_tokens.caveats.uses import MOST_USES
from ostiary_tokens.durations import DURATION_FORM, parsed_duration
from ostiary_tokens.texts import _

VERSION = "version"
"""The kind of resource that hosts give the version of what is released, within its project."""


# As far as they are ours: what they are judged by does not matter here.
_KINDS = Kinds(dict)


class Wrong(ValueError):
    """A limit that cannot be meant; ``text`` says how to give it."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a token is to be limited to; each that is given holds.

    ``exact``, ``patterns`` and ``may_create`` are pairs of kind and name; the token is for any of
    them. Times are aware.
    """

    delegate: str | None = None
    may: tuple[str, ...] = ()
    exact: tuple[tuple[str, str], ...] = ()
    patterns: tuple[tuple[str, str], ...] = ()
    may_create: tuple[tuple[str, str], ...] = ()
    version: str | None = None
    not_before: datetime | None = None
    expires: datetime | None = None
    networks: tuple[str, ...] = ()
    uses: int | None = None
    more: tuple[bytes, ...] = ()

    def caveats(self) -> tuple[bytes, ...]:
        """As they are signed, a delegate first: what follows was set for them.

        Raises:
            Wrong: one means nothing.
        """
        try:
            own = tuple(self._written())
        except Unreadable:
            raise Wrong(_("These limits cannot be written down.")) from None
        if any(isinstance(_KINDS.read(caveat), Unknown) for caveat in own):
            raise Wrong(_("A name must not be empty."))
        return (*own, *self.more)

    def _written(self) -> Iterator[bytes]:
        if self.delegate is not None:
            yield _delegate(self.delegate)
        if self.may:
            yield written("may", *self.may)
        targets = [
            Target(kind, how, (name,)).argument()
            for how, named in (
                (EXACT, self.exact),
                (MAY_CREATE, self.may_create),
                (PATTERN, self.patterns),
            )
            for kind, name in named
        ]
        if targets:
            yield written("on", *targets)
        if self.version is not None:
            yield written("on", Target(VERSION, EXACT, (self.version,)).argument())
        if self.not_before is not None:
            yield written(NOT_BEFORE, int(self.not_before.timestamp()))
        if self.expires is not None:
            yield written(EXPIRES, int(self.expires.timestamp()))
        if self.networks:
            yield written("from", *map(network, self.networks))
        if self.uses is not None:
            if not 1 <= self.uses <= MOST_USES:
                raise Wrong(_("Give a number of uses from 1 to ${most}.", most=MOST_USES))
            yield written("uses", self.uses)


def moment(text: str, now: datetime) -> datetime:
    """A time from a length of time or an ISO 8601 time; without a zone it is UTC.

    Raises:
        Wrong: it is neither.
    """
    duration = parsed_duration(text)
    if duration is not None:
        return now + duration
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Wrong(
            # Translators: ${form} is “a number with s, m, h or d, such as 12h or 90d”.
            _("Give ${form}, or a time such as 2027-01-31T12:00.", form=DURATION_FORM)
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def pair(text: str) -> tuple[str, str]:
    """Kind and name from ``kind:name``.

    Raises:
        Wrong: it is not of that form.
    """
    kind, _colon, name = text.partition(":")
    if not kind or not name:
        raise Wrong(_("Give KIND:NAME, such as project:acme-tools."))
    return kind, name


def network(text: str) -> str:
    """A network in the one form that is signed; an address alone is a network of one.

    Raises:
        Wrong: it is none.
    """
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        raise Wrong(_("Give addresses or networks such as 192.0.2.7 or 2001:db8::/32.")) from None


def _delegate(name: str) -> bytes:
    try:
        DelegateKind().read((name,))
    except Unreadable:
        # Translators: ${form} is “up to 100 letters of ASCII, ...”.
        raise Wrong(_("A delegate's name is ${form}.", form=NAME_FORM)) from None
    return written("delegate", name)
