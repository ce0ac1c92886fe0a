"""The live overlay, against a service of the recorded shapes; the library's own code runs."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ostiary.testing.houses import Houses
from ostiary.testing.visiting import Visitor
from ostiary_i18n.catalogs import Catalog
from ostiary_i18n.commands import i18n_group
from ostiary_i18n.coverage import template_of
from ostiary_i18n.layers import Layers
from ostiary_i18n.overlay import Copies, Fetching, Overlay
from ostiary_i18n.platforms import PlatformError
from ostiary_i18n.platforms import native as native_module
from ostiary_i18n.platforms.icu import plural_categories, plural_forms
from ostiary_i18n.platforms.native import Native, source_strings
from ostiary_i18n.starting import languages_of, overlay_of
from ostiary_i18n.tags import Tag, locale_of, read
from ostiary_i18n.voices import Voice

from .conftest import Books, _, _n, _p, po
from .servers import SECRET, TOKEN, Answer, Delivery, as_json, serving

DE = Tag("de", "Latn")
KEYS = {
    "hello": "acme||Hello ${name}",
    "open": "acme|verb|Open",
    "keys": "acme||${n} key",
}


@pytest.fixture
def delivery() -> Delivery:
    """The service; two languages, of which one is offered."""
    return Delivery(
        {
            "de": {
                KEYS["hello"]: "Hallo ${name}",
                KEYS["open"]: "Öffnen",
                KEYS["keys"]: "{???, plural, one {${n} Schlüssel} other {${n} Schlüssel!}}",
            },
            "fr": {KEYS["hello"]: "Salut ${name}"},
        }
    )


@pytest.fixture
def host(delivery: Delivery) -> Iterator[str]:
    with serving(delivery) as address:
        yield address


@pytest.fixture
def acme(books: Books) -> Books:
    """A package with a template, and older words of its own."""
    template = books.folder / "acme" / "acme.pot"
    books.write("de", ("Hello ${name}", "Tag ${name}"), ("Bye", "Servus"))
    template.write_text(
        po(
            [
                "#. Of a mail.\n#: mail.jinja\n" + 'msgid "Hello ${name}"\nmsgstr ""\n',
                '#. [critical]\nmsgctxt "verb"\nmsgid "Open"\nmsgstr ""\n',
                'msgid "${n} key"\nmsgid_plural "${n} keys"\nmsgstr[0] ""\nmsgstr[1] ""\n',
                ("Bye", ""),
            ]
        ),
        "utf-8",
    )
    return books


def native(host: str, token: str = TOKEN, *, unreviewed: bool = False) -> Native:
    return Native(token, SECRET, host, unreviewed=unreviewed, patience=0.2, pause=0.01)


class Live:
    """An overlay and a voice over the same catalogs."""

    def __init__(self, acme: Books, host: str, folder: Path, token: str = TOKEN) -> None:
        self.layers = Layers(acme.catalogs, None, self.live)
        locale = locale_of(DE)
        assert locale is not None
        self.voice = Voice("de", DE, locale, self.layers)
        self.overlay = Overlay(
            native(host, token),
            Copies(folder),
            lambda: self.layers,
            lambda: [DE],
            self.voice.forget,
        )

    def live(self, tag: Tag, domain: str) -> Catalog | None:
        """What the overlay, made last, has."""
        return self.overlay.catalog(tag, domain)

    @property
    def said(self) -> tuple[str, ...]:
        texts = (_("Hello ${name}", name="Ada"), _p("verb", "Open"), _("Bye"))
        return (
            *map(self.voice.say, texts),
            *(self.voice.say(_n("${n} key", "${n} keys", n)) for n in (1, 2)),
        )


OLD = ("Tag Ada", "Open", "Servus", "1 key", "2 keys")
NEW = ("Hallo Ada", "Öffnen", "Servus", "1 Schlüssel", "2 Schlüssel!")


@pytest.fixture
def live(acme: Books, host: str, tmp_path: Path) -> Live:
    return Live(acme, host, tmp_path / "native")


def test_what_translators_say_now_is_laid_over_the_files(
    live: Live, delivery: Delivery, acme: Books, host: str, tmp_path: Path
) -> None:
    """Only offered languages are asked for; the next process begins with the last good copy."""
    assert live.said == OLD
    delivery.pending = {"/languages": 1, "/content/de": 2}
    assert live.overlay.fetch() == {"de": 3}
    assert live.said == NEW
    assert not any(request.path.startswith("/content/fr") for request in delivery.seen)
    delivery.fault = Answer(503)
    assert Live(acme, host, tmp_path / "native").said == NEW


def test_what_nobody_has_reviewed_is_not_shown(live: Live, delivery: Delivery, host: str) -> None:
    """Unless the operator takes all that there is."""
    delivery.unreviewed = {KEYS["hello"]}
    assert live.overlay.fetch() == {"de": 2}
    assert live.said == ("Tag Ada", *NEW[1:])
    found = native(host, unreviewed=True).content("de")
    assert found is not None
    assert found[0][KEYS["hello"]] == "Hallo ${name}"


@pytest.mark.parametrize("all_of_it", [False, True])
def test_the_operator_says_whether_a_review_is_needed(
    delivery: Delivery, host: str, make_runtime: Houses, acme: Books, all_of_it: bool
) -> None:
    acme.write("de", 'msgctxt "verb"\nmsgid "Open"\nmsgstr "Auf"\n')
    runtime = make_runtime(
        acme.plugin,
        "i18n",
        plugin__i18n__native_token=TOKEN,
        plugin__i18n__native_host=host,
        plugin__i18n__native_unreviewed=str(all_of_it).lower(),
        plugin__i18n__offer_from="0",
        plugin__i18n__withdraw_below="0",
    )
    overlay_of(languages_of(runtime.house)).fetch()
    asked = [each.path for each in delivery.seen if each.path.startswith("/content/")]
    assert asked
    assert {"reviewed" in path for path in asked} == {not all_of_it}


def test_an_answer_that_still_holds_is_not_sent_again(live: Live, delivery: Delivery) -> None:
    """The tag has no quotes, and goes back as it came."""
    live.overlay.fetch()
    assert live.overlay.fetch() == {"de": 3}
    asked = delivery.seen[-1].headers["If-None-Match"]
    assert len(asked) == 32
    assert '"' not in asked
    delivery.content["de"][KEYS["hello"]] = "Moin ${name}"
    live.overlay.fetch()
    assert live.said[0] == "Moin Ada"


def test_a_bad_string_is_left_out_and_the_others_come(
    live: Live, delivery: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    delivery.content["de"] |= {
        KEYS["hello"]: "<script>alert(1)</script>",
        KEYS["keys"]: "{???, plural, one {${m} Schlüssel} other {x",
        "acme||Bye": "Mehr auf www.evil.example",
        "unknown||key": "nobody asks for it",
    }
    live.overlay.fetch()
    assert live.said == ("Tag Ada", "Öffnen", "Servus", "1 key", "2 keys")
    assert "other markup than its source" in caplog.text
    assert "has an address that its source does not have" in caplog.text


FAULTS = [
    (Answer(503), "answers with 503"),
    (Answer(202), "has no answer ready after"),
    (Answer(200, b'{"data": [{"co', {"Content-Type": "application/json"}), "is none of its"),
    (as_json({"data": [{"code": "de"}]} | {"x": "y" * 999}), "is none of its answers"),
    (Answer(200, b"x" * 100, cut=50), "broke off"),
    (Answer(200, hangs=True), "does not answer"),
    (Answer(302, headers={"Location": "/elsewhere"}), "cannot be asked"),
    (Answer(429), "is asked too often"),
]


@pytest.mark.parametrize(("fault", "says"), FAULTS, ids=[says for _fault, says in FAULTS])
def test_whatever_goes_wrong_the_last_good_text_stays(
    live: Live,
    delivery: Delivery,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Answer,
    says: str,
) -> None:
    live.overlay.fetch()
    monkeypatch.setattr(native_module, "_TIMEOUT", (0.2, 0.2))
    delivery.fault = fault
    with pytest.raises(PlatformError, match=says):
        live.overlay.fetch()
    assert live.said == NEW
    # The thread says so, waits longer each time, and goes on when all is well.
    thread = Fetching(live.overlay, 900.0)
    with caplog.at_level(logging.WARNING):
        waits = [thread._round() for _round in range(2)]
    assert waits == [60.0, 120.0]
    assert "translations are as they were" in caplog.text
    assert TOKEN not in caplog.text
    delivery.fault = None
    assert thread._round() == 900.0


def test_a_bad_token_is_named_and_not_shown(acme: Books, host: str, tmp_path: Path) -> None:
    live = Live(acme, host, tmp_path / "native", token="1/wrong")
    with pytest.raises(PlatformError, match=r"refuses the token: look at .*native_token") as error:
        live.overlay.fetch()
    assert "wrong" not in str(error.value)


def test_a_copy_that_is_broken_is_no_copy(
    live: Live, acme: Books, host: str, tmp_path: Path
) -> None:
    live.overlay.fetch()
    (kept,) = (tmp_path / "native").glob("*.json")
    kept.write_text(kept.read_text()[:40])
    assert Live(acme, host, tmp_path / "native").said == OLD


def test_the_thread_begins_with_a_process_and_ends_with_it(live: Live, delivery: Delivery) -> None:
    thread = Fetching(live.overlay, 900.0)
    thread.start()
    thread.stop()
    assert live.said == NEW
    seen = len(delivery.seen)
    thread.finish()
    assert len(delivery.seen) == seen


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_each_process_fetches_in_a_thread_of_its_own_after_its_fork(
    live: Live, delivery: Delivery
) -> None:
    """The parent's thread stays behind; what the child fetches, the parent does not say."""
    thread = Fetching(live.overlay, 900.0)
    thread.start()
    thread.stop()
    thread.start()
    delivery.content["de"][KEYS["hello"]] = "Moin ${name}"
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child is not measured.
        try:
            signal.alarm(20)
            before = fetching()
            thread.start()
            after = fetching()
            thread.stop()
            os.write(writing, f"{before} {after} {live.said[0]}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"0 1 Moin Ada"
    os.close(reading)
    thread.stop()


def fetching() -> int:
    """How many threads of the overlay run in this process."""
    return sum(each.name == "ostiary-i18n-native" for each in threading.enumerate())


def test_messages_are_pushed_with_all_that_translators_need(
    acme: Books, delivery: Delivery, host: str
) -> None:
    template = template_of(acme.folder / "acme", "acme")
    assert template is not None
    details = native(host).push(source_strings("acme", template))
    assert details == {"created": 1, "updated": 0, "failed": 0}
    (sent,) = delivery.pushed
    assert sent["meta"]["purge"] is False
    hello, opened, keys = (sent["data"][KEYS[name]] for name in ("hello", "open", "keys"))
    assert hello["string"] == "Hello ${name}"
    assert hello["meta"]["developer_comment"] == "Of a mail."
    assert hello["meta"]["occurrences"] == ["mail.jinja"]
    assert (opened["meta"]["context"], opened["meta"]["tags"]) == (["verb"], ["acme", "critical"])
    assert keys["string"] == "{n, plural, one {${n} key} other {${n} keys}}"


@pytest.mark.parametrize(
    ("jobs", "fault", "says"),
    [
        (["failed"], None, "could not take it: no room"),
        (["pending"], None, "has no answer ready after 0.2 seconds"),
        ([], as_json({"message": "in flight"}, 409), "is still at work on the same strings"),
        ([], as_json({}, 403), "refuses token and secret"),
        ([], Answer(500, b"<html>"), "answers with 500"),
        ([], Answer(200, b"<html>"), "no JSON"),
    ],
)
def test_a_push_that_fails_says_why(
    acme: Books, delivery: Delivery, host: str, jobs: list[str], fault: Answer | None, says: str
) -> None:
    delivery.jobs, delivery.fault = jobs, fault
    with pytest.raises(PlatformError, match=says):
        native(host).push([])


def test_a_push_needs_the_secret(host: str) -> None:
    with pytest.raises(PlatformError, match="native_secret"):
        Native(TOKEN, None, host).push([])


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ("{n, plural, one {${n} a} other {b}}", {"one": "${n} a", "other": "b"}),
        ("{???, plural, other {${n} 個}}", {"other": "${n} 個"}),
        ("{n,plural, zero {} two {x {y} z} }", {"zero": "", "two": "x {y} z"}),
        ("plain", {}),
        ("{n, plural, one {a} other {b}", {}),
        ("{n, plural, one {a} more {b}}", {}),
        ("{n, select, one {a}}", {}),
    ],
)  # fmt: skip
def test_plurals_of_icu_are_taken_apart(said: str, options: dict[str, str]) -> None:
    assert plural_categories(said) == options


