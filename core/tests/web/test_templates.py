"""Templates: always escaped, never lenient, a host's only where the host says so."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.contracts import Field, Picture, Text
from ostiary.testing.locales import PseudoLocalization
from ostiary.web.page import Problem

from .conftest import Place, Starter, app_of

EVIL = "<script>\"'&"
STATIC = files("ostiary.web") / "static"
BASE = '{% extends "ostiary:web/templates/base.jinja" %}'
USE = '{% import "ostiary:web/templates/macros.jinja" as ui with context %}'
TITLE = "{% block page_title %}Title{% endblock %}"


def _main(body: str) -> str:
    return f"{BASE}{USE}{TITLE}{{% block main %}}{body}{{% endblock %}}"


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> str:
    """One kind is enough here: nothing depends on it."""
    shutil.copy(sqlite_template, tmp_path / "ostiary.db")
    return f"sqlite:///{tmp_path / 'ostiary.db'}"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A host's package with templates, ``host_of_tests:templates/``."""
    folder = tmp_path / "host_of_tests"
    (folder / "templates").mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder / "templates"
    sys.modules.pop("host_of_tests", None)


def _show(
    place: Place, package: Path, source: str, override: str | None = None, **values: Any
) -> str:
    (package / "page.jinja").write_text(source)

    def host(config: Configurator) -> None:
        config.add_route("page", "/page")
        config.add_view(
            lambda _request: values,
            route_name="page",
            renderer="host_of_tests:templates/page.jinja",
            permission=NO_PERMISSION_REQUIRED,
        )
        if override:
            config.override_asset(override, "host_of_tests:templates/other.jinja")

    text: str = app_of(place, host).get("/page").text
    return text


def test_nothing_is_markup_that_did_not_come_from_a_template(place: Place, package: Path) -> None:
    field = Field("name", Text("x", EVIL), "text", "username", Text("x", EVIL))
    shown = _show(
        place,
        package,
        _main(
            "{{ evil }}{{ ui.field(field, problems, evil) }}"
            "{{ ui.details([(evil, evil)]) }}{{ ui.table(evil, [evil, evil], [[evil, evil]]) }}"
            "{{ ui.empty(evil, evil, '/') }}{{ ui.button(evil) }}{{ ui.picture(picture) }}"
        ),
        evil=EVIL,
        field=field,
        problems=(Problem(Text("x", EVIL), "name"),),
        picture=Picture(b"<svg/>", Text("x", EVIL)),
    )
    assert EVIL not in shown
    assert shown.count("&lt;script&gt;&#34;&#39;&amp;") == 18
    assert "<script>" not in shown


def test_a_translator_cannot_add_markup(place: Place, package: Path) -> None:
    class Evil(PseudoLocalization):
        def say(self, text: Text, locale: str, /) -> str:
            return f"<b onclick=x>{super().say(text, locale)}</b>"

    shown = _show(
        place.with_parts(localization=Evil()), package, _main("{{ _('Hello') }}{{ ui.csrf() }}")
    )
    assert "<b onclick" not in shown
    assert "&lt;b onclick=x&gt;Hello&lt;/b&gt;" in shown


def test_an_unknown_name_is_a_fault(place: Place, package: Path) -> None:
    """A misspelt variable must not leave a hole in a page about security."""
    with pytest.raises(UndefinedError, match="misspelt"):
        _show(place, package, _main("{{ misspelt }}"))


def test_a_host_may_put_its_own_template_in_place_of_ours(place: Place, package: Path) -> None:
    (package / "other.jinja").write_text("Our own: {% block content %}{% endblock %}")
    layout = "ostiary:web/templates/layout.jinja"
    assert _show(place, package, _main("Main"), layout).startswith("Our own: ")


