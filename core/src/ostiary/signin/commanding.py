"""What an operator does at the command line: make accounts, and whatever an admin does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ostiary.accounts import FACTOR, Accounts, LoginName, MailAddress, new_token
from ostiary.contracts import (
    Client,
    CreateOption,
    Enrolled,
    Factor,
    Form,
    Purpose,
    Refused,
    User,
)
from ostiary.signin import words
from ostiary.signin.administering import Administering
from ostiary.signin.asking import Situation
from ostiary.signin.guarding import judge_chosen
from ostiary.signin.parts import picked
from ostiary.signin.runner import Fault
from ostiary.signin.values import Denied
from ostiary.store import Unit
from ostiary.store.ids import uuid7
from ostiary.text import say


@dataclass(frozen=True, slots=True)
class Commanding(Administering):
    """The operator's acts. Each is one unit of work, with its event."""

    def create(
        self,
        accounts: Accounts,
        name: LoginName,
        address: MailAddress,
        given: Mapping[str, str],
        *,
        admin: bool = False,
    ) -> User | Denied:
        """Make an account with what factors were given for it, by factor.

        The address counts as verified: the operator vouches for it. What is given passes
        the same checks as on the web.

        Raises:
            NameTaken: another account has the name.
            AddressTaken: another account has proved the address.
            LookupTaken: a credential like this is enrolled already.
        """
        parts = self.parts
        user = User(uuid7(parts.now()), name.shown, address.shown, privileged=admin)
        made: list[tuple[Factor, Enrolled]] = []
        for factor_name, value in given.items():
            factor = parts.factors[factor_name]
            enrolled = self._enrolled(factor, user, value)
            if isinstance(enrolled, Denied):
                return enrolled
            made.append((factor, enrolled))
        with parts.store.write() as unit:
            accounts.create(unit, user.id, name, admin=admin)
            accounts.add_address(unit, user.id, address, verified=True)
            parts.recorder.record(
                unit,
                "user.created",
                self.who,
                subject=user.id,
                details={"login": user.login, "admin": int(admin)},
            )
            for factor, enrolled in made:
                self._store(unit, user, factor, enrolled)
        return user

    def _enrolled(self, factor: Factor, user: User, value: str) -> Enrolled | Denied:
        """Ask as on the web, and give the value as the answer to the option's field."""
        parts, option = self.parts, factor.create_option
        situation = Situation(Client(), user, user.id)
        try:
            said = parts.asker.begin(factor, Purpose.ENROL, situation, handle := new_token())
            if isinstance(said, Refused):
                return Denied(said.reason, said.text, said.field)
            if not isinstance(said, Form) or option is None or not _asks_only(said, option):
                raise parts.runner.refuse(
                    factor.name, said, "a form with the field of create_option alone"
                )
            asked = parts.challenges.new(
                said, Purpose.ENROL, factor.name, "", user_id=user.id, handle=handle
            )
            answer = picked(said, {option.field: value})
            if isinstance(answer, Denied):
                return answer
            answered = parts.asker.finish_enrolment(factor, situation, asked, answer)
            if isinstance(answered, Refused):
                return Denied(answered.reason, answered.text, answered.field)
            if not isinstance(answered, Enrolled):
                raise parts.runner.refuse(factor.name, answered, "Enrolled or Refused")
        except Fault as fault:
            return words.fault(fault.reason)
        denied = judge_chosen(parts, user, factor, answered, asked)
        return answered if denied is None else denied

    def _store(self, unit: Unit, user: User, factor: Factor, enrolled: Enrolled) -> None:
        parts = self.parts
        stored = parts.rows.insert(
            unit,
            FACTOR,
            factor.name,
            factor.title,
            factor.properties,
            user.id,
            enrolled,
            say(enrolled.label),
            parts.now(),
        )
        parts.recorder.record(
            unit,
            "factor.added",
            self.who,
            subject=user.id,
            details={"factor": factor.name, "label": stored.credential.label},
        )


def _asks_only(form: Form, option: CreateOption) -> bool:
    """Whether one line of standard input answers the whole form, and nothing need be sent."""
    fields = [field.name for field in form.fields]
    return fields == [option.field] and form.mail is None and form.send is None
