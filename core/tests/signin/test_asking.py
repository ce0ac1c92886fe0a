"""What a factor's yes is worth that is about nothing it was handed."""

from __future__ import annotations

import pytest

from ostiary.contracts import Credential, First, Verified

from .conftest import Open, Scripted, reason


@pytest.mark.parametrize("name", ["alice", "nobody"])
@pytest.mark.parametrize("made_up", ["a", "decoy-", "made-up"])
def test_a_yes_to_a_credential_of_its_own_making_is_a_fault_whoever_was_typed(
    open_door: Open, name: str, made_up: str
) -> None:
    """Also where there is a decoy, and the id sorts before or after the decoy's."""
    forger = Scripted(
        "forger",
        first=First.AFTER_NAME,
        answer=lambda *_: Verified(credential=Credential(made_up, "u", "Label")),
    )
    door = open_door(forger)
    door.alice(forger)
    outcome = door.first(door.visitor(), forger, name, {"code": "x"})
    assert reason(outcome) == "plugin-answer"
    assert door.sessions == 0
