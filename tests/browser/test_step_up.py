"""Asked for a fresh proof in the middle of a form, and back at it, as a person goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import escape
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.contracts import Assurance, House
from ostiary.hookspecs import API, hookimpl
from ostiary.testing import looking
from ostiary.testing.browsers import axe
from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.sampling import sampled
from ostiary.testing.serving import Server
from tests.browser.people import PASSWORD, Meet, Person

WAYS = ("mouse", "no-scripts", "keyboard")
LATER = timedelta(minutes=16)
FRESH = Assurance(within=timedelta(minutes=15))

_HEAD = """<!DOCTYPE html><html lang="en"><title>Wish</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="{style}"><div class="ostiary">"""
_FORM = """<h1>Your wish</h1><form method="post" action="/wishes/send?from=garden">
<input type="hidden" name="csrf_token" value="{token}">
<label>Wish <input name="wish" autocomplete="off"></label>
<label>To go <input type="checkbox" name="more" value="a">
</label> <label>Too <input type="checkbox" name="more" value="b"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Send it</button></form>"""


def _head(request: Request) -> str:
    return _HEAD.format(style=request.static_path("ostiary:web/static/ostiary.css"))


def prove(person: Person) -> None:
    """Give the password: what was used last is asked for."""
    person.at("Confirm that it is you")
    person.hands.fill("Password", PASSWORD)
    person.hands.press("Continue")


def look(person: Person, way: str) -> None:
    """Hold the page to WCAG; axe itself needs scripts."""
    if way != "no-scripts":
        axe(person.page)
        looking.sound(person.page)


def wishes() -> object:
    """A plugin with a form, and a view for it that answers POST alone."""

    def ask(request: Request) -> Response:
        from pyramid.csrf import get_csrf_token

        return Response(_head(request) + _FORM.format(token=get_csrf_token(request)))

    def send(request: Request) -> Response:
        form = [pair for pair in request.POST.items() if pair[0] != "csrf_token"]
        said = escape(f"{request.GET['from']}: {form}")
        return Response(f"{_head(request)}<h1>Sent</h1><p>{said}")

    @hookimpl
    def includeme(config: Configurator, house: House) -> None:
        options: dict[str, Any] = {"permission": NO_PERMISSION_REQUIRED}
        config.add_route("wishes", "/wishes")
        config.add_view(ask, route_name="wishes", **options)
        config.add_route("wishes_send", "/wishes/send")
        config.add_view(
            send, route_name="wishes_send", request_method="POST", assurance=FRESH, **options
        )

    return SimpleNamespace(OSTIARY_API=API, OSTIARY_PATHS=("/wishes",), ostiary_includeme=includeme)


@pytest.fixture
def server(make_runtime: Houses, serve: Serve) -> Server:
    return serve(make_runtime("password", "totp", wishes(), pseudo=True, generous=True))


@pytest.fixture
def arrive(meet: Meet) -> Callable[[str], Person]:
    """Somebody with two ways to prove who they are, a quarter of an hour after they did."""

    def arrived(way: str) -> Person:
        person = meet(way=way)
        person.register()
        person.add_app()
        return person

    return arrived


@pytest.mark.parametrize("way", sampled(WAYS, 0, always=["keyboard"]))
def test_a_name_that_was_typed_is_there_after_the_proof(
    way: str, arrive: Callable[[str], Person]
) -> None:
    """The page itself, filled in; nothing was changed before it was sent by hand."""
    ada = arrive(way)
    ada.hands.follow("Rename Authenticator app")
    ada.hands.fill("New name", "Work phone – ä")
    ada.clock.advance(LATER)
    ada.hands.press("Save the name")
    ada.at("Confirm that it is you")
    look(ada, way)
    prove(ada)
    ada.at("Rename “Authenticator app”")
    expect(ada.page.get_by_label("New name")).to_have_value("Work phone – ä")
    look(ada, way)
    ada.hands.press("Save the name")
    ada.told("The name was changed.")
    assert ada.page.get_by_text("Work phone – ä").first.is_visible()


@pytest.mark.parametrize("way", sampled(WAYS, 0, always=["keyboard"]))
def test_a_form_that_its_page_cannot_show_is_shown_by_ours(
    way: str, arrive: Callable[[str], Person]
) -> None:
    """With everything but the secret, and sent to where it was meant for."""
    ada = arrive(way)
    ada.open("/wishes")
    ada.hands.fill("Wish", "A “tree” <b>")
    for box in ada.page.get_by_role("checkbox").all():
        box.check()
    ada.page.get_by_label("Password").fill("s3cret")
    ada.clock.advance(LATER)
    ada.hands.press("Send it")
    prove(ada)
    ada.at("Send your form")
    look(ada, way)
    assert "s3cret" not in ada.page.content()
    expect(ada.page.get_by_label("wish")).to_have_value("A “tree” <b>")
    ada.hands.fill("password", "again")
    ada.hands.press("Send")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Sent")
    sent = [("wish", "A “tree” <b>"), ("more", "a"), ("more", "b"), ("password", "again")]
    expect(ada.page.locator("p")).to_have_text(f"garden: {sent}")


def test_whoever_changes_their_mind_has_sent_nothing(arrive: Callable[[str], Person]) -> None:
    """And what was kept is not shown a second time, by Back or by the address."""
    ada = arrive("mouse")
    ada.open("/wishes")
    ada.hands.fill("Wish", "A tree")
    ada.clock.advance(LATER)
    ada.hands.press("Send it")
    prove(ada)
    ada.at("Send your form")
    address = ada.page.url
    ada.hands.follow("Cancel")
    ada.at("Your account")
    ada.page.goto(address)
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("This did not work")
    assert "A tree" not in ada.page.content()


def test_the_way_round_fits_and_is_mirrored(meet: Meet) -> None:
    """In ar-XB at 320 pixels: the question, and the form that is shown again."""
    ada = meet()
    ada.register()
    ada.open("/wishes")
    ada.hands.fill("Wish", "A tree " * 30)
    ada.clock.advance(LATER)
    ada.page.context.set_extra_http_headers({"Accept-Language": "ar-XB"})
    looking.resize(ada.page, looking.NARROW)
    ada.hands.press("Send it")
    ada.page.wait_for_url("**/step-up")
    for heading in range(2):
        assert ada.page.get_attribute("html", "dir") == "rtl"
        looking.fits(ada.page)
        axe(ada.page)
        if heading == 0:
            ada.page.fill("main [name=password]", PASSWORD)
            ada.page.click("main form button.o-primary")
            ada.page.wait_for_url("**/step-up/form?*")
