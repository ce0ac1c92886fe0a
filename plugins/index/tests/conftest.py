"""A house with the index, people in it, and keys that they upload with.

The keys stand in for API tokens, so that these tests need no other plugin; uploads with real
tokens, by real clients, are in ``tests/clients``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from webtest import TestApp

from ostiary.accounts import login_name
from ostiary.contracts import (
    Act,
    Claim,
    Client,
    CredentialRefused,
    CredentialVerifier,
    Event,
    Identity,
    Kind,
    Outcome,
    Permitted,
    Presented,
    Proof,
    Refused,
    Restriction,
    Strength,
)
from ostiary.runtime import Runtime
from ostiary.store.tables import addresses
from ostiary.testing.houses import Events, Houses, plugin_of
from ostiary.testing.visiting import Visitor, app_of
from ostiary.text import translations
from ostiary_index.catalogue import Catalogue
from ostiary_index.parts import Parts
from ostiary_index.publishing import create
from ostiary_index.shelf import Shelf
from ostiary_index.values import Project

_, _n, _p, _np = translations("test")

ADDRESS = "192.0.2.9"
CONTENT = b"what is in the file"


class Keys(CredentialVerifier):
    """``Basic __key__:ada`` speaks for Ada; ``ada only upload`` for one permission."""

    name = "keys"
    claims = (Claim("basic", username="__key__"),)

    def verify(self, presented: Presented, /) -> Identity:
        who, _only, limit = presented.value.partition(" only ")
        if not who:
            raise CredentialRefused(_("No."), Refused("no", _("No.")))
        limits: tuple[Restriction, ...] = (Only(limit),) if limit else ()
        return Identity(f"id-{who}", self.name, f"key-of-{who}", restrictions=limits)


@dataclass(frozen=True)
class Only:
    """Leaves room for one permission, or for one resource."""

    what: str

    def judge(self, act: Act, /) -> Permitted | Refused:
        names = {f"{each.kind}:{each.name}" for each in act.resources}
        if self.what in {act.permission, *names}:
            return Permitted()
        return Refused("only", _("This key is only for: ${what}.", what=self.what))


@dataclass
class Place:
    """The index, and what people do there."""

    runtime: Runtime
    events: Events
    app: TestApp = field(init=False)
    browsers: dict[str, Visitor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = self.another_app()

    def another_app(self) -> TestApp:
        app = TestApp(app_of(self.runtime), extra_environ={"REMOTE_ADDR": ADDRESS})
        app.get("/health")
        # Mail leaves when a test looks.
        self.runtime.mailroom.stop()
        self.runtime.chores.stop()
        return app

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.runtime.house)

    @property
    def shelf(self) -> Shelf:
        return Parts.of(self.runtime.house).shelf

    def user(self, name: str = "ada", *, admin: bool = False) -> str:
        """The id of somebody who has an account, with an address."""
        user_id = f"id-{name}"
        if self.runtime.directory.named(name) is None:
            assert self.runtime.accounts is not None
            now = self.runtime.now()
            with self.runtime.store.write() as unit:
                self.runtime.accounts.create(unit, user_id, login_name(name), admin=admin)
                unit.execute(
                    addresses.insert().values(
                        id=f"address-{name}",
                        user_id=user_id,
                        address=f"{name}@example.org",
                        address_folded=f"{name}@example.org",
                        is_primary=True,
                        verified_at=now,
                        created_at=now,
                    )
                )
        return user_id

    def enter(self, name: str = "ada", *, admin: bool = False, **options: Any) -> Visitor:
        """A browser with a session of somebody who has just proved everything."""
        user_id, now = self.user(name, admin=admin), self.runtime.now()
        proofs = [
            Proof(kind.value, None, Strength(frozenset({kind})), now)
            for kind in (Kind.KNOW, Kind.HAVE)
        ]
        with self.runtime.store.write() as unit:
            cookie = self.runtime.sessions.open(unit, user_id, proofs, Client(ADDRESS), None, now)
        if name not in self.browsers:
            self.browsers[name] = Visitor(self.runtime, **options)
        self.browsers[name].app.set_cookie("ostiary_session", cookie)
        return self.browsers[name]

    def upload(
        self,
        filename: str = "acme_tools-1.0.tar.gz",
        content: bytes = CONTENT,
        *,
        by: str = "ada",
        status: int | str = 200,
        app: TestApp | None = None,
        without: tuple[str, ...] = (),
        more: tuple[tuple[str, str], ...] = (),
        **fields: str,
    ) -> Any:
        """Upload as clients do; ``without`` leaves fields out, ``more`` adds some."""
        self.user(by.partition(" ")[0])
        form = {**fields_of(filename, content), **fields}
        pairs = [(name, value) for name, value in form.items() if name not in without]
        return (app or self.app).post(
            "/legacy/",
            [*pairs, *more],
            upload_files=[("content", filename, content)],
            headers=auth(by),
            status=status,
        )

    def project(self, name: str = "acme-tools") -> Project:
        found = self.catalogue.project(name)
        assert found is not None
        return found

    def made(self, name: str = "acme-tools", owner: str = "ada") -> Project:
        """A project without files."""
        owner_id = self.user(owner)
        with self.runtime.store.write() as unit:
            return create(unit, self.runtime.house, name, owner_id)

    def filenames(self, name: str = "acme-tools") -> list[str]:
        """What is published of a project."""
        releases = self.catalogue.releases(self.project(name))
        return sorted(file.filename for release in releases for file in release.files)

    def on_disk(self) -> list[str]:
        """The names of the files that are kept, without their hashes."""
        folder = self.runtime.house.folder("index")
        return sorted(path.name[65:] for path in folder.glob("files/*/*"))

    def refused(self) -> list[Event]:
        """The uploads that were refused."""
        uploads = self.events.of("file.uploaded")
        return [event for event in uploads if event.outcome is Outcome.REFUSED]


def auth(value: str) -> dict[str, str]:
    """The header of a key."""
    return {"Authorization": "Basic " + base64.b64encode(f"__key__:{value}".encode()).decode()}


def fields_of(filename: str, content: bytes) -> dict[str, str]:
    """The fields of an upload, as its file's name says them."""
    wheel = filename.endswith(".whl")
    stem = filename.removesuffix(".tar.gz")
    name, version = filename.split("-")[:2] if wheel else stem.rpartition("-")[::2]
    return {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.1",
        "name": name,
        "version": version,
        "filetype": "bdist_wheel" if wheel else "sdist",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
    }


MakePlace = Callable[..., Place]


@pytest.fixture
def make_place(make_runtime: Houses, events: Events) -> MakePlace:
    """Opens an index: ``make_place(plugin__index__private="true")``."""

    def make(*plugins: object, **settings: Any) -> Place:
        keys = plugin_of(credential_verifiers=[Keys()])
        return Place(make_runtime("index", keys, *plugins, **settings), events)

    return make


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    """One with the settings that nobody changed."""
    return make_place()
