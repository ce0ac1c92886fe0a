"""Times, numbers and lists where no localization writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ostiary.text import Shown, catalog, show, translations, use_locale
from ostiary.text.locale import current_locale, current_zone


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (datetime(2026, 5, 4, 14, 30, tzinfo=timezone(timedelta(hours=2))), "2026-05-04 12:30 UTC"),
        (date(2026, 5, 4), "2026-05-04"),
        (timedelta(seconds=-1), "1 second ago"),
        (timedelta(0), "in 0 seconds"),
        (timedelta(minutes=-90), "1 hour ago"),
        (timedelta(days=3), "in 3 days"),
        (1234567, "1234567"),
        (1.5, "1.5"),
        (["a", "b"], "a, b"),
    ],
)
def test_values_are_plain(value: Shown, shown: str) -> None:
    assert show(value) == shown


class Formatting:
    """Says what it was asked."""

    locales = ("de",)

    def show(self, value: object, locale: str, zone: str | None, /) -> str:
        return f"{value} {locale} {zone}"


def test_a_localization_that_knows_how_writes_them_in_the_current_zone() -> None:
    at = datetime(2026, 5, 4, tzinfo=UTC)
    with use_locale(Formatting(), "de", "Europe/Berlin"):  # type: ignore[arg-type] # enough of one
        assert show(3) == "3 de Europe/Berlin"
        assert show(at).endswith("de Europe/Berlin")
        assert current_zone() == "Europe/Berlin"
    assert (current_locale()[1], current_zone()) == ("en", None)


def test_the_catalog_of_a_package_is_in_its_folder() -> None:
    title = translations("ostiary")[0]("Accounts")
    own, other = catalog(title), catalog(title, "jinja2")
    assert (own.domain, own.title) == ("ostiary", title)
    assert own.directory.endswith("/ostiary/locale")
    assert (other.domain, other.directory.endswith("/jinja2/locale")) == ("jinja2", True)
