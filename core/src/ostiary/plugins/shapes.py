"""Whether a value of the contracts holds what its annotations say: dataclasses do not check."""

from __future__ import annotations

import collections.abc
import dataclasses
import re
import types
import typing
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, ClassVar, TypeAlias

from ostiary.plugins.faults import kind_of

_Test: TypeAlias = Callable[[Any], bool]
_PLAIN = frozenset({str, int, bool, float, bytes, type(None)})
_MODULE = re.compile(r"\b(\w+\.)+(?=\w)")


def fault_in(value: Any) -> str | None:
    """The first field of a dataclass, at any depth, that is not of its declared type."""
    for name, hint, fits in _fields(value.__class__):
        held = getattr(value, name)
        # Most fields hold what nothing more is to be said of.
        if type(held) in _PLAIN and fits(held):
            continue
        fault = misfit(held, hint)
        if fault:
            return f"{name}{fault}"
    return None


def misfit(value: object, hint: Any) -> str | None:
    """How a value fails its annotation, to be read after the name of the field."""
    if not _test(hint)(value):
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
def _fields(cls: Hashable) -> tuple[tuple[str, Any, _Test], ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        (name, hint, _test(hint))
        for name, hint in hints.items()
        if typing.get_origin(hint) is not ClassVar
    )


@cache
def _test(hint: Any) -> _Test:
    """Whether a value fits one level of a type; what a type asks for is found out once.

    An int is asked to be no bool, a tuple to be no list.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        options = [_test(option) for option in arguments]
        return lambda value: any(fits(value) for fits in options)
    if origin is tuple:
        return _tuple_test(arguments)
    if origin is frozenset:
        each = _test(arguments[0])
        return lambda value: type(value) is frozenset and all(map(each, value))
    if origin is collections.abc.Callable:
        return callable
    if dataclasses.is_dataclass(hint) or hint in {int, bool, str}:
        return lambda value: type(value) is hint
    wanted = origin or hint
    return lambda value: isinstance(value, wanted)


def _tuple_test(arguments: tuple[Any, ...]) -> _Test:
    if arguments[-1] is ...:
        each = _test(arguments[0])
        return lambda value: type(value) is tuple and all(map(each, value))
    tests = [_test(argument) for argument in arguments]

    def fits(value: Any) -> bool:
        if type(value) is not tuple or len(value) != len(tests):
            return False
        return all(test(item) for test, item in zip(tests, value, strict=True))

    return fits
