"""The sockets of ``ostiary serve``: this machine only, by IPv4 and, where there is one, IPv6."""

from __future__ import annotations

import errno
import socket

from ostiary.contracts import SettingsError

# What binding says where there is no such address: without IPv6, or with IPv6 switched off.
_NO_SUCH = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}
_BACKLOG = 1024


def listen(port: int) -> list[socket.socket]:
    """Listening sockets for ``localhost``, which a browser may take for either address.

    Raises:
        SettingsError: another program has the port, or this user may not have it.
    """
    opened: list[socket.socket] = []
    try:
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            try:
                opened.append(_listening(family, host, port))
            except OSError as error:
                if error.errno not in _NO_SUCH:
                    raise
        if not opened:
            raise SettingsError("this machine has no address 127.0.0.1 and none ::1")
    except OSError as error:
        for each in opened:
            each.close()
        raise SettingsError(
            f"port {port} cannot be opened ({error.strerror}): stop what has it, or set "
            "OSTIARY_PORT to another one"
        ) from None
    return opened


def _listening(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        # A port whose last connections linger is free; one that somebody listens on is not.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made
