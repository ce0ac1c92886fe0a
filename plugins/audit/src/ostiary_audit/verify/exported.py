"""Checking a trail that was exported, with nothing but the export and a public key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ostiary_audit.canonical import hashed, read, stamp
from ostiary_audit.merkle import HASH, WIDTH, leaf_hash, split, tile_counts
from ostiary_audit.notes import Checkpoint, Malformed, Verifier
from ostiary_audit.rows import event_row
from ostiary_audit.tiles import entries_in, tile_path
from ostiary_audit.verify.findings import Report
from ostiary_audit.verify.growing import Growing
from ostiary_audit.verify.signed import KeysOf, Said, checkpoint_of, held

Progress = Callable[[int, int], object]


def verify_export(
    path: Path,
    keys_of: KeysOf,
    outside: Sequence[tuple[str, str]] = (),
    progress: Progress = lambda *_: None,
) -> Report:
    """Check an export: a folder in the form of tlog-tiles, or a file of lines of JSON.

    Args:
        path: the folder or file.
        keys_of: the public keys that may have signed a log of this name; with none, the key that
            the export names is taken, and a note says so.
        outside: checkpoints that were kept elsewhere: where, and the note.
        progress: told how many of how many events have been checked.
    """
    report = Report()
    try:
        if path.is_dir():
            _folder(path, _Signed(report, keys_of, outside), progress)
        else:
            _file(path, _Signed(report, keys_of, outside), progress)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        report.add(f"the export cannot be read: {type(error).__name__}: {error}")
    return report


class _Signed:
    """What was signed, and is held against a tree."""

    def __init__(self, report: Report, keys_of: KeysOf, outside: Sequence[tuple[str, str]]) -> None:
        self.report = report
        self._keys_of = keys_of
        self._outside = outside
        self._said: list[Said] = []
        self.checkpoint: Checkpoint | None = None

    def read(self, note: str, key: str | None) -> None:
        """Take the export's own checkpoint, and those from elsewhere."""
        origin = note.partition("\n")[0]
        keys = list(self._keys_of(origin))
        if not keys and key is not None:
            try:
                keys = [Verifier.parse(key)]
            except Malformed as error:
                self.report.add(f"the key in the export is none: {error}")
            self.report.notes.append(
                f"signed by the key that the export itself names; see that it is yours: {key}"
            )
        own = checkpoint_of(note, "the checkpoint of the export", lambda _name: keys, self.report)
        if own is not None:
            self.checkpoint = own.checkpoint
            self.report.size, self.report.origin = own.checkpoint.size, own.checkpoint.origin
            self._said.append(own)
        for where, other in self._outside:
            found = checkpoint_of(other, where, lambda _name: keys, self.report)
            if found is not None:
                self._said.append(found)

    @property
    def sizes(self) -> list[int]:
        """Whose roots are needed."""
        return [each.checkpoint.size for each in self._said]

    def hold(self, tree: Growing) -> None:
        """See that the tree is what was signed."""
        for each in self._said:
            held(each, self.report.origin, tree.size, tree.roots, self.report)


