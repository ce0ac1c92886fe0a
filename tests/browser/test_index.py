"""The pages of the index, looked at as all others are."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from ostiary.accounts import login_name
from ostiary.testing import looking
from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.sampling import sampled
from ostiary.testing.serving import Server
from ostiary_index.membership import Membership
from ostiary_index.parts import Parts
from ostiary_index.publishing import Publishing, create
from ostiary_index.uploading.checks import Claimed, Upload
from ostiary_index.uploading.metadata import Described
from ostiary_index.values import Project, Role
from tests.browser.everybody import LOCALES, for_everybody
from tests.browser.people import Meet
from tests.browser.scenes import NAME, Scene

PROJECT = "telephone-of-my-grandmother-" + "w" * 62
OTHER = "bob"
TEXT = f"# {PROJECT}\n\n    code that is indented, and a line as long as {'w' * 99}\n\n<b>no</b>\n"
WHY = "w" * 120
HERE = f"/projects/{PROJECT}"
STEM = PROJECT.replace("-", "_")
FILE = f"{STEM}-1.0-py3-none-any.whl"
WORDS = (
    "A tool",
    "Home",
    "SHA-256",
    "Ostiary",
    "1.0",
    "2.0rc1",
    ">=3.11",
    f"{PROJECT} 1.0",
    f"{STEM}-1.0.tar.gz",
)

Sight = Callable[[Scene], None]


def filled(scene: Scene) -> Project:
    """Whoever is signed in owns a project with two releases, and has invited somebody."""
    scene.signed_in()
    house, user = scene.runtime.house, scene.user.id
    with house.write() as unit:
        project = create(unit, house, PROJECT, user)
        assert scene.runtime.accounts is not None
        scene.runtime.accounts.create(unit, "id-bob", login_name(OTHER))
    shelf = Parts.of(house).shelf
    about = Described("A tool", TEXT, ">=3.11", (("Home", "https://example.org/"),))
    for version, kind, filename in (
        ("1.0", "sdist", f"{STEM}-1.0.tar.gz"),
        ("1.0", "bdist_wheel", FILE),
        ("2.0rc1", "sdist", f"{STEM}-2.0rc1.tar.gz"),
    ):
        with shelf.receive(io.BytesIO(filename.encode())) as received:
            upload = Upload(Claimed(PROJECT, version, kind, filename), received, about)
            Publishing(house, shelf).publish(user, project, upload)
    bob = scene.runtime.directory.get("id-bob")
    assert bob is not None
    Membership(house).invite(project, bob, Role.MAINTAINER, user, "https://example.org/")
    return project


def at(path: str) -> Sight:
    """The page at this address, with a project."""

    def see(scene: Scene) -> None:
        filled(scene)
        scene.open(path)

    return see


def empty(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/projects")


def wrong_name(scene: Scene) -> None:
    at(f"{HERE}/people")(scene)
    scene.send(name="nobody")


def not_this_one(scene: Scene) -> None:
    at(f"{HERE}/delete")(scene)
    scene.send("main button.o-danger", name="another")


def remove(scene: Scene) -> None:
    project = filled(scene)
    membership = Membership(scene.runtime.house)
    membership.accept(project, "id-bob")
    scene.open(f"{HERE}/people/id-bob/remove")


def yanked(scene: Scene) -> None:
    at(f"{HERE}/releases/1.0/yank")(scene)
    scene.send(reason=WHY)
    scene.page.wait_for_url("**/releases/1.0")


def invited(scene: Scene) -> None:
    scene.signed_in()
    house = scene.runtime.house
    with house.write() as unit:
        project = create(unit, house, PROJECT, "id-of-nobody")
    Membership(house).invite(
        project, scene.user, Role.OWNER, "id-of-nobody", "https://example.org/"
    )
    scene.open(f"{HERE}/invitation")


SIGHTS: dict[str, Sight] = {
    "empty": empty,
    "projects": at("/projects"),
    "project": at(HERE),
    "release": at(f"{HERE}/releases/1.0"),
    "yank": at(f"{HERE}/releases/1.0/yank"),
    "yanked": yanked,
    "unyank": at(f"{HERE}/releases/1.0/unyank"),
    "delete_release": at(f"{HERE}/releases/1.0/delete"),
    "delete_file": at(f"{HERE}/files/{FILE}/delete"),
    "delete_project": at(f"{HERE}/delete"),
    "not_this_one": not_this_one,
    "people": at(f"{HERE}/people"),
    "wrong_name": wrong_name,
    "withdraw": at(f"{HERE}/people/id-bob/withdraw"),
    "leave": at(f"{HERE}/leave"),
    "remove": remove,
    "history": at(f"/history/project/{PROJECT}"),
    "invited": invited,
}
ERRORS = {"wrong_name", "not_this_one"}


@pytest.fixture
def server(make_runtime: Houses, serve: Serve) -> Server:
    """An index, with tokens and the trail beside it."""
    return serve(make_runtime("password", "tokens", "audit", "index", pseudo=True, generous=True))


@pytest.fixture
def show(server: Server, meet: Meet) -> Callable[..., Scene]:
    """Goes to see a page: ``show("people", locale="en-XA")``."""

    def shown(sight: str, locale: str = "en") -> Scene:
        person = meet(locale=locale, viewport={"width": looking.WIDE, "height": 800})
        scene = Scene(person, server.runtime, locale)
        SIGHTS[sight](scene)
        scene.page.wait_for_load_state()
        return scene

    return shown


@pytest.mark.parametrize(
    ("sight", "locale"),
    sampled([(sight, locale) for sight in SIGHTS for locale in LOCALES], 4, of="index"),
)
def test_every_page_is_for_everybody(
    sight: str,
    locale: str,
    show: Callable[..., Scene],
    record_property: Callable[[str, object], None],
) -> None:
    own = (NAME, OTHER, PROJECT, " ".join(TEXT.split()), WHY, FILE, *WORDS)
    for_everybody(
        show(sight, locale),
        f"index-{sight}",
        locale=locale,
        problems=sight in ERRORS,
        own=own,
        record=record_property,
    )
