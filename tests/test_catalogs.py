"""The catalogs of all packages: whole, sound, and of the source as it is."""

from __future__ import annotations

import re

import pyotp
import pytest
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup

from ostiary.accounts import login_name
from ostiary.contracts import Client, Kind, Proof, Site, Strength, User
from ostiary.mail.compose import compose
from ostiary.mail.letter import Letter
from ostiary.runtime import Runtime
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor
from ostiary_audit.mailing import note_in, told
from ostiary_i18n.coverage import count
from ostiary_i18n.layers import PACKAGE, Shelf
from ostiary_i18n.working.checking import problems
from ostiary_i18n.working.packages import Package, packages
from tests.packages import LANGUAGES, OFFERED, PACKAGES, PLUGINS

CATALOGS = packages([], PACKAGES)


def _name(package: Package) -> str:
    return package.domain


@pytest.mark.parametrize("package", CATALOGS, ids=_name)
def test_the_catalogs_are_of_this_source_and_nothing_is_wrong_with_them(package: Package) -> None:
    """What mends it: `ostiary i18n extract`, `update`, `compile`; then `check` and a translator.

    A template that is stale, a message that a page would not show, one that is its own
    translation, one that is critical and missing, counts that are not those of the catalogs.
    """
    assert [str(each) for each in problems(package)] == []


@pytest.mark.parametrize("package", CATALOGS, ids=_name)
def test_every_message_is_translated_into_every_language(package: Package) -> None:
    assert package.locales == LANGUAGES
    found = count((Shelf(PACKAGE, package.directory, package.domain),), package.domain)
    assert found.messages > 0
    short = {tag: each for tag, each in found.locales.items() if each.translated < found.messages}
    assert short == {}


@pytest.mark.parametrize("package", CATALOGS, ids=_name)
def test_a_draft_says_that_it_is_one(package: Package) -> None:
    for name in LANGUAGES:
        with package.catalog(name).open("rb") as file:
            catalog = read_po(file)
        assert "first draft" in catalog.header_comment, package.catalog(name)
        assert not [each.id for each in catalog if each.fuzzy and each.id]


def test_a_house_with_all_packages_offers_all_languages(make_runtime: Houses) -> None:
    runtime = make_runtime(*PLUGINS)
    assert set(runtime.localization.locales) == set(OFFERED)


def test_a_russian_admin_and_a_german_user_each_read_their_own_language(
    make_runtime: Houses, outbox: Outbox
) -> None:
    """Nobody chose a language: the pages are as the browsers ask, and the mail is as the pages
    were of whom it is for, not of who caused it; subject, text and HTML.
    """
    runtime = make_runtime(*PLUGINS, generous=True)
    ada = Visitor(runtime, language="de-AT, en;q=0.5")
    ada.get("/register")
    ada.submit(name="ada", address="ada@example.org", password="correct horse battery staple")
    (welcome,) = outbox.to("ada@example.org")
    assert welcome.raw["Content-Language"] == "de"
    ada.get(welcome.link.removeprefix(runtime.settings.public_url.origin))
    ada.submit("token")
    ada.get("/account/security/add/totp")
    key = ada.page.html.find("main").find("code").get_text().replace(" ", "")
    ada.submit(code=pyotp.TOTP(key).at(runtime.now()))

    olga = Visitor(runtime, language="ru", cookies={"ostiary_session": _admin(runtime)})
    user = runtime.directory.named("ada")
    assert user is not None
    olga.get(f"/admin/users/act/reset-factors?user={user.id}")
    assert olga.page.html.find("html")["lang"] == "ru"
    olga.submit("reason", reason="phone lost")
    assert olga.page.html.find("html")["lang"] == "ru"
    *_before, mail = outbox.to("ada@example.org")
    assert mail.raw["Content-Language"] == "de"
    html = BeautifulSoup(mail.html, "html.parser")
    assert html.select("html[lang=de]")
    assert [each.get_text() for each in html.select("h1")] == [mail.subject]
    for said in (mail.subject, mail.text, html.get_text(" ")):
        assert not re.search("[\u0400-\u04ff]", said), said
        assert not re.search(r"\b(the|your|you|was|were|if)\b", said), said


def _admin(runtime: Runtime) -> str:
    """The session of an admin who has just shown two kinds of proof; its cookie."""
    assert runtime.accounts is not None
    kinds = (Kind.KNOW, Kind.HAVE)
    proofs = [Proof(k.value, k.value, Strength(frozenset({k})), runtime.now()) for k in kinds]
    with runtime.store.write() as unit:
        user = runtime.accounts.create(unit, "id-olga", login_name("olga"), admin=True)
        return runtime.sessions.open(
            unit, user.id, proofs, Client("192.0.2.9"), None, runtime.now()
        )


def test_a_mailed_checkpoint_is_read_back_in_every_language(make_runtime: Houses) -> None:
    """What stands around it in the message is no part of it, whatever its letters are."""
    runtime = make_runtime(*PLUGINS)
    note = f"index.example/audit/0a\n777\n{7 * 'aGFzaA'}\n\n— index.example {24 * 'c2ln'}\n"
    for locale in runtime.localization.locales:
        user = User("1", "ada", locale=locale)
        message = compose(
            Letter.addressed("ada@example.org", told(note, 777), user, None),
            site=Site("The Index", "https://index.example", "index.example"),
            sender="door@index.example",
            base="https://index.example",
            localization=runtime.localization,
            message_id="row-1",
            date=runtime.now(),
        )
        assert message["Content-Language"] == locale
        assert note_in(message.as_string()) == note, locale
