"""A house with tokens, people in it, and things that tokens can be for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from pyramid.authorization import Allow
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPConflict
from pyramid.request import Request
from webtest import TestApp

from ostiary.accounts import login_name
from ostiary.accounts.names import address
from ostiary.contracts import (
    Client,
    CredentialVerifier,
    Identity,
    Kind,
    Permission,
    Presented,
    Proof,
    Resource,
    ResourceType,
    Strength,
    User,
)
from ostiary.runtime import Runtime
from ostiary.testing.houses import Houses, plugin_of
from ostiary.testing.visiting import Visitor
from ostiary.text import translations
from ostiary.web.mount import RUNTIME
from ostiary_tokens.caveats import written
from ostiary_tokens.keeper import Keeper
from ostiary_tokens.narrowing import attenuated
from ostiary_tokens.parts import Parts
from ostiary_tokens.settings import TokenSettings

_, _n, _p, _np = translations("test")

ADDRESS = "192.0.2.9"


def project(owned: Mapping[str, tuple[str, ...]] | None = None) -> ResourceType:
    """The kind of resource that the host of these tests has; ``owned`` by users' names."""
    permissions = (
        Permission("upload", _("Upload files"), delegable=True),
        Permission("delete", _("Delete the project")),
    )

    def normal(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    def owned_by(user_id: str) -> tuple[str, ...]:
        return (owned or {}).get(user_id.removeprefix("id-"), ())

    return ResourceType("project", _("Project"), permissions, normal, owned_by)


def version() -> ResourceType:
    """What a project contains, and may be made."""
    permissions = (Permission("create-version", _("Release"), delegable=True),)
    return ResourceType("version", _("Version"), permissions, str, lambda _user: ())


@dataclass
class Desk:
    """A house, and what one does with tokens there."""

    runtime: Runtime

    @property
    def keeper(self) -> Keeper:
        settings = TokenSettings.from_mapping(self.runtime.house.settings("verifier.tokens"))
        return Keeper(self.runtime.house, settings, Parts(self.runtime.house).kinds)

    @property
    def verifier(self) -> CredentialVerifier:
        return self.runtime.plugins.verifiers["tokens"]

    def user(self, name: str = "ada") -> User:
        found = self.runtime.directory.named(name)
        if found is None:
            assert self.runtime.accounts is not None
            with self.runtime.store.write() as unit:
                self.runtime.accounts.create(unit, f"id-{name}", login_name(name))
            found = self.runtime.directory.named(name)
        assert found is not None
        return found

    def token(self, *caveats: bytes, name: str = "ci", user: str = "ada") -> str:
        return self.keeper.create(self.user(user).id, name, caveats)

    def present(
        self, value: str, *, address: str | None = ADDRESS, now: datetime | None = None
    ) -> Identity:
        """What the verifier says of a credential as it came."""
        presented = Presented(
            scheme="bearer",
            value=value,
            username=None,
            client=Client(address),
            now=now or self.runtime.now(),
            find=self.runtime.house.credentials("tokens").find,
        )
        return self.verifier.verify(presented)


def enter(desk: Desk, user: str = "ada", **options: str) -> Visitor:
    """A browser with a session of somebody who has just proved it."""
    now = desk.runtime.now()
    proof = Proof("any", "any", Strength(frozenset({Kind.KNOW})), now)
    user_id = desk.user(user).id
    with desk.runtime.store.write() as unit:
        cookie = desk.runtime.sessions.open(unit, user_id, [proof], Client("192.0.2.9"), None, now)
    return Visitor(desk.runtime, cookies={"ostiary_session": cookie}, **options)


def with_address(desk: Desk, user: str = "ada") -> str:
    """Somebody whose address is known, so that they can be told; their id."""
    user_id, accounts = desk.user(user).id, desk.runtime.accounts
    assert accounts is not None
    with desk.runtime.store.write() as unit:
        accounts.add_address(unit, user_id, address(f"{user}@example.org"), verified=True)
    return user_id


def narrowed(token: str, *arrays: list[Any]) -> str:
    """A token narrowed by whoever holds it."""
    return attenuated(token, [written(*array) for array in arrays])


MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(make_runtime: Houses) -> MakeDesk:
    """Opens a house with tokens: ``make_desk(verifier__tokens__prefix="acme-")``.

    ``owned`` says who has which projects, by the names of users.
    """

    def make(
        *plugins: object, owned: Mapping[str, tuple[str, ...]] | None = None, **settings: Any
    ) -> Desk:
        host = plugin_of(resource_types=[project(owned)])
        return Desk(make_runtime("tokens", host, *plugins, **settings))

    return make


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """One with the settings that nobody changed."""
    return make_desk()


@dataclass
class Project:
    """What the host's view is about."""

    name: str
    owner: str
    __parent__: object = None

    @property
    def __acl__(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        return ((Allow, f"user:{self.owner}", ("upload", "delete")),)

    @property
    def __ostiary_resource__(self) -> Resource:
        return Resource("project", self.name)


@pytest.fixture
def app(desk: Desk) -> TestApp:
    """A host whose projects tokens can be for."""
    return app_of(desk)


def app_of(desk: Desk, owner: str = "id-ada") -> TestApp:
    """The same for another desk, or where everything is somebody else's."""
    config = Configurator(settings={})
    config.registry[RUNTIME] = desk.runtime
    config.include("ostiary")
    for permission in ("upload", "delete"):
        config.add_route(
            permission,
            f"/{permission}/{{name}}",
            factory=lambda request: Project(request.matchdict["name"], owner),
        )
        config.add_view(_act, route_name=permission, permission=permission, renderer="json")
    app = TestApp(config.make_wsgi_app(), extra_environ={"REMOTE_ADDR": ADDRESS})
    # A worker begins with its first request; here mail leaves only when a test looks.
    app.get("/health")
    desk.runtime.mailroom.stop()
    desk.runtime.chores.stop()
    return app


def _act(request: Request) -> dict[str, Any]:
    answer = request.params.get("answer")
    if answer == "conflict":
        raise HTTPConflict
    if answer == "bad":
        request.response.status = HTTPBadRequest.code
    identity = request.identity
    return {
        "user": identity.user,
        "credential": identity.credential,
        "delegates": identity.delegates,
        "shown": identity.shown,
    }
