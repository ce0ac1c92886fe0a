"""Which languages are offered, counted from catalogs or from what was counted before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ostiary.contracts import SettingsError
from ostiary_i18n.coverage import Counted, Coverage, counted, from_json, to_json
from ostiary_i18n.offering import Standing, offered_before, remember, standings
from ostiary_i18n.settings import I18nSettings
from ostiary_i18n.tags import Tag

from .conftest import Books, Message, po

DE, FR = Tag("de", "Latn"), Tag("fr", "Latn")
MESSAGES = [f"message {number}" for number in range(10)]


def template(books: Books, critical: Sequence[str] = ()) -> None:
    """The package's messages."""
    folder = books.folder / "acme"
    folder.mkdir(exist_ok=True)
    lines = [
        ("#. [critical]\n" if each in critical else "") + f'msgid "{each}"\nmsgstr ""\n'
        for each in MESSAGES
    ]
    (folder / "acme.pot").write_text(po(lines), "utf-8")


def translated(books: Books, locale: str, count: int, place: str = "acme") -> None:
    books.write(locale, *((each, f"{each} {locale}") for each in MESSAGES[:count]), place=place)


def standing(books: Books, *before: str, **settings: object) -> Standing:
    """How German stands."""
    known = I18nSettings(**settings)  # type: ignore[arg-type] # as the test gives them
    return standings(books.layers, known, before)[DE]


@pytest.mark.parametrize(
    ("count", "before", "offered"),
    [
        (10, (), True),
        (7, (), True),
        (6, (), False),
        (6, ("de",), True),
        (5, ("de",), False),
        (0, ("de",), False),
    ],
)
def test_a_language_comes_at_one_threshold_and_goes_at_a_lower_one(
    books: Books, count: int, before: tuple[str, ...], offered: bool
) -> None:
    template(books)
    translated(books, "de", count)
    assert standing(books, *before).offered is offered


def test_a_language_that_lacks_a_critical_message_is_not_offered(books: Books) -> None:
    template(books, critical=[MESSAGES[9]])
    translated(books, "de", 9)
    found = standing(books, "de", offer_from=0, withdraw_below=0)
    assert (found.offered, found.why) == (False, "1 critical messages are missing: acme")
    translated(books, "de", 10)
    assert standing(books).offered


def test_a_package_without_a_language_does_not_take_it_from_the_others(books: Books) -> None:
    """Its critical messages are in English either way; once it speaks the language, they count."""
    template(books)
    translated(books, "de", 10)
    books.domains.append("plugin")
    lines: list[Message] = ['#. [critical]\nmsgid "Refused"\nmsgstr ""\n', ("Hello", "")]
    (books.folder / "plugin").mkdir()
    (books.folder / "plugin" / "plugin.pot").write_text(po(lines), "utf-8")
    found = standing(books)
    assert (found.offered, found.coverage) == (True, Coverage(12, 10))
    # A catalog that was begun and has nothing yet says nothing.
    books.write("de", ("Hello", ""), place="plugin", domain="plugin")
    assert standing(books).offered
    books.write("de", ("Hello", "Hallo"), place="plugin", domain="plugin")
    assert standing(books).why == "1 critical messages are missing: plugin"
    # The operator can mend that without the plugin's author.
    books.write("de", ("Refused", "Abgelehnt"), place="overrides", domain="plugin")
    assert standing(books).offered


def test_what_the_core_says_is_in_every_language_that_is_offered(books: Books) -> None:
    template(books)
    translated(books, "de", 10)
    books.domains.append("ostiary")
    (books.folder / "ostiary").mkdir()
    lines = ['#. [critical]\nmsgid "Sign in"\nmsgstr ""\n']
    (books.folder / "ostiary" / "ostiary.pot").write_text(po(lines), "utf-8")
    assert standing(books, offer_from=0, withdraw_below=0).coverage.critical_missing == 1
    assert not standing(books, offer_from=0, withdraw_below=0).offered


def test_a_message_that_is_bad_does_not_count(books: Books) -> None:
    template(books)
    marked = [(each, f"<b>{each}</b>") for each in MESSAGES[:5]]
    books.write("de", *marked, *((each, "  ") for each in MESSAGES[5:]))
    assert standing(books).coverage == Coverage(10, 0)


def test_the_operator_may_complete_a_language(books: Books) -> None:
    template(books)
    translated(books, "de", 3)
    translated(books, "de", 10, place="overrides")
    assert standing(books).coverage == Coverage(10, 10)


def test_the_operator_may_name_the_languages(books: Books) -> None:
    template(books)
    translated(books, "de", 10)
    translated(books, "fr", 10)
    found = standings(books.layers, I18nSettings(locales=("fr",)))
    assert (found[DE].offered, found[FR].offered) == (False, True)
    assert found[DE].why == "not in the operator's list"


def test_what_was_counted_is_read_and_no_catalog(books: Books) -> None:
    """Where the count is damaged, the catalogs themselves are counted."""
    template(books)
    translated(books, "de", 10)
    path = books.folder / "acme" / "coverage.json"
    known = Counted(10, 0, {DE: Coverage(10, 8)})
    path.write_text(json.dumps({"acme": to_json(known, {DE: "de"})}))
    assert standing(books).coverage == Coverage(10, 8)
    for damaged in ("{", "[]", '{"acme": {"messages": "x"}}', '{"acme": {"locales": 3}}'):
        path.write_text(damaged)
        assert standing(books).coverage == Coverage(10, 10)


def test_a_count_comes_back_as_it_was() -> None:
    known = Counted(10, 2, {DE: Coverage(10, 8, 1), FR: Coverage(10, 0, 2)})
    assert from_json(to_json(known, {DE: "de", FR: "fr"})) == known


def test_a_region_has_what_its_language_has(books: Books) -> None:
    template(books)
    translated(books, "de", 8)
    translated(books, "de_AT", 1)
    (shelf,) = books.layers.shelves("acme")
    assert counted([shelf], "acme").of(Tag("de", "Latn", "AT")).translated == 8


def test_what_is_offered_is_remembered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "i18n"
    assert offered_before(folder) == frozenset()
    remember(folder, ["de", "fr"])
    assert offered_before(folder) == {"de", "fr"}
    (folder / "offered.json").write_text("{")
    assert offered_before(folder) == frozenset()
    assert "cannot be used" in caplog.text
    remember(tmp_path / "nowhere" / "i18n", ["de"])
    assert "cannot be written" in caplog.text


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("colour", "red", "plugin.i18n.colour is not a setting"),
        ("locales", "de ../x", "locales names '../x'"),
        ("default", "xx", "default names 'xx'"),
        ("offer_from", "101", "offer_from is '101'"),
        ("withdraw_below", "-1", "withdraw_below is '-1'"),
        ("withdraw_below", "80", "above offer_from"),
        ("pseudo", "maybe", "pseudo is 'maybe'"),
        ("native_every", "0", "native_every is '0'"),
        ("native_host", "http://evil.example", "native_host is not an https:// address"),
    ],
)
def test_a_wrong_setting_says_what_and_how_to_mend(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        I18nSettings.from_mapping({name: value})


def test_settings_are_read_and_tokens_are_not_shown() -> None:
    found = I18nSettings.from_mapping(
        {"locales": "de, pt_br", "native_token": "1/secret", "pseudo": "yes", "overrides": "/x"}
    )
    assert found.locales == ("de", "pt-BR")
    assert (found.pseudo, found.overrides) == (True, Path("/x"))
    assert "secret" not in f"{found!r} {found}"
