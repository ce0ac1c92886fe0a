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
