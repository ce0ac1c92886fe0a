"""A house to attack, somebody in it, and the list of what was tried in the output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyramid.interfaces import IRoutesMapper

from ostiary.accounts import address, login_name
from ostiary.contracts import User
from ostiary.runtime import Runtime
from ostiary.signin.commanding import Commanding
from ostiary.testing.houses import Houses
from ostiary.testing.visiting import Visitor

PASSWORD = "correct horse battery staple"
ORIGIN = "https://accounts.example"
EVIL = "evil.example"


@pytest.fixture
def runtime(make_runtime: Houses) -> Runtime:
    return make_runtime("password", "totp", generous=True, public_url=ORIGIN)


@pytest.fixture
def ada(runtime: Runtime) -> User:
    """Somebody with a password."""
    assert runtime.accounts is not None
    made = Commanding(runtime.signin.parts).create(
        runtime.accounts,
        login_name("ada"),
        address("ada@example.org"),
        {"password": PASSWORD},
    )
    assert isinstance(made, User)
    return made


@pytest.fixture
def signed_in(runtime: Runtime, ada: User) -> Callable[[], Visitor]:
    """Another browser of hers each time, signed in."""

    def come() -> Visitor:
        visitor = Visitor(runtime)
        visitor.get("/sign-in")
        visitor.submit(name="ada", password=PASSWORD)
        assert visitor.path == "/account"
        return visitor

    return come


def routes(visitor: Visitor) -> Iterator[tuple[str, str]]:
    """Every route of the application: its name, and a path that it matches."""
    mapper: Any = visitor.app.app.registry.getUtility(IRoutesMapper)
    for route in mapper.get_routes():
        if "*" in route.pattern or route.name.startswith("__"):
            continue
        values = {"factor": "totp"}
        path = route.generate({name: values.get(name, "x" * 43) for name in _names(route.pattern)})
        yield route.name, path


def _names(pattern: str) -> list[str]:
    return [part.split("}")[0].split(":")[0] for part in pattern.split("{")[1:]]


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Notes an attack for the list."""
    return lambda attack: record_property("attack", attack)
