"""The tree, against published vectors and against the definition written down once more."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostiary_audit.merkle import (
    EMPTY,
    HASH,
    WIDTH,
    Incomplete,
    Tree,
    consistent,
    edge,
    folded,
    included,
    leaf_hash,
    node_hash,
    tile_counts,
)
from ostiary_audit.tiles import bundled, entries_in, tile_path
from ostiary_audit.verify.growing import Growing

from .conftest import vectors


def defined(leaves: list[bytes]) -> bytes:
    """The hash of a tree as RFC 6962, section 2.1, defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + defined(leaves[:k]) + defined(leaves[k:])).digest()


class Tiles(dict[tuple[int, int], bytes]):
    """Tiles in memory, grown by so many leaves at a time."""

    def __init__(self, entries: list[bytes], step: int) -> None:
        super().__init__()
        self.size = 0
        for at in range(0, len(entries), step):
            part = entries[at : at + step]
            self.update(self.tree.extended([leaf_hash(each) for each in part]))
            self.size += len(part)

    def read(self, level: int, number: int) -> bytes:
        return self.get((level, number), b"")

    @property
    def tree(self) -> Tree:
        return Tree(self.size, self.read)


def numbered(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


@vectors
def test_hashes_are_those_of_the_rfc(published: Any) -> None:
    known = published["rfc6962_hashes"]
    assert bytes.fromhex(known["empty_root"]) == EMPTY
    assert leaf_hash(b"").hex() == known["leaf_of_empty"]
    assert leaf_hash(known["leaf"]["data_utf8"].encode()).hex() == known["leaf"]["hash"]
    node = known["node"]
    found = node_hash(node["left_utf8"].encode(), node["right_utf8"].encode())
    assert found.hex() == node["hash"]


@vectors
def test_roots_are_those_of_certificate_transparency(published: Any) -> None:
    known = published["ct_reference_tree"]
    leaves = [bytes.fromhex(each) for each in known["leaves_hex"]]
    for size, root in enumerate(known["roots_by_size_hex"], 1):
        assert Tiles(leaves[:size], 3).tree.root().hex() == root


def decoded(values: Any) -> list[bytes]:
    return [b64decode(each) for each in values or ()]


@vectors
def test_inclusion_is_judged_as_others_judge_it(published: Any) -> None:
    """98 cases, most of them proofs that were bent."""
    cases = published["inclusion"]["cases"]
    assert len(cases) == 98
    for case in cases:
        leaf, root = b64decode(case["leafHash"] or ""), b64decode(case["root"] or "")
        said = included(leaf, case["leafIdx"], case["treeSize"], decoded(case["proof"]), root)
        assert said is not case["wantErr"], case["file"]


@vectors
def test_consistency_is_judged_as_others_judge_it(published: Any) -> None:
    cases = published["consistency"]["cases"]
    assert len(cases) == 98
    for case in cases:
        roots = [b64decode(case[name] or "") for name in ("root1", "root2")]
        said = consistent(case["size1"], case["size2"], decoded(case["proof"]), *roots)
        assert said is not case["wantErr"], case["file"]


@vectors
def test_tiles_are_where_others_look_for_them(published: Any) -> None:
    for case in published["tile_paths"]["cases"]:
        assert tile_path(0, case["index"]) == f"tile/0/{case['path']}"
    counts = dict(tile_counts(70_000))
    assert (counts[0] // WIDTH, counts[0] % WIDTH) == (273, 112)
    assert (counts[1] // WIDTH, counts[1] % WIDTH) == (1, 17)
    assert counts[2] == 1


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 255, 256, 257, 511, 513, 66_000])
def test_a_tree_of_tiles_has_the_root_of_its_leaves(size: int) -> None:
    """However many leaves come at once; and so has one that remembers only its edge."""
    entries = numbered(size)
    root = defined(entries)
    for step in {1 if size < 600 else 5000, 100, 256, 1000}:
        assert Tiles(entries, step).tree.root() == root
    growing, leaves = Growing([size]), [leaf_hash(each) for each in entries]
    for at in range(0, size, WIDTH):
        growing.add(leaves[at : at + WIDTH])
    assert growing.end() == growing.roots[size] == root


def test_a_tree_that_grows_tells_the_tiles_and_roots_on_the_way() -> None:
    entries = numbered(66_000)
    tiles = Tiles(entries, 5000)
    told: dict[tuple[int, int], bytes] = {}
    sizes = [0, 1, 255, 256, 257, 65_535, 65_536, 65_537]
    growing = Growing(
        sizes, lambda level, number, hashes: told.update({(level, number): b"".join(hashes)})
    )
    leaves = [leaf_hash(each) for each in entries]
    for at in range(0, len(leaves), WIDTH):
        growing.add(leaves[at : at + WIDTH])
    growing.end()
    assert told == {at: hashes for at, hashes in tiles.items() if at[0] > 0}
    assert growing.roots == {size: Tree(size, tiles.read).root() for size in sizes}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_proofs_prove_what_they_say_and_nothing_else(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 700))
    entries, first = numbered(size), data.draw(st.integers(0, size))
    index, tiles = data.draw(st.integers(0, size - 1)), Tiles(entries, 97)
    tree, root, earlier = tiles.tree, defined(entries), defined(entries[:first])
    path = tree.inclusion(index)
    leaf = leaf_hash(entries[index])
    assert included(leaf, index, size, path, root)
    assert not included(leaf_hash(b"other"), index, size, path, root)
    assert not included(leaf, index, size, [*path, root], root)
    if size > 1:
        assert not included(leaf, (index + 1) % size, size, path, root)
        assert not included(leaf, index, size, path[:-1], root)
    proof = tree.consistency(first)
    assert consistent(first, size, proof, earlier, root) is (first > 0)
    if 0 < first < size:
        assert not consistent(first, size, proof, defined([b"x", *entries[1:first]]), root)
        assert not consistent(first, size, proof[:-1], earlier, root)
        assert not consistent(first, size, [*proof, root], earlier, root)


def test_a_root_needs_no_tile_but_those_of_its_edge() -> None:
    """So the sequencer reads few of them in each round."""
    for size in (1, 256, 300, 66_000):
        tiles = Tiles(numbered(size), 5000)
        own = Tiles([], 1)
        own.update({at: tiles[at] for at in edge(size)})
        assert Tree(size, own.read).root() == tiles.tree.root()


def test_tiles_that_are_too_short_are_no_tree() -> None:
    tiles = Tiles(numbered(300), 100)
    tiles[0, 1] = tiles[0, 1][:-HASH]
    with pytest.raises(Incomplete):
        tiles.tree.root()
    with pytest.raises(IndexError):
        tiles.tree.inclusion(300)
    with pytest.raises(IndexError):
        tiles.tree.consistency(301)


def test_a_bundle_gives_back_its_entries() -> None:
    entries = [b"", b"a", b"x" * 65_535]
    bundle = b"".join(bundled(each) for each in entries)
    assert list(entries_in(bundle)) == entries
    with pytest.raises(ValueError, match="within an entry"):
        list(entries_in(bundle[:-1]))
    assert folded([leaf_hash(b"a")]) == leaf_hash(b"a")
