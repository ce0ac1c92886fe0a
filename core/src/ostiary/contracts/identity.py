"""Credentials that come with a request: who they speak for, and what they may not do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ostiary.contracts.assurance import Proof
from ostiary.contracts.challenge import Credential, Refused
from ostiary.contracts.errors import OstiaryError
from ostiary.contracts.resources import Resource
from ostiary.contracts.text import Text
from ostiary.contracts.users import Client


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody is about to do: the resource nearest first, then what contains it."""

    permission: str
    resources: tuple[Resource, ...]
    client: Client
    now: datetime


@dataclass(frozen=True, slots=True)
class Permitted:
    """A restriction's yes. Anything else, an exception included, is no."""


class Restriction(Protocol):
    """One limit of a credential."""

    def judge(self, act: Act, /) -> Permitted | Refused:
        """Whether the limit leaves room for this act."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who acts, by which means. It can only narrow what the user may do.

    ``means`` is ``"session"`` or the verifier's name. ``delegates`` is the authenticated
    chain, first link first, through which the credential was handed on. ``shown`` is a hash
    of what was presented, to tell attenuated copies apart.
    """

    user: str
    means: str
    credential: str | None = None
    proofs: tuple[Proof, ...] = ()
    delegates: tuple[str, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a verifier answers for: an HTTP authentication scheme (RFC 9110, section 11),
    narrowed by the beginning of the value and, for Basic (RFC 7617), by the user name."""

    scheme: str
    prefix: str = ""
    username: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A credential as it came: the scheme in lower case, the value (Basic: the password).

    ``find`` looks up a credential of this verifier, kept through :class:`House`.
    """

    scheme: str
    value: str
    username: str | None
    client: Client
    now: datetime
    find: Callable[[str], Credential | None]


class CredentialRefused(OstiaryError):
    """No. ``public`` is for the caller, ``private`` for the owner's history.

    Name ``credential`` only once it is known to be authentic: only then do the caller and
    the owner get more words than "invalid".
    """

    def __init__(self, public: Text, private: Refused, *, credential: str | None = None) -> None:
        super().__init__(private.reason)
        self.public = public
        self.private = private
        self.credential = credential


class CredentialVerifier(ABC):
    """Turns a presented credential into an identity. Overlapping claims are refused at start."""

    name: str
    claims: tuple[Claim, ...]

    @abstractmethod
    def verify(self, presented: Presented, /) -> Identity:
        """The identity that this credential speaks for.

        Raises:
            CredentialRefused: it speaks for nobody.
        """
