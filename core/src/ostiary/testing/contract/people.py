"""Who answers in a contract test: somebody with the factor in hand, and a way in for them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from ostiary.contracts import (
    Challenge,
    Credential,
    Enrolled,
    Factor,
    Field,
    First,
    Form,
    House,
    Kind,
    Properties,
    Refused,
    Site,
    Step,
    Strength,
    User,
    Verified,
)
from ostiary.testing.clock import Clock
from ostiary.testing.outbox import Outbox
from ostiary.text import translations

# Under another name than `_`, so that nobody is asked to translate what only tests show.
_say, *_rest = translations("ostiary_testing")


@dataclass
class Scene:
    """What a person can see and reach. ``handle`` names the challenge that is asked now."""

    user: User
    clock: Clock
    outbox: Outbox
    site: Site
    house: House
    handle: str = ""


class Person(ABC):
    """Somebody who has the factor in hand. Each user of a test is one of their own.

    An answer is what the browser sends: a value for each field of a form, ``{"answer": ...}``
    for a ceremony, the query that comes back from a redirect. For a :class:`Wait`, deliver
    with ``self.scene.house.deliver(self.scene.handle, ...)`` and return ``{}``.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @abstractmethod
    def answer_enrolment(self, challenge: Challenge) -> dict[str, str]:
        """Answer what adding the factor asks; remember what it reveals."""

    @abstractmethod
    def answer(self, challenge: Challenge) -> dict[str, str]:
        """The right answer, as of now."""

    @abstractmethod
    def wrong(self, challenge: Challenge) -> dict[str, str]:
        """An answer that is right for nobody; also asked of somebody who has nothing yet."""

    def mailed_code(self) -> str:
        """The newest code that was mailed to this person.

        Raises:
            LookupError: none was.
        """
        for mail in reversed(self.scene.outbox.to(self.scene.user.address or "")):
            if mail.code is not None:
                return mail.code
        raise LookupError(f"no code was mailed to {self.scene.user.address}")


class Opening(Factor):
    """A first proof that everybody can give: it leaves the stage to the factor under test."""

    name = "opening"
    title = _say("Opening")
    answer = "open"
    field = Field("opening", _say("Say open"))

    def __init__(self, kind: Kind) -> None:
        self.properties = Properties(
            Strength(frozenset({kind})), First.AFTER_NAME, second=False, single_use=False
        )

    def begin_enrolment(self, step: Step, /) -> Enrolled:
        """Nothing is needed."""
        return Enrolled(label=self.title)

    def finish_enrolment(self, step: Step, answer: Mapping[str, str], /) -> Refused:
        """Nothing was asked."""
        return Refused("never-asked", _say("Nothing was asked."))

    def begin_challenge(self, step: Step, /) -> Challenge:
        """Ask for the word."""
        return Form(text=_say("Say open."), fields=(self.field,))

    def answer_challenge(self, step: Step, answer: Mapping[str, str], /) -> Verified | Refused:
        """Any account that has it, for the word."""
        if answer[self.field.name] == self.answer and step.credentials[0].id:
            return Verified(credential=step.credentials[0])
        return Refused("not-open", _say("That is not it."))

    def decoy(self) -> Credential:
        """A credential without an id, which nothing opens."""
        return Credential("", "", "")


__all__ = ["Opening", "Person", "Scene"]
