"""A host with ostiary mounted under a prefix, and people who use it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pytest
from pyramid.config import Configurator
from webtest import TestApp

from ostiary import contracts as c
from ostiary.runtime import Runtime
from ostiary.testing.houses import Houses
from ostiary.web.mount import RUNTIME

Host: TypeAlias = Callable[..., TestApp]
PUBLIC = "https://bread.example"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def bakery(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The host's package."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    yield importlib.import_module("bakery")
    sys.modules.pop("bakery", None)


@pytest.fixture
def settings() -> dict[str, Any]:
    """The operator's, for a host behind TLS with a layout of its own."""
    return {
        "public_url": PUBLIC,
        "layout": "bakery:templates/layout.jinja2",
        "generous": True,
        "prefix": "auth",
    }


@pytest.fixture
def host(bakery: ModuleType, make_runtime: Houses) -> Host:
    """Mounts a running house in the host, and gives a browser at it."""

    def mount(runtime: Runtime, **environ: str) -> TestApp:
        config = Configurator(settings={})
        config.registry[RUNTIME] = runtime
        config.include("ostiary", route_prefix="/auth")
        config.include("bakery")
        known = {
            "HTTP_HOST": "bread.example",
            "wsgi.url_scheme": "https",
            "REMOTE_ADDR": "192.0.2.9",
            "HTTP_ACCEPT": "text/html",
        }
        app = TestApp(config.make_wsgi_app(), extra_environ={**known, **environ})
        # A worker begins with its first request; here mail leaves only when a test looks.
        app.get("/auth/health")
        runtime.mailroom.stop()
        runtime.chores.stop()
        return app

    return mount


class Vouchers(c.CredentialVerifier):
    """``Bearer voucher-<loaf>`` speaks for Ada, for one loaf."""

    name = "vouchers"
    claims = (c.Claim("bearer", "voucher-"),)

    def __init__(self, user_id: Callable[[], str]) -> None:
        self._user_id = user_id

    def verify(self, presented: c.Presented, /) -> c.Identity:
        limit = OneLoaf(presented.value.removeprefix("voucher-"))
        return c.Identity(self._user_id(), self.name, restrictions=(limit,))


class OneLoaf:
    """Opens what is about this loaf."""

    def __init__(self, loaf: str) -> None:
        self._loaf = loaf

    def judge(self, act: c.Act, /) -> c.Permitted | c.Refused:
        if c.Resource("loaf", self._loaf) in act.resources:
            return c.Permitted()
        return c.Refused("another-loaf", c.Text("bakery", "That is another loaf."))


def loaves() -> c.ResourceType:
    """The host's kind of resource; ordering may be delegated."""
    order = c.Permission("order", c.Text("bakery", "Order"), delegable=True)
    look = c.Permission("look", c.Text("bakery", "Look"))
    return c.ResourceType("loaf", c.Text("bakery", "Loaf"), (look, order), str, lambda _user: ())
