"""What whoever presented a token reads; and the limits that another plugin adds."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from pyramid.authorization import Allow, Authenticated
from pyramid.config import Configurator
from pyramid.request import Request

from ostiary.contracts import (
    Act,
    Client,
    House,
    Permitted,
    PluginError,
    Refused,
    Resource,
    Text,
)
from ostiary.hookspecs import API, hookimpl
from ostiary.testing.houses import Events
from ostiary.testing.visiting import Visitor
from ostiary_tokens import Argument, Caveat, CaveatKind, Unreadable
from ostiary_tokens.caveats import written
from plugins.tokens.tests.conftest import Desk, MakeDesk, _, narrowed


@dataclass(frozen=True)
class Weekday(Caveat):
    """As in the README."""

    day: int

    def judge(self, act: Act, /) -> Permitted | Refused:
        if self.day == 6:
            raise RuntimeError("a secret")
        wrong = Refused("weekday", _("This token is not for this day."))
        return Permitted() if act.now.weekday() == self.day else wrong

    def check(self, client: Client, now: Any, /) -> Permitted | Refused:
        if self.day == 5:
            raise RuntimeError("a secret")
        return Permitted()

    def words(self) -> Text:
        return _("Only on weekday ${day}", day=self.day)


class Weekdays(CaveatKind):
    name = "weekday"

    def read(self, arguments: tuple[Argument, ...], /) -> Weekday:
        match arguments:
            case (int() as day,) if 0 <= day <= 6:
                return Weekday(day)
        raise Unreadable("a day from 0 to 6 was expected")


class Loft:
    __acl__ = ((Allow, Authenticated, "upload"),)
    __ostiary_resource__ = Resource("project", "loft")

    def __init__(self, request: Request) -> None:
        pass


@hookimpl
def weekdays(house: House) -> list[CaveatKind]:
    return [Weekdays()]


@hookimpl
def loft(config: Configurator, house: House) -> None:
    config.add_route("loft", "/loft", factory=Loft)
    config.add_view(lambda _request: {}, route_name="loft", permission="upload", renderer="json")


def stranger() -> object:
    """A plugin with a page, and a kind of limit."""
    return SimpleNamespace(
        OSTIARY_API=API,
        OSTIARY_PATHS=("/loft",),
        ostiary_includeme=loft,
        ostiary_tokens_register_caveats=weekdays,
    )


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk(stranger())


def ask(desk: Desk, token: str) -> Any:
    app = Visitor(desk.runtime).app
    return app.get("/loft", headers={"Authorization": f"Bearer {token}"}, status="*")


@pytest.mark.parametrize(
    ("array", "status", "said"),
    [
        (["on", ["project", "=", "attic"]], 403, "This token is only for: Project attic."),
        (["may", "yank"], 403, "does not allow “Upload files”, only: yank."),
        (["exp", 0], 401, "This token expired at 1970-01-01 00:00 UTC."),
        (["weekday", 3], 403, "This token is not for this day."),
        (["weekday", 7], 401, "a limit that this site does not know: weekday."),
        (["weekday", 5], 401, "A limit of this token could not be checked."),
        (["weekday", 6], 403, "A limit of this token could not be checked."),
    ],
)
def test_the_holder_reads_which_limit_refused_and_how(
    desk: Desk, array: list[Any], status: int, said: str
) -> None:
    """Today is a Monday."""
    token = desk.token()
    assert ask(desk, token).status_int == 200
    answer = ask(desk, narrowed(token, array))
    assert answer.status_int == status
    assert said in answer.text
    assert "secret" not in answer.text
    challenges = answer.headers.getall("WWW-Authenticate")
    assert any(each.startswith("Basic") for each in challenges) == (status == 401)


@pytest.mark.parametrize(
    ("array", "limit", "tried"),
    [
        (["on", ["project", "=", "attic"]], "This token is only for: Project attic.", True),
        (["exp", 0], "This token expired at 1970-01-01 00:00 UTC. Make a new one.", False),
    ],
)
def test_by_the_number_that_the_caller_reads_the_owner_finds_the_whole_reason(
    desk: Desk, events: Events, array: list[Any], limit: str, tried: bool
) -> None:
    answer = ask(desk, narrowed(desk.token(), ["delegate", "ci"], array, ["delegate", "job"]))
    number = answer.headers["X-Request-Id"]
    assert number in answer.json["detail"]
    assert number in answer.status
    (event,) = [each for each in events.of("credential.refused") if each.request == number]
    assert event.subject == desk.user().id
    assert event.details["limit"] == limit
    assert event.details.get("tried") == ("upload project:loft" if tried else None)
    assert event.actor.delegates == ("ci", "job")
    assert "limit" in event.personal


def test_whoever_has_no_authentic_token_reads_nothing_of_limits(desk: Desk) -> None:
    token = narrowed(desk.token(), ["exp", 0])
    for shown in (token[:-1], token + "A", "ost-" + "A" * 100):
        answer = ask(desk, shown)
        assert answer.status_int == 401
        assert answer.json["detail"].startswith("These credentials are not valid. (Reference: ")


def test_another_plugins_limit_holds_and_has_its_words(desk: Desk) -> None:
    token = desk.token(written("weekday", 0))
    assert ask(desk, token).status_int == 200
    (listed,) = desk.keeper.of(desk.user().id)
    assert [str(each) for each in listed.limits] == ["Only on weekday 0"]


def test_without_that_plugin_its_limit_refuses(desk: Desk, make_desk: MakeDesk) -> None:
    token = desk.token(written("weekday", 0))
    other = make_desk()
    with pytest.raises(Exception, match="token-unknown-limit"):
        other.present(token)


def test_two_kinds_of_one_name_let_no_token_through(make_desk: MakeDesk) -> None:
    @hookimpl
    def again(house: House) -> list[CaveatKind]:
        return [Weekdays()]

    twice = SimpleNamespace(OSTIARY_API=API, ostiary_tokens_register_caveats=again)
    desk = make_desk(stranger(), twice)
    with pytest.raises(PluginError, match="weekday"):
        desk.token()
