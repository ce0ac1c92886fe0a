"""Parts that every request may ask, held to their contracts: the users and the language."""

from __future__ import annotations

from collections.abc import Callable

from ostiary.contracts import Localization, Text, User, UserDirectory
from ostiary.plugins.shapes import misfit
from ostiary.signin.runner import Fault, Runner


class HeldDirectory:
    """A plugin's user directory. Where it fails there is no user, and no answer either.

    Raises:
        Fault: from every method: it raised, hangs, or said what is no answer.
    """

    def __init__(self, name: str, directory: UserDirectory, runner: Runner) -> None:
        self._name = name
        self._directory = directory
        self._runner = runner

    def get(self, user_id: str, /) -> User | None:
        """The user of this id; of no other, whatever the plugin says."""
        found = self._found(self._directory.get, user_id)
        if found is not None and found.id != user_id:
            raise self._runner.refuse(self._name, found, "the User with the id that was given")
        return found

    def named(self, name: str, /) -> User | None:
        """The user of this login name or verified address."""
        return self._found(self._directory.named, name)

    def _found(self, step: Callable[[str], User | None], value: str) -> User | None:
        found = self._runner.call(self._name, step, value)
        if misfit(found, User | None):
            raise self._runner.refuse(self._name, found, "a sound User or None")
        return found  # type: ignore[no-any-return] # as was just seen


class HeldLocalization:
    """A plugin's localization. What it cannot say is said in English."""

    def __init__(self, name: str, localization: Localization, runner: Runner) -> None:
        self._name = name
        self._localization = localization
        self._runner = runner
        self.locales = localization.locales

    def negotiate(self, accept_language: str, preferred: str | None, /) -> str:
        """The offered locale that suits a person best."""
        step = self._localization.negotiate
        return self._one_of(self.locales, "en", step, accept_language, preferred)

    def direction(self, locale: str, /) -> str:
        """``ltr`` or ``rtl``."""
        return self._one_of(("ltr", "rtl"), "ltr", self._localization.direction, locale)

    def say(self, text: Text, locale: str, /) -> str:
        """The text in this locale; not escaped for HTML."""
        try:
            said: object = self._runner.call(self._name, self._localization.say, text, locale)
            # A subclass of str could pass for markup.
            if type(said) is not str:
                raise self._runner.refuse(self._name, said, "a str")
        except Fault:
            return str(text)
        return said

    def _one_of(
        self, allowed: tuple[str, ...], fallback: str, step: Callable[..., str], *told: str | None
    ) -> str:
        try:
            said: object = self._runner.call(self._name, step, *told)
            if type(said) is not str or said not in allowed:
                raise self._runner.refuse(self._name, said, f"one of {', '.join(allowed)}")
        except Fault:
            return fallback
        return said
