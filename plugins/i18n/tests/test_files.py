"""Transifex by files, against an API of the recorded shapes; the library's own code runs."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from babel.messages import Catalog as PoCatalog
from babel.messages.pofile import read_po

from ostiary_i18n.platforms import PlatformError, Pushed
from ostiary_i18n.platforms import files as module
from ostiary_i18n.platforms.files import TransifexFiles
from ostiary_i18n.working.packages import Package

from .conftest import Books, po
from .servers import TOKEN, Answer, Files, as_json, serving

RESOURCE = "o:acme:p:site:r:acme"
TEMPLATE = po(
    [
        ("Hello", ""),
        '#. [critical]\nmsgctxt "verb"\nmsgid "Open"\nmsgstr ""\n',
        '#. [critical]\nmsgid "Refused"\nmsgstr ""\n',
    ]
).encode()


@pytest.fixture
def api() -> Files:
    """The project, which has no resource yet."""
    return Files()


@pytest.fixture
def host(api: Files) -> Iterator[str]:
    with serving(api) as address:
        api.address = address
        yield address


@pytest.fixture
def package(books: Books) -> Package:
    return Package("acme", books.folder, books.folder / "acme", "Acme")


def platform(host: str, token: str = TOKEN, patience: float = 0.5) -> TransifexFiles:
    return TransifexFiles(token, host, "acme", "site", patience=patience, pause=0.01)


def push(host: str, package: Package, **more: object) -> Pushed:
    template: PoCatalog = read_po(BytesIO(TEMPLATE))
    return platform(host, **more).push(package, template, TEMPLATE)  # type: ignore[arg-type]


def test_a_template_becomes_a_resource_with_tags(api: Files, host: str, package: Package) -> None:
    """What is there already keeps its other tags, and nothing is tagged twice."""
    api.strings = [
        {"type": "resource_strings", "id": name, "attributes": attributes}
        for name, attributes in (
            ("s1", {"key": "Hello", "context": "", "tags": []}),
            ("s2", {"key": "Open", "context": "verb", "tags": ["short"]}),
            ("s3", {"key": "Open", "context": "", "tags": []}),
            ("s4", {"key": "Refused", "context": "", "tags": ["critical"]}),
        )
    ]
    assert push(host, package) == Pushed("acme", created=2, updated=1, deleted=0)
    assert api.resources == {RESOURCE}
    (sent,) = api.uploads
    assert TEMPLATE in sent
    assert RESOURCE.encode() in sent
    assert api.tagged == {"s2": ["short", "critical"]}


def test_a_catalog_becomes_the_translations_of_a_language(
    api: Files, host: str, package: Package
) -> None:
    """The fields of ``resource_translations_async_uploads`` (API v3)."""
    content = po([("Hello", "你好")]).encode()
    found = platform(host).push_translations(package, "zh_Hans", content)
    assert found == Pushed("acme", created=3, updated=1, deleted=0, locale="zh_Hans")
    (sent,) = api.catalogs
    assert content in sent
    for field, value in (("resource", RESOURCE), ("language", "l:zh-Hans")):
        assert f'name="{field}"\r\n\r\n{value}\r\n'.encode() in sent


def test_reviewed_translations_come_as_a_file(api: Files, host: str, package: Package) -> None:
    """The token goes to the API, and not to where the file is."""
    api.resources = {RESOURCE}
    api.translations["zh-Hans"] = "é".encode() * 10
    assert platform(host).pull(package, "zh_Hans") == "é".encode() * 10
    (asked,) = api.downloads
    assert asked["attributes"]["mode"] == "onlyreviewed"
    (fetched,) = [each for each in api.seen if each.path.startswith("/signed/")]
    assert "Authorization" not in fetched.headers


def test_a_language_that_is_not_there_is_none(api: Files, host: str, package: Package) -> None:
    api.resources = {RESOURCE}
    assert platform(host).pull(package, "pt_BR") is None
    assert api.downloads[0]["relationships"]["language"]["data"]["id"] == "l:pt_BR"


def test_a_project_that_is_not_there_is_a_fault(host: str, package: Package) -> None:
    with pytest.raises(PlatformError, match="knows no such project or language"):
        platform(host).pull(package, "de")


@pytest.mark.parametrize(
    ("statuses", "says"),
    [
        (["failed"], "Transifex could not do it: line 3 is no PO"),
        (["pending"], "has not finished within 0.5 seconds"),
    ],
)
def test_a_job_that_does_not_end_well_says_so(
    api: Files, host: str, package: Package, statuses: list[str], says: str
) -> None:
    api.statuses = statuses
    with pytest.raises(PlatformError, match=says):
        push(host, package)
    with pytest.raises(PlatformError, match=says):
        platform(host).push_translations(package, "de", b"")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Answer(503, b"<html>down</html>"), "answers with the status 503"),
        (Answer(429), "is asked too often"),
        (Answer(200, b"<html>"), "is no answer of its API"),
        (as_json({"data": None}), "is no answer of its API"),
        (Answer(200, b"x" * 99, cut=40), "broke off"),
        (Answer(200, hangs=True), "does not answer"),
    ],
)
def test_whatever_goes_wrong_is_said(
    api: Files,
    host: str,
    package: Package,
    monkeypatch: pytest.MonkeyPatch,
    fault: Answer,
    says: str,
) -> None:
    monkeypatch.setattr(module, "_TIMEOUT", (0.2, 0.2))
    api.fault = fault
    with pytest.raises(PlatformError, match=says):
        push(host, package)


def test_a_bad_token_is_named_and_not_shown(host: str, package: Package) -> None:
    with pytest.raises(PlatformError, match=r"refuses the token.*transifex_token") as error:
        push(host, package, token="1/wrong")
    assert "wrong" not in str(error.value)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Answer(200, b"x" * 1000, cut=500), "broke off"),
        (Answer(403), "does not let this token"),
    ],
)
def test_a_file_that_does_not_come_whole_is_not_taken(
    api: Files, host: str, package: Package, fault: Answer, says: str
) -> None:
    api.resources, api.translations["de"], api.file_fault = {RESOURCE}, b"", fault
    with pytest.raises(PlatformError, match=says):
        platform(host).pull(package, "de")


def test_what_cannot_be_reached_is_said(package: Package) -> None:
    with serving(lambda _request: Answer(200)) as gone:
        pass
    with pytest.raises(PlatformError, match="cannot be reached"):
        push(gone, package)
