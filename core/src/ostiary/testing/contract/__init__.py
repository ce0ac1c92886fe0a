"""What every factor is held to, as tests that its author inherits.

::

    from ostiary.testing.contract import FactorContract, Person

    class Owner(Person):
        def answer_enrolment(self, challenge):
            return {"code": self.mailed_code()}

        answer = answer_enrolment

        def wrong(self, challenge):
            return {"code": "0000-0000"}

    class TestPhone(FactorContract):
        plugins = ("phone",)
        factor = "phone"
        person = Owner

It needs the fixtures of :mod:`ostiary.testing.fixtures`. The tests say which rule was broken;
``docs/testing-plugins.md`` says why there is such a rule.
"""

from __future__ import annotations

from ostiary.testing.contract.answers import Answers
from ostiary.testing.contract.people import Person, Scene
from ostiary.testing.contract.replay import Replay
from ostiary.testing.contract.traces import Traces

__all__ = ["FactorContract", "Person", "Scene"]


class FactorContract(Answers, Replay, Traces):
    """Subclass it, say which factor and who answers, and run the tests.

    ``plugins`` are those of a house (names of installed ones, plugin objects, or factors), that
    of ``factor`` among them; ``settings`` are the operator's. ``pause`` is how long a person
    waits between two sign-ins; the replays happen within it.
    """
