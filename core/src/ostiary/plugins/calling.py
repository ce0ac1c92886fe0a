"""Calling one implementation, and holding what it returned to what its hook promises."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from ostiary.plugins.faults import PluginInfo, blaming, kind_of, refusal
from ostiary.plugins.hooks import Hook
from ostiary.plugins.shapes import fault_in

_MOST_PARTS = 1000


def call(
    function: Callable[..., object], hook: str, info: PluginInfo, **arguments: object
) -> object:
    """Call an implementation with those of the arguments that it names.

    Raises:
        PluginError: it raised, or returned a coroutine.
    """
    with blaming(info, hook):
        result = function(*(arguments[name] for name in inspect.signature(function).parameters))
    if inspect.iscoroutine(result):
        result.close()
        raise refusal(info, f"{hook} returned a coroutine; make it a plain function")
    return result


def register(
    function: Callable[..., object], hook: Hook, info: PluginInfo, house: object
) -> tuple[object, ...]:
    """The parts that an implementation registers.

    Raises:
        PluginError: it raised, or returned anything but parts of the hook's type.
    """
    result = call(function, hook.name, info, house=house)
    parts = _all(result, hook, info) if hook.many else (result,)
    for part in parts:
        _check(part, hook, info)
    return parts


def _all(result: object, hook: Hook, info: PluginInfo) -> tuple[object, ...]:
    wanted = f"return a list of {hook.part.__name__}"
    if not isinstance(result, Iterable) or isinstance(result, str | bytes | type):
        raise refusal(info, f"{hook.name} returned {kind_of(result)}; {wanted}")
    if isinstance(result, set | frozenset | Mapping):
        raise refusal(info, f"{hook.name} returned {kind_of(result)}, which is no list; {wanted}")
    with blaming(info, f"reading what {hook.name} returned"):
        parts = tuple(islice(result, _MOST_PARTS + 1))
    if len(parts) > _MOST_PARTS:
        raise refusal(info, f"{hook.name} returned over {_MOST_PARTS} parts; {wanted}")
    return parts


def _check(part: object, hook: Hook, info: PluginInfo) -> None:
    """The contract's values must be just that type, frozen; the rest may be subclasses."""
    value = dataclasses.is_dataclass(hook.part) and hook.owner is None
    with blaming(info, f"checking the type of what {hook.name} returned"):
        fits = type(part) is hook.part if value else isinstance(part, hook.part)
    if not fits or isinstance(part, type):
        raise refusal(
            info, f"{hook.name} gave {kind_of(part)}; only instances of {hook.part.__name__} fit"
        )
    if value and (fault := fault_in(part)):
        raise refusal(info, f"{hook.name} gave a {hook.part.__name__} whose {fault}")
