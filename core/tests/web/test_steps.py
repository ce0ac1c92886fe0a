"""Where one is in what takes several pages: said where the core knows it, and never promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ostiary.accounts import Limit
from ostiary.contracts import Challenge, Enrolled, First, Form, Pending, Refused, Step
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor

from .conftest import ORIGIN
from .stepping import (
    CARD,
    FRESH,
    HAVE,
    HTML,
    KNOW,
    PIN,
    SCRATCH,
    SEAL,
    Browser,
    Opens,
    Typed,
    words,
)

MINUTE = timedelta(minutes=1)
HATCH = Typed("hatch", HAVE, second=False, recovery=True, most=1)
LOST = Typed("lost", KNOW, first=First.AFTER_NAME, second=False, reset_by_mail=True)
BACK = ["Add a second step", "Add a way to get back in"]
ACCOUNT = ["Create the account", "Confirm your email address"]


class Twice(Typed):
    """Asks for the same word on a second page."""

    def finish_enrolment(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Enrolled | Challenge | Pending | Refused:
        if not step.state:
            return Form(text=words("Again"), fields=(self.code_field,), state={"first": True})
        return Enrolled(label=self.title, secret=answer["answer"].encode())


def steps(page: Any) -> list[str]:
    """The steps as they are told, the current one in brackets."""
    shown = page.html.find("ol", class_="o-steps")
    if shown is None:
        return []
    assert shown["role"] == "list"  # Without marks, a list is none to some screen readers.
    assert shown["aria-label"] == "Steps"
    return [
        f"[{text}]" if each.get("aria-current") == "step" else text
        for each in shown.find_all("li")
        for text in [" ".join(each.get_text().split())]
    ]


def adding(ada: Browser, name: str) -> list[str]:
    return steps(ada.get(f"/account/security/add/{name}"))


def test_a_first_second_factor_leads_to_a_way_back_in(opens: Opens) -> None:
    """By what factors are, not by their names; where both are there, a page is just a page."""
    desk = opens(FRESH, HATCH)
    ada = desk.browser(desk.user("ada", PIN), PIN, ago=MINUTE)
    assert adding(ada, "card") == adding(ada, "seal") == [f"[{BACK[0]}]", BACK[1]]
    assert adding(ada, "pin") == []
    bob = desk.browser(desk.user("bob", PIN, CARD), PIN, CARD, ago=MINUTE)
    assert adding(bob, "seal") == []
    assert adding(bob, "hatch") == [f"Done: {BACK[0]}", f"[{BACK[1]}]"]
    eve = desk.browser(desk.user("eve", PIN, CARD, HATCH), PIN, CARD, ago=MINUTE)
    assert adding(eve, "hatch") == adding(eve, "seal") == []


def test_where_there_is_no_way_back_none_is_promised(make_runtime: Houses, opens: Opens) -> None:
    desk = opens()
    desk.runtime = make_runtime(PIN, CARD, generous=True, public_url=ORIGIN)
    ada = desk.browser(desk.user("ada", PIN), PIN, ago=MINUTE)
    assert adding(ada, "card") == []


def test_whoever_has_a_way_back_already_is_not_sent_for_one(opens: Opens) -> None:
    desk = opens(FRESH, HATCH)
    ada = desk.browser(desk.user("ada", PIN, HATCH), PIN, ago=MINUTE)
    assert adding(ada, "card") == []


def test_after_recovery_one_adds_a_way_and_then_shows_two(opens: Opens) -> None:
    desk = opens(FRESH)
    user = desk.user("ada", PIN, SCRATCH)
    ada = desk.browser(user, PIN, SCRATCH, limit=Limit.RECOVERY, ago=MINUTE)
    before = ["[Add a new way to sign in]", "Show two ways"]
    assert adding(ada, "card") == before
    assert steps(ada.get("/account/security/required")) == before
    page = ada.get("/account/security/add/card")
    form = next(each for each in page.forms.values() if "answer" in each.fields)
    form["answer"] = "card"
    form.submit(headers=HTML, status=303)
    after = ["Done: Add a new way to sign in", "[Show two ways]"]
    assert steps(ada.get("/account/security/required")) == after


def test_who_may_have_lost_one_of_two_ways_is_not_told_what_comes_next(opens: Opens) -> None:
    """The rows are there as before: only the person knows whether they still have both."""
    desk = opens(FRESH)
    user = desk.user("ada", PIN, CARD, SCRATCH)
    ada = desk.browser(user, PIN, SCRATCH, limit=Limit.RECOVERY, ago=MINUTE)
    page = ada.get("/account/security/required")
    assert "Show two ways" in page.text
    assert steps(page) == []


def test_a_further_question_of_an_enrolment_says_that_the_first_was_answered(
    opens: Opens,
) -> None:
    """Nobody knows how many a factor will ask, so nobody counts them."""
    desk = opens(FRESH, Twice("twice", HAVE))
    ada = desk.browser(desk.user("ada", PIN, SEAL), PIN, SEAL, ago=MINUTE)
    page = ada.get("/account/security/add/twice")
    assert "That worked" not in page.html.find("main").get_text()
    for told in (True, False):
        form = next(each for each in page.forms.values() if "answer" in each.fields)
        form["answer"] = "twice"
        page = form.submit(headers=HTML, status="*")
        assert ("That worked. There is one more thing to do." in page.text) is told
    assert page.status_int == 303


@pytest.fixture
def visitor(make_runtime: Houses) -> Visitor:
    return Visitor(make_runtime(LOST, CARD, generous=True))


def register(visitor: Visitor) -> None:
    visitor.get("/register")
    visitor.submit(name="ada", address="ada@example.org", answer="lost")


def test_an_account_is_made_and_its_address_confirmed(visitor: Visitor, outbox: Outbox) -> None:
    assert steps(visitor.get("/register")) == [f"[{ACCOUNT[0]}]", ACCOUNT[1]]
    register(visitor)
    assert steps(visitor.get(outbox.last.link)) == [f"Done: {ACCOUNT[0]}", f"[{ACCOUNT[1]}]"]
    visitor.submit("token")
    assert steps(visitor.page) == []


def test_another_address_is_added_and_confirmed(visitor: Visitor, outbox: Outbox) -> None:
    register(visitor)
    visitor.get(outbox.last.link)
    visitor.submit("token")
    added = steps(visitor.get("/account/addresses/add"))
    assert added == ["[Add an email address]", ACCOUNT[1]]
    visitor.submit(address="work@example.org")
    (mail, *_rest) = reversed(outbox.to("work@example.org"))
    assert steps(visitor.get(mail.link)) == ["Done: Add an email address", f"[{ACCOUNT[1]}]"]


@pytest.mark.parametrize("second", [True, False])
def test_a_reset_says_nothing_of_an_account_before_its_owner_is_known(
    visitor: Visitor, outbox: Outbox, second: bool
) -> None:
    """Whether it has a second step, or is there at all; afterwards what is, is said."""
    register(visitor)
    visitor.get(outbox.last.link)
    visitor.submit("token")
    if second:
        runtime, user = visitor.runtime, visitor.runtime.directory.named("ada")
        assert user is not None
        with runtime.store.write() as unit:
            given = Enrolled(label=CARD.title, secret=b"card")
            own = (CARD.name, CARD.title, CARD.properties, user.id, given, "card", runtime.now())
            runtime.rows.insert(unit, "factor", *own)
    ask, opened, show, last = (
        "Ask for a link",
        "Open the link that we mail you",
        "Show your second step, if you have one",
        "Replace what you lost",
    )
    stranger = Visitor(visitor.runtime)
    assert steps(stranger.get("/reset-password")) == [f"[{ask}]", opened, show, last]
    told = [steps(asked(stranger, name)) for name in ("ada", "nobody")]
    assert told[0] == told[1] == [f"Done: {ask}", f"[{opened}]", show, last]
    link = outbox.last.link
    assert steps(stranger.get(link)) == [f"Done: {ask}", f"[{opened}]", show, last]
    stranger.submit("token")
    done = [f"Done: {ask}", f"Done: {opened}"]
    if second:
        assert steps(stranger.page) == [*done, "[Show your second step]", last]
        stranger.submit(answer="card")
        done.append("Done: Show your second step")
    assert stranger.path == "/reset-password/renew"
    assert steps(stranger.page) == [*done, f"[{last}]"]


def asked(stranger: Visitor, name: str) -> Any:
    stranger.get("/reset-password")
    return stranger.submit(name=name)
