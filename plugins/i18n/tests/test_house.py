"""A house that speaks several languages."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner, Result

from ostiary.accounts import login_name
from ostiary.accounts.names import address
from ostiary.contracts import Client, Kind, Mail, OstiaryError, Proof, Strength
from ostiary.runtime import Runtime
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor
from ostiary_i18n.commands import i18n_group

from .conftest import Books, _, po

Start = Callable[..., Runtime]
OFFERED = {"plugin__i18n__offer_from": "0", "plugin__i18n__withdraw_below": "0"}


@pytest.fixture
def start(make_runtime: Houses, books: Books, unshipped: None) -> Start:
    """Starts a house that has the catalogs of ``books``, those of the core's domain included."""

    def started(*plugins: object, **settings: object) -> Runtime:
        known = {**OFFERED, "plugin__i18n__overrides": str(books.folder / "overrides"), **settings}
        return make_runtime("i18n", books.plugin, *plugins, **known)  # type: ignore[arg-type]

    return started


@pytest.fixture
def german(books: Books) -> Books:
    """The core's pages, as far as these tests look, in German, Arabic and Chinese."""
    for locale, word in (("de", "Sprache"), ("ar", "لغة"), ("zh_Hant", "語言")):
        for domain in ("ostiary", "ostiary_i18n"):
            books.write(locale, ("Language", word), domain=domain, place="overrides")
    return books


def person(runtime: Runtime, login: str, locale: str | None = None, zone: str | None = None) -> str:
    """A session of somebody with an address and a language; its cookie."""
    assert runtime.accounts is not None
    kinds = (Kind.KNOW, Kind.HAVE)
    proofs = [Proof(k.value, k.value, Strength(frozenset({k})), runtime.now()) for k in kinds]
    with runtime.store.write() as unit:
        user = runtime.accounts.create(unit, f"id-{login}", login_name(login))
        runtime.accounts.add_address(unit, user.id, address(f"{login}@example.org"), verified=True)
        runtime.accounts.prefer(unit, user.id, locale, zone)
        return runtime.sessions.open(
            unit, user.id, proofs, Client("192.0.2.9"), None, runtime.now()
        )


def lang(visitor: Visitor) -> tuple[str, str]:
    html = visitor.page.html.find("html")
    return html["lang"], html["dir"]


def test_pages_are_in_the_language_that_suits_best(start: Start, german: Books) -> None:
    """Stored preference, then cookie, then browser, then default; and only what is offered."""
    runtime = start()
    assert set(runtime.localization.locales) == {"ar", "de", "en", "zh-Hant"}
    cookie = person(runtime, "ada", "ar")

    def seen(language: str, **cookies: str) -> tuple[tuple[str, str], str, str]:
        visitor = Visitor(runtime, language=language, cookies=cookies)
        headers = visitor.get("/sign-in").headers
        return lang(visitor), headers["Content-Language"], headers["Vary"]

    browser = "Cookie, Authorization, Accept-Language"
    assert seen("zh-TW, de") == (("zh-Hant", "ltr"), "zh-Hant", browser)
    assert seen("nl") == (("en", "ltr"), "en", browser)
    chosen = "Cookie, Authorization"
    assert seen("de", ostiary_language="ar") == (("ar", "rtl"), "ar", chosen)
    assert seen("de", ostiary_language="nl") == (("de", "ltr"), "de", browser)
    mine = seen("de", ostiary_language="de", ostiary_session=cookie)
    assert mine == (("ar", "rtl"), "ar", chosen)


def test_with_one_language_nothing_varies(start: Start) -> None:
    page = Visitor(start(), language="de").get("/sign-in")
    assert (page.headers["Content-Language"], page.headers["Vary"]) == (
        "en", "Cookie, Authorization",
    )  # fmt: skip


def test_the_language_is_chosen_without_scripts_and_the_page_is_kept(
    start: Start, german: Books
) -> None:
    runtime = start()
    visitor = Visitor(runtime, language="zh-TW")
    visitor.get("/language?next=/register")
    assert visitor.page.html.find("h1").get_text() == "語言"
    assert "Your browser asks for this language." in visitor.text
    buttons = {
        b["value"]: b for b in visitor.page.html.find_all("button", attrs={"name": "locale"})
    }
    assert buttons["de"].get_text() == "Deutsch"
    assert (buttons["ar"].get_text(), buttons["ar"]["dir"], buttons["ar"]["lang"]) == (
        "العربية", "rtl", "ar",
    )  # fmt: skip
    assert buttons["zh-Hant"]["aria-current"] == "true"
    visitor.page = visitor.form("next").submit("locale", value="de").maybe_follow()
    assert (visitor.path, lang(visitor)) == ("/register", ("de", "ltr"))
    visitor.get("/language")
    assert visitor.page.html.find("h1").get_text() == "Sprache"
    assert "You chose this language in this browser." in visitor.text
    visitor.page = visitor.form("next").submit("locale", value="auto").maybe_follow()
    assert lang(visitor) == ("zh-Hant", "ltr")


