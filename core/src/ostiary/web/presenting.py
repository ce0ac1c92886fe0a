"""Credentials that come in the Authorization header, and the one verifier that each goes to."""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from pyramid.request import Request

from ostiary.accounts import VERIFIER
from ostiary.audit import Who
from ostiary.contracts import (
    Actor,
    Assurance,
    Attempt,
    Claim,
    CredentialRefused,
    CredentialVerifier,
    Identity,
    Outcome,
    Presented,
    Proof,
    Purpose,
    Refused,
    SignInGuard,
    Text,
    User,
)
from ostiary.signin import Fault, Runner
from ostiary.text import translations
from ostiary.web.client import client_of
from ostiary.web.mount import runtime_of
from ostiary.web.request_id import request_id

_, _n, _p, _np = translations("ostiary")

log = logging.getLogger(__name__)

MAX_HEADER = 16384
# A scheme is a token, then comes one space at least (RFC 9110, section 11.4).
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) +([\x21-\x7e][\x20-\x7e]*)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class NotAuthenticated(Exception):
    """A presented credential speaks for nobody; ``public`` is for the caller."""

    def __init__(self, reason: str, public: Text | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        # One sentence for whatever is not known to be authentic: it tells nobody anything.
        self.public = public or _("These credentials are not valid.")


@dataclass(frozen=True, slots=True)
class Authorization:
    """The header, read: the scheme in lower case; for Basic, user name and password."""

    scheme: str
    value: str
    username: str | None = None


def is_presented(request: Request) -> bool:
    """Whether the request presents a credential; it then never acts by its cookies."""
    return "HTTP_AUTHORIZATION" in request.environ


def read_authorization(header: str) -> Authorization | None:
    """The credential in a header; None where it is malformed.

    Basic is read strictly as UTF-8 (RFC 7617, section 2.1), the user name ends at the first
    colon.
    """
    match = _HEADER.fullmatch(header) if len(header) <= MAX_HEADER else None
    if match is None:
        return None
    scheme, value = match[1].lower(), match[2].rstrip(" ")
    if scheme != "basic":
        return Authorization(scheme, value)
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    username, colon, password = text.partition(":")
    # A line end behind a password is how many a secret is kept; its verifier drops it.
    if not colon or _CONTROL.search(text.rstrip("\r\n\t ")):
        return None
    return Authorization(scheme, password, username)


def verifier_for(
    verifiers: Iterable[CredentialVerifier], shown: Authorization
) -> CredentialVerifier | None:
    """The one verifier that answers for a credential; of several, none."""
    answering = [
        verifier
        for verifier in verifiers
        if any(_claims(claim, shown) for claim in verifier.claims)
    ]
    return answering[0] if len(answering) == 1 else None


def _claims(claim: Claim, shown: Authorization) -> bool:
    return (
        claim.scheme.lower() == shown.scheme
        and shown.value.startswith(claim.prefix)
        and claim.username in {None, shown.username}
    )


def authenticate(request: Request) -> tuple[Identity, User]:
    """Whom the request's credential speaks for.

    Raises:
        NotAuthenticated: nobody, whatever the reason: unknown, refused, its user is not
            active, a guard objects, or the plugin failed.
    """
    runtime = runtime_of(request)
    shown = read_authorization(request.environ["HTTP_AUTHORIZATION"])
    if shown is None:
        raise NotAuthenticated("malformed")
    verifier = verifier_for(runtime.plugins.verifiers.values(), shown)
    if verifier is None:
        raise NotAuthenticated("unclaimed")
    now = runtime.now()
    presented = Presented(
        scheme=shown.scheme,
        value=shown.value,
        username=shown.username,
        client=client_of(request),
        now=now,
        find=runtime.house.credentials(verifier.name).find,
    )
    owner, actor = None, Actor("anonymous", means=verifier.name)
    try:
        identity = _verify(request, verifier, presented)
        owner, actor = identity.user, presenter(identity)
        user = _active(runtime.directory.get(owner))
        attempt = Attempt(user, Purpose.SIGN_IN, verifier.name, presented.client)
        for guard in runtime.plugins.guards:
            _ask_guard(runtime.runner, guard, attempt, identity, now)
    except Fault as fault:
        # Before the verifier's yes it is nobody's history, but it is recorded.
        record_refusal(request, actor, owner, fault.reason)
        raise NotAuthenticated(fault.reason) from None
    except NotAuthenticated as refused:
        # Of a credential that is not authentic, strangers could cause as many events as they like.
        if owner is not None:
            record_refusal(request, actor, owner, refused.reason)
        raise
    return identity, user


def _active(user: User | None) -> User:
    if user is None or not user.active:
        raise NotAuthenticated("no-active-user")
    return user


def _verify(request: Request, verifier: CredentialVerifier, presented: Presented) -> Identity:
    runner = runtime_of(request).runner
    try:
        identity: object = runner.call(
            verifier.name, verifier.verify, presented, passing=CredentialRefused
        )
    except CredentialRefused as refused:
        _tell_owner(request, verifier, refused)
        known = refused.credential is not None
        raise NotAuthenticated(refused.private.reason, refused.public if known else None) from None
    if not _is_sound(identity) or identity.means != verifier.name:  # type: ignore[attr-defined] # one that fits
        raise runner.refuse(verifier.name, identity, "a sound Identity with its own means")
    return identity  # type: ignore[return-value] # as was just seen


def _is_sound(identity: object) -> bool:
    """Exactly an identity: a subclass could answer differently each time it is asked."""
    return (
        type(identity) is Identity
        and type(identity.user) is str
        and type(identity.restrictions) is tuple
        and type(identity.proofs) is tuple
        and all(type(proof) is Proof for proof in identity.proofs)
    )


def _ask_guard(
    runner: Runner, guard: SignInGuard, attempt: Attempt, identity: Identity, now: datetime
) -> None:
    said: object = runner.call(guard.name, guard.check_attempt, deepcopy(attempt))
    if said is None:
        return
    if type(said) is Refused:
        raise NotAuthenticated(said.reason, said.text)
    if type(said) is not Assurance:
        raise runner.refuse(guard.name, said, "None, an Assurance or Refused")
    if not said.met_by(identity.proofs, now):
        raise NotAuthenticated("assurance")


def _tell_owner(request: Request, verifier: CredentialVerifier, refused: CredentialRefused) -> None:
    """The private reason is for the owner's history, once the credential is authentic."""
    if refused.credential is None:
        return
    runtime = runtime_of(request)
    with runtime.store.read() as connection:
        stored = runtime.rows.get(connection, refused.credential)
    if stored is None or (stored.part, stored.name) != (VERIFIER, verifier.name):
        return
    actor = Actor(
        "anonymous",
        means=verifier.name,
        credential=refused.credential,
        delegates=refused.delegates,
    )
    said = refused.private
    record_refusal(request, actor, stored.credential.user_id, said.reason, limit=str(said.text))


def presenter(identity: Identity) -> Actor:
    """Whoever presented a credential that was refused: known by the credential alone."""
    return Actor(
        "anonymous",
        means=identity.means,
        credential=identity.credential,
        delegates=identity.delegates,
        shown=identity.shown,
    )


def record_refusal(
    request: Request, actor: Actor, owner: str | None, reason: str, **more: str | None
) -> None:
    """Record that a credential was refused, in its owner's history if it is authentic.

    ``more`` are details: the ``limit`` that refused, in words, and what was ``tried``. Whoever
    has a token that was revoked could fill the trail with it: beyond its budget there is only a
    line in the log.
    """
    runtime = runtime_of(request)
    if not runtime.budgets.charge("refusal", actor.means, actor.credential or ""):
        log.warning("%s: another refusal of %s: %s", actor.means, actor.credential, reason)
        return
    known = {name: value for name, value in more.items() if value is not None}
    runtime.recorder.record_alone(
        "credential.refused",
        Who(actor, client_of(request), request_id(request)),
        subject=owner,
        outcome=Outcome.REFUSED,
        reason=reason,
        details={"verifier": actor.means, **known},
    )