def test_pages_stand_in_the_hosts_layout(start: Starter, package: Path) -> None:
    """It offers the blocks title, head and content, and its own skip link and header."""
    (package / "layout.jinja2").write_text(
        "<title>{% block title %}{% endblock %}</title>{% block head %}{% endblock %}"
        "<main>{% block content %}{% endblock %}</main>{{ 'page'|route_path }}"
    )
    place = start(layout="host_of_tests:templates/layout.jinja2")
    shown = _show(place, package, _main("Main"))
    assert "<title>Title – Ostiary</title>" in shown
    assert "ostiary.css?v=" in shown
    assert re.search(r'<main>\s*<div class="ostiary" lang="en" dir="ltr">', shown)
    assert "o-header" not in shown
    assert shown.endswith("</main>/page")


def test_the_title_says_first_that_there_are_errors(place: Place, package: Path) -> None:
    problems = (Problem(Text("x", "Wrong.")),)
    assert "<title>Title – Ostiary</title>" in _show(place, package, _main(""))
    shown = _show(place, package, _main(""), problems=problems)
    assert "<title>Error: Title – Ostiary</title>" in shown
    assert shown.index('role="alert"') < shown.index("<h1>")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text", 'value="typed"'),
        ("password", 'type="password"'),
        ("code", 'inputmode="numeric"'),
    ],
)
def test_a_field_says_what_it_is_and_what_is_wrong(
    place: Place, package: Path, kind: str, expected: str
) -> None:
    """Secrets are never filled in again, and nothing cuts what is pasted."""
    field = Field("name", Text("x", "Label"), kind, "one-time-code", Text("x", "Hint"))
    problems = (Problem(Text("x", "Wrong."), "name"), Problem(Text("x", "Other."), "other"))
    shown = _show(
        place,
        package,
        _main('{{ ui.field(field, problems, "typed", prefix="p-") }}'),
        field=field,
        problems=problems,
    )
    assert expected in shown
    assert ('value="typed"' in shown) is (kind == "text")
    assert '<label for="field-p-name">Label</label>' in shown
    assert 'aria-describedby="field-p-name-hint field-p-name-problem" aria-invalid="true"' in shown
    assert 'autocomplete="one-time-code"' in shown
    assert "maxlength" not in shown
    assert "onpaste" not in shown


def test_no_page_has_inline_script_or_style(place: Place, package: Path) -> None:
    shown = _show(place, package, _main(""))
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", shown)


_PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right|top|bottom)[\w-]*"
    r"|(?:left|right|top|bottom|width|height|min-width|max-width|min-height|max-height)"
    r"|border-(?:top|bottom)-(?:left|right)-radius)\s*:"
    r"|:\s*(?:left|right)\s*[;}]"
    r"|(?:margin|padding|inset)\s*:\s*[^\s;}]+ +[^\s;}]+ +[^\s;}]+"
)


def test_styles_mirror_themselves() -> None:
    """Logical properties only: a left-hand margin would stay where it is in Arabic."""
    for sheet in (STATIC / "ostiary.css",):
        found = [m[0] for m in _PHYSICAL.finditer(sheet.read_text("utf-8"))]
        assert found == []


@pytest.mark.parametrize(
    "css", ["a { margin-left: 0 }", "a{left:0}", "a { text-align: left; }", "a{padding:0 1px 2px}"]
)
def test_the_search_for_physical_properties_finds_them(css: str) -> None:
    assert _PHYSICAL.search(css)


def test_every_asset_is_our_own() -> None:
    """No font, script or style of another site, and nothing that a policy would have to allow."""
    for name in ("ostiary.css", "ostiary.js"):
        text = (STATIC / name).read_text("utf-8")
        assert not re.search(r"https?:|@import|url\(|innerHTML|eval\(", text)


def test_a_page_of_a_request_without_a_route_is_still_a_page(place: Place) -> None:
    request = Request.blank("/nowhere", headers={"Accept": "text/html"})
    app = app_of(place, alone=True).app
    assert "o-header" in request.get_response(app).text
