"""Making an account: name, address and a first proof on one page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from ostiary.accounts import (
    InputRefused,
    LoginName,
    LookupTaken,
    MailAddress,
    NameTaken,
    address,
    login_name,
    new_token,
)
from ostiary.contracts import (
    Client,
    Enrolled,
    Factor,
    First,
    Form,
    Proof,
    Purpose,
    Refused,
    User,
)
from ostiary.mail.spoken import keep_spoken
from ostiary.signin import words
from ostiary.signin.asking import Situation
from ostiary.signin.challenges import hash_token
from ostiary.signin.charging import place_of
from ostiary.signin.checks import claimed
from ostiary.signin.claiming import Claiming
from ostiary.signin.guarding import judge_chosen
from ostiary.signin.opening import Opening
from ostiary.signin.parts import anonymous, picked
from ostiary.signin.runner import Fault
from ostiary.signin.values import Answer, Asked, Denied, Option, SignedIn, Visitor
from ostiary.signin.ways import use_text
from ostiary.store import Unit
from ostiary.store.ids import uuid7
from ostiary.text import say, translations

_, _n, _p, _np = translations("ostiary")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What somebody typed who wants an account, once it could be one."""

    name: LoginName
    address: MailAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering(Claiming):
    """Registration."""

    opening: Opening

    def option(self, visitor: Visitor) -> Option | None:
        """The first factor that can begin a sign-in and is enrolled by a plain form.

        The user's id is reserved here, before there is a row: it is sealed into the form.
        """
        parts = self.parts
        for factor in parts.factors.values():
            if factor.properties.first is First.NO or factor.properties.recovery:
                continue
            user_id, handle = uuid7(parts.now()), new_token()
            try:
                said = parts.asker.begin(
                    factor, Purpose.ENROL, _stranger(visitor.client, user_id, ""), handle
                )
            except Fault:
                continue
            if isinstance(said, Form) and said.mail is None and said.send is None:
                asked = parts.challenges.new(
                    said,
                    Purpose.ENROL,
                    factor.name,
                    hash_token(visitor.browser),
                    user_id=user_id,
                    handle=handle,
                )
                token = parts.challenges.seal(asked)
                return Option(
                    factor.name,
                    factor.title,
                    use_text(factor),
                    needs_name=True,
                    challenge=said,
                    token=token,
                )
        return None

    def register(
        self, visitor: Visitor, token: str, typed: Answer, next_url: str
    ) -> SignedIn | tuple[Denied, ...]:
        """Make the account, or say at each field what is wrong with it."""
        parts = self.parts
        asked = parts.challenges.unseal(token, hash_token(visitor.browser), Purpose.ENROL)
        factor = None if asked is None else parts.factors.get(asked.factor)
        if asked is None or asked.user_id is None or factor is None:
            return (words.expired(),)
        wrong: list[Denied] = []
        name = _parsed(wrong, "name", login_name, typed)
        mail_address = _parsed(wrong, "address", address, typed)
        answer = picked(asked.challenge, typed)
        if isinstance(answer, Denied):
            wrong.append(answer)
        if wrong or name is None or mail_address is None or isinstance(answer, Denied):
            return tuple(wrong)
        if not parts.budgets.charge("registration", place_of(visitor.client)):
            return (self.opening.refuse_registration(visitor, words.too_many()),)
        user = User(asked.user_id, name.shown)
        enrolled = self._enrolled(visitor, factor, asked, answer, user)
        if isinstance(enrolled, Denied):
            return (enrolled,)
        return self._made(visitor, factor, asked, enrolled, Claimed(name, mail_address), next_url)

    def _enrolled(
        self, visitor: Visitor, factor: Factor, asked: Asked, answer: Answer, user: User
    ) -> Enrolled | Denied:
        parts = self.parts
        situation = _stranger(visitor.client, user.id, user.login)
        try:
            said = parts.asker.finish_enrolment(factor, situation, asked, answer)
        except Fault as fault:
            denied = replace(words.fault(), reason=fault.reason)
            return self.opening.refuse_registration(visitor, denied)
        if isinstance(said, Refused):
            return Denied(said.reason, said.text, said.field)
        if not isinstance(said, Enrolled) or not said.first:
            failed = parts.runner.refuse(factor.name, said, "a way in or Refused, to a plain form")
            denied = replace(words.fault(), reason=failed.reason)
            return self.opening.refuse_registration(visitor, denied)
        chosen = judge_chosen(parts, user, factor, said, asked)
        return said if chosen is None else self.opening.refuse_registration(visitor, chosen)

    def _made(
        self,
        visitor: Visitor,
        factor: Factor,
        asked: Asked,
        enrolled: Enrolled,
        claim: Claimed,
        next_url: str,
    ) -> SignedIn | tuple[Denied, ...]:
        """User, address, credential and session come in one transaction, or not at all."""
        parts = self.parts
        user = User(asked.user_id or "", claim.name.shown)
        proof = Proof(
            factor.name,
            None,
            claimed(factor.properties, enrolled.strength),
            parts.now(),
        )
        missing = self.opening.lacking(user, [proof], (), Purpose.ENROL, visitor)
        if isinstance(missing, Denied):
            return (self.opening.refuse_registration(visitor, missing),)
        # What a guard may miss, an account without credentials has no way to prove.
        assert not missing  # noqa: S101 - so it was denied just now
        try:
            with parts.store.write() as unit:
                if not parts.challenges.spend(unit, asked):
                    return (words.expired(),)
                self.accounts.create(unit, user.id, claim.name)
                keep_spoken(unit, user.id)
                stored = parts.rows.insert(
                    unit,
                    "factor",
                    factor.name,
                    factor.title,
                    factor.properties,
                    user.id,
                    enrolled,
                    say(enrolled.label),
                    parts.now(),
                )
                self._recorded(unit, visitor, user, factor)
                self.claim(unit, anonymous(visitor), visitor, user, claim.address)
                kept = replace(proof, credential=stored.credential.id)
                return self.opening.open(unit, user, [kept], visitor, next_url=next_url)
        except NameTaken:
            return (words.name_taken(),)
        except LookupTaken:
            return (words.enrolled_elsewhere(),)

    def _recorded(self, unit: Unit, visitor: Visitor, user: User, factor: Factor) -> None:
        self.parts.recorder.record(
            unit,
            "user.registered",
            anonymous(visitor),
            subject=user.id,
            details={"login": user.login, "factor": factor.name},
        )


def _stranger(client: Client, user_id: str, login: str) -> Situation:
    return Situation(client, User(user_id, login), user_id)


def _parsed(
    wrong: list[Denied], field: str, parse: Callable[[str], _T], typed: Answer
) -> _T | None:
    try:
        return parse(typed.get(field, ""))
    except InputRefused as refused:
        wrong.append(Denied(field, refused.text, field, status=400))
        return None
