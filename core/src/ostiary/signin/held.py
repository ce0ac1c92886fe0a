"""Parts that every request may ask, held to their contracts: the users and the language."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from ostiary.contracts import Localization, Text, User, UserDirectory
from ostiary.plugins.shapes import misfit
from ostiary.signin.runner import Fault, Runner
from ostiary.text.formats import Formats, Shown, plain
from ostiary.text.marking import Tongues

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_PATIENCE = 10
_SILENCE = 30
"""Seconds. A page asks a hundred times, and each fault is a line in the log."""


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
    """A plugin's localization. What it cannot say is said in English.

    One that says ``direct = True`` promises that to say a text is to look it up: it is then asked
    without a slot or a watchdog, which would cost more than all the rest of a page's words.
    """

    def __init__(self, name: str, localization: Localization, runner: Runner) -> None:
        self._name = name
        self._localization = localization
        self._runner = runner
        self._faults = 0
        self._silent_until = 0.0
        self._offered_once: tuple[str, ...] = ()
        self._direct = getattr(localization, "direct", False) is True
        tongues = localization if isinstance(localization, Tongues) else None
        self._tongues = tongues if self._direct else None
        self._formats = localization if isinstance(localization, Formats) else None

    @property
    def locales(self) -> tuple[str, ...]:
        """Those that it offers now: some are known only once all plugins are loaded."""
        try:
            found: tuple[str, ...] = self._runner.call(self._name, self._offered)
        except Fault:
            return ("en",)
        return found

    def _offered(self) -> tuple[str, ...]:
        return tuple(map(str, self._localization.locales))

    def negotiate(self, accept_language: str, preferred: str | None, /) -> str:
        """The offered locale that suits a person best."""
        step, told = self._localization.negotiate, (accept_language, preferred)
        return self._said(self._is_offered, "en", step, *told)

    def _is_offered(self, said: str) -> bool:
        # What was offered once still is; only a name that is new makes us ask for all of them.
        if said not in self._offered_once:
            self._offered_once = self.locales
        return said in self._offered_once

    def direction(self, locale: str, /) -> str:
        """``ltr`` or ``rtl``."""
        allowed = self._allowed(("ltr", "rtl"))
        return self._said(allowed, "ltr", self._localization.direction, locale)

    def say(self, text: Text, locale: str, /) -> str:
        """The text in this locale; not escaped for HTML."""
        if self._direct and not self._silent_until:
            try:
                found: object = self._localization.say(text, locale)
            except Exception:  # noqa: BLE001 - it is asked again, where faults are counted.
                found = None
            # A subclass of str could pass for markup.
            if type(found) is str:
                return found
        said = self._said(lambda _said: True, None, self._localization.say, text, locale)
        return str(text) if said is None else said

    def show(self, value: Shown, locale: str, zone: str | None, /) -> str:
        """A time, a number or a list in this locale; plain where it does not know how."""
        if self._formats is None:
            return plain(value)
        step = self._formats.show
        if self._direct and not self._silent_until:
            try:
                found: object = step(value, locale, zone)
            except Exception:  # noqa: BLE001 - it is asked again, where faults are counted.
                found = None
            if type(found) is str:
                return found
        said = self._said(lambda _said: True, None, step, value, locale, zone)
        return plain(value) if said is None else said

    def tell(self, text: Text, locale: str, /) -> tuple[str, str]:
        """The text, and its language where the plugin knows and is asked without a slot."""
        if self._tongues is not None and not self._silent_until:
            try:
                said, language = self._tongues.tell(text, locale)
            except Exception:  # noqa: BLE001 - it is asked again, where faults are counted.
                return self.say(text, locale), locale
            if type(said) is str and type(language) is str:
                return said, language
        return self.say(text, locale), locale

    def _said(
        self,
        allowed: Callable[[str], bool],
        fallback: _T,
        step: Callable[..., str],
        *told: object,
    ) -> str | _T:
        """What it says, or the fallback; after some faults in a row it is left in peace."""
        if time.monotonic() < self._silent_until:
            return fallback
        try:
            said: object = self._runner.call(self._name, step, *told)
            # A subclass of str could pass for markup.
            if type(said) is not str or not allowed(said):
                raise self._runner.refuse(self._name, said, "a plain and known str")
        except Fault:
            self._faults += 1
            if self._faults >= _PATIENCE:
                self._faults, self._silent_until = 0, time.monotonic() + _SILENCE
                log.error("plugin %s: is not asked for %d seconds", self._name, _SILENCE)  # noqa: TRY400 - the fault is logged
            return fallback
        self._faults = 0
        return said

    @staticmethod
    def _allowed(values: tuple[str, ...]) -> Callable[[str], bool]:
        return lambda said: said in values
