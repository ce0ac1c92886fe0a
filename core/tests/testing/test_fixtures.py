"""The kit's fixtures, used as an author of a plugin would."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ostiary.testing.browsers import axe
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events, Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.serving import Server
from ostiary.testing.visiting import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "correct horse battery staple"


def register(visitor: Visitor, name: str = "ada") -> None:
    visitor.get("/register")
    visitor.submit(name=name, address=f"{name}@example.org", password=PASSWORD)


def test_a_person_registers_and_confirms_the_address(
    client: Visitor, outbox: Outbox, events: Events
) -> None:
    register(client)
    assert client.path == "/account"
    mail = outbox.last
    assert mail.to == "ada@example.org"
    client.get(mail.link)
    client.submit()
    assert "confirmed" in client.text
    assert [event.type for event in events.all][-1] == "address.verified"
    assert outbox.to("bob@example.org") == ()


def test_time_stands_until_it_is_moved(client: Visitor, clock: Clock) -> None:
    register(client)
    clock.advance(timedelta(hours=1))
    assert client.get("/account").status_int == 200
    clock.advance(timedelta(days=1))
    client.get("/account")
    assert client.path == "/sign-in"


def test_a_house_speaks_a_pseudo_locale(make_runtime: Houses) -> None:
    runtime = make_runtime("password", pseudo=True)
    visitor = Visitor(runtime, language="en-XA")
    visitor.get("/sign-in")
    assert visitor.page.html.h1.get_text().startswith("[Š")


@pytest.mark.browser
def test_a_browser_sees_the_served_house(server: Server, page: Page) -> None:
    page.goto(server.url + "/sign-in")
    assert page.title().startswith("Sign in")
    axe(page)


@pytest.mark.browser
def test_axe_names_what_keeps_people_out(page: Page) -> None:
    page.set_content("<html lang=en><title>t</title><main><h1>t</h1><img src=x></main></html>")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)