@pytest.mark.parametrize(
    ("language", "locale", "says"),
    [
        ("*", "de", "asks for no language that this site speaks"),
        ("nl, *;q=0.5", "de", "asks for no language that this site speaks"),
        ("de;q=0, *", "en", "asks for no language that this site speaks"),
        ("de;q=0.3, nl", "de", "Your browser asks for this language."),
    ],
)
def test_the_page_says_the_reason_by_which_it_was_chosen(
    start: Start, german: Books, language: str, locale: str, says: str
) -> None:
    visitor = Visitor(start(plugin__i18n__default="de"), language=language)
    visitor.get("/language")
    assert lang(visitor)[0] == locale
    assert says in visitor.text


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_way_back_stays_on_this_site(start: Start, german: Books, to: str) -> None:
    visitor = Visitor(start())
    page = visitor.get("/language")
    form = visitor.form("next")
    form["next"].force_value(to)
    answer = form.submit("locale", value="de")
    assert answer.location == f"{visitor.runtime.settings.public_url.origin}/"
    assert f'href="{to}"' not in page.text


@pytest.mark.parametrize("made_up", ["nl", "../../de", "de\r\nSet-Cookie: a=b", ""])
def test_what_is_not_offered_cannot_be_chosen(start: Start, german: Books, made_up: str) -> None:
    visitor = Visitor(start())
    visitor.get("/language")
    form = visitor.form("next")
    form.submit("locale", value="de")
    token = form["csrf_token"].value
    answer = visitor.app.post("/language", {"csrf_token": token, "locale": made_up}, status="*")
    assert "ostiary_language" not in answer.headers.get("Set-Cookie", "")


def test_a_choice_is_kept_with_the_account_and_recorded(
    start: Start, german: Books, make_runtime: Houses
) -> None:
    runtime = start()
    visitor = Visitor(runtime, cookies={"ostiary_session": person(runtime, "ada")})
    visitor.get("/language?next=/account")
    visitor.page = visitor.form("next").submit("locale", value="de").maybe_follow()
    user = runtime.directory.named("ada")
    assert user is not None
    assert (user.locale, user.zone) == ("de", None)
    visitor.get("/language")
    visitor.submit(zone="Sao Paulo")
    user = runtime.directory.named("ada")
    assert user is not None
    assert (user.locale, user.zone) == ("de", "America/Sao_Paulo")
    visitor.get("/language")
    visitor.submit(zone="UTC")
    visitor.get("/language")
    visitor.form("next").submit("locale", value="auto")
    found = [e for e in make_runtime.events.all if e.type.startswith("language")]
    assert [(e.type, e.details.get("chosen")) for e in found] == [
        ("language.chosen", "de"),
        ("language.time-zone-chosen", "America/Sao_Paulo"),
        ("language.time-zone-chosen", "UTC"),
        ("language.unchosen", None),
    ]
    assert {e.subject for e in found} == {"id-ada"}


def test_a_choice_needs_the_token_of_the_form(start: Start, german: Books) -> None:
    runtime = start()
    visitor = Visitor(runtime, cookies={"ostiary_session": person(runtime, "ada")})
    answer = visitor.app.post("/language", {"locale": "de"}, status="*")
    assert answer.status_int in {400, 403}
    user = runtime.directory.named("ada")
    assert user is not None
    assert user.locale is None


def test_mail_is_in_the_language_and_zone_of_who_gets_it(
    start: Start, german: Books, outbox: Outbox
) -> None:
    """Whoever causes it, outside of any request: subject, text and HTML."""
    for locale, subject, when in (
        ("de", "Ihr Schlüssel ${name}", "Wann: ${when}"),
        ("ar", "مفتاحك ${name}", "متى: ${when}"),
    ):
        german.write(locale, ("Your key ${name}", subject))
        german.write(locale, ("When: ${when}", when), domain="ostiary", place="overrides")
    runtime = start()
    person(runtime, "bob", "ar")
    person(runtime, "ada", "de", "America/Sao_Paulo")
    with runtime.store.write() as unit:
        mail = Mail(_("Your key ${name}", name="blau"), (_("Your key ${name}", name="blau"),))
        runtime.house.tell("id-ada", mail, within=unit)
    (message,) = outbox.mails
    assert message.raw["Content-Language"] == "de"
    assert message.subject == "Ihr Schlüssel blau"
    assert "Ihr Schlüssel blau" in message.text
    assert "Wann: 04.05.2026, 09:00 UTC-03" in message.text
    assert BeautifulSoup(message.html, "html.parser").select("html[lang=de]")


