"""Journeys with the keyboard alone, read as a screen reader would: each page's accessibility tree.

What is read is kept beside this file. After a change that is meant, `OSTIARY_TRANSCRIPTS=write`
writes it anew; look at what changed, as whoever hears it would.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.serving import Server
from ostiary_tokens.caveats import written
from ostiary_tokens.narrowing import attenuated
from tests.browser.people import STEP, Meet, Person
from tests.browser.uploading import upload

KEPT = Path(__file__).parent / "transcripts"

# What is different each time.
_MASKS = (
    (re.compile(r"\b[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}\b"), "(the setup key)"),
    (re.compile(r"otpauth://\S+|\S*otpauth\S*"), "(a link to the app)"),
    (re.compile(r"\b[a-z0-9]{4}(?:-[a-z0-9]{4}){3}\b"), "(a recovery code)"),
    (re.compile(r"\bost-[\w-]+"), "(the token)"),
    (re.compile(r"localhost:\d+"), "localhost"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b"), "(a number)"),
    (re.compile(r"HeadlessChrome|Chrome"), "Chromium"),
)


@dataclass
class Reader:
    """Somebody who hears the pages."""

    person: Person
    pages: list[str] = field(default_factory=list)

    def reads(self) -> None:
        """Hear the page: its title, then all that is in its main part, in order."""
        page = self.person.page
        page.wait_for_load_state()
        heard = page.locator("main").aria_snapshot()
        for pattern, mask in _MASKS:
            heard = pattern.sub(mask, heard)
        # Addresses of links are not read.
        lines = [line for line in heard.splitlines() if not line.strip().startswith("- /url:")]
        self.pages.append("\n".join([f"# {page.title()}", *lines]))

    def compare(self, name: str) -> None:
        """Hold what was heard to what is kept."""
        path, heard = KEPT / f"{name}.txt", "\n\n".join(self.pages) + "\n"
        if os.environ.get("OSTIARY_TRANSCRIPTS") == "write":
            KEPT.mkdir(exist_ok=True)
            path.write_text(heard, "utf-8")
        assert heard == path.read_text("utf-8")


@pytest.fixture
def server(make_runtime: Houses, serve: Serve) -> Server:
    """A house with what these people use."""
    # Ten hashes are made in one step, and tests are many on few processors.
    names = ("password", "totp", "recovery", "tokens", "audit", "index")
    return serve(make_runtime(*names, generous=True, step_timeout="60s"))


@pytest.fixture
def reader(meet: Meet) -> Reader:
    return Reader(meet(way="keyboard"))


def test_add_a_factor_and_sign_in_with_it(reader: Reader) -> None:
    ada = reader.person
    ada.register()
    reader.reads()
    ada.confirm_address()
    ada.clock.advance(STEP)  # What is added now is newer than the password.
    ada.hands.follow("Security")
    reader.reads()
    ada.hands.follow("Add authenticator app")
    reader.reads()
    ada.secret = ada.page.inner_text("main code").replace(" ", "")
    ada.hands.fill("Code", "000000")
    ada.hands.press("Add authenticator app")
    reader.reads()
    ada.hands.fill("Code", ada.code)
    ada.hands.press("Add authenticator app")
    reader.reads()
    ada.sign_out()
    ada.open("/sign-in")
    reader.reads()
    ada.give_password()
    reader.reads()
    ada.clock.advance(STEP)
    ada.give_code()
    ada.at("Your account")
    reader.compare("add-a-factor-and-sign-in")


@pytest.mark.deep
def test_lose_a_phone(reader: Reader) -> None:
    ada = reader.person
    ada.register()
    ada.confirm_address()
    ada.clock.advance(STEP)
    ada.add_app()
    ada.clock.advance(STEP)
    ada.hands.follow("Add recovery codes")
    reader.reads()
    codes = ada.page.locator("main ol code").all_inner_texts()
    ada.hands.press("I have kept these codes")
    ada.sign_out()
    ada.give_password()
    reader.reads()
    ada.hands.follow("Use a recovery code")
    reader.reads()
    ada.hands.fill("Recovery code", codes[0])
    ada.hands.press("Continue")
    reader.reads()
    ada.hands.follow("Add authenticator app")
    ada.secret = ada.page.inner_text("main code").replace(" ", "")
    ada.hands.fill("Code", ada.code)
    ada.hands.press("Add authenticator app")
    ada.open("/account")
    reader.reads()
    reader.compare("lose-a-phone")


@pytest.mark.deep
def test_make_a_token(reader: Reader) -> None:
    ada = reader.person
    ada.register()
    ada.hands.follow("API tokens")
    reader.reads()
    ada.hands.follow("Make a token")
    reader.reads()
    ada.hands.fill("Name", "release job")
    ada.hands.unfold("More limits")
    ada.hands.fill("How often", "many")
    ada.hands.press("Make the token")
    reader.reads()
    ada.hands.fill("How often", "9")
    ada.hands.press("Make the token")
    reader.reads()
    ada.hands.follow("I have copied it")
    reader.reads()
    reader.compare("make-a-token")


@pytest.mark.deep
def test_find_who_uploaded_what(reader: Reader) -> None:
    """A service with a token that was handed on to it uploads; its owner finds that out."""
    ada = reader.person
    ada.register()
    ada.open("/account/tokens/new")
    ada.hands.fill("Name", "release job")
    ada.hands.press("Make the token")
    token = ada.page.inner_text("main code >> nth=0")
    handed_on = attenuated(token, [written("delegate", "ci.example")])
    upload(ada.url, handed_on, "acme-tools", "1.0")
    ada.open("/projects/acme-tools")
    reader.reads()
    ada.hands.follow("What happened to it")
    reader.reads()
    reader.compare("find-who-uploaded-what")
