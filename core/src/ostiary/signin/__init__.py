"""The way in: ways are offered, answers judged, sessions opened, factors changed."""

from __future__ import annotations

from dataclasses import dataclass

from ostiary.signin.accepting import Accepting
from ostiary.signin.answering import Answering
from ostiary.signin.asking import Asker
from ostiary.signin.budgets import Budgets
from ostiary.signin.challenges import Challenges, hash_token
from ostiary.signin.changing import Changing, named
from ostiary.signin.charging import Charging
from ostiary.signin.enrolling import Added, AtOnce, Enrolling
from ostiary.signin.flows import Flows
from ostiary.signin.leaving import Leaving
from ostiary.signin.opening import Opening
from ostiary.signin.parts import Parts, acting, anonymous
from ostiary.signin.registering import Registering
from ostiary.signin.replacing import Replacing
from ostiary.signin.runner import Fault, Runner
from ostiary.signin.values import (
    Asked,
    Choice,
    Denied,
    Further,
    Member,
    Option,
    Question,
    SignedIn,
    Visitor,
    Waiting,
)
from ostiary.signin.ways import Ways

__all__ = [
    "Added",
    "Asked",
    "Asker",
    "AtOnce",
    "Budgets",
    "Challenges",
    "Choice",
    "Denied",
    "Fault",
    "Flows",
    "Further",
    "Leaving",
    "Member",
    "Option",
    "Parts",
    "Question",
    "Registering",
    "Runner",
    "SignIn",
    "SignedIn",
    "Visitor",
    "Waiting",
    "acting",
    "anonymous",
    "hash_token",
    "named",
]


@dataclass(frozen=True, slots=True)
class SignIn:
    """The whole way in, put together."""

    parts: Parts
    ways: Ways
    answering: Answering
    enrolling: Enrolling
    changing: Changing
    opening: Opening
    replacing: Replacing
    leaving: Leaving

    @classmethod
    def of(cls, parts: Parts) -> SignIn:
        """The way in over these parts."""
        ways, opening = Ways(parts), Opening(parts)
        answering = Answering(parts, ways, opening, Charging(parts), Accepting(parts, opening))
        return cls(
            parts,
            ways,
            answering,
            Enrolling(parts, ways),
            Changing(parts),
            opening,
            Replacing(parts, ways, opening),
            Leaving(parts),
        )
