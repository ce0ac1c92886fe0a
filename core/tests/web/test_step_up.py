"""Whoever has proved too little proves more, and comes back to the form as it was filled in."""

from __future__ import annotations

from typing import Any

import pytest

from ostiary.testing.clock import Clock
from ostiary.testing.houses import Houses

from .stepping import CARD, FRESH, PIN, SCRATCH, SEAL, Browser, Desk, Opens, host

FORM = [("title", "Ä & <b>"), ("tag", "one"), ("tag", "two"), ("text", "a\r\nb")]


@pytest.fixture
def opens(make_runtime: Houses, clock: Clock) -> Opens:
    """Opens a host whose views ask for something."""

    def opening(asked: Any = FRESH, **settings: Any) -> Desk:
        runtime = make_runtime(
            PIN, CARD, SCRATCH, SEAL, generous=True, public_url="http://localhost:6543", **settings
        )
        return Desk(runtime, clock, host(asked))

    return opening


@pytest.fixture
def desk(opens: Opens) -> Desk:
    return opens()


@pytest.fixture
def ada(desk: Desk) -> Browser:
    return desk.browser(desk.user("ada", PIN), PIN)


def typed(page: Any) -> list[tuple[str, str]]:
    assert page.status_int == 200, page.text
    return [(name, value) for name, value in page.json["typed"]]


def test_who_opens_a_page_comes_back_to_its_address_with_its_query(ada: Browser) -> None:
    ada.get("/note?a=1&b=%C3%A4&a=2")
    assert ada.to == "/step-up"
    ada.prove()
    assert ada.to == "/note?a=1&b=%C3%A4&a=2"
    assert ada.follow().json["page"] == "GET"


def test_a_form_comes_back_as_it_was_filled_in_and_is_sent_by_hand(
    ada: Browser, desk: Desk
) -> None:
    """The page itself, with all its fields, also those that came twice; once."""
    ada.post("/note?x=1", FORM)
    assert (ada.to, desk.kept()) == ("/step-up", 1)
    ada.prove()
    assert ada.to.startswith("/note?x=1&ostiary_kept=")
    back = ada.to
    assert typed(ada.follow()) == FORM
    assert ada.page.json["page"] == "GET"
    assert desk.kept() == 0
    assert typed(ada.get(back)) == []
    sent = ada.post("/note?x=1", FORM)
    assert (sent.json["page"], typed(sent)[:4]) == ("POST", FORM)


def test_a_page_of_ours_shows_what_a_view_for_post_alone_was_sent(ada: Browser) -> None:
    """Without scripts, with a fresh token, to the address that it was meant for."""
    ada.post("/send?x=1", [*FORM, ("password", "p"), ("shade", "red")])
    ada.prove()
    assert ada.to.startswith("/step-up/form?ostiary_kept=")
    page = ada.follow()
    assert page.status_int == 200
    assert page.headers["Cache-Control"] == "no-store"
    form = next(each for each in page.forms.values() if "title" in each.fields)
    assert (form.action, form.method) == ("/send?x=1", "post")
    shown = [(name, value.replace("\r\n", "\n")) for name, value in form.submit_fields()]
    assert shown[1:] == [
        ("title", "Ä & <b>"),
        ("tag", "one"),
        ("tag", "two"),
        ("text", "a\nb"),
        ("password", ""),
        ("shade", ""),
    ]
    for field in page.html.select("main form .o-field :is(input, textarea)"):
        assert page.html.find("label", attrs={"for": field["id"]}).get_text(strip=True)
    form["title"] = "another"
    ada.page = form.submit(headers=ada.headers)
    assert ("title", "another") in typed(ada.page)
    assert "Secrets and files were not kept" in page.text


def test_a_page_that_does_not_show_the_form_again_gives_way_to_ours(ada: Browser) -> None:
    ada.post("/plain", FORM)
    ada.prove()
    assert ada.to.startswith("/plain?ostiary_kept=")
    ada.follow()
    assert ada.to.startswith("/step-up/form?ostiary_kept=")
    assert "Ä &amp; &lt;b&gt;" in ada.follow().text


def test_a_view_for_post_says_that_another_shows_the_form_again(ada: Browser) -> None:
    ada.post("/split", FORM)
    ada.prove()
    assert ada.to.startswith("/split?ostiary_kept=")
    assert typed(ada.follow()) == FORM
