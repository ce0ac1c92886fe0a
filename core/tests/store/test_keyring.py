"""What the key ring seals opens only where it was sealed, and its file is nobody else's."""

import json
import logging
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from ostiary.contracts import StoreError
from ostiary.store import KeyRing, SealBroken, keyfile

RING = KeyRing.ephemeral()
CONTEXT = ("ostiary_credential", "row-1", "secret")
contexts = st.lists(st.text(max_size=8), min_size=1, max_size=4).map(tuple)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keys.json"


@given(plain=st.binary(max_size=300), context=contexts)
def test_what_was_sealed_opens_in_its_context(plain: bytes, context: tuple[str, ...]) -> None:
    assert RING.open(RING.seal(plain, *context), *context) == plain


@given(plain=st.binary(max_size=40), bit=st.integers(min_value=0))
def test_one_flipped_bit_anywhere_breaks_the_seal(plain: bytes, bit: int) -> None:
    sealed = bytearray(RING.seal(plain, *CONTEXT))
    bit %= len(sealed) * 8
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        RING.open(bytes(sealed), *CONTEXT)


@given(plain=st.binary(max_size=40), cut=st.integers(min_value=1))
def test_a_cut_value_is_broken(plain: bytes, cut: int) -> None:
    sealed = RING.seal(plain, *CONTEXT)
    with pytest.raises(SealBroken):
        RING.open(sealed[: cut % len(sealed)], *CONTEXT)


@given(one=contexts, other=contexts)
def test_a_value_opens_in_no_other_context(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    sealed = RING.seal(b"seed", *one)
    if one == other:
        assert RING.open(sealed, *other) == b"seed"
    else:
        with pytest.raises(SealBroken):
            RING.open(sealed, *other)


@pytest.mark.parametrize("other", [("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c", "")])
def test_contexts_that_read_the_same_when_joined_are_different(other: tuple[str, ...]) -> None:
    with pytest.raises(SealBroken):
        RING.open(RING.seal(b"seed", "a", "b", "c"), *other)


def test_a_value_must_be_bound_to_something() -> None:
    with pytest.raises(ValueError, match="bound"):
        RING.seal(b"seed")


def test_the_same_value_never_looks_the_same_twice() -> None:
    assert len({RING.seal(b"seed", "a") for _ in range(100)}) == 100


def test_a_key_that_is_not_on_the_ring_is_named() -> None:
    other = KeyRing.ephemeral()
    with pytest.raises(SealBroken, match=other.ids[0]):
        RING.open(other.seal(b"seed", "a"), "a")


def test_a_key_of_the_same_id_does_not_open_what_another_sealed() -> None:
    impostor = KeyRing([keyfile.Key(RING.ids[0], datetime.now(UTC), bytes(32))])
    with pytest.raises(SealBroken, match="altered"):
        impostor.open(RING.seal(b"seed", "a"), "a")


def test_subkeys_differ_by_purpose_and_key_and_from_the_one_that_seals() -> None:
    ring = RING.rotated()
    purposes = ["csrf", "forms", "", "seal"]
    derived = {key for purpose in purposes for key in ring.derived(purpose)}
    assert len(derived) == 8
    assert all(len(key) == 32 for key in derived)


def test_subkeys_made_before_a_rotation_still_count() -> None:
    ring = RING.rotated()
    assert ring.derived("csrf") == (ring.derive("csrf"), RING.derive("csrf"))


def test_subkeys_are_the_same_after_a_restart(path: Path) -> None:
    assert KeyRing.create(path).derive("csrf") == KeyRing.load(path).derive("csrf")


def test_no_repr_shows_a_key(path: Path) -> None:
    ring = KeyRing.create(path)
    secret = json.loads(path.read_bytes())["keys"][0]["key"]
    (key,) = keyfile.read(path)
    shown = f"{ring!r} {ring} {key!r} {key}"
    assert ring.ids[0] in shown
    assert secret not in shown
    assert repr(key.material) not in shown


def test_a_new_file_and_its_directory_are_private(path: Path) -> None:
    before = os.umask(0)
    try:
        KeyRing.create(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_there_is_never_replaced(path: Path) -> None:
    KeyRing.create(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="already"):
        KeyRing.create(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_of_many_that_create_the_file_at_once_one_does(path: Path) -> None:
    start = threading.Barrier(8)
    made: list[KeyRing] = []
    refused: list[StoreError] = []

    def create() -> None:
        start.wait()
        try:
            made.append(KeyRing.create(path))
        except StoreError as error:
            refused.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 7)
    assert KeyRing.load(path).ids == made[0].ids


def test_a_file_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot be written .*must be writable"):
        KeyRing.create(tmp_path / "file" / "keys.json")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644])
def test_a_file_open_to_others_is_refused_and_the_mending_named(path: Path, mode: int) -> None:
    KeyRing.create(path)
    path.chmod(mode)
    with pytest.raises(StoreError, match=f"{mode:04o}.*chmod 600"):
        KeyRing.load(path)


