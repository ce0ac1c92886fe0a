"""People at a browser: with a mouse, without scripts, or with the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import pyotp
from playwright.sync_api import ConsoleMessage, Page, expect

from ostiary.testing.clock import Clock
from ostiary.testing.outbox import Outbox
from ostiary.testing.usable import focused

PASSWORD = "correct horse battery staple"
STEP = timedelta(seconds=30)

# Chromium reports the status of the page itself as if it were an accident.
_OWN_STATUS = re.compile(
    r"Failed to load resource: the server responded with a status of (?P<status>[45]\d\d)"
)


class Hands(Protocol):
    """How a person uses a page."""

    def fill(self, label: str, text: str) -> None: ...
    def press(self, button: str) -> None: ...
    def begin(self, button: str) -> None: ...
    def unfold(self, summary: str) -> None: ...
    def follow(self, link: str) -> None: ...


@dataclass
class Mouse:
    """Points at things."""

    page: Page

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).first.click()

    begin = press  # What asks the browser for something, and may stay on the page.

    def unfold(self, summary: str) -> None:
        self.page.locator("summary", has_text=summary).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).first.click()


_MOST_TABS = 40


@dataclass
class Keyboard:
    """Has no mouse: Tab, Enter and typing, and must see at each step where the focus is."""

    page: Page

    def fill(self, label: str, text: str) -> None:
        self._tab_to("input", label)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)

    def press(self, button: str) -> None:
        self._tab_to("button", button)
        self._enter()

    def begin(self, button: str) -> None:
        self._tab_to("button", button)
        self.page.keyboard.press("Enter")

    def unfold(self, summary: str) -> None:
        self._tab_to("summary", summary)
        self.page.keyboard.press("Enter")

    def follow(self, link: str) -> None:
        self._tab_to("a", link)
        self._enter()

    def _enter(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _tab_to(self, tag: str, name: str) -> None:
        """Press Tab until it is reached; where the focus is on it already, there is no need."""
        passed = []
        for _ in range(_MOST_TABS):
            focus = focused(self.page)
            if focus["tag"] != "body":
                here = (focus["tag"], focus["name"])
                if here == (tag, name):
                    return
                passed.append(here)
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no {tag} {name!r} among {passed}")


@dataclass
class Person:
    """Somebody with a mail box and an authenticator app, at a page."""

    page: Page
    hands: Hands
    url: str
    clock: Clock
    outbox: Outbox
    name: str = "ada"
    secret: str = ""
    heard: list[str] = field(default_factory=list)
    braced: bool = False
    """Whether it is no news to them that a page answers with a fault of the server."""

    def listen(self) -> None:
        """Hear whatever the console says: pages give it no reason to say anything."""

        def hear(message: ConsoleMessage) -> None:
            own = message.location["url"].partition("?")[0] == self.page.url.partition("?")[0]
            # Somebody who is quick has clicked before the browser got to the focus.
            quick = message.text.startswith("Autofocus processing was blocked")
            status = _OWN_STATUS.match(message.text) if own else None
            if not quick and (status is None or (status["status"] >= "500" and not self.braced)):
                self.heard.append(f"{self.page.url}: {message.type}: {message.text}")

        self.page.on("console", hear)
        self.page.on("pageerror", lambda error: self.heard.append(f"{self.page.url}: {error}"))

    @property
    def address(self) -> str:
        return f"{self.name}@example.org"

    @property
    def code(self) -> str:
        """What the authenticator app shows now."""
        return pyotp.TOTP(self.secret).at(self.clock())

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def at(self, heading: str) -> None:
        """This page is shown, and nothing is wrong."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        assert not self.page.title().startswith("Error: "), self.page.inner_text("main")

    def told(self, text: str) -> None:
        expect(self.page.locator(".o-notice").first).to_contain_text(text)

    def refused(self, text: str) -> None:
        """The page says what is wrong, first thing."""
        expect(self.page.get_by_role("alert")).to_contain_text(text)
        assert self.page.title().startswith("Error: ")

    def cookies(self) -> dict[str, str]:
        return {each["name"]: each["value"] for each in self.page.context.cookies()}

    def register(self) -> None:
        self.open("/")
        self.hands.follow("Create an account")
        self.hands.fill("User name", self.name)
        self.hands.fill("Email address", self.address)
        self.hands.fill("Password", PASSWORD)
        self.hands.press("Create the account")
        self.at("Your account")

    def confirm_address(self) -> None:
        (mail,) = self.outbox.to(self.address)
        self.page.goto(mail.link)
        self.hands.press("Confirm this address")
        self.told("Your email address is confirmed.")

    def add_app(self) -> None:
        self.hands.follow("Security")
        self.hands.follow("Add authenticator app")
        self.at("Add authenticator app")
        self.secret = self.page.inner_text("main code").replace(" ", "")
        self.hands.fill("Code", self.code)
        self.hands.press("Add authenticator app")
        self.told("“Authenticator app” was added.")

    def sign_out(self) -> None:
        self.hands.press("Sign out")
        self.told("You are signed out.")

    def give_password(self) -> None:
        self.open("/")
        self.hands.follow("Sign in")
        self.hands.fill("User name or email address", self.name)
        self.hands.fill("Password", PASSWORD)
        self.hands.press("Sign in")

    def give_code(self, code: str | None = None) -> None:
        self.hands.fill("Code", code or self.code)
        self.hands.press("Continue")


Meet = Callable[..., Person]
