"""How the loader says no: one line that names plugin, distribution, what was found, how to mend."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ostiary.contracts import OstiaryError, PluginError


@dataclass(frozen=True, slots=True, order=True)
class PluginInfo:
    """A plugin by its entry point's name, and the distribution that it comes from."""

    name: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"plugin {self.name!r} ({self.distribution} {self.version})"


def refusal(who: PluginInfo | str, found: str) -> PluginError:
    """The error for whom it concerns, on one line whatever the plugin put into its names."""
    return PluginError(" ".join(f"{who}: {found}".split()))


def kind_of(value: object) -> str:
    """What was found, by its type: a value's own words may hold a secret."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return "None" if value is None else type(value).__name__


@contextmanager
def blaming(who: PluginInfo, doing: str, mend: str = "correct the plugin") -> Iterator[None]:
    """Run code of a plugin: whatever it raises, ``SystemExit`` too, becomes a refusal.

    The line has the exception's type and place only, since its message may hold a secret.
    The house's own errors (a wrong setting) were written for the operator and are passed on.

    Raises:
        PluginError: the plugin raised.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except OstiaryError as error:
        raise refusal(who, str(error)) from None
    except BaseException as error:  # noqa: BLE001 - SystemExit must not end the start silently.
        raise refusal(
            who, f"{doing} raised {type(error).__name__}{_place(error)}; {mend}"
        ) from None


def _place(error: BaseException) -> str:
    """Where in the plugin it was raised, and which module was missing."""
    name = getattr(error, "name", None) if isinstance(error, ImportError) else None
    missing = f" for the module {name!r}" if name else ""
    frames = [
        (str(frame.f_globals.get("__name__", "?")), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    own = [
        f for f in frames if f[0].split(".")[0] != "importlib" and not f[0].startswith(__package__)
    ]
    return missing + (f" at {own[-1][0]}, line {own[-1][1]}" if own else "")
