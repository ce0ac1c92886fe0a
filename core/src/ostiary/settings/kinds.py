"""The kinds of value that a setting may have, and how each is read from text or TOML."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar
from urllib.parse import urlsplit

import idna
import limits
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")

Network: TypeAlias = IPv4Network | IPv6Network
Budget: TypeAlias = tuple[limits.RateLimitItem, ...]

_DURATION = re.compile(r"(\d{1,9})\s*([smhd]?)", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_CONTACT = re.compile(r"https?://[^\s\"<>]+|[^\s@:\"<>]+@[^\s@:\"<>]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Wrong(ValueError):
    """A value of the wrong shape; whoever knows where it came from says so to the operator."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of value: its name, what is allowed, in words, and how it is read.

    ``parse`` raises :class:`Wrong`.
    """

    name: str
    allowed: str
    parse: Callable[[object], T]


@dataclass(frozen=True, slots=True)
class PublicURL:
    """Where people find the site. ``origin`` is in its ASCII serialization (RFC 6454, 6.2)."""

    origin: str
    domain: str
    tls: bool

    @property
    def local(self) -> bool:
        """Whether only the machine itself can be meant (RFC 6761, section 6.3)."""
        if self.domain == "localhost" or self.domain.endswith(".localhost"):
            return True
        try:
            return ip_address(self.domain.strip("[]")).is_loopback
        except ValueError:
            return False


def optional(kind: Kind[T]) -> Kind[T | None]:
    """The same kind, where an empty text says that there is none."""

    def parse(raw: object) -> T | None:
        return None if raw == "" else kind.parse(raw)

    return Kind(kind.name, f"{kind.allowed}, or nothing", parse)


def choice(*names: str) -> Kind[str]:
    """One of these names."""
    allowed = " or ".join(names)

    def parse(raw: object) -> str:
        text = _text(raw)
        if text not in names:
            raise Wrong(allowed)
        return text

    return Kind("choice", allowed, parse)


def integer(least: int, most: int) -> Kind[int]:
    """A whole number within bounds."""
    allowed = f"a whole number from {least} to {most}"

    def parse(raw: object) -> int:
        if isinstance(raw, str) and _INTEGER.fullmatch(raw.strip()):
            raw = int(raw)
        if not isinstance(raw, int) or isinstance(raw, bool) or not least <= raw <= most:
            raise Wrong(allowed)
        return raw

    return Kind("number", allowed, parse)


def _text(raw: object) -> str:
    """One line of text, stripped; control characters would end up in headers and logs."""
    if not isinstance(raw, str) or not raw.strip() or _CONTROL.search(raw.strip()):
        raise Wrong
    return raw.strip()


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    text = _text(raw).lower()
    if text not in _TRUE | _FALSE:
        raise Wrong
    return text in _TRUE


def _duration(raw: object) -> timedelta:
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    match = _DURATION.fullmatch(_text(raw))
    if match is None or not int(match[1]):
        raise Wrong
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def _date(raw: object) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        return date.fromisoformat(_text(raw))
    except ValueError:
        raise Wrong from None


def _names(raw: object) -> tuple[str, ...]:
    """Several names, from a TOML array or from text with commas or white space between."""
    if isinstance(raw, str):
        raw = raw.replace(",", " ").split()
    if not isinstance(raw, list | tuple):
        raise Wrong
    names = tuple(_text(name) for name in raw)
    if len(set(names)) != len(names):
        raise Wrong
    return names


def _networks(raw: object) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(name) for name in _names(raw))
    except ValueError:
        raise Wrong from None


def _budget(raw: object) -> Budget:
    try:
        items = tuple(limits.parse_many(_text(raw)))
    except ValueError:
        raise Wrong from None
    # The library reads "0/hour", which would shut everybody out for good.
    if not all(item.amount > 0 for item in items):
        raise Wrong
    return items


def _database(raw: object) -> str:
    text = _text(raw)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise Wrong from None
    # A database in memory is another one for each connection.
    memory = url.database in {None, "", ":memory:"}
    if url.drivername not in {"sqlite", "postgresql+psycopg"} or memory:
        raise Wrong
    return text


def _contact(raw: object) -> str:
    text = _text(raw)
    if not _CONTACT.fullmatch(text):
        raise Wrong
    return text


def _redis(raw: object) -> str:
    text = _text(raw)
    try:
        url = urlsplit(text)
        host = url.hostname or (url.path if url.scheme == "unix" else "")
    except ValueError:
        raise Wrong from None
    if url.scheme not in {"redis", "rediss", "unix"} or not host:
        raise Wrong
    return text


def _public_url(raw: object) -> PublicURL:
    try:
        url = urlsplit(_text(raw))
        host, port = url.hostname or "", url.port
    except ValueError:
        raise Wrong from None
    extra = url.path.strip("/") or url.query or url.fragment or url.username is not None
    if url.scheme not in _DEFAULT_PORTS or extra or port == 0:
        raise Wrong
    domain = f"[{ip_address(host)}]" if ":" in host else _domain(host)
    shown = "" if port is None or port == _DEFAULT_PORTS[url.scheme] else f":{port}"
    return PublicURL(f"{url.scheme}://{domain}{shown}", domain, url.scheme == "https")


def _domain(host: str) -> str:
    """The host as browsers write it in an origin: ASCII, lower case (RFC 5891)."""
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        raise Wrong from None


TEXT = Kind("text", "one line of text", _text)
BOOLEAN = Kind("switch", "true or false", _boolean)
DURATION = Kind(
    "duration", 'a time such as "90s", "15m", "12h" or "30d", or seconds; not zero', _duration
)
DATE = Kind("date", "a day such as 2027-01-31", _date)
NAMES = Kind("list", "names, each of them once, in the order that counts", _names)
NETWORKS = Kind("list", "addresses or networks such as 10.0.0.0/8, each of them once", _networks)
BUDGET = Kind("budget", 'limits such as "10/5minutes; 50/day", none of them zero', _budget)
PATH = Kind(
    "path", "a path; a relative one starts in the data folder", lambda raw: Path(_text(raw))
)
FOLDER = Kind("path", "a path", lambda raw: Path(_text(raw)))
DATABASE = Kind("url", "sqlite:///<path> or postgresql+psycopg://user@host/name", _database)
CONTACT = Kind("text", "an email address, or a page such as https://example.org/help", _contact)
REDIS = Kind("url", "redis://host:port/number, rediss:// or unix://", _redis)
PUBLIC_URL = Kind(
    "url", "http:// or https:// with a host, perhaps a port, and nothing after", _public_url
)
