"""Times within sentences: kept in UTC, written by whoever knows how the reader writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.contracts import Text
from ostiary.testing.locales import PseudoLocalization
from ostiary.text import moment, text_from_json, text_to_json, translations
from ostiary.text.moments import MOMENTS, moment_of, stored_moment

_, _n, _p, _np = translations("ostiary_test")

AT = datetime(2026, 5, 4, 12, 30, tzinfo=timezone(timedelta(hours=2)))


def test_without_a_localization_it_is_as_iso_8601_orders_it_in_utc() -> None:
    assert str(_("Until ${time}.", time=moment(AT))) == "Until 2026-05-04 10:30 UTC."
    assert str(_("On ${day}.", day=moment(date(2026, 5, 4)))) == "On 2026-05-04."


@given(st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - as it wants it
def test_it_is_had_back_to_the_minute_also_from_a_row(at: datetime) -> None:
    kept = text_from_json(text_to_json(moment(at)))
    assert moment_of(kept) == at.replace(second=0, microsecond=0)


@given(st.dates())
def test_a_day_is_had_back(day: date) -> None:
    assert moment_of(moment(day)) == day


@pytest.mark.parametrize("said", ["", "today", "2026-13-01", "2026-02-30 10:00 UTC", "2026-05-04 "])
def test_what_no_calendar_has_is_no_time(said: str) -> None:
    """A row may hold anything: it stays the words that it is."""
    assert moment_of(Text(MOMENTS, said)) is None


def test_other_texts_are_none() -> None:
    assert moment_of(Text("ostiary", "2026-05-04")) is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("2026-05-04T10:30:00+00:00", "2026-05-04 10:30 UTC"),
        ("2026-05-04T12:30:15.25+02:00", "2026-05-04 10:30 UTC"),
        ("2026-05-04T10:30:00Z", "2026-05-04 10:30 UTC"),
        ("2026-05-04T10:30:00", None),
        ("2026-05-04", None),
        ("2026-13-04T10:30:00Z", None),
        ("release 2026-05-04T10:30:00Z", None),
    ],
)
def test_a_stored_time_is_one_with_its_zone(said: str, told: str | None) -> None:
    found = stored_moment(said)
    assert (None if found is None else str(found)) == told


def test_a_pseudo_locale_leaves_it_readable() -> None:
    said = PseudoLocalization().say(_("Until ${time}", time=moment(AT)), "en-XA")
    assert "2026-05-04 10:30 UTC" in said
