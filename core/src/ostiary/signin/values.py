"""What goes in and out of the way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from ostiary.accounts import Limit
from ostiary.contracts import (
    JSON,
    Assurance,
    Challenge,
    Client,
    Proof,
    Purpose,
    Text,
)

Answer: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser that nobody vouches for yet, and what it carries.

    ``browser`` is the token that its forms are bound to, ``flow`` that of a sign-in under
    way, ``device`` that by which an account knows the browser again; ``session`` is the hash
    of its cookie, ``session_id`` what its owner and the trail call the session. ``remember``
    says that it asks to stand in for the second proof from now on.
    """

    client: Client
    browser: str = field(repr=False)
    flow: str | None = field(default=None, repr=False)
    device: str | None = field(default=None, repr=False)
    request: str | None = None
    session: str | None = None
    session_id: str | None = None
    remember: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge that was asked: a row, or what a sealed form brought back."""

    handle: str
    purpose: Purpose
    factor: str
    bound_to: str
    user_id: str | None
    challenge: Challenge
    expires_at: datetime
    tries_left: int
    delivered: JSON | None = None
    sealed: bool = False
    sent: bool = False
    typed: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in or a step-up under way, kept on the server.

    ``user_id`` is known once a proof was accepted; before that a typed name belongs to the
    challenge alone. ``needs`` is asked on top of what policy asks of the account.
    """

    token_hash: str
    purpose: Purpose
    user_id: str | None
    session_hash: str | None
    proofs: tuple[Proof, ...]
    needs: tuple[Assurance, ...]
    next: str
    expires_at: datetime

    @property
    def resets(self) -> Proof | None:
        """The mailed link that stands in for a lost factor, where this is a reset."""
        if self.purpose is not Purpose.SIGN_IN:
            return None  # There it is what an earlier reset left in the session.
        return next((proof for proof in self.proofs if proof.credential is None), None)


@dataclass(frozen=True, slots=True)
class Option:
    """One way to begin: asked at once with the name (``challenge``), or by its button.

    ``token`` is the sealed challenge, for a hidden field.
    """

    factor: str
    title: Text
    use: Text
    needs_name: bool
    challenge: Challenge | None = None
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """Another factor that would do."""

    factor: str
    use: Text
    recovery: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What the verify page shows: the challenge that is open (or why it is not), other ways.

    ``remember`` is for how long the browser may be remembered with the answer; ``proved``
    says that it is known by a proof who is asked, ``resets`` that something lost is to be
    replaced.
    """

    asked: Asked | Denied
    title: Text
    others: tuple[Choice, ...]
    purpose: Purpose
    remember: timedelta | None = None
    proved: bool = True
    resets: bool = False


@dataclass(frozen=True, slots=True)
class Denied:
    """No, in words for the person.

    ``over`` says that there is nothing left to answer: begin again. ``status`` is the HTTP
    status that fits (RFC 9110, section 15.5; 429: RFC 6585).
    """

    reason: str
    text: Text
    field: str | None = None
    over: bool = False
    status: int = 403


@dataclass(frozen=True, slots=True)
class Further:
    """Another proof is asked for; the flow's token is for the browser's cookie.

    ``renew``: all is proved, and what was lost is to be enrolled anew.
    """

    flow: str = field(repr=False)
    renew: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing has been heard yet."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The last proof was accepted. ``cookie`` and ``device`` are for the browser.

    ``limit`` is why the session may only add factors, which it is then led to do.
    """

    cookie: str = field(repr=False)
    user_id: str
    next: str
    device: str | None = field(default=None, repr=False)
    notice: Text | None = None
    limit: Limit | None = None


Outcome: TypeAlias = Denied | Further | Waiting | SignedIn


@dataclass(frozen=True, slots=True)
class Member:
    """Whoever is signed in, by this session."""

    user_id: str
    session_hash: str
    proofs: tuple[Proof, ...]
    visitor: Visitor
    limit: Limit | None = None

    @property
    def session_id(self) -> str | None:
        """What its owner and the trail call the session; it stays where the hash changes."""
        return self.visitor.session_id
