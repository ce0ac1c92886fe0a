"""What installers are given, as PEP 503, 592, 691 and 700 have it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from ostiary_index import simple
from ostiary_index.removing import Removing
from plugins.index.tests.conftest import CONTENT, MakePlace, Place, auth

PIP = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, "
    "text/html; q=0.01"
)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = f"/files/{SHA256}/acme_tools-1.0.tar.gz"


@pytest.fixture
def filled(place: Place) -> Place:
    place.upload(requires_python=">=3.11,<4")
    place.upload("acme_tools-1.10-py3-none-any.whl")
    place.upload("acme_tools-1.9-py3-none-any.whl")
    return place


def json_of(place: Place, path: str, **more: Any) -> Any:
    return place.app.get(path, headers={"Accept": PIP, **more}).json


def test_a_project_in_json(filled: Place) -> None:
    said = json_of(filled, "/simple/acme-tools/")
    assert said["meta"] == {"api-version": "1.1"}
    assert said["name"] == "acme-tools"
    assert said["versions"] == ["1.0", "1.9", "1.10"]
    (sdist,) = (file for file in said["files"] if file["filename"].endswith(".tar.gz"))
    assert sdist == {
        "filename": "acme_tools-1.0.tar.gz",
        "url": URL,
        "hashes": {"sha256": SHA256},
        "size": len(CONTENT),
        "requires-python": ">=3.11,<4",
        "upload-time": f"{filled.runtime.now():%Y-%m-%dT%H:%M:%SZ}",
    }


def test_a_project_in_html(filled: Place) -> None:
    answer = filled.app.get("/simple/acme-tools/", headers={"Accept": "text/html"})
    assert answer.content_type == "text/html"
    links = {link.get_text(): link for link in answer.html.find_all("a")}
    assert len(links) == 3
    sdist = links["acme_tools-1.0.tar.gz"]
    assert sdist["href"] == f"{URL}#sha256={SHA256}"
    assert sdist["data-requires-python"] == ">=3.11,<4"
    # Escaped, as PEP 503 asks.
    assert "&gt;=3.11,&lt;4" in answer.text
    version = answer.html.find("meta", {"name": "pypi:repository-version"})
    assert version["content"] == "1.1"


def test_all_projects(filled: Place) -> None:
    filled.made("Zebra.Crossing")
    assert json_of(filled, "/simple/") == {
        "meta": {"api-version": "1.1"},
        "projects": [{"name": "acme-tools"}, {"name": "zebra-crossing"}],
    }
    page = filled.app.get("/simple/")
    assert [link["href"] for link in page.html.find_all("a")] == [
        "/simple/acme-tools/",
        "/simple/zebra-crossing/",
    ]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (PIP, simple.JSON),
        ("*/*", "text/html"),
        (None, "text/html"),
        ("text/html", "text/html"),
        ("application/vnd.pypi.simple.v1+html", simple.HTML),
        ("text/html;q=0.1, application/vnd.pypi.simple.v1+json;q=0.2", simple.JSON),
        ("application/json", "text/html"),
        ("application/vnd.pypi.simple.v1+json" + ", a/b" * 9999, "text/html"),
        ("nonsense;;", "text/html"),
    ],
)
def test_what_is_asked_for_is_given(filled: Place, accept: str | None, kind: str) -> None:
    headers = {} if accept is None else {"Accept": accept}
    for path in ("/simple/", "/simple/acme-tools/"):
        assert filled.app.get(path, headers=headers).content_type == kind


@pytest.mark.parametrize(
    "path", ["/simple/acme-tools", "/simple/Acme_Tools/", "/simple/ACME.tools", "/simple"]
)
def test_other_spellings_lead_to_the_one(filled: Place, path: str) -> None:
    answer = filled.app.get(path, status=301, extra_environ={"HTTP_HOST": "evil.example"})
    origin = filled.runtime.settings.public_url.origin
    where = "/simple/" if path == "/simple" else "/simple/acme-tools/"
    assert answer.location == origin + where


def test_a_yanked_release_says_so_and_why(filled: Place) -> None:
    project = filled.project()
    removing = Removing(filled.runtime.house, filled.shelf, "id-ada")
    for version, why in (("1.0", 'broken "badly"'), ("1.9", "")):
        release = filled.catalogue.release(project, version)
        assert release is not None
        removing.yank(project, release, why)
    files = {file["filename"]: file for file in json_of(filled, "/simple/acme-tools/")["files"]}
    assert files["acme_tools-1.0.tar.gz"]["yanked"] == 'broken "badly"'
    assert files["acme_tools-1.9-py3-none-any.whl"]["yanked"] is True
    assert "yanked" not in files["acme_tools-1.10-py3-none-any.whl"]
    page = filled.app.get("/simple/acme-tools/")
    yanked = {link.get_text(): link.get("data-yanked") for link in page.html.find_all("a")}
    assert yanked == {
        "acme_tools-1.0.tar.gz": 'broken "badly"',
        "acme_tools-1.9-py3-none-any.whl": "",
        "acme_tools-1.10-py3-none-any.whl": None,
    }
    assert filled.app.get(URL).body == CONTENT


def test_a_file_is_to_be_kept_and_never_shown(filled: Place) -> None:
    answer = filled.app.get(URL)
    assert answer.body == CONTENT
    assert answer.content_type == "application/octet-stream"
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="acme_tools-1.0.tar.gz"'
    assert filled.app.head(URL).headers["Content-Length"] == str(len(CONTENT))


def test_caches_keep_a_public_file_for_good_and_nothing_else(
    filled: Place, make_place: MakePlace
) -> None:
    """Its content is in its address; what there is of a project changes, and a page may be for
    one person.
    """
    answer = filled.app.get(URL)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Vary" not in answer.headers
    assert filled.app.get("/simple/acme-tools/").headers["Cache-Control"] == "no-store"
    private = make_place(plugin__index__private="true")
    answer = private.app.get(URL, headers=auth("ada"))
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/simple/nothing/",
        f"/files/{SHA256}/nothing-1.0.tar.gz",
        f"/files/{'0' * 64}/acme_tools-1.0.tar.gz",
        f"/files/{SHA256}/..%2F..%2Fostiary.db",
        f"/files/..%2F..%2F{SHA256}/acme_tools-1.0.tar.gz",
    ],
)
def test_what_is_not_there_is_not_found(filled: Place, path: str) -> None:
    filled.app.get(path, status=404)


def test_a_file_that_the_disk_has_lost_is_not_found_and_logged(
    filled: Place, caplog: pytest.LogCaptureFixture
) -> None:
    filled.shelf.remove(SHA256, "acme_tools-1.0.tar.gz")
    filled.app.get(URL, status=404)
    assert "the file acme_tools-1.0.tar.gz is listed and not in the folder" in caplog.text


PATHS = ("/simple/", "/simple/acme-tools/", "/simple/nothing/", URL, "/files/0/nothing-1.tar.gz")


def test_a_private_index_tells_strangers_nothing(make_place: MakePlace) -> None:
    """Neither what there is nor what there is not."""
    place = make_place(plugin__index__private="true")
    place.upload()
    for path in PATHS:
        answer = place.app.get(path, headers={"Accept": PIP}, status=401)
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    for path in (*PATHS, "/projects/acme-tools", "/projects/nothing"):
        answer = place.app.get(path, headers={"Accept": "text/html"}, status=303)
        assert "/sign-in" in answer.location


def test_a_private_index_is_open_to_its_people(make_place: MakePlace) -> None:
    place = make_place(plugin__index__private="true")
    place.upload()
    place.user("bob")
    assert json_of(place, "/simple/acme-tools/", **auth("bob"))["name"] == "acme-tools"
    assert place.app.get(URL, headers=auth("bob")).body == CONTENT
    place.app.get("/simple/nothing/", headers=auth("bob"), status=404)
    for limit in ("read", "project:acme-tools"):
        assert place.app.get(URL, headers=auth(f"bob only {limit}")).body == CONTENT
    for limit in ("upload", "project:other"):
        place.app.get(URL, headers=auth(f"bob only {limit}"), status=403)
    assert place.enter("bob").get("/projects/acme-tools").status_int == 200
