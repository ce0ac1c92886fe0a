"""From nothing to a history, in languages that look as different as they can."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from ostiary.testing import looking
from ostiary.testing.browsers import axe
from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.sampling import sampled
from ostiary.testing.serving import Server
from ostiary.testing.usable import named
from tests.browser.everybody import photographed
from tests.browser.people import PASSWORD, STEP, Meet, Person
from tests.browser.scenes_of_languages import NAMES
from tests.browser.shown import PLUGINS
from tests.browser.speaking import Speaking, Speech
from tests.packages import OFFERED

LANGUAGES = (*(each for each in OFFERED if each != "en"), "en-XA", "ar-XB")
OWN = ("ada", "ada@example.org", "release job", "Ostiary", *NAMES)


@pytest.fixture
def server(make_runtime: Houses, serve: Serve) -> Server:
    """A house with everything that is installed, whose pages are in all languages."""
    return serve(make_runtime(*PLUGINS, plugin__i18n__pseudo="true", generous=True))


class Reader:
    """Somebody who goes through the pages in one language, and looks at each of them."""

    def __init__(self, person: Person, speech: Speech) -> None:
        self.person, self.say = person, speech
        person.hands = Speaking(person.hands, speech)
        self._pages = 0

    @property
    def page(self) -> Page:
        return self.person.page

    def at(self, heading: str, **values: str) -> None:
        """This page is shown; it is in the language, and fits a wide and a narrow window."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.say(heading, **values))
        self.looks()

    def looks(self) -> None:
        """What is shown is for everybody who reads this language."""
        page, html = self.page, self.page.locator("html")
        expect(html).to_have_attribute("lang", self.say.locale)
        expect(html).to_have_attribute("dir", "rtl" if self.say.locale.startswith("ar") else "ltr")
        assert page.locator("main [lang=en]:not(button)").all_inner_texts() == [], (
            "what fell back to English"
        )
        if self.say.locale == "en-XA":
            plain = looking.literals(page, OWN)
            assert not plain, f"{page.url}: not translated: {plain}"
        self._pages += 1
        for width in (looking.WIDE, looking.NARROW):
            looking.resize(page, width)
            looking.fits(page)
            looking.sound(page)
            axe(page)
            named(page)
            photographed(page, f"journey-{self.say.locale}-{self._pages:02}-{width}")
        looking.resize(page, looking.WIDE)


@pytest.mark.parametrize("locale", sampled(LANGUAGES, 1, always=("ar",), of="languages"))
def test_the_whole_way_in_a_language(locale: str, meet: Meet, server: Server) -> None:
    """Register, add a factor, sign in with both, make a token, read the history."""
    ada = meet(locale=locale)
    reader = Reader(ada, Speech(server.runtime.localization, locale))
    _registers(reader)
    _adds_an_app(reader)
    _signs_in_with_both(reader)
    _makes_a_token(reader)
    for path, heading in (("/account/history", "History"), ("/language", "Language")):
        ada.open(path)
        reader.at(heading)


def _registers(reader: Reader) -> None:
    ada, hands = reader.person, reader.person.hands
    ada.open("/register")
    reader.at("Create an account")
    hands.fill("User name", "ada")
    hands.fill("Email address", ada.address)
    hands.fill("Password", PASSWORD)
    hands.press("Create the account")
    reader.at("Your account")
    (mail,) = ada.outbox.to(ada.address)
    assert mail.raw["Content-Language"] == reader.say.locale
    assert mail.subject == reader.say("Confirm your email address")
    ada.page.goto(mail.link)
    reader.at("Confirm your email address")
    hands.press("Confirm this address")
    ada.told(reader.say("Your email address is confirmed."))


def _adds_an_app(reader: Reader) -> None:
    """At the second try: the first code is wrong."""
    ada, hands = reader.person, reader.person.hands
    hands.follow("Security")
    reader.at("Security")
    hands.follow("Add authenticator app")
    reader.at("Add authenticator app")
    ada.secret = ada.page.inner_text("main code").replace(" ", "")
    hands.fill("Code", "000000" if ada.code != "000000" else "111111")
    hands.press("Add authenticator app")
    expect(ada.page.get_by_role("alert")).to_contain_text(reader.say("There is a problem"))
    reader.looks()
    hands.fill("Code", ada.code)
    hands.press("Add authenticator app")
    expect(ada.page.locator(".o-notice").first).not_to_be_empty()
    reader.looks()


