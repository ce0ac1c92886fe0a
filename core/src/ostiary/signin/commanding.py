"""What an operator does to accounts: make them, shut them out, take lost factors away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select

from ostiary.accounts import Accounts, LoginName, MailAddress, StoredCredential, new_token
from ostiary.accounts.stored import FACTOR, stored_credential
from ostiary.audit import COMMAND
from ostiary.contracts import (
    Client,
    CreateOption,
    Enrolled,
    Factor,
    Form,
    Mail,
    Purpose,
    Refused,
    User,
)
from ostiary.mail import MailFacts
from ostiary.signin import words
from ostiary.signin.asking import Situation
from ostiary.signin.enrolling import judge_chosen
from ostiary.signin.parts import Parts, picked
from ostiary.signin.runner import Fault
from ostiary.signin.values import Denied
from ostiary.store import Unit
from ostiary.store.ids import uuid7
from ostiary.store.tables import credentials, flows
from ostiary.text import say, translations

_, _n, _p, _np = translations("ostiary")


@dataclass(frozen=True, slots=True)
class Commanding:
    """The operator's acts. Each is one unit of work, with its event."""

    parts: Parts

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
                COMMAND,
                subject=user.id,
                details={"login": user.login, "admin": int(admin)},
            )
            for factor, enrolled in made:
                self._store(unit, user, factor, enrolled)
        return user

    def set_disabled(self, accounts: Accounts, user: User, *, disabled: bool) -> bool:
        """Shut a person out, which ends their sessions, or let them in again.

        Returns:
            whether that was a change.
        """
        parts = self.parts
        with parts.store.write() as unit:
            changed = accounts.set_disabled(unit, user.id, disabled)
            if disabled:
                parts.sessions.end_all(unit, user.id)
            if changed:
                event = "user.disabled" if disabled else "user.enabled"
                parts.recorder.record(unit, event, COMMAND, subject=user.id)
        return changed

    def reset_factors(self, user: User, reason: str) -> tuple[StoredCredential, ...]:
        """Remove a person's second and recovery factors, also those of absent plugins.

        Whoever lost them all can then sign in by the first proof alone, and enrol anew. Every
        session ends and every device is a stranger's again: one of them may be a thief's.

        Args:
            user: whose.
            reason: why, for the record.

        Returns:
            what was removed, without secrets. Where there is nothing to remove, nothing else
            happens either.
        """
        parts = self.parts
        with parts.store.write() as unit:
            if unit.execute(select(credentials.c.id).where(*_marked(user.id))).first() is None:
                return ()
            # Before, so that an enrolment under way cannot outlast this; and again after, so
            # that no session stays that a removed factor opened meanwhile.
            parts.sessions.end_all(unit, user.id)
            doomed = delete(credentials).where(*_marked(user.id)).returning(credentials)
            removed = tuple(stored_credential(row) for row in unit.execute(doomed))
            parts.sessions.end_all(unit, user.id)
            unit.execute(delete(flows).where(flows.c.user_id == user.id))
            parts.devices.forget(unit, user.id)
            parts.recorder.record(
                unit,
                "user.factors-reset",
                COMMAND,
                subject=user.id,
                reason=reason,
                details={
                    "count": len(removed),
                    "factors": ", ".join(sorted({stored.name for stored in removed})),
                },
            )
            if user.address is not None:
                facts = MailFacts(parts.now())
                parts.mailroom.queue(unit, user.address, _reset_mail(), user=user, facts=facts)
        return removed

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
            COMMAND,
            subject=user.id,
            details={"factor": factor.name, "label": stored.credential.label},
        )


def _asks_only(form: Form, option: CreateOption) -> bool:
    """Whether one line of standard input answers the whole form, and nothing need be sent."""
    fields = [field.name for field in form.fields]
    return fields == [option.field] and form.mail is None and form.send is None


def _marked(user_id: str) -> tuple[ColumnElement[bool], ...]:
    """The marks are copies in the row, so this needs neither the plugin nor a key."""
    c = credentials.c
    return (c.user_id == user_id, c.part == FACTOR, c.second | c.recovery)


def _reset_mail() -> Mail:
    return Mail(
        subject=_("Your second factors were removed"),
        lines=(
            _(
                "The operator of the site removed the factors that your account asked for "
                "after the first proof, and ended your sessions."
            ),
            _("Sign in and add new ones, so that your account is protected again."),
            _("If you did not ask for this, contact the operator of the site at once."),
        ),
    )
