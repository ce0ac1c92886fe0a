"""Uploads and requests made to hurt, or to learn what is nobody's business."""

from __future__ import annotations

import hashlib
import json

import pytest

from plugins.index.tests.conftest import CONTENT, MakePlace, Place, auth

FILE = f"/files/{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("requires_dist", f"a; {'(' * 3000}", "it has too many brackets."),
        (
            "requires_dist",
            f"a; {'(' * 999}os_name == 'x'{')' * 999}",
            "it has too many brackets.",
        ),
        ("description_content_type", f"text/plain; {'(' * 80000}", "it is too long."),
        ("description_content_type", f"text/plain; {'a=b; ' * 200000}", "it is too long."),
        ("description_content_type", "(" * 100, "is not a valid content type"),
    ],
    ids=["open", "closed", "nested", "long", "short"],
)
def test_metadata_that_a_parser_chokes_on_is_a_fault_of_the_field(
    place: Place, field: str, value: str, says: str
) -> None:
    """Not a fault of ours, and not after many seconds: the slow ones are not parsed."""
    answer = place.upload(status=400, more=((field, value),))
    detail = json.loads(answer.body)["detail"]
    assert detail.startswith(f"{field}: ")
    assert says in detail
    (event,) = place.refused()
    assert event.reason == "unfit"


HIDDEN = (
    ("/simple/acme-tools/", "/simple/nothing/"),
    ("/simple/acme-tools", "/simple/nothing"),
    ("/projects/acme-tools", "/projects/nothing"),
    ("/projects/acme-tools/releases/1.0", "/projects/acme-tools/releases/2.0"),
    ("/projects/acme-tools/releases/1.0", "/projects/nothing/releases/1.0"),
    (f"{FILE}/acme_tools-1.0.tar.gz", f"{FILE}/nothing-1.0.tar.gz"),
    ("/projects/acme-tools/people", "/projects/nothing/people"),
    ("/projects/acme-tools/leave", "/projects/nothing/leave"),
    ("/projects/acme-tools/releases/1.0/yank", "/projects/nothing/releases/1.0/yank"),
)


@pytest.mark.parametrize("limit", ["upload", "create-project", "project:other"])
def test_a_narrowed_token_learns_no_name_of_a_private_index(
    make_place: MakePlace, limit: str
) -> None:
    """Whoever it was handed to is told the same of what is there and of what is not."""
    place = make_place(plugin__index__private="true")
    place.upload()
    place.user("bob")
    for paths in HIDDEN:
        shown = [
            place.app.get(path, headers=auth(f"bob only {limit}"), status=403).json["detail"]
            for path in paths
        ]
        first, second = (detail.partition(" (Reference")[0] for detail in shown)
        assert first == second, paths


@pytest.mark.parametrize("closed", ["false", "true"])
@pytest.mark.parametrize("limit", ["upload", "project:other"])
def test_nor_by_trying_to_upload(make_place: MakePlace, limit: str, closed: str) -> None:
    place = make_place(plugin__index__private="true", plugin__index__closed=closed)
    place.made("there")
    shown = [
        json.loads(place.upload(f"{name}-1.0.tar.gz", by=f"bob only {limit}", status=403).body)
        for name in ("there", "nowhere")
    ]
    first, second = (
        said["detail"].partition(" (Reference")[0].replace("nowhere", "there") for said in shown
    )
    assert first == second


@pytest.mark.parametrize("private", ["false", "true"])
def test_who_may_read_is_told_whose_a_project_is(make_place: MakePlace, private: str) -> None:
    place = make_place(plugin__index__private=private)
    place.made("there")
    for by in ("bob", "bob only read"):
        answer = place.upload("there-1.0.tar.gz", by=by, status=403)
        assert "there belongs to others" in json.loads(answer.body)["detail"]


def test_addresses_that_no_database_takes_name_nothing(place: Place) -> None:
    """They are no fault of ours, whoever asks and on whichever database."""
    place.upload()
    for path in (
        "/simple/%00/",
        "/simple/acme-tools%00/",
        "/files/%00/%00",
        f"{FILE}/%00",
        "/projects/%00",
        "/projects/acme-tools/releases/1.0%00",
        f"/projects/acme-tools/releases/{'1' * 5000}",
    ):
        place.app.get(path, status=404)
    owner = place.enter("ada")
    owner.app.get("/projects/acme-tools/people/%00/remove", status=404)
    owner.app.get("/projects/acme-tools/files/%00/delete", status=404)
    owner.app.get("/projects/acme-tools/people/%00/withdraw", status=200)


def test_a_reason_that_no_database_takes_is_kept_without_what_it_does_not(place: Place) -> None:
    place.upload()
    owner = place.enter("ada")
    owner.get("/projects/acme-tools/releases/1.0/yank")
    csrf = owner.page.html.find(attrs={"name": "csrf_token"})["value"]
    form = {"csrf_token": csrf, "reason": "bro\x00ken"}
    owner.app.post("/projects/acme-tools/releases/1.0/yank", form, status=303)
    (release,) = place.catalogue.releases(place.project())
    assert release.files[0].yanked == "broken"
