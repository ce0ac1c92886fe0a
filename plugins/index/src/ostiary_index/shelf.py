"""Files on disk: received aside, and put in their place by one rename.

A file is called by the hash of its content and its own name, which no other file ever has: so two
uploads never write in one place, and what is deleted is nobody else's. It is in its place before
the row that names it is committed. A process that dies in between leaves a file that nobody can
ask for, and :meth:`Shelf.sweep` takes it away.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

_CHUNK = 1024 * 1024
_HASH = 64


@dataclass(frozen=True, slots=True)
class Received:
    """What came, with its digests in hexadecimal; it is safe on disk, and not in its place."""

    path: Path
    size: int
    sha256: str
    md5: str
    blake2_256: str


class Shelf:
    """The folder of the index's files.

    Args:
        folder: one that nobody else writes to; its parts must be on one file system.
    """

    def __init__(self, folder: Path) -> None:
        self._incoming = folder / "incoming"
        self._files = folder / "files"

    @contextmanager
    def receive(self, stream: IO[bytes]) -> Iterator[Received]:
        """Keep a stream aside; what was not put in its place by the end of the block is gone."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as aside:
                received = _copied(stream, aside, path)
                aside.flush()
                os.fsync(aside.fileno())
            yield received
        finally:
            path.unlink(missing_ok=True)

    def keep(self, received: Received, filename: str) -> None:
        """Put it in its place, durably, in one step: readers see all of it or nothing."""
        place = self.path(received.sha256, filename)
        place.parent.mkdir(parents=True, exist_ok=True)
        received.path.replace(place)
        for folder in (place.parent, self._files):
            _sync(folder)

    def path(self, sha256: str, filename: str) -> Path:
        """Where the file of this content and name is."""
        return self._files / sha256[:2] / f"{sha256}-{filename}"

    def remove(self, sha256: str, filename: str) -> None:
        """Take a file away whose row is gone for good."""
        self.path(sha256, filename).unlink(missing_ok=True)

    def sweep(self, stored: Collection[tuple[str, str]], older_than: timedelta) -> int:
        """Take away what no row names, and what was never put in its place; how many.

        Args:
            stored: hash and name of each file that there should be.
            older_than: longer than any upload takes, of which the rows may not be there yet.
        """
        before = time.time() - older_than.total_seconds()
        placed = (path for path in self._files.glob("*/*") if _key(path) not in stored)
        removed = 0
        for path in (*self._incoming.glob("*"), *placed):
            # An upload may be over in this very moment.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    removed += 1
        return removed


def _copied(stream: IO[bytes], aside: IO[bytes], path: Path) -> Received:
    sha256, blake2 = hashlib.sha256(), hashlib.blake2b(digest_size=32)
    md5 = hashlib.md5(usedforsecurity=False)
    size = 0
    while chunk := stream.read(_CHUNK):
        for digest in (sha256, blake2, md5):
            digest.update(chunk)
        aside.write(chunk)
        size += len(chunk)
    return Received(path, size, sha256.hexdigest(), md5.hexdigest(), blake2.hexdigest())


def _key(path: Path) -> tuple[str, str]:
    """Hash and name, of a path that :meth:`Shelf.path` made."""
    return path.name[:_HASH], path.name[_HASH + 1 :]


def _sync(folder: Path) -> None:
    """Make a rename in this folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