def test_a_locale_in_the_address_opens_no_file(start: Start, german: Books, tmp_path: Path) -> None:
    """``_LOCALE_`` is Pyramid's; with its own machinery it reads files from elsewhere."""
    outside = tmp_path / "outside" / "de" / "LC_MESSAGES"
    outside.mkdir(parents=True)
    runtime = start()
    visitor = Visitor(runtime)
    from pyramid.interfaces import ILocalizer

    registry = visitor.app.app.registry
    for value in ("../outside/de", "de", *(f"x{number}" for number in range(50))):
        visitor.get(f"/sign-in?_LOCALE_={value}")
        assert lang(visitor) == ("en", "ltr")
    assert list(registry.getUtilitiesFor(ILocalizer)) == []


def test_pseudo_locales_come_by_a_switch(start: Start) -> None:
    runtime = start(plugin__i18n__pseudo="true")
    visitor = Visitor(runtime, language="en-XA")
    visitor.get("/sign-in")
    assert lang(visitor) == ("en-XA", "ltr")
    assert "Šîĝñ" in visitor.text
    other = Visitor(runtime, language="ar-XB")
    other.get("/sign-in")
    assert lang(other) == ("ar-XB", "rtl")


def test_a_message_is_explained(start: Start, german: Books) -> None:
    """Which catalog has it, which would, and what was left out."""
    german.write("de", ("Hello", "Hallo"))
    german.write("de", ("Hello", "<b>Servus</b>"), place="overrides")
    group = i18n_group(start().house)
    result = CliRunner().invoke(group, ["explain", "Hello", "--locale", "de-AT", "--json"])
    above, below = json.loads(result.stdout)
    assert (above["layer"], above["wins"], above["says"]) == ("operator", False, None)
    assert "other markup" in above["left_out"]
    assert (below["layer"], below["wins"], below["says"]) == ("package", True, "Hallo")
    told = CliRunner().invoke(group, ["explain", "Hello", "--locale", "de"])
    assert "-> package: Hallo" in told.stdout


@pytest.mark.parametrize("asked", ["pt", "pt-PT", "pt_br"])
def test_a_message_is_explained_in_the_language_that_its_readers_get(
    start: Start, german: Books, asked: str
) -> None:
    german.write("pt_BR", ("Hello", "Olá"))
    group = i18n_group(start().house)
    result = CliRunner().invoke(group, ["explain", "Hello", "--locale", asked, "--json"])
    (answer,) = json.loads(result.stdout)
    assert (answer["locale"], answer["says"], answer["wins"]) == ("pt-BR", "Olá", True)
    told = CliRunner().invoke(group, ["explain", "Hello", "--locale", asked]).stdout
    assert ("gets pt-BR" in told) is (asked != "pt_br")


def test_a_language_that_is_not_offered_yet_is_explained_too(start: Start, german: Books) -> None:
    german.write("nl", ("Hello", "Hallo"))
    group = i18n_group(start(plugin__i18n__locales="de").house)
    told = CliRunner().invoke(group, ["explain", "Hello", "--locale", "nl"])
    assert told.exit_code == 0
    assert "nl is not offered: its readers get en." in told.stdout
    assert "-> package: Hallo" in told.stdout


def test_a_message_that_nobody_has_is_told_from_one_without_translation(
    start: Start, german: Books
) -> None:
    template = german.folder / "acme" / "acme.pot"
    german.write("de", ("Hello", "Hallo"))
    template.write_text(
        po([("Hello", ""), ("Bye", ""), 'msgctxt "verb"\nmsgid "Open"\nmsgstr ""\n']), "utf-8"
    )
    group = i18n_group(start().house)

    def explained(*arguments: str) -> Result:
        return CliRunner().invoke(group, ["explain", *arguments, "--locale", "de"])

    untranslated = explained("Bye")
    assert (untranslated.exit_code, untranslated.stdout) == (
        1, "No catalog has it: the source is shown.\n",
    )  # fmt: skip
    assert explained("Open", "--context", "verb").exit_code == 1
    for arguments, says in (
        (("Nobody says this",), "no package has the message 'Nobody says this'"),
        (("Open",), "it stands in other contexts: 'verb'"),
        (("Bye", "--context", "noun"), "'Bye' in the context 'noun'; it stands in other contexts"),
    ):
        unknown = explained(*arguments, "--json")
        assert isinstance(unknown.exception, OstiaryError)
        assert says in str(unknown.exception)


