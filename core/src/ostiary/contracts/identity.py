"""People, what a host protects, and the credentials that come with a request to act on it."""
# fmt: off

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from ostiary.contracts.assurance import Assurance, Proof
from ostiary.contracts.challenge import Credential, Purpose, Refused
from ostiary.contracts.errors import OstiaryError
from ostiary.contracts.text import Text


@dataclass(frozen=True, slots=True)
class User:
    """A person, as the user directory knows them."""
    id: str  # Opaque and never reused.
    login: str
    address: str | None = None  # The primary *verified* one: nothing secret is sent elsewhere.
    active: bool = True
    privileged: bool = False  # Admins, and whom the host's policy names.
    locale: str | None = None  # BCP 47.
    zone: str | None = None  # IANA.

@dataclass(frozen=True, slots=True)
class Client:
    """Whence a request came: the peer's address (behind configured proxies only), its agent."""
    address: str | None = None
    agent: str = ""

@dataclass(frozen=True, slots=True)
class Site:
    """The place that people sign in to, from ``ostiary.public_url``, never from a header."""
    title: str
    origin: str  # Without a trailing slash (RFC 6454).
    domain: str  # The host of the origin; the relying-party id.

@runtime_checkable
class UserDirectory(Protocol):
    """Who exists. A host with a users table of its own registers one; the core has another."""
    def get(self, user_id: str, /) -> User | None:
        """The user of this id, or None."""
    def named(self, name: str, /) -> User | None:
        """The user of this login name or *verified* address as typed, or None."""

@runtime_checkable
class Geography(Protocol):
    """Where people are, as far as their addresses tell; at most one is registered."""
    def place(self, address: str, /) -> Text | None:
        """Where this IP address is, roughly ("near Lyon, France"), or None."""

@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in whose proofs are all in, or a presented credential, before anything opens."""
    user: User
    purpose: Purpose
    means: str  # ``session`` or the verifier's name.
    client: Client
    known_device: bool = False  # This browser has signed in to this account before.

class SignInGuard:
    """A second opinion that may deny or demand more, never allow; one that raises refuses."""
    name: str
    def check_attempt(self, attempt: Attempt, /) -> Assurance | Refused | None:
        """None to raise no objection, an assurance to ask for, or a refusal."""
        return None
    def check_chosen(self, user: User, factor: str, secret: str, /) -> Refused | None:
        """Judge a secret that a person thought up, before it is stored; it is not kept."""
        return None

@dataclass(frozen=True, slots=True)
class Permission:
    """Something that may be done. Only a ``delegable`` one is ever granted to a token."""
    name: str
    title: Text
    delegable: bool = False

@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that is acted on."""
    kind: str
    name: str
    owners: tuple[str, ...] = ()  # The ids of users for whose history it matters.

@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource that tokens can be limited to and events can be about."""
    kind: str
    title: Text
    permissions: tuple[Permission, ...]
    normalize: Callable[[str], str]  # Makes equal names equal strings.
    owned_by: Callable[[str], tuple[str, ...]]  # The names that a user (by id) has, for forms.
    owners_of: Callable[[str], tuple[str, ...]] | None = None  # Who may act on a name.

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
    """Who acts, by which means. It can only narrow what the user may do."""
    user: str
    means: str  # ``session`` or the verifier's name.
    credential: str | None = None
    proofs: tuple[Proof, ...] = ()
    delegates: tuple[str, ...] = ()  # The authenticated chain it was handed on by, in order.
    restrictions: tuple[Restriction, ...] = ()
    shown: str | None = None  # A hash of what was presented, to tell attenuated copies apart.

@dataclass(frozen=True, slots=True)
class Claim:
    """What a verifier answers for: an HTTP authentication scheme (RFC 9110, section 11)."""
    scheme: str
    prefix: str = ""  # The beginning of the value.
    username: str | None = None  # For Basic (RFC 7617).

@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A credential as it came."""
    scheme: str  # In lower case.
    value: str = field(repr=False)  # For Basic, the password.
    username: str | None
    client: Client
    now: datetime
    find: Callable[[str], Credential | None]  # One of this verifier's, kept through ``House``.

class CredentialRefused(OstiaryError):
    """No. ``public`` is for the caller, ``private`` for the owner's history."""
    # Name ``credential`` only once it is authentic: only then do caller and owner get more words.
    def __init__(self, public: Text, private: Refused, *, credential: str | None = None,
                 delegates: tuple[str, ...] = ()) -> None:
        super().__init__(private.reason)
        self.public, self.private = public, private
        self.credential, self.delegates = credential, delegates

class CredentialVerifier(ABC):
    """Turns a presented credential into an identity. Overlapping claims are refused at start."""
    name: str
    claims: tuple[Claim, ...]
    @abstractmethod
    def verify(self, presented: Presented, /) -> Identity:
        """The identity that it speaks for; raises :class:`CredentialRefused` if for nobody."""
