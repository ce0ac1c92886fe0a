"""A mail before a token ends: in time, once, and only where somebody may have forgotten it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ostiary.testing.clock import Clock
from ostiary.testing.outbox import Outbox
from ostiary_tokens.caveats import written
from ostiary_tokens.reminding import EARLY, remind
from ostiary_tokens.settings import TokenSettings
from plugins.tokens.tests.conftest import Desk, MakeDesk, app_of, with_address

SECOND = timedelta(seconds=1)
SUBJECT = "API token ends soon: ci"


def told(outbox: Outbox) -> int:
    return [each.subject for each in outbox.to("ada@example.org")].count(SUBJECT)


def lasting(desk: Desk, length: timedelta) -> str:
    return desk.token(written("exp", int((desk.runtime.now() + length).timestamp())))


def test_the_owner_is_told_some_days_before_and_once(
    desk: Desk, clock: Clock, outbox: Outbox
) -> None:
    app = app_of(desk)
    with_address(desk)
    lasting(desk, timedelta(days=30))
    clock.advance(timedelta(days=30) - EARLY - timedelta(minutes=1))
    desk.runtime.chores.do()
    assert told(outbox) == 0
    clock.advance(timedelta(minutes=2))
    for _again in range(3):
        desk.runtime.chores.do()
        clock.advance(timedelta(days=1))
    assert told(outbox) == 1
    assert "ends at" in outbox.last.text
    assert app


def test_of_several_processes_one_tells(desk: Desk, clock: Clock, outbox: Outbox) -> None:
    with_address(desk)
    lasting(desk, timedelta(days=30))
    clock.advance(timedelta(days=24))
    house, settings = desk.runtime.house, TokenSettings.from_mapping({})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _each: remind(house, settings), range(4)))
    assert told(outbox) == 1


@pytest.mark.parametrize("length", [timedelta(hours=1), 2 * EARLY - timedelta(minutes=1)])
def test_of_a_token_that_is_short_lived_anyway_nothing_is_said(
    desk: Desk, clock: Clock, outbox: Outbox, length: timedelta
) -> None:
    app_of(desk)
    with_address(desk)
    lasting(desk, length)
    for _day in range(16):
        desk.runtime.chores.do()
        clock.advance(timedelta(days=1))
    assert told(outbox) == 0


def test_nothing_is_said_of_tokens_that_have_ended_were_revoked_or_have_no_end(
    desk: Desk, clock: Clock, outbox: Outbox
) -> None:
    app_of(desk)
    ada = with_address(desk)
    lasting(desk, timedelta(days=30))
    desk.token()
    lasting(desk, timedelta(days=40))
    desk.keeper.revoke(desk.keeper.of(ada)[-1].credential)
    clock.advance(timedelta(days=36))
    desk.runtime.chores.do()
    assert told(outbox) == 0


def test_the_operators_end_is_told_of_too_also_of_older_tokens(
    make_desk: MakeDesk, clock: Clock, outbox: Outbox
) -> None:
    """Whichever comes first; and not of both."""
    desk = make_desk()
    with_address(desk)
    desk.token()
    lasting(desk, timedelta(days=365))
    later = make_desk(verifier__tokens__max_lifetime="60d")
    app_of(later)
    clock.advance(timedelta(days=60) - EARLY - SECOND)
    later.runtime.chores.do()
    assert told(outbox) == 0
    clock.advance(2 * SECOND)
    later.runtime.chores.do()
    later.runtime.chores.do()
    subjects = [each.subject for each in outbox.to("ada@example.org")]
    assert sum("ends soon" in each for each in subjects) == 2
    clock.advance(timedelta(days=300))
    later.runtime.chores.do()
    assert len(outbox.to("ada@example.org")) == len(subjects)
