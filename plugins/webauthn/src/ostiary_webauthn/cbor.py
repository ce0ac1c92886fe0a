"""The little of CBOR that authenticators speak, read strictly.

WebAuthn, section 2.1, has them write the CTAP2 canonical form (CTAP 2.1, section 8): lengths
given and in their shortest form, no tags, nested at most four deep, no key twice. cbor2, which
the library reads with, also takes tags (dates, regular expressions, big numbers), floats,
streams and references, and what follows the end; nothing of that gets as far as the library.
The order of keys is not judged: nothing hangs on it.
"""

from __future__ import annotations

from typing import TypeAlias

Value: TypeAlias = "int | bytes | str | bool | list[Value] | dict[int | str, Value] | None"

DEEPEST = 4

_SIMPLE = {0xF4: False, 0xF5: True, 0xF6: None}
_SHORT = 24  # Arguments below stand in the first byte.
_LONGEST_ARGUMENT = 27


def loads(data: bytes) -> Value:
    """The one value in the data.

    Raises:
        ValueError: it is anything else.
    """
    value, end = read(data, 0)
    if end != len(data):
        raise ValueError("bytes left over")
    return value


def read(data: bytes, at: int, depth: int = 0) -> tuple[Value, int]:
    """The value that begins at a place, and where it ends.

    Raises:
        ValueError: there is none, or none of the strict form.
    """
    if at >= len(data):
        raise ValueError("cut off")
    if data[at] in _SIMPLE:
        return _SIMPLE[data[at]], at + 1
    major, (argument, at) = data[at] >> 5, _argument(data, at)
    match major:
        case 0:
            return argument, at
        case 1:
            return -1 - argument, at
        case 2 | 3:
            taken = data[at : at + argument]
            if len(taken) != argument:
                raise ValueError("cut off")
            return (taken if major == 2 else taken.decode("utf-8")), at + argument  # noqa: PLR2004
        case 4 | 5:
            if depth == DEEPEST:
                raise ValueError("too deep")
            return (_array if major == 4 else _map)(data, at, argument, depth + 1)  # noqa: PLR2004
        case _:
            raise ValueError("a tag, or a float")


def _argument(data: bytes, at: int) -> tuple[int, int]:
    # RFC 8949, section 3: the low five bits, or so many bytes as they say.
    short = data[at] & 0x1F
    if short < _SHORT:
        return short, at + 1
    if short > _LONGEST_ARGUMENT:
        raise ValueError("a length that is not given")
    size = 1 << (short - _SHORT)
    end = at + 1 + size
    if end > len(data):
        raise ValueError("cut off")
    value = int.from_bytes(data[at + 1 : end], "big")
    least = _SHORT if size == 1 else 1 << (4 * size)
    if value < least:
        raise ValueError("not the shortest form")
    return value, end


def _array(data: bytes, at: int, count: int, depth: int) -> tuple[list[Value], int]:
    found: list[Value] = []
    for _ in range(count):
        value, at = read(data, at, depth)
        found.append(value)
    return found, at


def _map(data: bytes, at: int, count: int, depth: int) -> tuple[dict[int | str, Value], int]:
    found: dict[int | str, Value] = {}
    for _ in range(count):
        key, at = read(data, at, depth)
        # A bool is an int to Python, and True the same key as 1.
        if isinstance(key, bool) or not isinstance(key, int | str) or key in found:
            raise ValueError("a key of another kind, or twice")
        found[key], at = read(data, at, depth)
    return found, at
