"""After a rename or removal a factor may speak to the browser, once, also of what is gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ostiary.accounts import login_name
from ostiary.contracts import (
    Ceremony,
    Client,
    Enrolled,
    Factor,
    First,
    Kind,
    Proof,
    Properties,
    Refused,
    Step,
    Strength,
)
from ostiary.runtime import Runtime
from ostiary.testing.houses import Houses, plugin_of
from ostiary.testing.visiting import Visitor
from ostiary.text import translations

_, _n, _p, _np = translations("tests")

# What a cookie holds depends on no database.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class Speaker(Factor):
    """Tells the browser what it was told."""

    name = "speaker"
    title = _("Speaker")

    def __init__(self) -> None:
        self.properties = Properties(Strength(frozenset({Kind.HAVE})), First.NO)

    def begin_enrolment(self, step: Step, /) -> Enrolled:
        return Enrolled(label=self.title)

    def finish_enrolment(self, step: Step, answer: Mapping[str, str], /) -> Refused:
        raise AssertionError("nothing was asked")

    def begin_challenge(self, step: Step, /) -> Refused:
        return Refused("not-now", _("Not now."))

    def answer_challenge(self, step: Step, answer: Mapping[str, str], /) -> Refused:
        return Refused("not-now", _("Not now."))

    def changed(self, step: Step, /) -> Ceremony:
        told = {"public": step.state["public"], "left": len(step.credentials)}
        return Ceremony(text=_("Told"), script="ostiary:web/static/ostiary.js", options=told)


@pytest.fixture
def house(make_runtime: Houses) -> Runtime:
    return make_runtime(plugin_of(factors=[Speaker()]))


def signed_in(house: Runtime, name: str, *publics: Mapping[str, Any]) -> tuple[Visitor, list[str]]:
    """Somebody who may change factors, and has one of each of these."""
    assert house.accounts is not None
    factor, now = house.plugins.factors["speaker"], house.now()
    both = Strength(frozenset({Kind.KNOW, Kind.HAVE}))
    with house.store.write() as unit:
        user = house.accounts.create(unit, f"id-of-{name}", login_name(name))
        ids = [
            house.rows.insert(
                unit,
                "factor",
                "speaker",
                factor.title,
                factor.properties,
                user.id,
                Enrolled(label=factor.title, public=public),
                "Speaker",
                now + timedelta(seconds=number),
            ).credential.id
            for number, public in enumerate(publics)
        ]
        proofs = (Proof("any", None, both, now),)
        cookie = house.sessions.open(unit, user.id, proofs, Client("192.0.2.1"), None, now)
    return Visitor(house, cookies={"ostiary_session": cookie}), ids


def spoken(visitor: Visitor) -> list[str]:
    found = visitor.page.html.select("[data-ostiary-ceremony]")
    return [str(each["data-options"]) for each in found]


@pytest.mark.parametrize("half", ["a", "\ud800"])
def test_a_factor_speaks_once_after_a_change_also_of_the_last_one(
    house: Runtime, half: str
) -> None:
    """Of what is left now, and of what was open of the one that is gone; a reload is silent."""
    visitor, (one, two) = signed_in(house, "ada", {"handle": half}, {"handle": "b"})
    visitor.get(f"/account/security/{one}/rename")
    visitor.submit(label="Another")
    assert len(spoken(visitor)) == 1
    assert '"left": 2' in spoken(visitor)[0]
    for credential, left in ((one, 1), (two, 0)):
        visitor.get(f"/account/security/{credential}/remove")
        visitor.submit()
        assert visitor.path == "/account/security"
        assert f'"left": {left}' in spoken(visitor)[0]
    assert '"handle": "b"' in spoken(visitor)[0]
    visitor.get("/account/security")
    assert spoken(visitor) == []


def test_what_was_left_for_one_account_is_nothing_in_another(house: Runtime) -> None:
    ada, (one,) = signed_in(house, "ada", {"handle": "a"})
    bob, _none = signed_in(house, "bob", {"handle": "b"})
    ada.get(f"/account/security/{one}/remove")
    assert ada.form().submit().status_int == 303
    bob.app.set_cookie("ostiary_changed", ada.app.cookies["ostiary_changed"])
    bob.get("/account/security")
    assert spoken(bob) == []
    ada.get("/account/security")
    assert len(spoken(ada)) == 1


@pytest.mark.parametrize("planted", ["x", "A" * 80, "e30"])
def test_what_was_not_left_by_us_says_nothing(house: Runtime, planted: str) -> None:
    ada, _one = signed_in(house, "ada", {"handle": "a"})
    ada.app.set_cookie("ostiary_changed", planted)
    ada.get("/account/security")
    assert spoken(ada) == []


def test_what_a_cookie_cannot_hold_is_left_out(house: Runtime) -> None:
    """The change itself is made all the same."""
    ada, (one,) = signed_in(house, "ada", {"handle": "a" * 4000})
    ada.get(f"/account/security/{one}/remove")
    ada.submit()
    assert (ada.path, spoken(ada)) == ("/account/security", [])
    assert house.signin.parts.credentials("id-of-ada") == ()
