"""The tree of RFC 6962 (section 2.1), over hashes that are kept in tiles (C2SP tlog-tiles).

A tile of level L holds up to 256 hashes; each of them is the root of 256**L leaves. Whatever
else is asked for, the root of any size or a proof, is made of these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

HASH = 32
WIDTH = 256
_HEIGHT = 8

EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""

Read: TypeAlias = Callable[[int, int], bytes]
"""The hashes of a tile, by its level and number, as many as there are."""

_sha256 = hashlib.sha256


class Incomplete(LookupError):
    """A tile is not there, or has not the hashes that a tree of this size has."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry, apart from those of nodes by its first byte."""
    return _sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return _sha256(b"\1" + left + right).digest()


def folded(hashes: Sequence[bytes]) -> bytes:
    """The root over 1, 2, 4... hashes of equal subtrees."""
    level = hashes
    while len(level) > 1:
        level = [
            _sha256(b"\1" + level[at] + level[at + 1]).digest() for at in range(0, len(level), 2)
        ]
    return level[0]


def split(hashes: bytes) -> list[bytes]:
    """The hashes of a tile, one by one."""
    return [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]


class Tree:
    """A tree of so many leaves.

    Args:
        size: the number of leaves.
        read: where the hashes come from.
    """

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read

    def root(self) -> bytes:
        """The hash of the whole tree.

        Raises:
            Incomplete: the tiles are not those of such a tree; of every method.
        """
        return self.range(0, self.size) if self.size else EMPTY

    def range(self, start: int, end: int) -> bytes:
        """The hash of some leaves that begin where a subtree of their size can begin."""
        count = end - start
        if count & (count - 1) == 0:
            return self._node(count.bit_length() - 1, start // count)
        left = start + _below(count)
        return node_hash(self.range(start, left), self.range(left, end))

    def inclusion(self, index: int) -> list[bytes]:
        """The audit path of a leaf (RFC 6962, section 2.1.1).

        Raises:
            IndexError: there is no such leaf.
        """
        if not 0 <= index < self.size:
            raise IndexError(index)
        return self._path(index, 0, self.size)

    def consistency(self, first: int) -> list[bytes]:
        """The proof that the tree of the first leaves is a part of this one (section 2.1.2).

        Raises:
            IndexError: there are not so many leaves.
        """
        if not 0 <= first <= self.size:
            raise IndexError(first)
        if first in {0, self.size}:
            return []
        return self._subproof(first, 0, self.size, whole=True)

    def extended(self, leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
        """The tiles that change when these leaf hashes are added, by level and number."""
        changed: dict[tuple[int, int], bytes] = {}
        level, first, hashes = 0, self.size, leaves
        while hashes:
            number, there = divmod(first, WIDTH)
            buffer = [*split(self._tile(level, number, there)), *hashes]
            first, complete = number, []
            for at in range(0, len(buffer), WIDTH):
                part = buffer[at : at + WIDTH]
                changed[level, number] = b"".join(part)
                if len(part) == WIDTH:
                    complete.append(folded(part))
                number += 1
            level, hashes = level + 1, complete
        return changed

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _below(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self.range(middle, end)]
        return [*self._path(index, middle, end), self.range(start, middle)]

    def _subproof(self, first: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if first == end:
            return [] if whole else [self.range(start, end)]
        middle = start + _below(end - start)
        if first <= middle:
            found = self._subproof(first, start, middle, whole=whole)
            return [*found, self.range(middle, end)]
        found = self._subproof(first, middle, end, whole=False)
        return [*found, self.range(start, middle)]

    def _node(self, height: int, index: int) -> bytes:
        level, within = divmod(height, _HEIGHT)
        number, offset = divmod(index << within, WIDTH)
        count = 1 << within
        hashes = self._tile(level, number, offset + count)
        return folded(split(hashes[offset * HASH :]))

    def _tile(self, level: int, number: int, count: int) -> bytes:
        hashes = self._read(level, number)[: count * HASH] if count else b""
        if len(hashes) != count * HASH:
            raise Incomplete(f"tile {level}/{number}")
        return hashes


def _below(count: int) -> int:
    """The largest power of two that is less."""
    return 1 << (count - 1).bit_length() - 1


def edge(size: int) -> list[tuple[int, int]]:
    """The tiles that the root of a tree of this size is made of, besides full ones."""
    found, level = [], 0
    while size:
        number, count = divmod(size, WIDTH)
        if count:
            found.append((level, number))
        level, size = level + 1, number
    return found


def tile_counts(size: int) -> list[tuple[int, int]]:
    """By level, how many hashes a tree of this size has there."""
    found, level = [], 0
    while size:
        found.append((level, size))
        level, size = level + 1, size // WIDTH
    return found


def included(leaf: bytes, index: int, size: int, proof: Iterable[bytes], root: bytes) -> bool:
    """Whether a leaf is in a tree (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size or len(leaf) != HASH:
        return False
    node, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(each, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, each)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def consistent(
    first: int, second: int, proof: Sequence[bytes], root: bytes, later_root: bytes
) -> bool:
    """Whether a tree goes on from an earlier one (RFC 9162, section 2.1.4.2).

    Every tree goes on from the empty one, of which there is no proof.
    """
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and root == later_root
    path = [root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    earlier = later = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            earlier, later = node_hash(each, earlier), node_hash(each, later)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            later = node_hash(later, each)
        node, last = node >> 1, last >> 1
    return last == 0 and earlier == root and later == later_root
