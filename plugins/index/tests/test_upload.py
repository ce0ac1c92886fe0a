"""Uploads by the legacy API: taken, or refused with words that say what to do."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from ostiary.contracts import Outcome
from plugins.index.tests.conftest import ADDRESS, CONTENT, MakePlace, Place, auth, fields_of

WHEEL = "acme_tools-1.0-py3-none-any.whl"


def detail(answer: Any) -> str:
    """What a program is told; the reason phrase says the same."""
    assert answer.content_type == "application/problem+json"
    said = json.loads(answer.body)
    # The reason phrase is Latin-1 and short.
    assert answer.status.partition(" ")[2][:60] == said["detail"][:60].replace("“", "?").replace(
        "”", "?"
    )
    return str(said["detail"])


def test_the_first_upload_makes_the_project_and_is_there_to_install(place: Place) -> None:
    place.upload("Acme.Tools-1.0.tar.gz", name="Acme.Tools")
    project = place.project()
    assert (project.name, project.normalized) == ("Acme.Tools", "acme-tools")
    assert project.owners == ("id-ada",)
    (file,) = place.catalogue.releases(project)[0].files
    assert file.sha256 == hashlib.sha256(CONTENT).hexdigest()
    answer = place.app.get(f"/files/{file.sha256}/{file.filename}")
    assert answer.body == CONTENT


def test_an_upload_is_recorded_with_who_by_what_whence_and_whose_history(place: Place) -> None:
    place.upload()
    (made,) = place.events.of("project.created")
    (event,) = place.events.of("file.uploaded")
    for each in (made, event):
        assert each.outcome is Outcome.DONE
        assert (each.actor.user, each.actor.credential) == ("id-ada", "key-of-ada")
        assert each.client.address == ADDRESS
        assert each.resource is not None
        assert (each.resource.kind, each.resource.name) == ("project", "acme-tools")
        assert each.resource.owners == ("id-ada",)
    assert event.details == {
        "file": "acme_tools-1.0.tar.gz",
        "version": "1.0",
        "kind": "sdist",
        "size": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
    }


def test_the_very_same_file_again_is_fine_and_changes_nothing(place: Place) -> None:
    place.upload()
    place.upload()
    assert len(place.events.of("file.uploaded")) == 1
    assert place.filenames() == ["acme_tools-1.0.tar.gz"]


def test_another_file_of_the_same_name_is_a_conflict(place: Place) -> None:
    place.upload()
    answer = place.upload(content=b"other", status=409)
    assert "acme_tools-1.0.tar.gz already exists" in detail(answer)
    (event,) = place.refused()
    assert event.reason == "exists"
    assert event.details["sha256"] == hashlib.sha256(b"other").hexdigest()
    assert place.on_disk() == ["acme_tools-1.0.tar.gz"]


def test_wheels_and_sources_of_several_versions(place: Place) -> None:
    """A version is one release, however it is spelled (PEP 440)."""
    place.upload()
    place.upload(WHEEL)
    place.upload("acme_tools-1.0.0-py3-none-any.whl")
    place.upload("acme_tools-2.0rc1.tar.gz")
    releases = place.catalogue.releases(place.project())
    assert [(each.version, len(each.files)) for each in releases] == [("2.0rc1", 1), ("1.0", 3)]


UNFIT: list[tuple[str, dict[str, Any]]] = [
    (":action: ", {":action": "submit"}),
    ("protocol_version: ", {"protocol_version": "2"}),
    ("filetype: ", {"filetype": "bdist_egg"}),
    ("filetype: ", {"without": ("filetype",)}),
    ("name: ", {"name": "ä"}),
    ("name: ", {"name": "-a"}),
    ("name: ", {"name": "a" * 101}),
    ("name: ", {"without": ("name",)}),
    ("name: it was sent more than once", {"more": (("name", "b"),)}),
    ("version: ", {"version": "one"}),
    ("version: ", {"version": "1." + "0" * 99}),
    ("content: the file's name is not that of a sdist", {"filename": "acme_tools-1.0.zip"}),
    ("content: the file's name is not that of a sdist", {"filename": "acme_tools.tar.gz"}),
    ("content: the file's name is not that of a sdist", {"filename": "..-1.0.tar.gz"}),
    ("content: the file's name is not that of a sdist", {"filename": 'a"-1.0.tar.gz'}),
    ("content: the file's name is too long", {"filename": f"{'a' * 180}-1.0.tar.gz"}),
    ("content: the file's name is not that of b 1.0", {"name": "b"}),
    ("content: the file's name is not that of acme_tools 2.0", {"version": "2.0"}),
    ("content: the file's name is not that of a bdist_wheel", {"filetype": "bdist_wheel"}),
    ("sha256_digest: ", {"without": ("sha256_digest",)}),
    ("sha256_digest: the file that arrived has another digest", {"sha256_digest": "0" * 64}),
    ("md5_digest: ", {"md5_digest": "0" * 32}),
    ("blake2_256_digest: ", {"blake2_256_digest": "\u00e4"}),
    ("metadata_version: ", {"metadata_version": "9"}),
    ("metadata_version: ", {"without": ("metadata_version",)}),
    ("requires_python: ", {"requires_python": "new"}),
    ("requires_dist: ", {"requires_dist": "???"}),
    ("description_content_type: ", {"description_content_type": "text/html"}),
    ("summary: ", {"summary": "a\nb"}),
    ("classifiers: ", {"classifiers": "Private :: Do Not Upload"}),
    ("project_urls: ", {"project_urls": "https://example.org"}),
    ("project_urls: ", {"more": (("project_urls", "A, x"), ("project_urls", "A, y"))}),
    ("summary: it holds a character", {"summary": "a\x00b"}),
]


@pytest.mark.parametrize(("said", "form"), UNFIT, ids=lambda each: str(each)[:50])
def test_a_field_that_is_not_as_it_must_be_is_named(
    place: Place, said: str, form: dict[str, Any]
) -> None:
    form = dict(form)
    if "filename" in form:
        form = {**fields_of("acme_tools-1.0.tar.gz", CONTENT), **form}
    answer = place.upload(status=400, **form)
    assert detail(answer).startswith(said)
    (event,) = place.refused()
    assert event.reason == "unfit"
    assert place.catalogue.names() == ()
    assert place.on_disk() == []


def test_digests_are_compared_whatever_their_case(place: Place) -> None:
    place.upload(
        sha256_digest=hashlib.sha256(CONTENT).hexdigest().upper(),
        md5_digest=hashlib.md5(CONTENT, usedforsecurity=False).hexdigest(),
        blake2_256_digest=hashlib.blake2b(CONTENT, digest_size=32).hexdigest(),
    )


def test_a_digest_of_another_length_stands_for_nothing_by_itself(place: Place) -> None:
    """That of distutils is of 512 bits under the name of 256: not compared, and not enough."""
    long = hashlib.blake2b(b"other").hexdigest()
    place.upload(blake2_256_digest=long)
    answer = place.upload(
        "acme_tools-2.0.tar.gz", blake2_256_digest=long, without=("sha256_digest",), status=400
    )
    assert detail(answer).startswith("sha256_digest: send a digest")


def test_fields_as_clients_send_them_are_taken(place: Place) -> None:
    """What is empty, unknown, of an old version, or of no use here, harms nothing."""
    place.upload(
        more=(
            ("metadata_version", ""),
            ("classifiers", "Framework :: Pyramid"),
            ("classifiers", "Topic :: Security"),
            ("project_urls", "Home, https://example.org/home"),
            ("project_urls", "Bad, javascript:alert(1)"),
            ("license_file", "LICENSE"),
            ("provides_extra", "speed"),
            ("keywords", "a, b,c"),
            ("attestations", "[]"),
        ),
        metadata_version="1.0",
        home_page="UNKNOWN",
        author="UNKNOWN",
        requires_python=">=3.11",
        summary="Tools",
        description="# Tools\n\n    indented\n",
        pyversion="",
    )
    (release,) = place.catalogue.releases(place.project())
    assert release.summary == "Tools"
    assert release.description == "# Tools\n\n    indented\n"
    assert release.links == (("Home", "https://example.org/home"),)
    assert release.files[0].requires_python == ">=3.11"


def test_whoever_does_not_belong_to_a_project_is_told_so(place: Place) -> None:
    """The attempt is recorded, and not in the history of people who have no part in it."""
    place.upload()
    answer = place.upload(WHEEL, by="eve", status=403)
    assert "The project acme_tools belongs to others" in detail(answer)
    (event,) = place.refused()
    assert (event.reason, event.subject) == ("not-a-member", "id-eve")
    assert event.resource is not None
    assert event.resource.owners == ()
    assert place.filenames() == ["acme_tools-1.0.tar.gz"]


@pytest.mark.parametrize(
    "limit", ["upload", "project:other", "yank"], ids=lambda limit: f"only {limit}"
)
def test_a_limited_key_makes_no_project_that_it_has_no_room_for(place: Place, limit: str) -> None:
    answer = place.upload(by=f"ada only {limit}", status=403)
    assert f"This key is only for: {limit}." in detail(answer)
    assert place.catalogue.names() == ()
    (event,) = place.refused()
    assert event.reason == "permission"


@pytest.mark.parametrize("limit", ["upload", "project:acme-tools", "version:1"])
def test_a_limited_key_uploads_what_it_has_room_for(place: Place, limit: str) -> None:
    place.made("acme_tools")
    place.upload("Acme.Tools-1.0.tar.gz", by=f"ada only {limit}")


@pytest.mark.parametrize("limit", ["read", "project:other", "version:2", "create-project"])
def test_a_limited_key_uploads_nothing_else(place: Place, limit: str) -> None:
    place.made("acme_tools")
    answer = place.upload(by=f"ada only {limit}", status=403)
    assert "This key is only for" in detail(answer)
    assert place.filenames() == []
    (event,) = place.refused()
    assert event.resource is not None
    # Her own project: its owners see that somebody tried.
    assert event.resource.owners == ("id-ada",)


@pytest.mark.parametrize("headers", [{}, auth("")], ids=["none", "refused"])
def test_nobody_is_told_what_to_present(place: Place, headers: dict[str, str]) -> None:
    """Before the body is read: it is no multipart at all."""
    for path in ("/legacy/", "/legacy"):
        answer = place.app.request(
            path,
            method="POST",
            body=b"x",
            headers={**headers, "Content-Type": "multipart/form-data"},
            status=401,
        )
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        detail(answer)
    assert place.events.of("file.uploaded") == []


def test_a_session_uploads_nothing(place: Place) -> None:
    browser = place.enter()
    files = [("content", "acme_tools-1.0.tar.gz", CONTENT)]
    form = fields_of("acme_tools-1.0.tar.gz", CONTENT)
    browser.app.post("/legacy/", form, upload_files=files, status=415)
    token = browser.get("/projects").html.find("input", {"name": "csrf_token"})["value"]
    answer = browser.app.post("/legacy/", {**form, "csrf_token": token}, status=403)
    assert "with an API token" in detail(answer)
    assert place.catalogue.names() == ()


def send(place: Place, body: bytes, kind: str, *, status: int) -> Any:
    """Send this very body; WebTest would make a form of its own of it."""
    headers = {**auth("ada"), "Content-Type": kind}
    return place.app.request("/legacy/", method="POST", body=body, headers=headers, status=status)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\n"),
        ("", b""),
    ],
)
def test_a_body_that_is_no_form_is_refused(place: Place, kind: str, body: bytes) -> None:
    place.user()
    answer = send(place, body, kind, status=400)
    detail(answer)
    (event,) = place.refused()
    assert event.reason == "unreadable"


def test_a_form_without_a_file_or_with_two_is_refused(place: Place) -> None:
    place.user()
    form = fields_of("acme_tools-1.0.tar.gz", CONTENT)
    two = [("content", "acme_tools-1.0.tar.gz", CONTENT)] * 2
    for more in ({"content": "text"}, {}):
        answer = place.app.post(
            "/legacy/",
            {**form, **more},
            upload_files=[("gpg_signature", "a.asc", b"s")],
            headers=auth("ada"),
            status=400,
        )
        assert detail(answer).startswith("content: send exactly one file")
    answer = place.app.post("/legacy/", form, upload_files=two, headers=auth("ada"), status=400)
    assert detail(answer).startswith("content: send exactly one file")


def test_a_file_above_the_size_is_refused(make_place: MakePlace) -> None:
    place = make_place(plugin__index__max_size="1")
    place.upload(content=b"a" * 2**20)
    for size in (2**20 + 1, 2**22):
        answer = place.upload(WHEEL, content=b"a" * size, status=413)
        assert "this index takes" in detail(answer)
    assert [event.reason for event in place.refused()] == ["too-large"] * 2
    assert place.filenames() == ["acme_tools-1.0.tar.gz"]


def test_a_body_of_countless_parts_is_refused_soon(place: Place) -> None:
    place.user()
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    body = part * 20_000 + b"--b--"
    answer = send(place, body, "multipart/form-data; boundary=b", status=413)
    detail(answer)


def test_where_it_is_closed_no_upload_makes_a_project(make_place: MakePlace) -> None:
    place = make_place(plugin__index__closed="true")
    answer = place.upload(status=403)
    assert "There is no project acme_tools." in detail(answer)
    place.made("acme_tools")
    place.upload()
    assert place.filenames() == ["acme_tools-1.0.tar.gz"]


def test_hatch_looks_first_whether_there_is_an_index_below(place: Place) -> None:
    place.user()
    place.app.get("/legacy/%2Bsimple/acme-tools/", headers=auth("ada"), status=404)
    place.app.get("/legacy/", headers=auth("ada"), status=405)
