"""Ids of rows and events."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest

from ostiary.store.ids import uuid7

NOW = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_an_id_is_a_uuid7_that_begins_with_its_time() -> None:
    """The time of the example in RFC 9562, appendix A.6."""
    made = UUID(uuid7(NOW))
    assert (made.version, made.variant) == (7, RFC_4122)
    assert str(made).startswith("017f22e2-79b0-7")


def test_ids_sort_by_time_and_never_repeat() -> None:
    later = [uuid7(NOW + timedelta(milliseconds=ms)) for ms in range(1000)]
    assert later == sorted(later)
    assert len({uuid7(NOW) for _ in range(1000)}) == 1000


def test_a_local_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        uuid7(datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused.
