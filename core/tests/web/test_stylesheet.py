"""An operator's own colours: a style sheet that comes after ours, served with our headers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ostiary.accounts import Limit
from ostiary.contracts import SettingsError

from .conftest import Starter, app_of

OWN = ":root { --o-accent: #5b2a86 } /* ü */\n"
HTML = {"Accept": "text/html"}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.css"
    path.write_text(OWN, "utf-8")
    return path


def sheets(html: str) -> list[str]:
    return re.findall(r'<link rel="stylesheet" href="([^"]+)">', html)


def test_it_comes_after_ours_on_every_page_errors_included(start: Starter, own: Path) -> None:
    app = app_of(start(stylesheet=str(own)), alone=True)
    for path in ("/sign-in", "/nowhere"):
        ours, theirs = sheets(app.get(path, headers=HTML, status="*").text)
        assert ours.startswith("/ostiary-static/ostiary.css?")
        assert re.fullmatch(r"/ostiary-style\.css\?v=[0-9a-f]{16}", theirs)


@pytest.mark.parametrize("prefix", [None, "/auth"])
def test_it_is_a_file_for_everybody(start: Starter, own: Path, prefix: str | None) -> None:
    """CSS in UTF-8, which caches keep for a year, under the policy and with no cookie."""
    app = app_of(start(stylesheet=str(own)), prefix=prefix)
    address = sheets(app.get(f"{prefix or ''}/sign-in").text)[1]
    assert address.startswith(f"{prefix or ''}/ostiary-style.css")
    answer = app_of(start(stylesheet=str(own)), prefix=prefix).get(address)
    assert answer.text == OWN
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["Cache-Control"] == "max-age=31536000"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not {"Set-Cookie", "Content-Language", "Vary"} & set(answer.headers)


def test_what_is_served_is_what_the_address_says(start: Starter, own: Path) -> None:
    """Another content has another address, once the house has started with it."""
    app = app_of(start(stylesheet=str(own)), alone=True)
    (_, before) = sheets(app.get("/sign-in").text)
    own.write_text("p { color: red }")
    assert app.get(before).text == OWN
    (_, after) = sheets(app_of(start(stylesheet=str(own)), alone=True).get("/sign-in").text)
    assert after != before


@pytest.mark.parametrize("limit", list(Limit))
def test_who_must_first_add_a_factor_sees_it_too(start: Starter, own: Path, limit: Limit) -> None:
    place = start(stylesheet=str(own))
    app = app_of(place, alone=True)
    app.set_cookie("ostiary_session", place.session(place.user(), limit=limit))
    assert app.get("/ostiary-style.css", status=200).text == OWN


def test_without_one_there_is_no_such_address(start: Starter) -> None:
    app = app_of(start(), alone=True)
    assert len(sheets(app.get("/sign-in").text)) == 1
    assert app.get("/ostiary-style.css", status=404)


@pytest.mark.parametrize("folder", [True, False])
def test_one_that_cannot_be_read_stops_the_start(
    start: Starter, tmp_path: Path, folder: bool
) -> None:
    path = tmp_path / "missing.css"
    if folder:
        path.mkdir()
    with pytest.raises(SettingsError, match=r"^stylesheet: .*missing\.css cannot be read \("):
        app_of(start(stylesheet=str(path)), alone=True)


def test_one_that_is_no_text_stops_the_start(start: Starter, own: Path) -> None:
    own.write_bytes(OWN.encode("latin-1"))
    with pytest.raises(SettingsError, match="is not text in UTF-8"):
        app_of(start(stylesheet=str(own)), alone=True)
