"""A tree that grows from left to right, and remembers only its edge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ostiary_audit.merkle import EMPTY, WIDTH, folded, node_hash


class Growing:
    """Hashes go in, tile by tile; roots of the sizes that are asked for come out.

    Args:
        wanted: the sizes whose roots are asked for.
        on_tile: told the hashes of each tile of a level above the leaves, with its level and
            number, once it is complete or at the end.
    """

    def __init__(
        self,
        wanted: Iterable[int],
        on_tile: Callable[[int, int, Sequence[bytes]], object] = lambda *_: None,
    ) -> None:
        self.size = 0
        self.roots: dict[int, bytes] = {}
        self._wanted = sorted(set(wanted))
        self._on_tile = on_tile
        # By level from the first above the leaves, the hashes of the tile that is not full yet.
        self._edge: list[list[bytes]] = []
        self._count: list[int] = []
        self._rest: list[bytes] = []
        self._answer()

    def add(self, leaves: Sequence[bytes]) -> None:
        """Add the leaf hashes of the next tile; fewer than a full one only at the end."""
        while self._wanted and self._wanted[0] <= self.size + len(leaves):
            size = self._wanted.pop(0)
            self.roots[size] = self._root(leaves[: size - self.size])
        self.size += len(leaves)
        if len(leaves) == WIDTH:
            self._push(0, folded(leaves))
        else:
            self._rest = list(leaves)

    def end(self) -> bytes:
        """The root of all, once the tiles that are not full have been told."""
        for level, hashes in enumerate(self._edge, 1):
            if hashes:
                self._on_tile(level, self._count[level - 1], hashes)
        return self._root(self._rest)

    def _answer(self) -> None:
        while self._wanted and self._wanted[0] <= 0:
            self.roots[self._wanted.pop(0)] = EMPTY

    def _push(self, level: int, root: bytes) -> None:
        if level == len(self._edge):
            self._edge.append([])
            self._count.append(0)
        self._edge[level].append(root)
        if len(self._edge[level]) == WIDTH:
            full, self._edge[level] = self._edge[level], []
            self._on_tile(level + 1, self._count[level], full)
            self._count[level] += 1
            self._push(level + 1, folded(full))

    def _root(self, leaves: Sequence[bytes]) -> bytes:
        parts = [part for hashes in reversed(self._edge) for part in _perfect(hashes)]
        parts += _perfect(leaves)
        if not parts:
            return EMPTY
        found = parts.pop()
        while parts:
            found = node_hash(parts.pop(), found)
        return found


def _perfect(hashes: Sequence[bytes]) -> list[bytes]:
    """The roots of the perfect trees that so many subtrees make, the largest first."""
    found, at = [], 0
    for bit in range(len(hashes).bit_length() - 1, -1, -1):
        count = 1 << bit
        if len(hashes) & count:
            found.append(folded(hashes[at : at + count]))
            at += count
    return found
