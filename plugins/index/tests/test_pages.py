"""The pages: what they say, what they never run, and that all of it can be translated."""

from __future__ import annotations

import hashlib

from ostiary.store.tables import users
from ostiary.testing.houses import Houses
from ostiary.testing.untranslated import untranslated
from plugins.index.tests.conftest import CONTENT, MakePlace, Place

CONTENT_HASH = hashlib.sha256(CONTENT).hexdigest()
HOSTILE = "<script>alert(1)</script>\n\n[x](javascript:alert(1))\n    code & more"


def test_whoever_has_no_project_reads_how_to_begin(place: Place) -> None:
    browser = place.enter()
    browser.get("/projects")
    url = place.runtime.settings.public_url.origin + "/legacy/"
    assert f"twine upload --repository-url {url} --username __token__ dist/*" in browser.text
    assert "The first upload makes one." in browser.text


def test_whoever_has_projects_finds_them_in_the_menu_and_the_list(place: Place) -> None:
    place.upload()
    browser = place.enter()
    browser.get("/account")
    assert browser.page.html.find("nav", {"aria-label": "Account"}).find(href="/projects")
    browser.get("/projects")
    assert browser.page.html.find("main").find(href="/projects/acme-tools")
    assert "twine" not in browser.text


def test_a_description_is_shown_as_it_was_written_and_nothing_of_it_runs(place: Place) -> None:
    place.upload(description=HOSTILE, summary="<b>bold</b>")
    page = place.app.get("/projects/acme-tools", headers={"Accept": "text/html"})
    shown = page.html.find("div", {"class": "index-text"})
    assert shown.get_text() == HOSTILE
    assert shown.find() is None
    assert "<b>bold</b>" not in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_newest_final_release_that_is_not_yanked_is_shown(place: Place) -> None:
    for version in ("1.0", "1.1", "2.0rc1"):
        place.upload(f"acme_tools-{version}.tar.gz", summary=f"Summary of {version}")
    browser = place.enter()
    assert "Summary of 1.1" in browser.get("/projects/acme-tools").text
    browser.get("/projects/acme-tools/releases/1.1/yank")
    browser.submit(reason="")
    assert "Summary of 1.0" in browser.get("/projects/acme-tools").text
    assert "Yanked" in browser.text


def test_whoever_is_signed_in_has_their_menu_on_the_pages_of_a_project(place: Place) -> None:
    """It leads back to the list; who is not signed in has none."""
    place.upload()
    browser = place.enter()
    for path in ("", "/releases/1.0", "/releases/1.0/yank", "/people", "/leave", "/delete"):
        browser.get("/projects/acme-tools" + path)
        menu = browser.page.html.find("nav", {"aria-label": "Account"})
        assert menu.find(href="/projects")["aria-current"] == "true", path
    page = place.app.get("/projects/acme-tools", headers={"Accept": "text/html"})
    assert page.html.find("nav", {"aria-label": "Account"}) is None


def test_strangers_see_a_project_and_no_way_to_change_it(place: Place) -> None:
    place.upload()
    for path in ("/projects/acme-tools", "/projects/acme-tools/releases/1.0"):
        page = place.app.get(path, headers={"Accept": "text/html"})
        assert "ada" in page.html.find("main").get_text()
        for word in ("Delete", "Yank", "Decide who belongs", "Leave"):
            assert word not in page.html.find("main").get_text()


def test_people_whose_account_is_gone_are_named_so(place: Place) -> None:
    place.upload()
    assert place.runtime.accounts is not None
    with place.runtime.store.write() as unit:
        unit.execute(users.delete())
    page = place.app.get("/projects/acme-tools/releases/1.0", headers={"Accept": "text/html"})
    assert "an account that was deleted" in page.text


PAGES = (
    "/projects",
    "/projects/acme-tools",
    "/projects/acme-tools/people",
    "/projects/acme-tools/people/id-ada/remove",
    "/projects/acme-tools/people/id-bob/withdraw",
    "/projects/acme-tools/leave",
    "/projects/acme-tools/delete",
    "/projects/acme-tools/releases/1.0",
    "/projects/acme-tools/releases/1.0/yank",
    "/projects/acme-tools/releases/1.0/unyank",
    "/projects/acme-tools/releases/1.0/delete",
    "/projects/acme-tools/files/acme_tools-1.0.tar.gz/delete",
    "/simple/",
    "/simple/acme-tools/",
)


def test_no_word_of_a_page_stays_in_english(make_place: MakePlace) -> None:
    place = make_place(pseudo=True)
    place.upload()
    browser = place.enter(language="en-XA")
    for path in PAGES:
        browser.get(path)
        assert browser.page.status_int == 200
        names = (
            "acme_tools-1.0.tar.gz",
            "acme_tools",
            "acme-tools",
            "SHA-256",
            CONTENT_HASH,
            "ada",
        )
        assert untranslated(browser.page.html, names) == [], path


def test_it_stands_without_the_tokens_plugin(make_runtime: Houses) -> None:
    """And says nothing of pages that are not there."""
    place = Place(make_runtime("index"), make_runtime.events)
    place.made()
    text = place.enter().get("/projects/acme-tools").text
    assert "Tokens that reach it" not in text
    assert "What happened to it" not in text
