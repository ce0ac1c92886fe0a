"""Catalogs that are linked and never merged, and messages that are not fit to be shown."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from ostiary.contracts import Text
from ostiary.text import NullLocalization, moment, use_locale
from ostiary_i18n.checks import Source, faults

from .conftest import Books, _, _n, _np, _p

RUSSIAN = (
    "Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
    "(n%100<10 || n%100>=20) ? 1 : 2);"
)


def keys(n: int) -> Text:
    return _n("${n} key", "${n} keys", n)


@pytest.mark.parametrize("compiled", [False, True])
def test_texts_are_said_with_values_contexts_and_plurals(books: Books, compiled: bool) -> None:
    books.write(
        "de",
        ("Hello ${name}", "Hallo ${name}"),
        'msgctxt "verb"\nmsgid "Open"\nmsgstr "Öffnen"\n',
        'msgctxt "USB"\nmsgid "${n} key"\nmsgid_plural "${n} keys"\n'
        'msgstr[0] "${n} Stick"\nmsgstr[1] "${n} Sticks"\n',
        ("${n} key", "${n} keys", ["${n} Schlüssel", "${n} Schlüssel!"]),
        compiled=compiled,
    )
    de = books.voice("de")
    assert de.say(_("Hello ${name}", name="Ada")) == "Hallo Ada"
    assert de.say(_("Hello ${name}", name=_p("verb", "Open"))) == "Hallo Öffnen"
    assert de.say(_("Open")) == "Open"
    assert de.say(_np("USB", "${n} key", "${n} keys", 2)) == "2 Sticks"
    assert de.say(_n("${n} key", "${n} keys", 1)) == "1 Schlüssel"
    assert de.say(_n("${n} key", "${n} keys", 1234)) == "1.234 Schlüssel!"


def test_an_empty_text_says_nothing_of_the_header(books: Books) -> None:
    books.write("de", ("a", "b"))
    assert books.voice("de").say(_("")) == ""


def test_each_catalog_keeps_its_own_plural_rule(books: Books) -> None:
    """Merged, ``pt_BR`` after ``pt`` would say zero as ``pt`` does (which has no rule for it)."""
    books.write(
        "pt",
        ("${n} key", "${n} keys", ["${n} chave", "${n} chaves"]),
        ("${n} page", "${n} pages", ["${n} pagina", "${n} paginas"]),
        header="Plural-Forms: nplurals=2; plural=(n != 1);",
    )
    books.write(
        "pt_BR",
        ("${n} key", "${n} keys", ["${n} chave BR", "${n} chaves BR"]),
        header="Plural-Forms: nplurals=2; plural=(n > 1);",
    )
    voice = books.voice("pt-BR")
    assert voice.say(keys(0)) == "0 chave BR"
    assert voice.say(_n("${n} page", "${n} pages", 0)) == "0 paginas"


@pytest.mark.parametrize("header", [None, "Language: ru"])
def test_an_override_without_a_rule_gets_that_of_its_language(
    books: Books, header: str | None
) -> None:
    books.write(
        "ru", ("${n} file", "${n} files", ["${n} файл", "${n} файла", "${n} файлов"]),
        header=RUSSIAN,
    )  # fmt: skip
    books.write(
        "ru",
        ("${n} key", "${n} keys", ["${n} ключ", "${n} ключа", "${n} ключей"]),
        header=header,
        place="overrides",
    )
    voice = books.voice("ru")
    assert [voice.say(keys(n)) for n in (1, 2, 5, 11, 21)] == [
        "1 ключ", "2 ключа", "5 ключей", "11 ключей", "21 ключ",
    ]  # fmt: skip
    assert voice.say(_n("${n} file", "${n} files", 21)) == "21 файл"


def test_a_region_comes_before_its_language_and_the_operator_before_the_package(
    books: Books,
) -> None:
    books.write("pt", ("a", "package pt"), ("b", "package pt"), ("c", "package pt"))
    books.write("pt_BR", ("a", "package BR"), ("b", "package BR"))
    books.write("pt", ("a", "operator pt"), ("c", "operator pt"), place="overrides")
    books.write("pt_BR", ("a", "operator BR"), place="overrides")
    voice = books.voice("pt-BR")
    said = [voice.say(_(letter)) for letter in "abcd"]
    # The operator's Portuguese does not hide what is Brazilian.
    assert said == ["operator BR", "package BR", "operator pt", "d"]


def test_a_script_never_falls_back_to_another(books: Books) -> None:
    books.write("zh_Hans", ("a", "简"))
    books.write("zh_Hant", ("b", "繁"))
    voice = books.voice("zh-Hant-HK")
    assert (voice.say(_("a")), voice.say(_("b"))) == ("a", "繁")


def test_a_domain_is_not_looked_for_in_another(books: Books) -> None:
    books.domains.append("other")
    books.write("de", ("a", "anders"), domain="other", place="other")
    assert books.voice("de").say(_("a")) == "a"


def test_what_is_fuzzy_or_half_translated_is_said_in_english(books: Books) -> None:
    books.write(
        "de",
        '#, fuzzy\nmsgid "a"\nmsgstr "vielleicht"\n',
        ("${n} key", "${n} keys", ["${n} Schlüssel", ""]),
    )
    voice = books.voice("de")
    assert voice.say(_("a")) == "a"
    assert voice.say(keys(3)) == "3 keys"


BAD = [
    ("Hello ${name}", "Hallo ${nane}", "has ${nane}, which its source does not have"),
    ("Hello ${name}", "Hallo", "lacks ${name}"),
    ("Hello ${name}", "Hallo ${name} ${ name }", "has a broken placeholder"),
    ("Hello ${name}", "Hallo %(name)s ${name}", "has a broken placeholder"),
    ("Hello ${name}", "Привет ${имя}", "lacks ${name}"),
    ("Sign in", "<script>alert(1)</script>", "has other markup than its source: <script>"),
    ("Sign in", "<img src=x onerror=alert(1)>", "has other markup"),
    ("Sign in", "Anmelden&nbsp;!", "has other markup than its source: &nbsp;"),
    ('See <a href="/x">this</a>', 'Siehe <a href="//evil">das</a>', "has other markup"),
    ("See <b>this</b>", "Siehe das", "has other markup"),
    ("Sign in", "nedlemnA\u202e", "is invisible and changes what is seen"),
    ("Sign in", "An\u2067melden", "opens or closes an isolate too often"),
    ("Sign in", "Anmelden\x00", "is invisible"),
    ("Sign in", "Anmelden\n", "ends with a line break"),
    ("Sign in", "Siehe https://evil.example/x", "not have: https://evil.example/x"),
    ("Sign in", "Siehe WWW.evil.example!", "does not have: www.evil.example"),
    ("See https://good.example/.", "Siehe https://good.example.evil.example/.", "an address"),
    ("See https://...", "Siehe https://\u0440\u0444", "have: https://\\u0440\\u0444"),
    ("To ${link}", "Zu ://${link}", "has an address that its source does not have: ://${link}"),
    ("Sign in", " \t", "is empty"),
    ("Sign in", "\u200f\u200d\xa0", "is empty"),
    ("Sign in", '<b a="\x1b\u202e">An</b>', "<b a='"),
    ("Sign in", "A" * 81, "is 81 letters long; there is room for 80"),
]


@pytest.mark.parametrize(("source", "bad", "why"), BAD)
def test_a_bad_message_gives_way_to_its_source_and_is_logged(
    books: Books, caplog: pytest.LogCaptureFixture, source: str, bad: str, why: str
) -> None:
    books.write("de", (source, bad), ("good", "gut"))
    voice = books.voice("de")
    with caplog.at_level(logging.WARNING):
        assert voice.say(_(source)) == source
    if "\x00" not in bad:
        (line,) = caplog.messages
        assert why in line
        assert "acme.po" in line
    assert voice.say(_("good")) == "gut"


UNSEEN = (
    "\u2028", "\u2029", "\ufeff", "\u200b", "\u2060", "\u2063", "\u206a", "\u180e", "\u034f",
    "\u3164", "\u115f", "\u1160", "\uffa0", "\U000e0041", "\U000e0001", "\U000f0000",
    "\U0010fffd", "\ue000", "\ud800", "\ufffe", "\r", "\x85",
)  # fmt: skip


@pytest.mark.parametrize("letter", UNSEEN, ids=ascii)
def test_what_nobody_sees_is_refused_by_its_number(letter: str) -> None:
    (fault,) = faults(Source("Sign in"), (f"An{letter}melden",), 2)
    assert (fault.kind, f"U+{ord(letter):04X}" in fault.says) == ("control", True)


@pytest.mark.parametrize("letter", ["\x1b", "\u202e", "\x07", "\u2066", "\n"])
def test_a_fault_does_nothing_to_a_terminal(letter: str) -> None:
    bad = (
        f"<i{letter} x='{letter}'>",
        f"$ {letter}{{",
        f"https://{letter}",
        f"&a{letter};<!--{letter}",
    )
    for form in bad:
        for fault in faults(Source("Sign in"), (form,), 2):
            assert fault.says.isascii()
            assert fault.says.isprintable()


def test_a_bad_plural_gives_way_to_the_next_catalog(books: Books) -> None:
    """Two forms are too few for Russian; the package's are used."""
    books.write("ru", ("${n} key", "${n} keys", ["${n} ключ", "${n} ключа", "${n} ключей"]))
    books.write("ru", ("${n} key", "${n} keys", ["${n} x", "${n} y"]), place="overrides")
    assert books.voice("ru").say(keys(5)) == "5 ключей"


