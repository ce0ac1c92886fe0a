"""Where a token is used from: what is new, who is told, and how often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from webtest import TestApp

from ostiary.contracts import Client
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events
from ostiary.testing.outbox import Outbox
from ostiary_tokens.noting import KEPT, Used, forget, note, place_of
from ostiary_tokens.tables import chains, places
from plugins.tokens.tests.conftest import Desk, app_of, narrowed, with_address

SUBJECT = "API token used from a new place: ci"


def use(app: TestApp, token: str, address: str = "192.0.2.9") -> None:
    headers = {"Authorization": f"Bearer {token}"}
    app.post("/upload/acme", headers=headers, extra_environ={"REMOTE_ADDR": address})


def told(outbox: Outbox) -> int:
    return [each.subject for each in outbox.to("ada@example.org")].count(SUBJECT)


def test_the_first_use_from_a_place_is_an_event_and_a_mail(
    app: TestApp, desk: Desk, events: Events, outbox: Outbox
) -> None:
    ada = with_address(desk)
    token = desk.token()
    (listed,) = desk.keeper.of(ada)
    use(app, narrowed(token, ["delegate", "ci.example"]))
    (event,) = events.of("token.new-place")
    assert (event.subject, event.client.address) == (ada, "192.0.2.9")
    assert event.details == {"token": listed.id, "name": "ci"}
    assert (event.actor.credential, event.actor.delegates) == (listed.id, ("ci.example",))
    assert told(outbox) == 1
    assert "192.0.2.9" in outbox.last.text
    assert "ci.example" in outbox.last.text
    assert token not in outbox.last.text


def test_a_known_place_is_no_news_whoever_comes_from_there_and_whenever(
    app: TestApp, desk: Desk, events: Events, clock: Clock
) -> None:
    token = desk.token()
    for copy in (token, token, narrowed(token, ["delegate", "a"])):
        use(app, copy)
        clock.advance(timedelta(hours=30))
    assert len(events.of("token.new-place")) == 1
    use(app_of(desk), token)
    assert len(events.of("token.new-place")) == 1


def test_each_new_place_is_an_event_and_one_a_day_a_mail(
    app: TestApp, desk: Desk, events: Events, outbox: Outbox, clock: Clock
) -> None:
    """A job that runs somewhere else each time must not bury its owner in mail."""
    with_address(desk)
    token = desk.token()
    for number in range(3):
        use(app, token, f"198.51.100.{number}")
    assert (len(events.of("token.new-place")), told(outbox)) == (3, 1)
    clock.advance(timedelta(days=1))
    use(app, token, "198.51.100.9")
    assert (len(events.of("token.new-place")), told(outbox)) == (4, 2)


def test_a_place_is_new_for_each_token(app: TestApp, desk: Desk, events: Events) -> None:
    use(app, desk.token())
    use(app, desk.token())
    assert len(events.of("token.new-place")) == 2


def test_of_first_uses_at_once_one_is_told_of(
    app: TestApp, desk: Desk, events: Events, outbox: Outbox
) -> None:
    with_address(desk)
    token = desk.token()
    (listed,) = desk.keeper.of(desk.user().id)
    house, now = desk.runtime.house, desk.runtime.now()
    used = [
        Used(listed.id, "id-ada", "ci", (name,), "203.0.113.5") for name in ("a", "b", "c", "d")
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: note(house, each, now), used))
    assert token
    assert (len(events.of("token.new-place")), told(outbox)) == (1, 1)


def test_what_is_refused_is_no_use(app: TestApp, desk: Desk, events: Events) -> None:
    token = desk.token()
    headers = {"Authorization": f"Bearer {token}"}
    app.post("/delete/acme", headers=headers, status=403)
    app.post("/upload/acme", headers={"Authorization": f"Bearer {token}x"}, status=401)
    assert events.of("token.new-place") == []


def test_of_a_token_that_was_revoked_meanwhile_nothing_is_kept(desk: Desk) -> None:
    desk.token()
    (listed,) = desk.keeper.of(desk.user().id)
    desk.keeper.revoke(listed.credential)
    used = Used(listed.id, "id-ada", "ci", (), "192.0.2.9")
    with pytest.raises(IntegrityError):
        note(desk.runtime.house, used, desk.runtime.now())
    with desk.runtime.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(places)).scalar() == 0


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        (None, None),
        ("", None),
        ("nowhere", None),
    ],
)
def test_a_place_is_an_address_or_a_site(address: str | None, place: str | None) -> None:
    assert place_of(address) == place


def test_places_and_chains_are_forgotten_once_nothing_comes_from_there(
    app: TestApp, desk: Desk, clock: Clock
) -> None:
    token = desk.token()
    use(app, narrowed(token, ["delegate", "old"]))
    clock.advance(KEPT)
    use(app, narrowed(token, ["delegate", "new"]), "198.51.100.1")
    clock.advance(timedelta(seconds=1))
    forget(desk.runtime.house)
    with desk.runtime.store.read() as connection:
        assert connection.execute(select(places.c.place)).scalars().all() == ["198.51.100.1"]
        assert connection.execute(select(func.count()).select_from(chains)).scalar() == 1


def test_the_house_sees_to_it_by_itself(app: TestApp, desk: Desk, clock: Clock) -> None:
    use(app, desk.token())
    clock.advance(KEPT + timedelta(seconds=1))
    desk.runtime.chores.do()
    with desk.runtime.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(places)).scalar() == 0


def test_the_place_is_the_clients_and_not_what_a_stranger_writes(
    app: TestApp, desk: Desk, events: Events
) -> None:
    headers = {
        "Authorization": f"Bearer {desk.token()}",
        "X-Forwarded-For": "203.0.113.200",
    }
    app.post("/upload/acme", headers=headers)
    (event,) = events.of("token.new-place")
    assert event.client == Client("192.0.2.9", event.client.agent)