def test_a_missing_file_is_named(path: Path) -> None:
    with pytest.raises(StoreError, match=f"{path}.*backup"):
        KeyRing.load(path)


ENTRY = {
    "id": "0a1b2c3d",
    "created": "2026-01-01T00:00:00+00:00",
    "key": "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
}
FORMAT = {"format": "ostiary key ring 1"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "7",
        "null",
        "\xff",
        "{}",
        json.dumps({**FORMAT}),
        json.dumps({**FORMAT, "keys": []}),
        json.dumps({**FORMAT, "keys": 7}),
        json.dumps({**FORMAT, "keys": ["secret"]}),
        json.dumps({"format": "ostiary key ring 2", "keys": [ENTRY]}),
        json.dumps({**FORMAT, "keys": [ENTRY, ENTRY]}),
        json.dumps({**FORMAT, "keys": [{**ENTRY, "id": "0a1b2c"}]}),
        json.dumps({**FORMAT, "keys": [{**ENTRY, "id": 7}]}),
        json.dumps({**FORMAT, "keys": [{**ENTRY, "key": "QUFB"}]}),
        json.dumps({**FORMAT, "keys": [{**ENTRY, "key": "secret!"}]}),
        json.dumps({**FORMAT, "keys": [{**ENTRY, "created": "2026-01-01T00:00:00"}]}),
        json.dumps({**FORMAT, "keys": [{**ENTRY, "created": "yesterday"}]}),
        json.dumps({**FORMAT, "keys": [{"id": "0a1b2c3d"}]}),
        json.dumps({**FORMAT, "keys": [{**ENTRY, "standby": True}]}),
        json.dumps({**FORMAT, "keys": [{**ENTRY, "standby": 1}]}),
    ],
)
def test_a_malformed_file_is_refused_without_showing_it(path: Path, content: str) -> None:
    KeyRing.create(path)
    path.write_text(content, encoding="latin-1")
    with pytest.raises(StoreError, match="empty or malformed") as caught:
        KeyRing.load(path)
    assert "QUF" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_well_formed_file_is_read(path: Path) -> None:
    KeyRing.create(path)
    path.write_text(json.dumps({**FORMAT, "keys": [ENTRY]}))
    assert KeyRing.load(path).ids == ("0a1b2c3d",)


def test_a_saved_rotation_opens_old_and_new(path: Path) -> None:
    ring = KeyRing.create(path)
    old = ring.seal(b"old", "a")
    rotated = ring.rotated()
    rotated.save()
    new = rotated.seal(b"new", "a")
    loaded = KeyRing.load(path)
    assert (loaded.open(old, "a"), loaded.open(new, "a")) == (b"old", b"new")
    assert loaded.key_id(new) == loaded.ids[0] != loaded.key_id(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_running_process_follows_a_rotation_by_another(path: Path) -> None:
    running = KeyRing.create(path)
    other = KeyRing.load(path).rotated()
    other.save()
    assert running.open(other.seal(b"new", "a"), "a") == b"new"
    assert running.derived("csrf") == other.derived("csrf")
    # It must seal with the new key too, or its values would be lost when the old one goes.
    assert running.key_id(running.seal(b"later", "a")) == other.ids[0]


@pytest.mark.parametrize("harm", ["remove", "empty", "open to others"])
def test_a_running_process_survives_a_file_that_went_bad_and_says_so_once(
    path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    running = KeyRing.create(path)
    sealed = running.seal(b"old", "a")
    if harm == "remove":
        path.unlink()
    elif harm == "empty":
        path.write_text("")
    else:
        KeyRing.load(path).rotated().save()
        path.chmod(0o644)
    with caplog.at_level(logging.ERROR):
        assert running.open(sealed, "a") == b"old"
        assert running.open(sealed, "a") == b"old"
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert str(path) in caplog.text


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    KeyRing.create(path)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    rotated = KeyRing.load(link).rotated()
    rotated.save()
    assert link.is_symlink()
    assert KeyRing.load(path).ids == KeyRing.load(link).ids == rotated.ids


def test_a_save_that_fails_leaves_the_file_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = KeyRing.create(path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StoreError, match="No space left"):
        ring.rotated().save()
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_ring_without_a_file_cannot_be_saved() -> None:
    with pytest.raises(StoreError, match="no file"):
        RING.rotated().save()


def test_superseded_are_the_keys_that_a_newer_one_replaced_by_then() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        ring = KeyRing.ephemeral()
        clock.shift(timedelta(days=30))
        ring = ring.rotated()
        clock.shift(timedelta(days=30))
        ring = ring.rotated()
    newest, middle, oldest = ring.ids
    assert ring.superseded(start + timedelta(days=29)) == ()
    assert ring.superseded(start + timedelta(days=30)) == (oldest,)
    assert ring.superseded(start + timedelta(days=61)) == (middle, oldest)
    assert ring.without((middle, oldest)).ids == (newest,)


def test_a_ring_keeps_at_least_one_key() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        RING.without(RING.ids)