@pytest.mark.parametrize(
    ("source", "form"),
    [
        ("Hello ${name}", "${name}, hallo"),
        ("See <b>this</b>", "<b>Das</b> siehe"),
        ("Terms & conditions", "Bedingungen & Regeln"),
        ("a < b", "a < b"),
        ("Sign in", "\u2068Anmelden\u2069\u200f"),
        (
            "Sign in",
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0915\u094d\u200d\u200e\u061c",
        ),
        ("Sign in", "An\xadmelden"),
        ("As “Label, https://...”.", "「Label, https://...」の形式。"),
        ("See https://good.example/a.", "Siehe „https://good.example/a“!"),
        ("—", "–"),
    ],
)
def test_a_sound_message_has_no_fault(source: str, form: str) -> None:
    assert faults(Source(source), (form,), 2) == []


def test_a_plural_may_say_its_number_in_words() -> None:
    source = Source("${n} key of ${who}", "${n} keys of ${who}")
    assert faults(source, ("ein Schlüssel von ${who}", "${n} Schlüssel von ${who}"), 2) == []
    assert faults(source, ("ein Schlüssel", "${n} Schlüssel von ${who}"), 2) != []


HEADER = b'msgid ""\nmsgstr "%s\\n"\n\nmsgid "a"\nmsgstr "b"\n'


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe nonsense",
        HEADER % b"Plural-Forms: nplurals=2; plural=__import__(1);",
        HEADER % b"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;",
        HEADER % b"Content-Type: text/plain; charset=nonsense",
    ],
)
def test_a_file_that_is_no_catalog_is_left_out(
    books: Books, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    books.write("de", ("a", "gut"))
    path = books.write("de", place="overrides")
    path.write_bytes(content)
    assert books.voice("de").say(_("a")) == "gut"
    assert "is left out" in caplog.text


@pytest.mark.parametrize("cut", [3, 20, 40, 70])
def test_half_a_compiled_file_is_left_out(
    books: Books, caplog: pytest.LogCaptureFixture, cut: int
) -> None:
    books.write("de", ("a", "gut"))
    path = books.write("de", ("a", "b"), place="overrides", compiled=True).with_suffix(".mo")
    path.write_bytes(path.read_bytes()[:cut])
    assert books.voice("de").say(_("a")) == "gut"
    assert "is left out" in caplog.text


def test_a_catalog_is_read_when_it_is_first_asked_and_once(books: Books) -> None:
    path = books.write("de", ("a", "eins"))
    voice = books.voice("de")
    path.write_text(path.read_text("utf-8").replace("eins", "zwei"), "utf-8")
    assert voice.say(_("a")) == "zwei"
    path.unlink()
    assert voice.say(_("a")) == "zwei"
    voice.forget()
    assert voice.say(_("a")) == "a"


def test_texts_of_made_up_domains_leave_nothing_behind(books: Books) -> None:
    voice = books.voice("de")
    for number in range(1000):
        stranger = type(_("a"))(f"../{number}", "a")
        assert voice.say(stranger) == "a"
    assert len(voice._chains) == 0


def test_values_stand_apart_in_a_language_from_the_right(books: Books) -> None:
    books.write("ar", ("Hello ${name}", "مرحبا ${name}"))
    said = books.voice("ar").say(_("Hello ${name}", name="1.2 ada"))
    assert said == "مرحبا \u20681.2 ada\u2069"


def test_a_time_within_a_sentence_is_in_the_words_and_the_zone_of_its_reader(books: Books) -> None:
    books.write("de", ("Until ${time}", "Bis ${time}"))
    text = _("Until ${time}", time=moment(datetime(2026, 5, 4, 23, 30, tzinfo=UTC)))
    assert books.voice("de").say(text) == "Bis 04.05.2026, 23:30 UTC"
    with use_locale(NullLocalization(), "de", "Europe/Berlin"):
        assert books.voice("de").say(text) == "Bis 05.05.2026, 01:30 CEST"
    assert str(text) == "Until 2026-05-04 23:30 UTC"
