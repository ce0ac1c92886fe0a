"""Making an account: name, address and a first proof on one page; then the address is proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from ostiary.accounts import (
    Accounts,
    AddressTaken,
    InputRefused,
    Links,
    LoginName,
    LookupTaken,
    MailAddress,
    MailedLink,
    NameTaken,
    address,
    login_name,
    new_token,
)
from ostiary.audit import Who
from ostiary.contracts import (
    Client,
    Enrolled,
    Factor,
    First,
    Form,
    Outcome,
    Proof,
    Purpose,
    Refused,
    User,
)
from ostiary.signin import words
from ostiary.signin.asking import Situation
from ostiary.signin.challenges import hash_token
from ostiary.signin.charging import place_of
from ostiary.signin.checks import claimed
from ostiary.signin.enrolling import judge_chosen
from ostiary.signin.opening import Opening
from ostiary.signin.parts import Parts, anonymous, picked
from ostiary.signin.runner import Fault
from ostiary.signin.values import Answer, Asked, Denied, Option, SignedIn, Visitor
from ostiary.signin.ways import use_text
from ostiary.store import Unit
from ostiary.store.ids import uuid7
from ostiary.text import say, translations

_, _n, _p, _np = translations("ostiary")

VERIFY = "verify-address"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What somebody typed who wants an account, once it could be one."""

    name: LoginName
    address: MailAddress


@dataclass(frozen=True, slots=True)
class Registering:
    """Registration, and the proof of an address by a mailed link.

    ``verify_url`` makes the link's absolute URL, from ``ostiary.public_url``.
    """

    parts: Parts
    opening: Opening
    accounts: Accounts
    links: Links
    verify_url: Callable[[str], str]

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
        if not isinstance(said, Enrolled):
            failed = parts.runner.refuse(factor.name, said, "Enrolled or Refused, to a plain form")
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
        if missing:
            # A guard asks for more than a new account can prove.
            return (self.opening.refuse_registration(visitor, words.unavailable()),)
        try:
            with parts.store.write() as unit:
                if not parts.challenges.spend(unit, asked):
                    return (words.expired(),)
                self.accounts.create(unit, user.id, claim.name)
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

    # Addresses.

    def claim(
        self, unit: Unit, who: Who, visitor: Visitor, user: User, claimed_address: MailAddress
    ) -> None:
        """Send what proves an address; to its owner something else, if there is one.

        Whoever registers sees the same either way: nobody learns whose address it is
        (ASVS 5.0, 6.3.8). Nor does it show when an address has been sent enough, by whomever:
        then nothing is sent, and its budget is all that the event tells.
        """
        parts = self.parts
        address_id = self.accounts.add_address(unit, user.id, claimed_address)
        owner = self.accounts.owner_of_verified(claimed_address, within=unit)
        sends = parts.budgets.charge("mail", "address", claimed_address.folded)
        if sends:
            self._send(unit, visitor, user, claimed_address, address_id, owner)
        parts.recorder.record(
            unit,
            "address.claimed",
            who,
            subject=user.id,
            reason=None if sends else "mail-budget",
            details={"address": claimed_address.shown},
        )

    def _send(
        self,
        unit: Unit,
        visitor: Visitor,
        user: User,
        claimed_address: MailAddress,
        address_id: str,
        owner: User | None,
    ) -> None:
        parts = self.parts
        if owner is not None and owner.id != user.id:
            mail = words.mail_address_in_use(user.login)
            parts.mailroom.queue(
                unit, claimed_address.shown, mail, user=owner, facts=parts.facts(visitor)
            )
        else:
            token = self.links.make(unit, VERIFY, user.id, address_id, parts.now())
            mail = words.mail_verify(user.login, self.verify_url(token))
            parts.mailroom.queue(unit, claimed_address.shown, mail, user=user)

    def claimed_by(self, token: str) -> tuple[User, str] | None:
        """Whose address a link would prove, and which; the link stays good."""
        with self.parts.store.read() as connection:
            link = self.links.peek(connection, token, VERIFY, self.parts.now())
        return None if link is None else self._linked(link)

    def verify(self, visitor: Visitor, token: str) -> User | Denied:
        """Use the link: the address is proved to be this account's."""
        claimed_by = self.claimed_by(token)
        if claimed_by is None:
            return words.link_expired()
        user, shown = claimed_by
        try:
            self._verified(visitor, token, user, shown)
        except AddressTaken:
            self.parts.recorder.record_alone(
                "address.verified",
                anonymous(visitor),
                subject=user.id,
                outcome=Outcome.REFUSED,
                reason="address-taken",
                details={"address": shown},
            )
            return words.address_taken()
        except LookupError:
            return words.link_expired()
        return user

    def _verified(self, visitor: Visitor, token: str, user: User, shown: str) -> None:
        parts = self.parts
        with parts.store.write() as unit:
            link = self.links.use(unit, token, VERIFY, parts.now())
            if link is None or link.address_id is None:
                raise LookupError("the link was used meanwhile")
            self.accounts.verify_address(unit, link.address_id)
            parts.recorder.record(
                unit,
                "address.verified",
                anonymous(visitor),
                subject=user.id,
                details={"address": shown},
            )

    def _linked(self, link: MailedLink) -> tuple[User, str] | None:
        account = self.accounts.get(link.user_id)
        for each in account.addresses if account else ():
            if account is not None and each.id == link.address_id:
                return account.user, each.address
        return None


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
