"""Factors: what a person proves who they are with. Four steps, and no view code."""
# fmt: off

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from ostiary.contracts import challenge as c
from ostiary.contracts.assurance import Strength
from ostiary.contracts.identity import Client, Site, User
from ostiary.contracts.text import Text


class First(Enum):
    """Whether an answer can be the first proof of a sign-in."""
    NO = "no"
    AFTER_NAME = "after-name"
    FINDS_USER = "finds-user"

@dataclass(frozen=True, slots=True)
class Properties:
    """What a factor is, so that policy never needs its name."""
    strength: Strength  # The most that one answer can prove.
    first: First = First.NO
    second: bool = True  # Once enrolled, two kinds are asked for, even while the plugin is away.
    recovery: bool = False  # Leads only to adding factors.
    most: int = 10  # How many a person may have; with 1, a new one replaces the old.
    single_use: bool = True  # No answer is accepted twice (ASVS 5.0, 6.5.1; ``FactorContract``).
    ends_sessions: bool = False  # A change ends the account's other sessions.
    reset_by_mail: bool = False  # A mailed link stands in for a lost one, after further proofs.

@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """All that a factor is told. Every value is a copy."""
    purpose: c.Purpose
    user: User | None  # None, and ``credentials`` empty, before anybody is known.
    credentials: tuple[c.Credential, ...]
    # By its lookup key: among everyone's before anybody is known, then among this user's.
    find: Callable[[str], c.Credential | None]
    now: datetime
    site: Site
    client: Client
    handle: str  # Names this challenge to the outside: OIDC ``state``, a push reference.
    return_url: str  # Where the outside sends people back to.
    state: c.JSON = field(repr=False)  # What the factor left in the challenge.
    delivered: c.JSON | None = field(default=None, repr=False)  # What a Wait has heard.

@dataclass(frozen=True, slots=True)
class CreateOption:
    """A flag of ``ostiary users create`` that reads one line of standard input as a field."""
    flag: str
    help: str
    field: str

class Factor(ABC):
    """What a person proves who they are with."""
    # Steps are pure: values in, a value out or :class:`Refused`; never a bool, never None. Without
    # transaction or request they run within a time limit, maybe again with newer values. The core
    # stores, sends, counts, commits. An exception is a refusal, with the plugin named in the log.
    name: str
    title: Text  # "Authenticator app". Its controls are made from it where they are None.
    properties: Properties
    add: Text | None = None
    use: Text | None = None
    change: Text | None = None  # Where a person has one at most.
    create_option: CreateOption | None = None

    @abstractmethod
    def begin_enrolment(self, step: Step, /) -> c.Challenge | c.Enrolled | c.Refused:
        """Ask what is needed to add a credential."""
    @abstractmethod
    def finish_enrolment(self, step: Step, answer: Mapping[str, str], /
    ) -> c.Enrolled | c.Challenge | c.Pending | c.Refused:
        """Judge the answer to an enrolment."""
    @abstractmethod
    def begin_challenge(self, step: Step, /) -> c.Challenge | c.Refused:
        """Ask for a proof."""
        # One that comes first after a name is asked with no user, for the sign-in page: it gives a
        # Form to go beside the name, or refuses with ``name-first`` and is asked again after it.
    @abstractmethod
    def answer_challenge(self, step: Step, answer: Mapping[str, str], /
    ) -> c.Verified | c.Challenge | c.Pending | c.Refused:
        """Judge the answer to a challenge."""
    def describe(self, credential: c.Credential, /) -> tuple[Text, ...]:
        """Lines about a credential for the account's security page; no secrets."""
        return ()
    def changed(self, step: Step, /) -> c.Ceremony | None:
        """For the browser to do after a rename or removal; ``state`` holds its ``public``."""
        return None
    def decoy(self) -> c.Credential | None:
        """A credential of the usual shape and cost that no answer opens."""
        # So that an unknown name costs the same (ASVS 5.0, 6.3.8). For what comes after a name.
        return None

class CodeFactor(Factor):
    """A factor whose challenge is one typed code: give ``code_text``, a field and ``match``."""
    code_text: Text
    code_field: c.Field

    def begin_challenge(self, step: Step, /) -> c.Challenge | c.Refused:
        """Ask for the code."""
        return c.Form(text=self.code_text, fields=(self.code_field,))

    def answer_challenge(self, step: Step, answer: Mapping[str, str], /
    ) -> c.Verified | c.Challenge | c.Pending | c.Refused:
        """The first credential that matches; else the refusal of the last one tried."""
        result: c.Verified | c.Refused | None = None
        for credential in step.credentials:
            result = self.match(step, credential, answer[self.code_field.name])
            if isinstance(result, c.Verified):
                return result
        if result is None:
            raise LookupError("a challenge without a credential")
        return result

    @abstractmethod
    def match(self, step: Step, credential: c.Credential, code: str, /) -> c.Verified | c.Refused:
        """Whether the code, as typed, is right for this credential."""