def test_times_and_lists_are_as_cldr_has_them(start: Start, german: Books) -> None:
    """Relative times say which way; lists are joined by the language's own word or sign."""
    show = start().house.parts("ostiary_register_localization")[0].show  # type: ignore[attr-defined]
    three = ("a", "b", "c")
    assert show(timedelta(days=-3), "de", None) == "vor 3 Tagen"
    assert show(timedelta(hours=2), "de", None) == "in 2 Stunden"
    assert show(timedelta(minutes=-1), "en", None) == "1 minute ago"
    assert show(timedelta(days=-3), "zh-Hant", None) == "3 天前"
    assert show(timedelta(days=2), "ar", None) == "خلال يومين"
    assert show(three, "de", None) == "a, b und c"
    assert show(three[:2], "de", None) == "a und b"
    assert show(three, "en", None) == "a, b, and c"
    assert show(three, "zh-Hant", None) == "a、b和c"
    assert show(three, "ar", None) == "a وb وc"
    assert show((), "de", None) == ""


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.deep)])
def test_a_flood_of_made_up_languages_leaves_nothing_behind(
    start: Start, german: Books, count: int
) -> None:
    """10,000 of them, through browsers and cookies, in one process that serves pages."""
    app = Visitor(start(), language="").app

    def flood(first: int, count: int) -> None:
        for number in range(first, first + count):
            made_up = f"q{number:x}"
            asked = f"{made_up}-{number % 1000:03}, ../{made_up};q=0.9, de-{number % 1000:03};q=0.1"
            cookie = f"ostiary_language={made_up}"
            headers = {"Accept-Language": asked, "Cookie": cookie}
            page = app.get(f"/language?_LOCALE_={made_up}", headers=headers)
            assert page.headers["Content-Language"] == "de"

    flood(0, 100)
    gc.collect()
    before = sys.getallocatedblocks()
    flood(100, count)
    gc.collect()
    assert sys.getallocatedblocks() - before < 2000


def test_the_standing_of_each_language_is_shown(start: Start, german: Books) -> None:
    result = CliRunner().invoke(i18n_group(start().house), ["status", "--json"])
    found = {each["locale"]: each for each in json.loads(result.stdout)}
    assert set(found) == {"ar", "de", "zh-Hant"}
    assert found["de"]["offered"] is True
    assert "LOCALE" in CliRunner().invoke(i18n_group(start().house), ["status"]).stdout


def test_what_has_no_translation_says_that_it_is_english(start: Start, german: Books) -> None:
    visitor = Visitor(start(), language="de")
    visitor.get("/language")
    html = visitor.page.html
    assert html.find("h1").find("span") is None
    assert html.find("main").find("p").find("span", lang="en", dir="ltr") is not None
    assert "\ue002" not in visitor.page.text
    assert html.find("title").find("span") is None


def test_an_admin_works_in_one_language_and_the_mail_is_in_another(
    start: Start, german: Books, outbox: Outbox
) -> None:
    """A Russian admin disables a German's account: the page is Russian, the mail German."""
    german.write("ru", ("Users", "Люди"), domain="ostiary", place="overrides")
    german.write("de", ("When: ${when}", "Wann: ${when}"), domain="ostiary", place="overrides")
    german.write("ru", ("When: ${when}", "Когда: ${when}"), domain="ostiary", place="overrides")
    runtime = start()
    cookie = person(runtime, "olga", "ru")
    person(runtime, "ada", "de")
    assert runtime.accounts is not None
    with runtime.store.write() as unit:
        runtime.accounts.set_admin(unit, "id-olga", True)
    visitor = Visitor(runtime, language="en", cookies={"ostiary_session": cookie})
    visitor.get("/admin/users/act/disable?user=id-ada")
    assert lang(visitor)[0] == "ru"
    visitor.submit("reason", reason="left")
    (message,) = outbox.to("ada@example.org")
    assert message.raw["Content-Language"] == "de"
    assert "Wann: 04.05.2026, 12:00 UTC" in message.text
