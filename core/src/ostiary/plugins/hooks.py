"""What each hook promises to return, read from its annotations; hooks that plugins declare."""

from __future__ import annotations

import collections.abc
import inspect
import re
import typing
from dataclasses import dataclass
from types import ModuleType

from ostiary import hookspecs
from ostiary.plugins.discovery import Candidate
from ostiary.plugins.faults import PluginInfo, kind_of, refusal
from ostiary.plugins.manager import Manager

INCLUDE = "ostiary_includeme"
COMMANDS = "ostiary_register_commands"

_FORM = "write it as def {name}(house: House) -> Iterable[<a class>]"


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook: the type of the parts it takes, and whether there may be several.

    ``owner`` is the plugin that declares it, None for one of the core's.
    """

    name: str
    part: type
    many: bool
    owner: PluginInfo | None = None


def core_hooks() -> tuple[Hook, ...]:
    """The core's registering hooks, in the order in which they stand in ``hookspecs``."""
    names = [name for name, value in vars(hookspecs).items() if _is_spec(value)]
    return tuple(_hook(name, getattr(hookspecs, name)) for name in names if name != INCLUDE)


def declare(manager: Manager, candidates: typing.Sequence[Candidate]) -> tuple[Hook, ...]:
    """Collect the hooks that the plugins declare, before any plugin is registered.

    Raises:
        PluginError: ``OSTIARY_HOOKS`` is no module, or a declaration is not as it must be.
    """
    found: dict[str, Hook] = {}
    for candidate in candidates:
        manager.expect(candidate.slug)
        for module in _modules(candidate):
            for hook in _declared(candidate, module):
                if hook.name in found:
                    raise refusal(
                        candidate.info,
                        f"declares the hook {hook.name}, and so does {found[hook.name].owner}; "
                        "enable only one of them",
                    )
                found[hook.name] = hook
            manager.add_hookspecs(module)
    return tuple(found.values())


def _is_spec(value: object) -> bool:
    options = getattr(value, f"{hookspecs.PROJECT}_spec", None)
    return inspect.isfunction(value) and isinstance(options, dict)


def _modules(candidate: Candidate) -> tuple[ModuleType, ...]:
    given = getattr(candidate.plugin, "OSTIARY_HOOKS", ())
    modules = given if isinstance(given, tuple) else (given,)
    for module in modules:
        if not isinstance(module, ModuleType):
            raise refusal(
                candidate.info,
                f"OSTIARY_HOOKS holds {kind_of(module)}; give a module or a tuple of modules",
            )
    return modules


def _declared(candidate: Candidate, module: ModuleType) -> list[Hook]:
    info, prefix = candidate.info, f"ostiary_{candidate.slug}_register_"
    hooks = []
    for name, value in vars(module).items():
        if not _is_spec(value):
            if inspect.isfunction(value) and name.startswith("ostiary_"):
                raise refusal(
                    info, f"{name} in OSTIARY_HOOKS is not marked; put @hookspec above it"
                )
            continue
        if not re.fullmatch(prefix + "[a-z0-9_]+", name):
            raise refusal(info, f"declares the hook {name}; name it {prefix}<parts>")
        if any(value.ostiary_spec.values()):
            raise refusal(info, f"declares {name} with options; write a bare @hookspec")
        hooks.append(_own_hook(info, name, value))
    if not hooks:
        raise refusal(info, f"{module.__name__} in OSTIARY_HOOKS declares no hook; mark one")
    return hooks


def _own_hook(info: PluginInfo, name: str, function: typing.Callable[..., object]) -> Hook:
    form = _FORM.format(name=name)
    if list(inspect.signature(function).parameters) != ["house"]:
        raise refusal(info, f"the hook {name} must take house alone; {form}")
    try:
        hook = _hook(name, function, info)
        isinstance(None, hook.part)
    except Exception:  # noqa: BLE001 - annotations are code of the plugin; any fault is the same.
        raise refusal(
            info, f"the hook {name} returns no type that can be checked; {form}"
        ) from None
    return hook


def _hook(
    name: str, function: typing.Callable[..., object], owner: PluginInfo | None = None
) -> Hook:
    returned = typing.get_type_hints(function)["return"]
    many = typing.get_origin(returned) is collections.abc.Iterable
    part = typing.get_args(returned)[0] if many else returned
    if not isinstance(part, type):
        raise TypeError(name)
    return Hook(name, part, many, owner)