def _folder(path: Path, signed: _Signed, progress: Progress) -> None:
    report = signed.report
    key = path / "key"
    signed.read(
        (path / "checkpoint").read_text("utf-8"),
        key.read_text("utf-8").strip() if key.exists() else None,
    )
    if signed.checkpoint is None:
        return
    size = signed.checkpoint.size

    def tile_again(level: int, number: int, hashes: Sequence[bytes]) -> None:
        if _bytes(path, tile_path(level, number, len(hashes))) != b"".join(hashes):
            report.add(f"{tile_path(level, number, len(hashes))} is not made of those below it")

    tree = Growing(signed.sizes, tile_again)
    for number in range(-(-size // WIDTH)):
        width = min(WIDTH, size - number * WIDTH)
        leaves = _leaves(path, number, width, report)
        tree.add(leaves)
        if number % 100 == 0:
            progress(tree.size, size)
    tree.end()
    signed.hold(tree)
    wanted = sum(-(-count // WIDTH) for _level, count in tile_counts(size))
    bundles = -(-size // WIDTH)
    if sum(1 for each in (path / "tile").rglob("*") if each.is_file()) != wanted + bundles:
        report.add(f"there are other files than the {wanted + bundles} of {size} events")


def _bytes(path: Path, name: str) -> bytes:
    """What is in a file; nothing where there is none."""
    file = path / name
    return file.read_bytes() if file.is_file() else b""


def _leaves(path: Path, number: int, width: int, report: Report) -> list[bytes]:
    """The leaf hashes of a bundle; of events that were pruned, as their tile has them."""
    entries = list(entries_in(_bytes(path, tile_path("entries", number, width))))
    stored = _bytes(path, tile_path(0, number, width))
    leaves = [leaf_hash(entry) for entry in entries]
    if not all(entries):
        there = split(stored)
        for at, entry in enumerate(entries):
            if not entry and at < len(there):
                report.pruned += 1
                leaves[at] = there[at]
    if len(leaves) != width:
        report.add(f"{tile_path('entries', number, width)} has {len(leaves)} events, not {width}")
        leaves = (leaves + [bytes(HASH)] * width)[:width]
    if b"".join(leaves) != stored:
        there = split(stored)
        for at, leaf in enumerate(leaves):
            if at >= len(there) or leaf != there[at]:
                report.add("it does not fit the hash in its tile", number * WIDTH + at + 1)
    return leaves


def _file(path: Path, signed: _Signed, progress: Progress) -> None:
    report, last = signed.report, _last_line(path)
    if not isinstance(last, dict) or "checkpoint" not in last:
        report.add("the last line has no checkpoint: the export was cut, or is one of a view")
        return
    signed.read(last["checkpoint"], last.get("key"))
    if signed.checkpoint is None:
        return
    size = signed.checkpoint.size
    tree, leaves, expected = Growing(signed.sizes), list[bytes](), 1
    for line in _lines(path):
        seq = line.get("seq")
        if seq != expected:
            report.add(f"event {expected} should come here, and {seq} does")
            if not isinstance(seq, int) or seq < expected or seq > size:
                continue
            leaves += [bytes(HASH)] * (seq - expected)
        expected = seq + 1
        leaves.append(_leaf(line, report))
        while len(leaves) >= WIDTH:
            tree.add(leaves[:WIDTH])
            leaves = leaves[WIDTH:]
            progress(tree.size, size)
    tree.add(leaves)
    tree.end()
    signed.hold(tree)


def _last_line(path: Path) -> Any:
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 4096))
        lines = file.read().splitlines()
    return json.loads(lines[-1]) if lines else None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for text in file:
            line = json.loads(text)
            if not isinstance(line, dict):
                raise ValueError("a line is an object")  # noqa: TRY004 - as json.loads does.
            if "checkpoint" not in line:
                yield line


def _leaf(line: dict[str, Any], report: Report) -> bytes:
    """The hash of an event, once everything that repeats it was held against it."""
    seq = line["seq"]
    if "leaf" not in line:
        report.pruned += 1
        return bytes.fromhex(line.get("hash", "")).ljust(HASH, b"\0")[:HASH]
    leaf = str(line["leaf"]).encode()
    payload = read(leaf)
    blobs = {
        name: bytes.fromhex(line[f"{name}_blob"]) if f"{name}_blob" in line else None
        for name in ("place", "person")
    }
    for name, blob in blobs.items():
        if blob is not None and hashed(blob) != payload.get(name):
            report.add(f"its {name} is not the one that was recorded", seq)
    row = event_row(payload, blobs["place"])
    row["time"] = stamp(row["time"])
    wrong = [
        name
        for name in ("id", "time", "type", "outcome", "reason", "token", "request", "session")
        if line.get(name) != row[name]
    ]
    if wrong:
        report.add(f"its line says something else than was recorded: {', '.join(wrong)}", seq)
    return leaf_hash(leaf)
