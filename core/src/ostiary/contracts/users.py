"""People: who they are, where they act from, who keeps the list of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ostiary.contracts.assurance import Assurance
from ostiary.contracts.challenge import Purpose, Refused


@dataclass(frozen=True, slots=True)
class User:
    """A person, as the user directory knows them.

    ``id`` is opaque and never reused. ``address`` is the primary *verified* mail address,
    None until one is verified: nothing secret is ever sent elsewhere. ``privileged`` marks
    admins and whom the host's policy names. ``locale`` and ``zone`` are BCP 47 and IANA.
    """

    id: str
    login: str
    address: str | None = None
    active: bool = True
    privileged: bool = False
    locale: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """Whence a request came: the peer's address (behind configured proxies only), its agent."""

    address: str | None = None
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """The place that people sign in to, from ``ostiary.public_url``, never from a header.

    ``origin`` has no trailing slash (RFC 6454); ``domain`` is its host, the relying-party id.
    """

    title: str
    origin: str
    domain: str


@runtime_checkable
class UserDirectory(Protocol):
    """Who exists. A host with a users table of its own registers one; the core has another."""

    def get(self, user_id: str, /) -> User | None:
        """The user of this id, or None."""

    def named(self, name: str, /) -> User | None:
        """The user of this login name or *verified* address as typed, or None."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in whose proofs are all in, or a presented credential, before anything opens.

    ``means`` is ``"session"`` or the verifier's name. ``known_device`` says whether this
    browser has signed in to this account before.
    """

    user: User
    purpose: Purpose
    means: str
    client: Client
    known_device: bool = False


class SignInGuard:
    """A second opinion that may deny or demand more, and can never allow.

    A guard that raises refuses. Override what you need.
    """

    name: str

    def check_attempt(self, attempt: Attempt, /) -> None | Assurance | Refused:
        """None to raise no objection, an assurance to ask for, or a refusal."""
        return None

    def check_chosen(self, user: User, factor: str, secret: str, /) -> None | Refused:
        """Judge a secret that a person thought up, before it is stored; it is not kept."""
        return None
