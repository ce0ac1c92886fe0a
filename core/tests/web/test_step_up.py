"""Whoever has proved too little proves more, and comes back to the form as it was filled in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from .stepping import (
    CARD,
    HTML,
    PIN,
    Browser,
    Desk,
    Opens,
)

FORM = [("title", "Ä & <b>"), ("tag", "one"), ("tag", "two"), ("text", "a\r\nb")]


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


# What is kept, and for whom.


def test_nothing_is_kept_of_a_form_that_fails_its_csrf_check(ada: Browser, desk: Desk) -> None:
    """Neither without the token, nor from another site: else a stranger could fill in forms."""
    assert ada.post("/note", FORM, token=None).status_int == 400
    assert ada.post("/note", FORM, token="x" * 86).status_int == 400
    evil = {"Origin": "https://evil.example"}
    assert ada.post("/note", FORM, headers=evil).status_int == 400
    # A view that does without the check is led to the proofs, and loses what it was sent.
    page = ada.post("/open", FORM, token=None)
    assert (page.status_int, desk.kept()) == (413, 0)
    assert "could not be kept" in page.text
    ada.post("/open", FORM)
    assert (ada.to, desk.kept()) == ("/step-up", 1)


def test_secrets_and_our_own_fields_are_not_kept(ada: Browser, desk: Desk) -> None:
    secrets = ("password", "new_password", "apiKey", "code", "otp2", "clientSecret", "CSRF", "pin")
    ada.post("/note", [*FORM, *((name, "s3cret") for name in secrets), ("challenge", "h")])
    ada.prove()
    assert typed(ada.follow()) == [*FORM, ("challenge", "h")]


@pytest.mark.parametrize("name", ["postcode", "keyboard", "pinned", "country", "encoded", "note"])
def test_a_name_that_merely_contains_such_a_word_is_no_secret(ada: Browser, name: str) -> None:
    ada.post("/note", [(name, "kept")])
    ada.prove()
    assert typed(ada.follow()) == [(name, "kept")]


@pytest.mark.usefixtures("closed_files")
def test_files_are_left_out_and_asked_for_again(ada: Browser, desk: Desk) -> None:
    upload = [("report", "report.txt", b"of nobody's business")]
    headers = ada.headers
    fields = [("title", "t"), ("csrf_token", ada.token)]
    ada.page = ada.app.post("/send", fields, upload_files=upload, headers=headers, status="*")
    ada.prove()
    page = ada.follow()
    form = next(each for each in page.forms.values() if "title" in each.fields)
    assert form.enctype == "multipart/form-data"
    assert page.html.find("input", attrs={"name": "report"})["type"] == "file"
    assert "nobody" not in page.text


def test_what_is_kept_is_sealed(ada: Browser, desk: Desk) -> None:
    ada.post("/note", [("title", "a-word-in-clear")])
    with desk.runtime.store.read() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM ostiary_kept").all()
    sealed = [bytes(value) for value in row if not isinstance(value, str | datetime)]
    assert len(sealed) == 1
    assert b"a-word-in-clear" not in sealed[0]


def test_a_kept_form_is_for_the_session_and_the_browser_that_sent_it(
    ada: Browser, desk: Desk
) -> None:
    """Another user, another session, another browser with the same session: nothing."""
    ada.post("/note", FORM)
    ada.prove()
    address, cookies = ada.to, dict(ada.app.cookies)
    bob = desk.browser(desk.user("bob", PIN), PIN)
    again = desk.browser(ada.user, PIN)
    stolen = desk.nobody()
    stolen.set_cookie("ostiary_session", cookies["ostiary_session"])
    moved = desk.nobody()
    for name, value in cookies.items():
        moved.set_cookie(name, value)
    moved.set_cookie("ostiary_session", desk.session(ada.user, PIN))
    for thief in (bob.app, again.app, stolen, moved):
        page = thief.get("/split?" + address.partition("?")[2], headers=HTML, status="*")
        assert (page.status_int, page.json["typed"]) == (200, [])
    assert desk.kept() == 1


def test_a_kept_form_goes_with_the_step_up_that_it_waits_for(ada: Browser, desk: Desk) -> None:
    ada.post("/send", FORM)
    ada.prove()
    desk.clock.advance(timedelta(minutes=10))
    page = ada.follow()
    assert page.status_int == 404
    assert "kept for too long" in page.text
    assert desk.kept() == 0


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\x00", "ä" * 43, "A" * 5000])
def test_a_token_of_nothing_shows_nothing(ada: Browser, token: str) -> None:
    page = ada.app.get("/step-up/form", {"ostiary_kept": token}, headers=HTML, status=404)
    assert "Nothing was sent" in page.text
    assert typed(ada.app.get("/split", {"ostiary_kept": token}, headers=HTML)) == []


def test_a_hosts_query_may_be_anything(desk: Desk) -> None:
    """Also what is not UTF-8: it is the host's to read, or not."""
    ada = desk.browser(desk.user("ada", PIN), PIN, ago=timedelta(0))
    for query in ("%FF=%FF", "ostiary_kept=%FF", "%E4&ostiary_kept", "&&=&;"):
        page = ada.get(f"/plain?{query}")
        assert page.status_int in {200, 303}, query


