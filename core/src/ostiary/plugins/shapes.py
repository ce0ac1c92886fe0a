"""Whether a value of the contracts holds what its annotations say: dataclasses do not check."""

from __future__ import annotations

import collections.abc
import dataclasses
import re
import types
import typing
from collections.abc import Hashable
from functools import cache
from typing import Any, ClassVar

from ostiary.plugins.faults import kind_of

_MODULE = re.compile(r"\b(\w+\.)+(?=\w)")


def fault_in(value: Any) -> str | None:
    """The first field of a dataclass, at any depth, that is not of its declared type."""
    for name, hint in _hints(value.__class__).items():
        fault = misfit(getattr(value, name), hint)
        if fault:
            return f"{name}{fault}"
    return None


def misfit(value: object, hint: Any) -> str | None:
    """How a value fails its annotation, to be read after the name of the field."""
    if not _fits(value, hint):
        wanted = hint.__name__ if isinstance(hint, type) else str(hint)
        return f" is {kind_of(value)}; it must be {_MODULE.sub('', wanted)}"
    if dataclasses.is_dataclass(value):
        inner = fault_in(value)
        return inner and f".{inner}"
    if isinstance(value, tuple | frozenset):
        faults = (fault_in(item) for item in value if dataclasses.is_dataclass(item))
        return next((f"[].{fault}" for fault in faults if fault), None)
    return None


@cache
def _hints(cls: Hashable) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {name: hint for name, hint in hints.items() if typing.get_origin(hint) is not ClassVar}


def _fits(value: object, hint: Any) -> bool:
    """One level of a type. An int is asked to be no bool, a tuple to be no list."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return any(_fits(value, option) for option in arguments)
    if origin is tuple:
        return type(value) is tuple and _items_fit(value, arguments)
    if origin is frozenset:
        return type(value) is frozenset and all(_fits(item, arguments[0]) for item in value)
    if origin is collections.abc.Callable:
        return callable(value)
    if dataclasses.is_dataclass(hint) or hint in {int, bool, str}:
        return type(value) is hint
    return isinstance(value, origin or hint)


def _items_fit(value: tuple[object, ...], arguments: tuple[Any, ...]) -> bool:
    if arguments[-1] is ...:
        return all(_fits(item, arguments[0]) for item in value)
    return len(value) == len(arguments) and all(map(_fits, value, arguments))
