"""Files on disk: all of one or nothing, and strays that are swept."""

from __future__ import annotations

import hashlib
import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from ostiary_index.shelf import Shelf

DAY = timedelta(days=1)
NAME = "acme_tools-1.0.tar.gz"


def keep(shelf: Shelf, content: bytes = b"abc", name: str = NAME) -> Path:
    with shelf.receive(io.BytesIO(content)) as received:
        shelf.keep(received, name)
    return shelf.path(received.sha256, name)


def aged(path: Path) -> Path:
    before = time.time() - 2 * DAY.total_seconds()
    os.utime(path, (before, before))
    return path


def test_what_is_received_is_measured_as_it_comes(tmp_path: Path) -> None:
    content = b"abc" * 10**6
    with Shelf(tmp_path).receive(io.BytesIO(content)) as received:
        assert received.size == len(content)
        assert received.sha256 == hashlib.sha256(content).hexdigest()
        assert received.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()
        assert received.blake2_256 == hashlib.blake2b(content, digest_size=32).hexdigest()
        assert received.path.read_bytes() == content


def test_what_was_not_put_in_its_place_is_gone(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with pytest.raises(RuntimeError), shelf.receive(io.BytesIO(b"abc")) as received:
        assert received.path.exists()
        raise RuntimeError
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_in_its_place_is_whole_and_no_strangers_to_read(tmp_path: Path) -> None:
    path = keep(Shelf(tmp_path))
    assert path.read_bytes() == b"abc"
    assert path.stat().st_mode & 0o077 == 0
    assert list((tmp_path / "incoming").iterdir()) == []


def test_the_sweep_takes_old_strays_and_nothing_else(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    stored = aged(keep(shelf))
    stray, young = aged(keep(shelf, b"x", "x-1.tar.gz")), keep(shelf, b"y", "y-1.tar.gz")
    incoming = tmp_path / "incoming"
    left, arriving = aged(_touch(incoming / "left")), _touch(incoming / "arriving")
    known = {(hashlib.sha256(b"abc").hexdigest(), NAME)}
    assert shelf.sweep(known, DAY) == 2
    assert [path.exists() for path in (stored, stray, young, left, arriving)] == [
        True,
        False,
        True,
        False,
        True,
    ]


def test_a_shelf_that_nothing_was_put_on_is_swept(tmp_path: Path) -> None:
    assert Shelf(tmp_path / "none").sweep((), DAY) == 0


def _touch(path: Path) -> Path:
    path.touch()
    return path
