"""Two at once, and processes that die: of each name one file, and no row without its file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from ostiary.contracts import AuditSink, OstiaryError, Outcome
from ostiary.testing.houses import plugin_of
from ostiary_index.membership import Membership, NotPossible
from ostiary_index.publishing import Publishing
from ostiary_index.removing import Removing
from ostiary_index.shelf import Shelf
from ostiary_index.tables import members
from ostiary_index.values import Role
from plugins.index.tests.conftest import CONTENT, MakePlace, Place

LINK = "https://example.org/"
WHEEL = "acme_tools-1.0-py3-none-any.whl"


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gave or raised, all of them begun together."""
    start, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        start.wait(10)
        try:
            found[number] = act()
        except Exception as error:  # noqa: BLE001 - it is what is asked for
            found[number] = error  # type: ignore[call-overload] # as above

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two uploads meet where they have been allowed and nothing is written yet."""
    meeting, publish = threading.Barrier(2), Publishing.publish
    first = threading.local()

    def publish_together(self: Publishing, *told: Any) -> Any:
        if not hasattr(first, "met"):
            first.met = True
            meeting.wait(20)
        return publish(self, *told)

    monkeypatch.setattr(Publishing, "publish", publish_together)


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("exists", [True, False], ids=["old project", "new project"])
def test_of_two_uploads_of_one_name_one_wins(place: Place, exists: bool) -> None:
    if exists:
        place.made("acme_tools")
    place.user()
    apps = [place.another_app(), place.another_app()]
    answers = at_once(
        lambda: place.upload(content=b"one", app=apps[0], status="*"),
        lambda: place.upload(content=b"two", app=apps[1], status="*"),
    )
    assert sorted(answer.status_int for answer in answers) == [200, 409]
    (release,) = place.catalogue.releases(place.project())
    (file,) = release.files
    won = next(each for each in answers if each.status_int == 200)
    content = b"one" if won is answers[0] else b"two"
    assert place.app.get(f"/files/{file.sha256}/{file.filename}").body == content
    done = [each for each in place.events.of("file.uploaded") if each.outcome is Outcome.DONE]
    assert [each.details["sha256"] for each in done] == [file.sha256]
    assert [event.reason for event in place.refused()] == ["exists"]
    assert place.on_disk() == ["acme_tools-1.0.tar.gz"]


@pytest.mark.usefixtures("together")
def test_two_uploads_of_the_same_file_are_both_fine(place: Place) -> None:
    place.user()
    apps = [place.another_app(), place.another_app()]
    at_once(lambda: place.upload(app=apps[0]), lambda: place.upload(app=apps[1]))
    assert place.filenames() == ["acme_tools-1.0.tar.gz"]
    done = [each for each in place.events.of("file.uploaded") if each.outcome is Outcome.DONE]
    assert len(done) == 1


@pytest.mark.usefixtures("together")
def test_of_two_who_make_a_project_one_owns_it(place: Place) -> None:
    place.user()
    place.user("eve")
    apps = [place.another_app(), place.another_app()]
    answers = at_once(
        lambda: place.upload(app=apps[0], status="*"),
        lambda: place.upload(WHEEL, by="eve", app=apps[1], status="*"),
    )
    assert sorted(answer.status_int for answer in answers) == [200, 403]
    (owner,) = place.project().owners
    assert owner == ("id-ada" if answers[0].status_int == 200 else "id-eve")
    assert len(place.filenames()) == 1


def test_whoever_is_removed_while_uploading_publishes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ACL was read before; the role is asked again in the transaction."""
    project = place.made("acme_tools")
    publish = Publishing.publish

    def removed_before(self: Publishing, *told: Any) -> Any:
        with place.runtime.store.write() as unit:
            unit.execute(delete(members).where(members.c.project == project.id))
        return publish(self, *told)

    monkeypatch.setattr(Publishing, "publish", removed_before)
    place.upload(status=403)
    assert place.filenames() == []
    assert place.on_disk() == []


def test_of_two_owners_who_leave_at_once_one_stays(place: Place) -> None:
    project = place.made()
    bob = place.user("bob")
    house = place.runtime.house
    Membership(house).invite(project, place.runtime.directory.get(bob), Role.OWNER, "", LINK)  # type: ignore[arg-type] # he is there
    Membership(house).accept(place.project(), bob)
    both = place.project()
    left = at_once(
        lambda: Membership(house).remove(both, "id-ada"),
        lambda: Membership(house).remove(both, "id-bob"),
    )
    assert [type(each) for each in left].count(NotPossible) == 1
    assert len(place.project().owners) == 1


def test_an_invitation_is_accepted_once(place: Place) -> None:
    project = place.made()
    bob = place.runtime.directory.get(place.user("bob"))
    assert bob is not None
    house = place.runtime.house
    Membership(house).invite(project, bob, Role.MAINTAINER, "id-ada", LINK)
    answers = at_once(
        lambda: Membership(house).accept(project, bob.id),
        lambda: Membership(house).decline(project, bob.id),
    )
    assert [type(each) for each in answers].count(NotPossible) == 1
    belongs = place.project().role_of(bob.id) is not None
    assert belongs is (answers[0] is Role.MAINTAINER)


class Broken(AuditSink):
    """Writes in the act's transaction, and can fail it."""

    name = "broken"
    transactional = True
    fails = False

    def write(self, events: Any, execute: Any, /) -> None:
        if self.fails:
            raise OSError


def test_an_upload_that_cannot_be_recorded_is_none(make_place: MakePlace) -> None:
    """Its file stays behind, where nobody can ask for it, and the same upload can come again."""
    sink = Broken()
    place = make_place(plugin_of(audit_sinks=[sink]))
    place.made("acme_tools")
    sink.fails = True
    place.upload(status="*")
    assert place.filenames() == []
    sink.fails = False
    place.upload()
    assert place.filenames() == place.on_disk() == ["acme_tools-1.0.tar.gz"]


@pytest.mark.parametrize("dies", ["replace", "fsync", "unlink"])
def test_no_row_comes_without_its_file(
    place: Place, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    """Whatever the disk refuses: what is listed can be fetched."""
    place.made("acme_tools")

    def refuse(*_told: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if dies == "fsync":
            patch.setattr("ostiary_index.shelf.os.fsync", refuse)
        else:
            patch.setattr(Path, dies, refuse)
        place.upload(status="*", by="ada")
    for release in place.catalogue.releases(place.project()):
        for file in release.files:
            assert place.app.get(f"/files/{file.sha256}/{file.filename}").body == CONTENT
    place.upload()
    assert place.filenames() == ["acme_tools-1.0.tar.gz"]


def test_a_deleted_file_is_gone_from_the_disk_once_its_row_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this order: a process that dies in between leaves a file too many, not a row."""
    place.upload()
    project = place.project()
    file = place.catalogue.releases(project)[0].files[0]
    seen = []

    def remove(self: Shelf, sha256: str, filename: str) -> None:
        seen.append(place.catalogue.file(project, filename))

    monkeypatch.setattr(Shelf, "remove", remove)
    assert Removing(place.runtime.house, place.shelf, "id-ada").delete_file(project, file)
    assert seen == [None]


def test_errors_of_membership_are_errors_of_the_house() -> None:
    """A command that meets one says it in a line."""
    assert issubclass(NotPossible, OstiaryError)
