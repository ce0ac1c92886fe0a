"""Factors: what a person proves who they are with. Four steps, and no view code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ostiary.contracts.assurance import Strength
from ostiary.contracts.challenge import (
    JSON,
    Ceremony,
    Challenge,
    Credential,
    Enrolled,
    Field,
    Form,
    Pending,
    Purpose,
    Refused,
    Verified,
)
from ostiary.contracts.text import Text
from ostiary.contracts.users import Client, Site, User


class First(Enum):
    """Whether an answer can be the first proof of a sign-in."""

    NO = "no"
    AFTER_NAME = "after-name"
    FINDS_USER = "finds-user"


@dataclass(frozen=True, slots=True)
class Properties:
    """What a factor is, so that policy never needs its name.

    ``strength`` is the most that one answer can prove. ``second``: once enrolled, the account
    asks for two kinds of proof; copied into the credential's row, so that it holds while the
    plugin is away. ``recovery``: leads only to adding factors. ``most``: how many a person
    may have; with 1, a new one replaces the old. ``single_use``: no answer is ever accepted
    twice (ASVS 5.0, 6.5.1), which ``FactorContract`` then holds the factor to.
    ``ends_sessions``: a change ends the account's other sessions. ``reset_by_mail``: when it
    is lost, a mailed link stands in for it, after the further proofs.
    """

    strength: Strength
    first: First = First.NO
    second: bool = True
    recovery: bool = False
    most: int = 10
    single_use: bool = True
    ends_sessions: bool = False
    reset_by_mail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """All that a factor is told. Every value is a copy.

    ``user`` is None and ``credentials`` empty before anybody is known. ``find`` looks a
    credential of this factor up by its lookup key: among everyone's before anybody is known,
    afterwards among this user's. ``handle`` names this challenge to the outside (OIDC
    ``state``, a push reference), ``return_url`` is where the outside sends people back to.
    ``state`` is what the factor left in the challenge, ``delivered`` what a Wait has heard.
    """

    purpose: Purpose
    user: User | None
    credentials: tuple[Credential, ...]
    find: Callable[[str], Credential | None]
    now: datetime
    site: Site
    client: Client
    handle: str
    return_url: str
    state: JSON
    delivered: JSON | None = None


@dataclass(frozen=True, slots=True)
class CreateOption:
    """A flag of ``ostiary users create`` that reads one line of standard input as a field."""

    flag: str
    help: str
    field: str


class Factor(ABC):
    """What a person proves who they are with.

    Steps are pure: values in, a value out or :class:`Refused`; never a bool, never None. They
    have no transaction and no request, run outside any transaction within a time limit, and
    may be run again with newer values. The core stores, sends, counts and commits. An
    exception is a refusal, with the plugin's name in the log.

    ``title`` names the factor ("Authenticator app"); ``add``, ``use`` and ``change`` (where a
    person has one at most) are its controls, made from the title where a factor gives none.
    """

    name: str
    title: Text
    properties: Properties
    add: Text | None = None
    use: Text | None = None
    change: Text | None = None
    create_option: CreateOption | None = None

    @abstractmethod
    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        """Ask what is needed to add a credential."""

    @abstractmethod
    def finish_enrolment(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Enrolled | Challenge | Pending | Refused:
        """Judge the answer to an enrolment."""

    @abstractmethod
    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        """Ask for a proof.

        A factor that comes first after a name is asked with no user, to compose the sign-in
        page: it returns a Form that goes beside the name, or refuses with ``name-first``,
        and is then asked again once a name was typed.
        """

    @abstractmethod
    def answer_challenge(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Verified | Challenge | Pending | Refused:
        """Judge the answer to a challenge."""

    def describe(self, credential: Credential, /) -> tuple[Text, ...]:
        """Lines about a credential for the account's security page; no secrets."""
        return ()

    def changed(self, step: Step, /) -> Ceremony | None:
        """Something for the browser to do after a rename or a removal."""
        return None

    def decoy(self) -> Credential | None:
        """A credential of the usual shape and cost that no answer opens.

        Used where a typed name has no credential, so that it costs and looks the same
        (ASVS 5.0, 6.3.8). Needed by factors that come first after a name.
        """
        return None


class CodeFactor(Factor):
    """A factor whose challenge is one typed code: give ``code_text``, a field and ``match``."""

    code_text: Text
    code_field: Field

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        """Ask for the code."""
        return Form(text=self.code_text, fields=(self.code_field,))

    def answer_challenge(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Verified | Challenge | Pending | Refused:
        """The first credential that matches; else the refusal of the last one tried."""
        refused: Refused | None = None
        for credential in step.credentials:
            result = self.match(step, credential, answer[self.code_field.name])
            if isinstance(result, Verified):
                return result
            refused = result
        if refused is None:
            raise LookupError("a challenge without a credential")
        return refused

    @abstractmethod
    def match(self, step: Step, credential: Credential, code: str, /) -> Verified | Refused:
        """Whether the code, as typed, is right for this credential."""
