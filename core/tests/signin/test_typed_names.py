"""A name that was typed stays typed: further questions go the same way for an unknown one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ostiary.contracts import First, Mail, Step
from ostiary.signin import Denied, Further
from ostiary.testing.outbox import Outbox

from .conftest import HAVE, Answer, Door, Open, Scripted, form, reason, words


def letter() -> Mail:
    return Mail(subject=words("Your code"), lines=(words("It is 1"),))


def sending(begin: Any) -> Scripted:
    """It mails a code for whatever is answered, to the decoy's question as well."""

    def answer(_step: Step, _given: Answer) -> Any:
        return form("code", mail=letter())

    return Scripted(
        "letter", HAVE, first=First.AFTER_NAME, second=False, begin=begin, answer=answer
    )


def _door(open_door: Open, factor: Scripted) -> Door:
    door = open_door(factor, budgets__mail="3/hour")
    door.give(door.user("Alice", "alice@example.org"), factor)
    return door


@pytest.mark.parametrize("name", ["alice", "ALICE ", "nobody"])
def test_what_goes_out_after_a_page_is_charged_to_the_name_that_was_typed(
    open_door: Open, name: str, outbox: Outbox
) -> None:
    factor = sending(lambda _step: form("code"))
    door = _door(open_door, factor)
    outcomes = [door.first(door.visitor(), factor, name, {"code": "x"}) for _ in range(5)]
    assert [type(outcome) for outcome in outcomes] == [Further] * 3 + [Denied] * 2
    assert {reason(outcome) for outcome in outcomes[3:]} == {"budget"}
    assert len(outbox) == (0 if name == "nobody" else 3)


@pytest.mark.parametrize("name", ["alice", "ALICE ", "nobody"])
def test_so_is_what_goes_out_after_a_stored_question(
    open_door: Open, name: str, outbox: Outbox
) -> None:
    """Whoever spelled the name begins anew in another browser, and runs out all the same."""
    factor = sending(lambda _step: form("code", mail=letter()))
    door = _door(open_door, factor)
    found = []
    for _ in range(2):
        visitor = door.visitor()
        begun = door.runtime.signin.answering.begin(visitor, "letter", name, "")
        assert isinstance(begun, Further)
        visitor = replace(visitor, flow=begun.flow)
        asked = door.asked(visitor)
        assert asked.typed == name.strip().lower()
        found.append(door.answer(visitor, asked, {"code": "x"}))
    assert isinstance(found[0], Further)
    assert reason(found[1]) == "budget"
    assert len(outbox) == (0 if name == "nobody" else 3)
