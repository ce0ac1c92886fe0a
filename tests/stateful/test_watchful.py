"""The machine of :mod:`tests.stateful.test_life` against houses with a hole: it finds each.

A machine that finds nothing in a sound house says something only if it finds what is wrong in
others.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import Phase

from ostiary.audit import Recorder
from ostiary.contracts import Assurance
from ostiary.signin.budgets import Budgets
from ostiary.signin.parts import Parts
from ostiary.signin.requiring import Requiring
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from tests.stateful.test_life import run

EXAMPLES = 120

Break = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Function:
    """Functions of a module of sign-in that give something else, wherever they are known."""

    module: str
    names: tuple[str, ...]
    given: Any

    def __call__(self, patch: pytest.MonkeyPatch) -> None:
        module = importlib.import_module(f"ostiary.signin.{self.module}")
        for name in self.names:
            sound = getattr(module, name)
            for each in [m for n, m in sys.modules.items() if n.startswith("ostiary.")]:
                for known in [k for k, value in vars(each).items() if value is sound]:
                    patch.setattr(each, known, lambda *_told, **_more: self.given)


@dataclass(frozen=True)
class Silent:
    """Acts of a kind that leave no event."""

    kind: str

    def __call__(self, patch: pytest.MonkeyPatch) -> None:
        record = Recorder.record

        def recorded(recorder: Recorder, unit: Any, name: str, who: Any, **known: Any) -> Any:
            return None if name == self.kind else record(recorder, unit, name, who, **known)

        patch.setattr(Recorder, "record", recorded)


def endless(patch: pytest.MonkeyPatch) -> None:
    """No budget ever ends."""
    patch.setattr(Budgets, "charge", lambda *_told: True)


def lenient(patch: pytest.MonkeyPatch) -> None:
    """Nobody must have a second factor, whatever the settings say."""
    patch.setattr(Requiring, "asked_of", lambda *_told: False)


def astray(patch: pytest.MonkeyPatch) -> None:
    """What happens to Ada's account is told to somebody else."""
    mail = Parts.mail

    def sent(parts: Parts, unit: Any, user: Any, *told: Any, **more: Any) -> None:
        if user.login == "ada":
            user = replace(user, address="eve@example.org")
        mail(parts, unit, user, *told, **more)

    patch.setattr(Parts, "mail", sent)


HOLES: dict[str, Break] = {
    "nothing is asked for": Function("policy", ("unmet",), ()),
    "one kind is enough": Function("policy", ("sign_in_needs",), (Assurance(),)),
    "any browser stands in": Function("remembering", ("stands_in", "still_stands_in"), given=True),
    "browsers are never forgotten": Function("remembering", ("forget",), 0),
    "who lost everything may do everything": Function("lifting", ("limit_at_sign_in",), None),
    "an admin needs no second factor": lenient,
    "budgets never end": endless,
    "mail goes to somebody else": astray,
    **{
        f"no event says {kind}": Silent(kind)
        for kind in ("sign-in.done", "factor.added", "factor.removed", "sign-in.ended")
    },
}


@pytest.mark.deep
@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hole", HOLES.values(), ids=list(HOLES))
def test_a_hole_is_found(
    hole: Break, make_runtime: Houses, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    hole(monkeypatch)
    with pytest.raises(AssertionError):
        # What is found need not be made small here.
        run(make_runtime, outbox, EXAMPLES, (Phase.generate,))
