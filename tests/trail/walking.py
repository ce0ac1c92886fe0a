"""A house walked through with all of its buttons pressed, and what each of them left on record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import pyotp
from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request
from sqlalchemy import MetaData, select

from ostiary.runtime import Runtime
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor

PASSWORD = "correct horse battery staple"
SAFE = frozenset({"GET", "HEAD"})


class Walk:
    """Browsers at one house; notes how many events each unsafe request left, by route."""

    def __init__(self, runtime: Runtime, events: Events, clock: Clock, outbox: Outbox) -> None:
        self.runtime, self.events, self.clock, self.outbox = runtime, events, clock, outbox
        self.left: dict[str, int] = {}
        self._secrets: dict[str, str] = {}
        self.registry = self.visitor().app.app.registry

    def visitor(self, **cookies: str) -> Visitor:
        """A browser whose requests are noted."""
        found = Visitor(self.runtime, cookies=cookies)
        inner = found.app.app
        found.app.app = _Noted(self, inner)
        return found

    def unsafe_routes(self) -> set[str]:
        """The routes of the house that a view answers with another method than GET."""
        found = set()
        for entry in self.registry.introspector.get_category("views"):
            view = entry["introspectable"]
            methods, route = view["request_methods"], view["route_name"]
            every = (methods,) if isinstance(methods, str) else methods
            if route and not route.startswith("__") and (every is None or set(every) - SAFE):
                found.add(route)
        return found

    def note(self, environ: Mapping[str, Any], count: int) -> None:
        request = Request(dict(environ))
        route = self.registry.getUtility(IRoutesMapper)(request)["route"]
        if route is not None:
            self.left[route.name] = max(self.left.get(route.name, 0), count)

    def code(self, login: str) -> str:
        """The next code of somebody's authenticator app."""
        self.clock.advance(timedelta(seconds=30))
        return pyotp.TOTP(self._secrets[login]).at(self.clock())

    def register(self, login: str) -> Visitor:
        at = self.visitor()
        at.get("/register")
        at.submit(name=login, address=f"{login}@example.org", password=PASSWORD)
        assert at.path != "/register", at.text
        return at

    def add_app(self, at: Visitor, login: str) -> None:
        at.get("/account/security/add/totp")
        found = at.page.html.find("main").find("code")
        assert found is not None, at.text
        self._secrets[login] = found.text.replace(" ", "")
        at.submit(code=self.code(login))

    def sign_in(self, login: str) -> Visitor:
        at = self.visitor()
        at.get("/sign-in")
        at.submit(name=login, password=PASSWORD)
        if login in self._secrets:
            at.submit(code=self.code(login))
        return at

    def press(self, at: Visitor, path: str, **fields: str) -> None:
        """Open a page with one form, fill it in, send it."""
        at.get(path)
        at.submit(**fields)
        assert at.page.status_int < 400, (path, at.page.status_int, at.text)

    def rows(self) -> dict[str, list[Any]]:
        """Everything in the database."""
        engine, metadata = self.runtime.store.engine, MetaData()
        metadata.reflect(engine)
        with self.runtime.store.read() as connection:
            return {
                name: sorted(map(repr, connection.execute(select(table)).all()))
                for name, table in metadata.tables.items()
            }


class _Noted:
    """Around the application: how many events a request left, once it has been answered."""

    def __init__(self, walk: Walk, inner: Any) -> None:
        self._walk, self._inner = walk, inner
        self.registry = inner.registry

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        asked = dict(environ)
        before = len(self._walk.events.all)
        answer = list(self._inner(environ, start))
        if asked["REQUEST_METHOD"] not in SAFE:
            self._walk.note(asked, len(self._walk.events.all) - before)
        return answer
