"""Counting uses, and noting them, through a host's pages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from webtest import TestApp

from ostiary.contracts import Outcome
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events
from ostiary_tokens.caveats import written
from ostiary_tokens.using import EVERY, MOST_EVERY
from plugins.tokens.tests.conftest import ADDRESS, Desk, app_of, narrowed


def ask(app: TestApp, path: str, token: str, **more: Any) -> Any:
    return app.post(path, headers={"Authorization": f"Bearer {token}"}, status="*", **more)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "token"])
def test_each_scheme_brings_the_same_identity(app: TestApp, desk: Desk, scheme: str) -> None:
    token = narrowed(desk.token(), ["delegate", "ci.example"])
    answer = app.post("/upload/acme", headers={"Authorization": f"{scheme}  {token} "})
    (listed,) = desk.keeper.of(desk.user().id)
    assert answer.json["user"] == desk.user().id
    assert answer.json["credential"] == listed.id
    assert answer.json["delegates"] == ["ci.example"]


def test_a_token_is_a_password_of_the_name_that_clients_send(app: TestApp, desk: Desk) -> None:
    token = desk.token()
    app.authorization = ("Basic", ("__token__", token))
    assert app.post("/upload/acme").json["user"] == desk.user().id
    app.authorization = ("Basic", ("ada", token))
    assert app.post("/upload/acme", status=401)


def test_a_token_never_does_what_its_owner_may_not_hand_on_or_not_do(
    app: TestApp, desk: Desk
) -> None:
    assert ask(app, "/delete/acme", desk.token()).status_int == 403
    assert ask(app, "/upload/acme", desk.token(user="bob")).status_int == 403


def test_a_refused_limit_is_in_the_owners_history(app: TestApp, desk: Desk, events: Events) -> None:
    token = desk.token(written("on", ["project", "=", "acme"]))
    assert ask(app, "/upload/other", token).status_int == 403
    assert ask(app, "/upload/acme", narrowed(token, ["exp", 0])).status_int == 401
    assert ask(app, "/upload/acme", token + "x").status_int == 401
    (listed,) = desk.keeper.of(desk.user().id)
    refusals = events.of("credential.refused")
    assert [each.reason for each in refusals] == ["token-resource", "token-expired"]
    for each in refusals:
        assert (each.subject, each.outcome) == (desk.user().id, Outcome.REFUSED)
        assert each.actor.credential == listed.id
        assert each.client.address == ADDRESS


def test_a_disabled_user_has_no_tokens_that_work(app: TestApp, desk: Desk) -> None:
    token = desk.token()
    assert ask(app, "/upload/acme", token).status_int == 200
    assert desk.runtime.accounts is not None
    with desk.runtime.store.write() as unit:
        desk.runtime.accounts.set_disabled(unit, desk.user().id, disabled=True)
    assert ask(app, "/upload/acme", token).status_int == 401


def test_of_two_uses_at_once_of_a_single_use_token_one_wins(app: TestApp, desk: Desk) -> None:
    """Whichever of its copies is used; a limit that a delegate set counts for itself."""
    for _again in range(5):
        token = desk.token(written("uses", 1))
        copies = [token, narrowed(token, ["delegate", "a"]), narrowed(token, ["may", "upload"])]
        with ThreadPoolExecutor(6) as pool:
            done = list(pool.map(lambda each: ask(app, "/upload/acme", each), copies * 2))
        assert sorted(each.status_int for each in done) == [200, 403, 403, 403, 403, 403]


def test_uses_are_counted_by_what_they_limit(app: TestApp, desk: Desk) -> None:
    token = desk.token(written("uses", 2))
    once = narrowed(token, ["uses", 1])
    assert [ask(app, "/upload/acme", once).status_int for _ in range(2)] == [200, 403]
    assert [ask(app, "/upload/acme", token).status_int for _ in range(2)] == [200, 403]
    other = desk.token(written("uses", 1))
    assert ask(app, "/upload/acme", other).status_int == 200


@pytest.mark.parametrize("answer", ["conflict", "bad"])
def test_a_use_that_led_to_nothing_is_given_back(app: TestApp, desk: Desk, answer: str) -> None:
    token = desk.token(written("uses", 1))
    assert ask(app, f"/upload/acme?answer={answer}", token).status_int in {400, 409}
    assert ask(app, "/upload/acme", token).status_int == 200
    assert ask(app, f"/upload/acme?answer={answer}", token).status_int == 403
    assert ask(app, "/upload/acme", token).status_int == 403


def test_what_another_limit_refuses_costs_no_use(app: TestApp, desk: Desk) -> None:
    token = desk.token(written("uses", 1), written("on", ["project", "=", "acme"]))
    assert ask(app, "/upload/other", token).status_int == 403
    assert ask(app, "/upload/acme", token).status_int == 200


def test_the_last_use_is_noted_to_the_minute(app: TestApp, desk: Desk, clock: Clock) -> None:
    token = desk.token()
    user = desk.user().id
    assert desk.keeper.of(user)[0].used is None
    assert ask(app, "/upload/acme", token + "x").status_int == 401
    assert desk.keeper.of(user)[0].used is None
    first = clock()
    assert ask(app, "/upload/acme", narrowed(token, ["delegate", "a"])).status_int == 200
    used = desk.keeper.of(user)[0].used
    assert used is not None
    assert (used.at, used.address, used.delegates) == (first, ADDRESS, ("a",))
    clock.advance(timedelta(seconds=59))
    ask(app, "/upload/acme", narrowed(token, ["delegate", "a"]))
    assert desk.keeper.of(user)[0].used == used
    clock.advance(timedelta(seconds=1))
    ask(app, "/upload/acme", token, extra_environ={"REMOTE_ADDR": "198.51.100.4"})
    used = desk.keeper.of(user)[0].used
    assert used is not None
    assert (used.at, used.address, used.delegates) == (clock(), "198.51.100.4", ())


def test_another_process_notes_no_earlier_use(desk: Desk, clock: Clock) -> None:
    token, user = desk.token(), desk.user().id
    one, other = app_of(desk), app_of(desk)
    ask(one, "/upload/acme", token)
    latest = clock()
    clock.advance(-timedelta(seconds=30))
    ask(other, "/upload/acme", token)
    used = desk.keeper.of(user)[0].used
    assert used is not None
    assert used.at == latest


def test_whoever_makes_up_delegates_makes_no_more_notes_for_it(
    app: TestApp, desk: Desk, clock: Clock
) -> None:
    """A note is a write, and a request must not cost one as often as somebody likes."""
    token = desk.token()
    (listed,) = desk.keeper.of(desk.user().id)
    for number in range(MOST_EVERY + 5):
        ask(app, "/upload/acme", narrowed(token, ["delegate", f"d{number}"]))
    assert len(desk.keeper.chains(listed.credential)) == MOST_EVERY
    clock.advance(EVERY)
    ask(app, "/upload/acme", narrowed(token, ["delegate", "late"]))
    assert ("late",) in desk.keeper.chains(listed.credential)
