"""The client's address is the peer's, unless proxies that the operator trusts say otherwise."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from pyramid.request import Request

from ostiary.web.client import client_address, client_of
from ostiary.web.mount import RUNTIME

from .conftest import Place

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.7, nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, nonsense, 10.0.0.2", "10.0.0.2"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", " 2001:470::9 ", "2001:470::9"),
        ("", "198.51.100.7", None),
        ("unix:", "198.51.100.7", None),
    ],
)
def test_forwarded_addresses_count_only_as_far_as_they_are_trusted(
    peer: str, forwarded: str, expected: str | None
) -> None:
    assert client_address(peer, forwarded, TRUSTED) == expected


def test_nobody_is_trusted_unless_set() -> None:
    assert client_address("127.0.0.1", "6.6.6.6", ()) == "127.0.0.1"


def test_an_agent_is_one_short_line(place: Place) -> None:
    """What a client calls itself ends up in logs and mails."""
    request = Request.blank("/", environ={"REMOTE_ADDR": "192.0.2.1"})
    request.environ["HTTP_USER_AGENT"] = "Mozilla\r\nX: y\x1b[31m\u202e" + "a" * 600
    request.registry = {RUNTIME: place.runtime}
    client = client_of(request)
    assert client.address == "192.0.2.1"
    assert client.agent.startswith("MozillaX: y[31maaa")
    assert len(client.agent) == 512
