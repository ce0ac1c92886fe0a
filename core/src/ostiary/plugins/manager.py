"""pluggy, held to hooks that only register parts: no wrappers, no ordering, no surprises.

pluggy keeps the specifications and checks signatures; the implementations are called one by
one by :mod:`ostiary.plugins.calling`. Each rule below answers a trap that was reproduced.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, cast

import pluggy

from ostiary import hookspecs
from ostiary.plugins.discovery import Candidate
from ostiary.plugins.faults import PluginInfo, blaming, kind_of, refusal

_FLAGS = ("hookwrapper", "wrapper", "tryfirst", "trylast", "optionalhook", "specname")
_OWN_HOOK = re.compile(r"ostiary_[a-z][a-z0-9_]*_register_[a-z0-9_]+")


class Manager(pluggy.PluginManager):
    """The specifications, and the implementations of every enabled plugin."""

    def __init__(self) -> None:
        super().__init__(hookspecs.PROJECT)
        self.add_hookspecs(hookspecs)
        self.inert: dict[PluginInfo, tuple[str, ...]] = {}
        self._slugs: set[str] = set()
        self._registering: PluginInfo | None = None

    def expect(self, slug: str) -> None:
        """Say which plugins are enabled: their own hooks must be declared, not inert."""
        self._slugs.add(slug)

    def admit(self, candidate: Candidate) -> None:
        """Register a plugin, or refuse it and leave nothing of it registered.

        Raises:
            PluginError: naming the plugin, its distribution and the function at fault.
        """
        info = candidate.info
        self._registering, self.inert[info] = info, ()
        try:
            self.register(candidate.plugin, info.name)
        except (AssertionError, ValueError, pluggy.PluginValidationError) as error:
            raise refusal(
                info, f"pluggy refuses it ({type(error).__name__}); list each plugin object once"
            ) from None
        finally:
            self._registering = None

    def implementation(self, name: str, hook: str) -> Callable[..., object] | None:
        """A plugin's implementation of a hook."""
        caller: pluggy.HookCaller = getattr(self.hook, hook)
        own = [impl.function for impl in caller.get_hookimpls() if impl.plugin_name == name]
        return own[0] if own else None

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> pluggy.HookimplOpts | None:
        """The options of an implementation; None for what is none, or inert.

        Raises:
            PluginError: it is marked and must not be as it is, or should be and is not marked.
        """
        info = self._registering
        if info is None:
            raise RuntimeError("plugins are registered through admit()")
        ours = name.startswith("ostiary_")
        try:
            function = getattr(plugin, name)
        except AttributeError:
            return None
        except Exception:
            if not ours:
                return None
            with blaming(info, f"reading {name}"):
                raise
        options = _options(function)
        if options is not None:
            _check_flags(info, name, options)
            return options if self._known(info, name, _checked(info, name, function)) else None
        if ours and hasattr(function, f"{hookspecs.PROJECT}_spec"):
            raise refusal(
                info, f"{name} is a declaration; move it to a module of its own for OSTIARY_HOOKS"
            )
        if ours and callable(function) and not isinstance(function, type):
            raise refusal(info, f"{name} is not marked; put @hookimpl above it or rename it")
        return None

    def _known(self, info: PluginInfo, name: str, parameters: tuple[str, ...]) -> bool:
        """Whether the hook is declared (True) or belongs to a plugin that is not enabled."""
        caller = getattr(self.hook, name, None)
        if caller is None or caller.spec is None:
            declared = any(name.startswith(f"ostiary_{slug}_register_") for slug in self._slugs)
            if declared or not _OWN_HOOK.fullmatch(name):
                raise refusal(
                    info, f"there is no hook {name}; the hooks are in docs/plugin-authors.md"
                )
            self.inert[info] = (*self.inert[info], name)
            return False
        allowed = caller.spec.argnames
        wrong = [parameter for parameter in parameters if parameter not in allowed]
        if wrong:
            raise refusal(
                info,
                f"{name} takes {', '.join(wrong)}, which the hook does not give; "
                f"write {name}({', '.join(allowed)})",
            )
        return True


def _options(function: object) -> pluggy.HookimplOpts | None:
    """The mark that ``hookimpl`` left, read with care: some objects answer to any name."""
    try:
        options = getattr(function, f"{hookspecs.PROJECT}_impl", None)
    except Exception:  # noqa: BLE001 - a lazy object of the plugin's that is no implementation.
        return None
    return cast("pluggy.HookimplOpts", options) if isinstance(options, dict) else None


def _check_flags(info: PluginInfo, name: str, options: pluggy.HookimplOpts) -> None:
    used = [flag for flag in _FLAGS if options.get(flag)]
    if used:
        raise refusal(
            info,
            f"{name} is marked {', '.join(used)}; write a bare @hookimpl: "
            "the operator's list is the only order, and no hook can be wrapped",
        )


def _checked(info: PluginInfo, name: str, function: object) -> tuple[str, ...]:
    """The parameters of an implementation, once its form is found to be a plain function's."""
    if not inspect.isroutine(function):
        raise refusal(info, f"{name} is {kind_of(function)}; make it a plain function")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise refusal(info, f"{name} is async; hooks run at start, make it a plain function")
    if inspect.isgeneratorfunction(function):
        raise refusal(info, f"{name} is a generator function; return a list")
    with blaming(info, f"reading the signature of {name}"):
        parameters = inspect.signature(function).parameters.values()
    for parameter in parameters:
        if parameter.default is not parameter.empty:
            raise refusal(info, f"{name} gives {parameter.name} a default; remove the default")
        if parameter.kind not in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}:
            raise refusal(info, f"{name} takes {parameter}; name plain parameters only")
    return tuple(parameter.name for parameter in parameters)
