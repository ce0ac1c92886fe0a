"""The contract tests catch what they are for: each is shown a factor, or a core, that is broken."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from typing_extensions import override

from ostiary.accounts import CredentialRows, StoredCredential
from ostiary.contracts import (
    Challenge,
    CodeFactor,
    Credential,
    Enrolled,
    Field,
    Form,
    Kind,
    Properties,
    Refused,
    Reveal,
    Step,
    Strength,
    Text,
    Verified,
)
from ostiary.store import Unit
from ostiary.store.tables import credentials
from ostiary.testing.contract import FactorContract, Person
from ostiary.testing.contract.bench import Bench
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary_test")


class Counter(CodeFactor):
    """A gadget with a button: each press shows the next code."""

    name = "counter"
    title = _("Counter")
    properties = Properties(Strength(frozenset({Kind.HAVE})))
    code_text = _("Press the button.")
    code_field = Field("code", _("Code"), type="code", autocomplete="one-time-code")
    wrong = Refused("wrong-code", _("That is not the next code."), "code")

    @override
    def begin_enrolment(self, step: Step, /) -> Challenge:
        reveal = Reveal(_("Key"), "a-key-to-be-kept")
        return Form(text=self.code_text, fields=(self.code_field,), reveals=(reveal,))

    @override
    def finish_enrolment(self, step: Step, answer: Mapping[str, str], /) -> Enrolled | Refused:
        if answer["code"] != code(step.user.id if step.user else "", 0):
            return self.wrong
        return Enrolled(label=self.title, secret=b"a-key-to-be-kept", mark=0)

    @override
    def match(self, step: Step, credential: Credential, typed: str, /) -> Verified | Refused:
        for number in range((credential.mark or 0) + 1, 50):
            if typed == code(credential.user_id, number):
                return Verified(credential=credential, mark=number)
        return self.wrong


def code(user_id: str, number: int) -> str:
    return hmac.digest(b"gadget", f"{user_id} {number}".encode(), "sha256").hex()[:10]


class Presser(Person):
    """Somebody who presses the button only when the last code was taken."""

    @override
    def answer_enrolment(self, challenge: Challenge) -> dict[str, str]:
        return {"code": code(self.scene.user.id, 0)}

    @override
    def answer(self, challenge: Challenge) -> dict[str, str]:
        return {"code": code(self.scene.user.id, 1 + self.scene.clock().hour)}

    @override
    def wrong(self, challenge: Challenge) -> dict[str, str]:
        return {"code": code("nobody", 0)}


class TestCounter(FactorContract):
    """A sound factor that is not installed anywhere passes."""

    plugins = (Counter(),)
    factor = "counter"
    person = Presser


Broken = Callable[..., bool]


def unconditional(
    self: CredentialRows, unit: Unit, stored: StoredCredential, verified: Verified, now: object
) -> bool:
    """No comparison at all."""
    unit.execute(
        update(credentials)
        .where(credentials.c.id == stored.credential.id)
        .values(mark=verified.mark, used_at=now)
    )
    return True


def read_first(
    self: CredentialRows, unit: Unit, stored: StoredCredential, verified: Verified, now: object
) -> bool:
    """A comparison, and then an UPDATE without it: right whenever nobody comes between."""
    mine = credentials.c.id == stored.credential.id
    row = unit.execute(select(credentials.c.version).where(mine)).one()
    if row.version != stored.version:
        return False
    values = {"mark": verified.mark, "version": stored.version + 1, "used_at": now}
    unit.execute(update(credentials).where(mine).values(**values))
    return True


@pytest.mark.parametrize(
    ("broken", "kinds"),
    [(unconditional, {"sqlite", "postgresql"}), (read_first, {"postgresql"})],
)
def test_a_broken_compare_and_set_is_caught_every_time(
    broken: Broken,
    kinds: set[str],
    bench_of: Callable[[type[FactorContract]], Bench],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQLite has one writer at a time, so that reading first is enough there."""
    contract, bench = TestCounter(), bench_of(TestCounter)
    ada = contract.enrolled(bench, "ada")
    monkeypatch.setattr(CredentialRows, "accept", broken)
    if bench.runtime.store.dialect in kinds:
        with pytest.raises(AssertionError, match="2 were accepted of 1"):
            contract.test_one_answer_at_two_doors_is_accepted_once(bench, ada)
    else:
        contract.test_one_answer_at_two_doors_is_accepted_once(bench, ada)


