"""A guard that asks a service which passwords have leaked: the second user of that seam.

The service is one of ours, on localhost, that speaks as the well-known one does: it is told the
first five digits of a SHA-1, and lists what it knows of the rest. It never hears the password.
"""

from __future__ import annotations

import hashlib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ostiary.accounts import address, login_name
from ostiary.contracts import Refused, SignInGuard, User
from ostiary.runtime import Runtime
from ostiary.signin import Denied
from ostiary.signin.commanding import Commanding
from ostiary.testing.houses import Houses, plugin_of
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor
from ostiary.text import translations

_, _n, _p, _np = translations("breached")

LEAKED = "seventeen purple badgers leaked"
SAFE = "correct horse battery staple"
OTHER = "another horse with a battery"
WORDS = "has appeared in a leak"


@dataclass
class Service:
    """What has leaked, and what it was asked."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    broken: bool = False
    hanging: threading.Event | None = None


class Breached(SignInGuard):
    """Refuses what the service knows."""

    name = "breached"

    def __init__(self, service: Service) -> None:
        self._service = service

    def check_chosen(self, user: User, factor: str, secret: str, /) -> Refused | None:
        digest = hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest().upper()
        url = f"{self._service.url}/range/{digest[:5]}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - localhost
                known = answer.read().decode().split()
        except urllib.error.HTTPError as error:
            error.close()
            raise
        if any(line.partition(":")[0] == digest[5:] for line in known):
            return Refused("breached", _("This password has appeared in a leak. Take another."))
        return None


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()
    leaked = hashlib.sha1(LEAKED.encode(), usedforsecurity=False).hexdigest().upper()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            prefix = self.path.rpartition("/")[2]
            found.asked.append(prefix)
            if found.hanging is not None:
                found.hanging.wait(60)
            self.send_response(500 if found.broken else 200)
            self.end_headers()
            lines = ["0" * 35 + ":3"] + ([leaked[5:] + ":17"] if leaked.startswith(prefix) else [])
            self.wfile.write("\r\n".join(lines).encode())

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    if found.hanging is not None:
        found.hanging.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def runtime(make_runtime: Houses, service: Service) -> Runtime:
    guards = plugin_of(sign_in_guards=[Breached(service)])
    return make_runtime("password", guards, generous=True, step_timeout="8s")


def registered(runtime: Runtime, password: str = SAFE) -> Visitor:
    visitor = Visitor(runtime)
    visitor.get("/register")
    visitor.submit(name="ada", address="ada@example.org", password=password)
    return visitor


def accounts(runtime: Runtime) -> int:
    assert runtime.accounts is not None
    return len(runtime.accounts.list())


def sign_in(runtime: Runtime, password: str) -> str:
    visitor = Visitor(runtime)
    visitor.get("/sign-in")
    visitor.submit(name="ada", password=password)
    return visitor.path


def test_registration_and_change_and_reset_and_the_command_ask_it(
    runtime: Runtime, service: Service, outbox: Outbox
) -> None:
    """The same guard at each of the four doors; what is refused changes nothing."""
    visitor = registered(runtime, LEAKED)
    assert WORDS in visitor.text
    assert accounts(runtime) == 0
    visitor = registered(runtime)
    visitor.get(outbox.last.link)
    visitor.submit("token")

    visitor.get("/account/security/add/password")
    visitor.submit(password=LEAKED)
    assert WORDS in visitor.text
    assert sign_in(runtime, SAFE) == "/account"

    visitor = Visitor(runtime)
    visitor.get("/reset-password")
    visitor.submit(name="ada")
    (mail,) = [m for m in outbox if "/reset-password/link" in m.text]
    visitor.get(mail.link)
    visitor.submit("token")
    visitor.submit(password=LEAKED)
    assert WORDS in visitor.text
    assert sign_in(runtime, SAFE) == "/account"
    visitor.submit(password=OTHER)
    assert visitor.path == "/account"
    assert sign_in(runtime, OTHER) == "/account"

    assert runtime.accounts is not None
    made = Commanding(runtime.signin.parts).create(
        runtime.accounts, login_name("bob"), address("bob@example.org"), {"password": LEAKED}
    )
    assert isinstance(made, Denied)
    assert made.reason == "breached"
    assert accounts(runtime) == 1
    assert {len(prefix) for prefix in service.asked} == {5}


@pytest.mark.parametrize("how", ["fails", "hangs", "is away"])
def test_a_service_that_cannot_answer_lets_nothing_pass(
    how: str, runtime: Runtime, service: Service
) -> None:
    """And the page says that it is not the person's fault."""
    if how == "fails":
        service.broken = True
    elif how == "hangs":
        service.hanging = threading.Event()
    else:
        service.url = "http://127.0.0.1:9"
    visitor = registered(runtime)
    assert "does not work at the moment" in visitor.text
    assert accounts(runtime) == 0
