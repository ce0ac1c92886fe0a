"""Yanked, and deleted for good: with a fresh proof, a record, a mail, and names used once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ostiary.testing.clock import Clock
from ostiary.testing.outbox import Outbox
from plugins.index.tests.conftest import Place, auth

RELEASE = "/projects/acme-tools/releases/1.0"
FILE = "/projects/acme-tools/files/acme_tools-1.0.tar.gz/delete"


def test_a_release_is_yanked_and_offered_again(place: Place, outbox: Outbox) -> None:
    place.upload()
    place.upload("acme_tools-1.0-py3-none-any.whl")
    browser = place.enter()
    browser.get(f"{RELEASE}/yank")
    browser.submit(reason="broken")
    assert "Version 1.0 is yanked." in browser.text
    yanked = place.events.of("file.yanked")
    assert {event.details["file"] for event in yanked} == set(place.filenames())
    assert {event.details["why"] for event in yanked} == {"broken"}
    assert "was yanked" in outbox.to("ada@example.org")[-1].text
    browser.get(f"{RELEASE}/unyank")
    browser.submit()
    assert "Version 1.0 is not yanked any more." in browser.text
    assert len(place.events.of("file.unyanked")) == 2
    (release,) = place.catalogue.releases(place.project())
    assert not release.yanked


def test_to_yank_twice_is_recorded_once(place: Place) -> None:
    place.upload()
    browser = place.enter()
    for reason in ("one", "two"):
        browser.get(f"{RELEASE}/yank")
        browser.submit(reason=reason)
    assert [event.details["why"] for event in place.events.of("file.yanked")] == ["one"]


def test_a_program_yanks_with_a_key(place: Place) -> None:
    place.upload()
    place.app.post(
        f"{RELEASE}/yank", {"reason": "broken"}, headers=auth("ada only yank"), status=303
    )
    (event,) = place.events.of("file.yanked")
    assert (event.actor.means, event.details["why"]) == ("keys", "broken")


def test_a_file_is_deleted_with_its_last_copy(place: Place, outbox: Outbox) -> None:
    place.upload()
    place.upload("acme_tools-1.0-py3-none-any.whl")
    browser = place.enter()
    browser.get(FILE)
    assert "cannot be had back" in browser.text
    browser.submit()
    assert "The file acme_tools-1.0.tar.gz is deleted." in browser.text
    assert place.filenames() == place.on_disk() == ["acme_tools-1.0-py3-none-any.whl"]
    (event,) = place.events.of("file.deleted")
    assert event.details["file"] == "acme_tools-1.0.tar.gz"
    assert event.resource is not None
    assert event.resource.owners == ("id-ada",)
    assert "was deleted" in outbox.to("ada@example.org")[-1].text


def test_the_name_of_a_deleted_file_is_not_given_again(place: Place) -> None:
    """Whoever pinned it must not get another one; not even after the whole project is gone."""
    place.upload()
    browser = place.enter()
    browser.get(FILE)
    browser.submit()
    for content in (b"what is in the file", b"other"):
        answer = place.upload(content=content, status=409)
        assert "was used by a file that was deleted" in answer.status
    browser.get("/projects/acme-tools/delete")
    browser.submit(name="acme-tools")
    place.upload(by="eve", status=409)
    assert [event.reason for event in place.refused()] == ["deleted"] * 3


def test_a_release_goes_with_its_last_file(place: Place) -> None:
    place.upload()
    browser = place.enter()
    browser.get(FILE)
    browser.submit()
    assert place.catalogue.releases(place.project()) == ()


def test_a_release_is_deleted_with_its_files(place: Place) -> None:
    place.upload()
    place.upload("acme_tools-1.0-py3-none-any.whl")
    place.upload("acme_tools-2.0.tar.gz")
    browser = place.enter()
    browser.get(f"{RELEASE}/delete")
    browser.submit()
    assert "Version 1.0 is deleted." in browser.text
    assert place.filenames() == place.on_disk() == ["acme_tools-2.0.tar.gz"]
    (event,) = place.events.of("release.deleted")
    assert event.details == {"version": "1.0", "files": 2}


def test_a_project_is_deleted_once_its_name_was_typed(place: Place, outbox: Outbox) -> None:
    place.upload()
    browser = place.enter()
    browser.get("/projects/acme-tools/delete")
    browser.submit(name="acme")
    assert browser.page.status_int == 422
    assert "That is not the name of this project." in browser.text
    assert place.catalogue.names() == ("acme-tools",)
    browser.submit(name="Acme.Tools")
    assert "acme_tools is deleted." in browser.text
    assert place.catalogue.names() == ()
    assert place.on_disk() == []
    (event,) = place.events.of("project.deleted")
    assert event.details == {"files": 1}
    assert "was deleted" in outbox.to("ada@example.org")[-1].text
    place.upload("acme_tools-2.0.tar.gz", by="eve")
    assert place.project().owners == ("id-eve",)


@pytest.mark.parametrize(
    "path",
    [FILE, f"{RELEASE}/delete", "/projects/acme-tools/delete", "/projects/acme-tools/people"],
)
def test_what_cannot_be_undone_asks_for_a_proof_of_just_now(
    place: Place, clock: Clock, path: str
) -> None:
    """ASVS 5.0, 7.5.3. The session here has no factor that could give one, and is told so."""
    place.upload()
    browser = place.enter()
    assert browser.get(path).status_int == 200
    clock.advance(timedelta(minutes=16))
    answer = browser.app.get(path, headers={"Accept": "application/json"}, status=403)
    assert answer.json["needs"] == [{"proofs": 1, "within": 900, "phishing_resistant": False}]
    token = browser.get("/projects").html.find("input", {"name": "csrf_token"})["value"]
    browser.app.post(path, {"csrf_token": token, "name": "acme-tools"}, status="*")
    assert place.filenames() == ["acme_tools-1.0.tar.gz"]


def test_what_is_gone_already_is_not_found(place: Place) -> None:
    place.upload()
    browser = place.enter()
    for path in (
        "/projects/acme-tools/releases/9.0/yank",
        "/projects/acme-tools/releases/9.0/delete",
        "/projects/acme-tools/files/acme_tools-9.0.tar.gz/delete",
        "/projects/nothing/delete",
    ):
        browser.app.get(path, status=404)