def test_two_tabs_do_not_swap_their_forms(ada: Browser, desk: Desk) -> None:
    """The later step-up is the one that goes on; the earlier's question is answered no more."""
    ada.post("/note", [("title", "first")])
    page = ada.get("/step-up?with=pin")
    first = next(each for each in page.forms.values() if "answer" in each.fields)
    ada.post("/send", [("title", "second")])
    first["answer"] = "pin"
    refused = first.submit(headers=HTML, status="*")
    assert (refused.status_int, "used already" in refused.text) == (403, True)
    ada.prove()
    assert ada.to.startswith("/step-up/form?")
    page = ada.follow()
    assert "second" in page.text
    assert "first" not in page.text


def test_a_step_up_gives_the_session_a_new_id(ada: Browser) -> None:
    """Whoever fixed or saw the old one has nothing of what was proved (ASVS 5.0, 7.2.4)."""
    old = ada.app.cookies["ostiary_session"]
    ada.post("/note", FORM)
    ada.prove()
    assert ada.app.cookies["ostiary_session"] != old
    ada.app.set_cookie("ostiary_session", old)
    assert "sign-in" in ada.get("/note").location


# What cannot be kept.


def test_a_form_that_cannot_be_kept_is_not_lost_without_a_word(ada: Browser, desk: Desk) -> None:
    """Too large, too many fields: the page says so while the form is still one step back."""
    for form in ([("text", "x" * 70_000)], [(f"f{n}", "") for n in range(10_000)]):
        page = ada.post("/note?a=1", form)
        assert (page.status_int, desk.kept()) == (413, 0)
        assert "Your form could not be kept" in page.text
    ada.click("Show that it is you")
    assert ada.to == "/step-up"
    ada.prove()
    assert ada.to == "/note?a=1"


def test_only_so_many_forms_wait_for_one_person(ada: Browser, desk: Desk) -> None:
    bob = desk.browser(desk.user("bob", PIN), PIN)
    for number in range(10):
        assert ada.post("/note", [("n", str(number))]).status_int == 303
    assert ada.post("/note", FORM).status_int == 413
    assert bob.post("/note", FORM).status_int == 303
    assert desk.kept() == 11
    desk.clock.advance(timedelta(minutes=10))
    assert ada.post("/note", FORM).status_int == 303
    assert desk.kept() == 1


@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: x=1", '"><script>', "a\x00b", "\u202egnp", "[a][0]", "n" * 2000]
)
def test_whatever_a_field_is_called_it_is_only_text(ada: Browser, name: str) -> None:
    ada.post("/send", [(name, "v")])
    ada.prove()
    page = ada.follow()
    assert (page.status_int, "Set-Cookie" in page.headers) == (200, False)
    assert not page.html.select("main script")
    shown = page.html.select_one("main form .o-field input")
    assert " ".join(shown["name"].split()) == " ".join(name.split())


