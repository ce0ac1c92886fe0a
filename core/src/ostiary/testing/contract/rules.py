"""The rules that the contract tests hold a factor to, and how a test says that one is broken."""

from __future__ import annotations

from types import MappingProxyType

RULES = MappingProxyType(
    {
        "sign-in": "the right answer, and only that, opens a session of the account that has it",
        "refusal": "a wrong answer is Refused: never an exception, never a Verified",
        "state": "a question is answered once, in time, in the browser that was asked",
        "others": "an answer counts for the credentials that the step handed out, no others",
        "replay": "with properties.single_use no answer is accepted twice: raise the mark, or "
        "replace secret or public, so that the core's conditional UPDATE can tell",
        "race": "of two answers at once one is accepted: what a yes uses up must be in the "
        "Verified (mark, secret, public), for a factor keeps nothing itself",
        "guesses": "a guess is charged before the factor is asked: ask nothing outside a step",
        "removal": "a removed credential opens nothing: trust step.credentials and step.find only",
        "absence": "a second factor counts while its plugin is away: properties.second says so",
        "records": "every act leaves an event, and every refusal a reason",
        "secrets": "what opens an account stands in secret or state, and is shown once",
        "translation": "whatever a person reads is a Text, made by ostiary.text.translations",
        "pages": "pages keep nobody out: labels, alternatives and hints in plain words",
    }
)
"""The rules, by the names that ``docs/testing-plugins.md`` explains them under."""


def demand(condition: bool, rule: str, found: str) -> None:  # noqa: FBT001 - reads as an assertion
    """Fail a test, for its reader: what was found, what the contract says, where that stands.

    Raises:
        AssertionError: the condition does not hold.
    """
    if not condition:
        raise AssertionError(
            f"{found}\n  The contract: {RULES[rule]}.\n  See “{rule}” in docs/testing-plugins.md."
        )
