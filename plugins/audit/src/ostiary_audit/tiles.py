"""Where a log in files has what (C2SP tlog-tiles): tiles of hashes, and bundles of entries."""

from __future__ import annotations

from collections.abc import Iterator

from ostiary_audit.merkle import WIDTH

_PART = 1000
_LENGTH = 2


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """The path of a tile; ``entries`` is the level of bundles."""
    parts = [f"{number % _PART:03}"]
    while number >= _PART:
        number //= _PART
        parts.append(f"x{number % _PART:03}")
    path = "/".join(reversed(parts))
    return f"tile/{level}/{path}" + ("" if width == WIDTH else f".p/{width}")


def bundled(entry: bytes) -> bytes:
    """An entry as it stands in a bundle: its length in two bytes, then itself."""
    return len(entry).to_bytes(_LENGTH, "big") + entry


def entries_in(bundle: bytes) -> Iterator[bytes]:
    """The entries of a bundle.

    Raises:
        ValueError: it ends within one.
    """
    at, end = 0, len(bundle)
    while at < end:
        start = at + _LENGTH
        at = start + int.from_bytes(bundle[at:start], "big")
        if at > end:
            raise ValueError("a bundle ends within an entry")
        yield bundle[start:at]
