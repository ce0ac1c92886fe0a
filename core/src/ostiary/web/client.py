"""Whence a request came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from pyramid.request import Request

from ostiary.contracts import Client
from ostiary.settings import Network
from ostiary.web.mount import settings_of

MAX_AGENT = 512
_CLIENT = "_ostiary_client"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

_Address = IPv4Address | IPv6Address


def client_of(request: Request) -> Client:
    """The client of a request: its address, and its agent without control characters."""
    known = request.__dict__
    if _CLIENT not in known:
        known[_CLIENT] = _read(request)
    client: Client = known[_CLIENT]
    return client


def _read(request: Request) -> Client:
    peer = request.environ.get("REMOTE_ADDR", "")
    forwarded = request.environ.get("HTTP_X_FORWARDED_FOR", "")
    address = client_address(peer, forwarded, settings_of(request).trusted_proxies)
    agent = _CONTROL.sub("", request.environ.get("HTTP_USER_AGENT", ""))[:MAX_AGENT]
    return Client(address, agent)


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str | None:
    """The peer's address, or what trusted proxies say in front of whom they stand.

    ``X-Forwarded-For`` is read from its right end, where the nearest proxy wrote, and only as
    far as proxies are trusted: whatever stands left of that, anybody could have sent.
    """
    client = _parsed(peer)
    for hop in reversed(forwarded.split(",")):
        if client is None or not any(client in network for network in trusted):
            break
        before = _parsed(hop)
        if before is None:
            break
        client = before
    return None if client is None else str(client)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> _Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    # An IPv4 client on a socket for both families is still that IPv4 client, and a scope
    # ("%eth0") is of no meaning elsewhere.
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address