def _signs_in_with_both(reader: Reader) -> None:
    ada, hands = reader.person, reader.person.hands
    hands.press("Sign out")
    ada.told(reader.say("You are signed out."))
    hands.follow("Sign in")
    reader.at("Sign in")
    hands.fill("User name or email address", "ada")
    hands.fill("Password", PASSWORD)
    hands.press("Sign in")
    reader.at("One more step")
    ada.clock.advance(STEP)
    hands.fill("Code", ada.code)
    hands.press("Continue")
    reader.at("Your account")


def _makes_a_token(reader: Reader) -> None:
    ada, hands = reader.person, reader.person.hands
    ada.open("/account/tokens")
    reader.at("API tokens")
    hands.follow("Make a token")
    reader.at("Make a token")
    hands.fill("Name", "release job")
    hands.fill("Valid for", "30d")
    hands.press("Make the token")
    reader.at("Token made: ${name}", name="release job")


def test_a_form_is_as_it_was_left_after_another_language_was_chosen(
    meet: Meet, server: Server
) -> None:
    """But for what is secret, which nothing keeps, also if it is shown; and it is gone then."""
    ada = meet()
    ada.open("/register")
    ada.hands.fill("User name", "ada")
    ada.hands.fill("Email address", ada.address)
    ada.hands.fill("Password", PASSWORD)
    ada.page.get_by_role("button", name="Show password").click()
    ada.hands.follow("Language")
    ada.page.wait_for_url("**/language")
    assert PASSWORD not in ada.page.evaluate("JSON.stringify(sessionStorage)")
    ada.hands.press("Deutsch")
    german = Speech(server.runtime.localization, "de")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(german("Create an account"))
    expect(ada.page.get_by_label(german("User name"), exact=True)).to_have_value("ada")
    expect(ada.page.get_by_label(german("Email address"), exact=True)).to_have_value(ada.address)
    expect(ada.page.get_by_label(german("Password"), exact=True)).to_have_value("")
    assert ada.page.evaluate("sessionStorage.length") == 0


def test_ticks_and_folded_fields_are_as_they_were_left(meet: Meet, server: Server) -> None:
    ada = meet()
    ada.register()
    ada.open("/account/tokens/new")
    ada.hands.fill("Name", "release job")
    ada.page.get_by_label("Upload files").check()
    ada.hands.unfold("More limits")
    ada.hands.fill("How often", "9")
    ada.hands.follow("Language")
    ada.hands.press("Deutsch")
    german = Speech(server.runtime.localization, "de")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(german("Make a token"))
    expect(ada.page.get_by_label(german("Name"), exact=True)).to_have_value("release job")
    expect(ada.page.locator("main input:checked")).to_have_count(1)
    expect(ada.page.get_by_label(german("Upload files"))).to_be_checked()
    expect(ada.page.get_by_label(german("How often"), exact=True)).to_have_value("9")
    expect(ada.page.get_by_label(german("How often"), exact=True)).to_be_visible()


def test_no_code_is_kept(meet: Meet, server: Server) -> None:
    """Neither a factor's, nor what a factor asks that nothing says it is one, as recovery does."""
    ada = meet()
    ada.register()
    ada.add_app()
    ada.sign_out()
    ada.give_password()
    ada.at("One more step")
    ada.hands.fill("Code", "123456")
    ada.hands.follow("Language")
    ada.page.wait_for_url("**/language")
    assert "123456" not in ada.page.evaluate("JSON.stringify(sessionStorage)")


def test_whoever_goes_elsewhere_from_the_languages_leaves_nothing_behind(meet: Meet) -> None:
    ada = meet()
    ada.open("/register")
    ada.hands.fill("User name", "ada")
    ada.hands.follow("Language")
    ada.open("/sign-in")
    expect(ada.page.get_by_label("User name or email address")).to_have_value("")
    assert ada.page.evaluate("sessionStorage.length") == 0
