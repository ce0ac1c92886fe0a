"""The factor itself: a key pair for this site alone, its private half kept by an authenticator."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from ostiary.contracts import (
    JSON,
    Ceremony,
    Challenge,
    Credential,
    Enrolled,
    Factor,
    First,
    Kind,
    Pending,
    Properties,
    Refused,
    Step,
    Strength,
    Text,
    Verified,
)
from ostiary_webauthn import answers, ceremonies
from ostiary_webauthn.checking import (
    Expected,
    Rejected,
    check_assertion,
    check_registration,
    credential_id_of,
)
from ostiary_webauthn.hooks import AttestationPolicy
from ostiary_webauthn.naming import described, suggested
from ostiary_webauthn.record import Record
from ostiary_webauthn.refusals import DAMAGED, SECOND_STEP, UNKNOWN, refused
from ostiary_webauthn.settings import WebAuthnSettings
from ostiary_webauthn.texts import _

# Whoever holds the key, and is known to it: two kinds at once. Either way the answer is worth
# nothing at another site, since the browser signs the address that it saw.
_VERIFIED = Strength(frozenset({Kind.KNOW, Kind.HAVE}), phishing_resistant=True)
_PRESENT = Strength(frozenset({Kind.HAVE}), phishing_resistant=True)


class WebAuthn(Factor):
    """Something a person has, and where it checks who they are, that too (WebAuthn, Level 3).

    Args:
        settings: the operator's.
        policies: asked at each registration for what other plugins registered.
    """

    name = "webauthn"
    # Translators: the title of a factor, also within other sentences.
    title = _("Passkey or security key")
    add = _("Add passkey or security key")
    use = _("Use a passkey or security key")
    properties = Properties(
        strength=_VERIFIED,
        first=First.FINDS_USER,
        second=True,
        most=10,
        single_use=True,
    )

    def __init__(
        self,
        settings: WebAuthnSettings | None = None,
        policies: Callable[[], Sequence[AttestationPolicy]] = tuple,
    ) -> None:
        self._settings = settings or WebAuthnSettings()
        self._policies = policies

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        """Ask for a new key, for the handle that the user's other keys have."""
        if step.user is None:
            raise LookupError("an enrolment without a user")
        known = _known(step.credentials)
        handle = known[0][1].handle if known else secrets.token_bytes(ceremonies.HANDLE_BYTES)
        return ceremonies.create(step.site, step.user, handle, known, self._settings)

    def finish_enrolment(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Enrolled | Challenge | Pending | Refused:
        """Keep the public key. It is kept sealed: whoever can write rows cannot plant their own."""
        policies = self._policies()
        expected = self._expected(step)
        roots = tuple(root for policy in policies for root in policy.roots)
        try:
            made = check_registration(answer["answer"], replace(expected, roots=roots))
        except Rejected as rejected:
            return refused(rejected.reason)
        for policy in policies:
            objection = policy.judge(made)
            if objection is not None:
                return objection
        record = Record.of(made, answers.decode(str(step.state["handle"])))
        return Enrolled(
            label=suggested(record),
            public=record.dump(),
            secret=made.public_key,
            lookup=answers.encode(made.credential_id),
            mark=made.sign_count or None,
            strength=_VERIFIED if made.user_verified else _PRESENT,
            first=record.passkey,
        )

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        """Ask for any passkey before anybody is known, afterwards for one of the user's keys."""
        if step.user is None:
            return ceremonies.get(
                step.site,
                (),
                verify=True,
                first=True,
                text=_("Use a passkey to sign in, without a name and without a password."),
            )
        known = _known(step.credentials)
        if not known:
            return DAMAGED
        return ceremonies.get(
            step.site,
            known,
            verify=self._settings.user_verification == "required",
            first=False,
            text=_("Have your passkey or security key at hand, then continue."),
        )

    def answer_challenge(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Verified | Challenge | Pending | Refused:
        """The key that signed, if it is known and signed what was asked for."""
        try:
            credential = _answering(step, credential_id_of(answer["answer"]))
            record = None if credential is None else Record.load(credential.public)
            if credential is None:
                return UNKNOWN
            if record is None:
                return DAMAGED
            used = check_assertion(answer["answer"], self._expected(step), record.key(credential))
        except Rejected as rejected:
            return refused(rejected.reason)
        first = step.state["first"] is not False
        if first and used.user_handle is None:
            # Section 7.2, step 6: the answer itself must say who it is.
            return refused("user-handle")
        if first and not record.user_verified:
            return SECOND_STEP
        # Browsers need not say of a new key that it is one, and it has shown it now.
        passkey = record.passkey or first
        return Verified(
            credential=credential,
            mark=used.sign_count or None,
            strength=_VERIFIED if used.user_verified and record.user_verified else _PRESENT,
            public=replace(record, backed_up=used.backed_up, passkey=passkey).dump(),
        )

    def describe(self, credential: Credential, /) -> tuple[Text, ...]:
        """Where the key is and how it is reached."""
        record = Record.load(credential.public)
        return () if record is None else described(record)

    def changed(self, step: Step, /) -> Ceremony | None:
        """Let the browser know which keys are left, also where none is."""
        if step.user is None:
            raise LookupError("a change without a user")
        accepted: dict[str, list[str]] = {}
        removed = Record.load(cast("JSON", step.state["public"]))
        if removed is not None:
            accepted[answers.encode(removed.handle)] = []
        for credential, record in _known(step.credentials):
            ids = accepted.setdefault(answers.encode(record.handle), [])
            ids.append(credential.lookup or "")
        return ceremonies.signal(step.site, step.user, accepted) if accepted else None

    def _expected(self, step: Step) -> Expected:
        return Expected(
            challenge=answers.decode(str(step.state["challenge"])),
            origin=step.site.origin,
            rp_id=step.site.domain,
            user_verification=step.state["verify"] is not False,
            top_origins=self._settings.top_origins,
        )


def _known(credentials: Sequence[Credential]) -> list[tuple[Credential, Record]]:
    """The keys whose records are whole: one that is damaged does not keep the others out."""
    found = ((each, Record.load(each.public)) for each in credentials)
    return [(each, record) for each, record in found if record is not None]


def _answering(step: Step, lookup: str) -> Credential | None:
    """The key of this id: among everybody's while nobody is known, afterwards the user's own."""
    if step.user is None:
        return step.find(lookup)
    return next((each for each in step.credentials if each.lookup == lookup), None)
