"""Asking a factor: what it is told, and what its answer is worth.

A step gets copies of values and nothing else. What comes back is checked against the
contract, and a credential counts only if it is one that this very step handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ostiary.accounts import CredentialRows, StoredCredential
from ostiary.contracts import (
    JSON,
    Ceremony,
    Challenge,
    Client,
    Credential,
    Enrolled,
    Factor,
    Form,
    Pending,
    Purpose,
    Redirect,
    Refused,
    Site,
    Step,
    User,
    Verified,
    Wait,
)
from ostiary.signin.checks import Unsound, check_answer
from ostiary.signin.runner import Fault, Runner
from ostiary.signin.values import Answer, Asked
from ostiary.store import Store

CHALLENGES = (Form, Ceremony, Redirect, Wait)


class DecoyAccepted(Fault):
    """A factor said yes to its decoy; nobody must learn by it that there is no such account."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Runs the steps of factors.

    Args:
        store: where ``find`` looks.
        rows: the credentials.
        runner: gives each step its thread and its time.
        site: what factors are told of the site.
        return_url: the page to come back to, for a handle.
        now: the clock.
    """

    store: Store
    rows: CredentialRows
    runner: Runner
    site: Site
    return_url: Callable[[str], str]
    now: Callable[[], datetime]

    def begin(
        self, factor: Factor, purpose: Purpose, situation: Situation, handle: str
    ) -> Challenge | Enrolled | Refused:
        """What the factor asks.

        Raises:
            Fault: it failed, or broke its contract.
        """
        step = self._step(factor, purpose, situation, handle)
        said: Challenge | Enrolled | Refused
        if purpose is Purpose.ENROL:
            allowed: tuple[type, ...] = (*CHALLENGES, Enrolled, Refused)
            said = self._ask(factor, factor.begin_enrolment, allowed, step)
        else:
            said = self._ask(factor, factor.begin_challenge, (*CHALLENGES, Refused), step)
        return said

    def finish_enrolment(
        self, factor: Factor, situation: Situation, asked: Asked, answer: Answer
    ) -> Enrolled | Challenge | Pending | Refused:
        """What the factor says of the answer to an enrolment.

        Raises:
            Fault: it failed, or broke its contract.
        """
        step = self._step(factor, Purpose.ENROL, situation, asked.handle, asked)
        allowed = (Enrolled, Refused, *CHALLENGES, *_pending(asked))
        said: Enrolled | Challenge | Pending | Refused
        said = self._ask(factor, factor.finish_enrolment, allowed, step, dict(answer))
        return said

    def answer(
        self, factor: Factor, situation: Situation, asked: Asked, answer: Answer
    ) -> tuple[Verified, StoredCredential] | Challenge | Pending | Refused:
        """What the factor says of an answer; with a yes, the credential as the factor saw it.

        Raises:
            DecoyAccepted: it said yes to what opens nothing.
            Fault: it failed, or broke its contract.
        """
        step = self._step(factor, asked.purpose, situation, asked.handle, asked)
        allowed = (Verified, Refused, *CHALLENGES, *_pending(asked))
        said: Verified | Challenge | Pending | Refused
        said = self._ask(factor, factor.answer_challenge, allowed, step, dict(answer))
        if not isinstance(said, Verified):
            return said
        stored = situation.handed.get(said.credential.id)
        if stored is None:
            fault = self.runner.refuse(factor.name, said, "a credential that the step handed out")
            decoy = situation.decoy is not None and situation.decoy.id == said.credential.id
            raise DecoyAccepted(factor.name, fault.reason) if decoy else fault
        return said, stored

    def changed(self, factor: Factor, situation: Situation, public: JSON) -> Ceremony | None:
        """What the browser should do now that a credential was renamed or removed.

        Args:
            factor: whose credential it is, or was.
            situation: the account, as the rows are now.
            public: what the factor had left open in the one that was changed.

        Raises:
            Fault: it failed, or broke its contract.
        """
        step = self._step(factor, Purpose.ENROL, situation, "")
        step = replace(step, state={"public": deepcopy(public)})
        said: Ceremony | None
        said = self._ask(factor, factor.changed, (Ceremony, type(None)), step)
        return said

    def _ask(
        self, factor: Factor, step: Callable[..., Any], allowed: tuple[type, ...], *told: Any
    ) -> Any:
        said = self.runner.ask(factor.name, step, *told)
        try:
            check_answer(said, allowed, factor.properties)
        except Unsound as error:
            raise self.runner.refuse(factor.name, said, str(error)) from None
        return said

    def _step(
        self,
        factor: Factor,
        purpose: Purpose,
        situation: Situation,
        handle: str,
        asked: Asked | None = None,
    ) -> Step:
        # A step that is run again must not find what an earlier run was handed.
        situation.handed.clear()
        situation.handed.update({c.credential.id: c for c in situation.credentials})

        def find(lookup: str) -> Credential | None:
            """Among everyone's before anybody is known, afterwards among this user's."""
            with self.store.read() as connection:
                stored = self.rows.find(connection, "factor", factor.name, lookup)
            if stored is None or situation.only not in (None, stored.credential.user_id):
                return None
            situation.handed[stored.credential.id] = stored
            return deepcopy(stored.credential)

        shown = [deepcopy(stored.credential) for stored in situation.credentials]
        return Step(
            purpose=purpose,
            user=deepcopy(situation.user),
            credentials=tuple(shown) if situation.decoy is None else (situation.decoy,),
            find=find,
            now=self.now(),
            site=self.site,
            client=deepcopy(situation.client),
            handle=handle,
            return_url=self.return_url(handle),
            state={} if asked is None else deepcopy(asked.challenge.state),
            delivered=None if asked is None else deepcopy(asked.delivered),
        )


@dataclass(slots=True)
class Situation:
    """Whom a step is about, and with which credentials.

    ``user`` is None while nobody is known; ``only`` limits ``find`` to a user, also to one
    that was merely typed. With a ``decoy`` there is nothing that a yes could be about.
    ``typed`` is the name that was typed, as budgets count it, where one was just now.
    ``handed`` collects what a step was given, as it was stored.
    """

    client: Client
    user: User | None = None
    only: str | None = None
    credentials: Sequence[StoredCredential] = ()
    decoy: Credential | None = None
    typed: str | None = None
    handed: dict[str, StoredCredential] = field(default_factory=dict)


def _pending(asked: Asked) -> tuple[type, ...]:
    return (Pending,) if isinstance(asked.challenge, Wait) else ()


__all__ = ["CHALLENGES", "Asker", "DecoyAccepted", "Situation"]