@pytest.mark.parametrize("way", ["pin", "card"])
def test_after_a_wrong_answer_the_way_that_was_chosen_is_asked_again(desk: Desk, way: str) -> None:
    """Also where the other one was asked before, or after."""
    user = desk.user("ada", PIN, CARD)
    ada = desk.browser(user, PIN, CARD)
    ada.get("/note")
    for each in ("card", "pin"):
        ada.get(f"/step-up?with={each}")
    page = ada.get(f"/step-up?with={way}")
    form = next(each for each in page.forms.values() if "answer" in each.fields)
    form["answer"] = "wrong"
    page = form.submit(headers=HTML, status="*")
    assert "That is wrong." in page.text
    (again,) = [each for each in page.forms.values() if "answer" in each.fields]
    assert again["with"].value == way
    assert again["challenge"].value == form["challenge"].value


# What an enrolment has shown: a key, codes.


def enrolling(desk: Desk, minutes: int) -> tuple[Browser, str]:
    """Somebody was shown something a while ago, and says that they have it: they prove more."""
    minute = timedelta(minutes=1)
    user = desk.user("ada", PIN, CARD)
    ada = desk.browser(user, PIN, CARD, ago=14 * minute)
    page = ada.get("/account/security/add/seal")
    form = next(each for each in page.forms.values() if "answer" in each.fields)
    desk.clock.advance(minutes * minute)
    form["answer"] = "seal"
    ada.page = form.submit(headers=HTML, status="*")
    assert ada.to == "/step-up"
    ada.prove("card")
    return ada, form["challenge"].value


def test_what_an_enrolment_showed_still_counts_after_a_step_up(desk: Desk) -> None:
    """Who has printed codes, or scanned a key, must not come back to others without a word."""
    ada, shown = enrolling(desk, minutes=2)
    page = ada.follow()
    assert "There is a problem" not in page.text
    form = next(each for each in page.forms.values() if "answer" in each.fields)
    assert form["challenge"].value == shown
    form["answer"] = "seal"
    ada.page = form.submit(headers=HTML, status="*")
    assert ada.to == "/account/security"


def test_where_it_counts_no_more_the_page_says_so(desk: Desk) -> None:
    ada, shown = enrolling(desk, minutes=11)
    page = ada.follow()
    alert = page.html.select_one("[role=alert]").get_text()
    assert "what it showed before does not count any more" in alert
    form = next(each for each in page.forms.values() if "answer" in each.fields)
    assert form["challenge"].value != shown


def test_an_enrolment_belongs_to_its_session_still(desk: Desk) -> None:
    """It moved along with this one, and not to another one of the same person."""
    ada, shown = enrolling(desk, minutes=2)
    ada.follow()
    other = desk.browser(ada.user, PIN, CARD, ago=timedelta(minutes=1))
    page = other.get("/account/security/add/seal")
    form = next(each for each in page.forms.values() if "answer" in each.fields)
    assert form["challenge"].value != shown
    form["challenge"], form["answer"] = shown, "seal"
    refused = form.submit(headers=HTML, status="*")
    assert "used already or was open for too long" in refused.text


# Where one comes back to.


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "/%2F/evil.example", "/%5Cevil.example", "/%09/x"]
)
def test_no_address_leads_away(opens: Opens, path: str) -> None:
    desk = opens(wild=True)
    ada = desk.browser(desk.user("ada", PIN), PIN)
    ada.page = ada.app.get("/x", headers=HTML, extra_environ={"PATH_INFO": path}, status="*")
    assert ada.to == "/step-up"
    assert ada.prove().location in {
        "http://localhost:6543/account",
        f"http://localhost:6543{path}",
    }
    again = desk.browser(ada.user, PIN)
    environ = {"PATH_INFO": path}
    fields = [*FORM, ("csrf_token", again.token)]
    again.page = again.app.post("/x", fields, headers=HTML, extra_environ=environ, status="*")
    assert (again.page.status_int, desk.kept()) == (413, 0)
    again.click("Show that it is you")
    assert again.prove().location == "http://localhost:6543/account"
