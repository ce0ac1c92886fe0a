"""Serving a house on localhost, from a thread of the test."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from waitress import create_server, wasyncore

from ostiary.runtime import Runtime
from ostiary.testing.processes import HOST
from ostiary.web import standalone


@dataclass(frozen=True, slots=True)
class Server:
    """A house that answers at ``url``, such as ``http://localhost:41234``."""

    url: str
    runtime: Runtime


@contextmanager
def serving(runtime: Runtime) -> Iterator[Server]:
    """Serve a house at its ``public_url``, until the block ends.

    Mail is not sent by itself: look into the outbox.
    """
    with serving_app(standalone(runtime), runtime.settings.port):
        yield Server(runtime.settings.public_url.origin, runtime)


@contextmanager
def serving_app(app: Any, port: int) -> Iterator[None]:
    """Serve a WSGI application, such as a host's, on this port of localhost."""
    # Tests send requests faster than a server with few threads takes them; that is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    listening = socket.create_server((HOST, port))
    with running(create_server(app, sockets=[listening], threads=8, ident=None)):
        yield


@contextmanager
def running(server: Any) -> Iterator[None]:
    """Run a server of waitress in a thread, until the block ends."""
    thread = threading.Thread(target=server.run, name="ostiary-testing-server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        # The loop's own thread closes what it polls, and ends since nothing is left to poll.
        # When something else has woken it between the two halves of this call, it has closed
        # the pipe already that the second half writes to.
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))  # noqa: SLF001 - as MultiSocketServer.close does.
        thread.join(10)
        server.task_dispatcher.shutdown()