def test_a_broken_use_of_challenges_is_caught(
    bench_of: Callable[[type[FactorContract]], Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question that is not used up lets a second answer in, unless the row refuses it."""
    contract, bench = TestCounter(), bench_of(TestCounter)
    ada = contract.enrolled(bench, "ada")
    monkeypatch.setattr(type(bench.runtime.signin.parts.challenges), "remove", lambda *_: True)
    monkeypatch.setattr(type(bench.runtime.signin.parts.flows), "end", lambda *_: True)
    monkeypatch.setattr(CredentialRows, "accept", unconditional)
    with pytest.raises(AssertionError, match="2 of two answers at once"):
        contract.test_one_of_two_answers_to_a_question_is_accepted(bench, ada)


class Forgetful(Counter):
    """Takes any code of the gadget, whenever it was shown."""

    @override
    def match(self, step: Step, credential: Credential, typed: str, /) -> Verified | Refused:
        seen = replace(credential, mark=-1)
        said = super().match(step, seen, typed)
        return Verified(credential=credential) if isinstance(said, Verified) else said


class Gullible(Counter):
    """Takes anybody's code."""

    @override
    def match(self, step: Step, credential: Credential, typed: str, /) -> Verified | Refused:
        mark = (credential.mark or 0) + 1
        return (
            self.wrong if typed == code("nobody", 0) else Verified(credential=credential, mark=mark)
        )


class Yielding(Counter):
    """Takes everything."""

    @override
    def match(self, step: Step, credential: Credential, typed: str, /) -> Verified | Refused:
        return Verified(credential=credential, mark=(credential.mark or 0) + 1)


class Chatty(Counter):
    """Logs what is typed."""

    @override
    def match(self, step: Step, credential: Credential, typed: str, /) -> Verified | Refused:
        logging.getLogger("chatty").debug("somebody typed %s", typed)
        return super().match(step, credential, typed)


class Open(Counter):
    """Keeps its key where everybody may look."""

    @override
    def finish_enrolment(self, step: Step, answer: Mapping[str, str], /) -> Enrolled | Refused:
        said = super().finish_enrolment(step, answer)
        if isinstance(said, Enrolled):
            return replace(said, public={"key": said.secret.decode()})
        return said


class Literal(Counter):
    """Speaks English, to everybody."""

    @override
    def begin_enrolment(self, step: Step, /) -> Challenge:
        plain = Text("ostiary_test", "${words}", (("words", "Type the code"),))
        return replace(super().begin_enrolment(step), text=plain)


class Raising(Counter):
    """Raises at what it does not know."""

    @override
    def finish_enrolment(self, step: Step, answer: Mapping[str, str], /) -> Enrolled | Refused:
        raise KeyError(json.dumps(dict(answer)))


FAULTS: list[tuple[type[Counter], str, str]] = [
    (Forgetful, "test_no_answer_is_accepted_twice", "“replay”"),
    (Forgetful, "test_the_answer_that_added_it_is_used_up", "“replay”"),
    (Forgetful, "test_one_answer_at_two_doors_is_accepted_once", "“race”"),
    (Gullible, "test_an_answer_of_somebody_else_is_refused", "“others”"),
    (Yielding, "test_a_wrong_answer_is_refused", "“refusal”"),
    (Yielding, "test_guesses_never_exceed_the_budget", "“guesses”"),
    (Chatty, "test_secrets_stay_out_of_records", "“secrets”"),
    (Open, "test_secrets_stay_out_of_records", "“secrets”"),
    (Literal, "test_every_word_can_be_translated", "“translation”"),
    (Raising, "test_a_question_is_answered_once", "plugin-error"),
]


@pytest.mark.parametrize(("factor", "test", "says"), FAULTS)
def test_a_broken_factor_is_caught(
    factor: type[Counter],
    test: str,
    says: str,
    bench_of: Callable[[type[FactorContract]], Bench],
    request: pytest.FixtureRequest,
) -> None:
    """Each fault is caught by the test that is for it, in words that name the rule."""
    subject = type("Subject", (TestCounter,), {"plugins": (factor(),)})
    contract, bench = subject(), bench_of(subject)
    given: dict[str, Any] = {"bench": bench}
    method = getattr(contract, test)
    with pytest.raises(AssertionError, match=says):
        wanted = method.__code__.co_varnames[1 : method.__code__.co_argcount]
        for name in wanted:
            if name == "ada":
                given[name] = contract.enrolled(bench, "ada")
            elif name != "bench":
                given[name] = request.getfixturevalue(name)
        method(**{name: given[name] for name in wanted})


@pytest.fixture
def bench_of(make_runtime: Houses, outbox: Outbox) -> Callable[[type[FactorContract]], Bench]:
    """A bench for a contract, as its own fixture makes it."""
    return lambda cls: Bench(make_runtime, outbox, cls.plugins, cls.factor, cls.person, {})