@pytest.mark.parametrize(
    ("locale", "forms"),
    [
        ("ru", ("одна", "две", "пять")),
        ("ar", ("صفر", "واحد", "اثنان", "قليل", "آخر", "كثير")),
        ("ja", ("他",)),
        ("pt_BR", ("uma", "outras")),
    ],
)
def test_the_categories_of_cldr_become_the_forms_of_gettext(
    locale: str, forms: tuple[str, ...]
) -> None:
    names = {
        "ru": ("one", "few", "many"),
        "ar": ("zero", "one", "two", "few", "other", "many"),
        "ja": ("other",),
        "pt_BR": ("one", "other"),
    }[locale]
    options = " ".join(f"{name} {{{form}}}" for name, form in zip(names, forms, strict=True))
    if locale == "ru":
        options += " other {дробь}"
    tag = read(locale)
    assert tag is not None
    found = locale_of(tag)
    assert found is not None
    assert plural_forms(f"{{n, plural, {options}}}", found) == forms


def test_pages_go_on_in_the_last_good_words(
    acme: Books, delivery: Delivery, host: str, make_runtime: Houses, unshipped: None
) -> None:
    """The house's own page in words from the platform, which then breaks down; and by command."""
    # Without its critical message the language would not be offered.
    acme.write("de", 'msgctxt "verb"\nmsgid "Open"\nmsgstr "Auf"\n')
    acme.domains.append("ostiary_i18n")
    acme.write("de", ("Language", "Sprache"), domain="ostiary_i18n", place="ostiary_i18n")
    template = acme.folder / "ostiary_i18n" / "ostiary_i18n.pot"
    template.write_text(po([("Language", "")]), "utf-8")
    delivery.content["de"]["ostiary_i18n||Language"] = "Sprachwahl"
    runtime = make_runtime(
        acme.plugin,
        "i18n",
        plugin__i18n__native_token=TOKEN,
        plugin__i18n__native_secret=SECRET,
        plugin__i18n__native_host=host,
        plugin__i18n__offer_from="0",
        plugin__i18n__withdraw_below="0",
    )
    visitor = Visitor(runtime, language="de")
    # The worker begins with its first request; the test fetches by itself.
    visitor.get("/health")
    runtime.chores.stop()
    group = i18n_group(runtime.house)
    fetched = CliRunner().invoke(group, ["native-fetch", "--json"])
    assert json.loads(fetched.stdout) == [{"locale": "de", "translated": 4}]
    assert visitor.get("/language").html.find("h1").get_text() == "Sprachwahl"
    explained = CliRunner().invoke(group, ["explain", "Language", "--locale", "de", "--json"])
    assert [each["layer"] for each in json.loads(explained.stdout)] == ["overlay", "package"]
    delivery.fault = Answer(401, b"<html>")
    failed = CliRunner().invoke(group, ["native-fetch"])
    assert isinstance(failed.exception, PlatformError)
    assert visitor.get("/language").html.find("h1").get_text() == "Sprachwahl"
    assert TOKEN not in repr(runtime.localization) + fetched.output + str(failed.exception)
