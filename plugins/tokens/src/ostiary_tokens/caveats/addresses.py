"""From where: ``from`` names networks in CIDR notation (RFC 4632, RFC 4291)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ostiary.contracts import Act, Client, Permitted, Refused, Text
from ostiary_tokens.caveats.contract import Argument, Caveat, CaveatKind, Unreadable
from ostiary_tokens.texts import _


@dataclass(frozen=True, slots=True)
class From(Caveat):
    """``["from","192.0.2.0/24","2001:db8::/32"]``: from one of these networks."""

    networks: tuple[IPv4Network | IPv6Network, ...]

    def check(self, client: Client, now: datetime, /) -> Permitted | Refused:
        if self._holds(client.address):
            return Permitted()
        # Translators: network (IP) addresses; ${address} can also be “an unknown address”.
        text = _(
            "This token is only valid from ${networks}; you come from ${address}.",
            networks=self._shown(),
            address=client.address or _("an unknown address"),
        )
        return Refused("token-address", text)

    def judge(self, act: Act, /) -> Permitted | Refused:
        return self.check(act.client, act.now)

    def words(self) -> Text:
        # Translators: a limit of a token, in a list; ${networks} is network (IP) addresses.
        return _("Only from ${networks}", networks=self._shown())

    def _holds(self, address: str | None) -> bool:
        try:
            found = ip_address(address or "")
        except ValueError:
            return False
        # A socket for both families gives IPv4 peers as ::ffff:192.0.2.1 (RFC 4291, 2.5.5.2).
        if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(found in network for network in self.networks)

    def _shown(self) -> str:
        return ", ".join(str(each) for each in self.networks)


@dataclass(frozen=True, slots=True)
class FromKind(CaveatKind):
    """Reads :class:`From`."""

    name: str = "from"

    def read(self, arguments: tuple[Argument, ...], /) -> From:
        networks = tuple(_network(each) for each in arguments)
        if not networks:
            raise Unreadable("no network")
        return From(networks)


def _network(argument: Argument) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(str(argument))
    except ValueError:
        raise Unreadable("not a network") from None
    if str(network) != argument:
        raise Unreadable("a network in another form than the shortest")
    return network
