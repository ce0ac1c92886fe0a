"""Signed notes and checkpoints, as others' tools read them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest

from ostiary_audit.notes import Checkpoint, Malformed, Signer, Unsigned, Verifier, opened

from .conftest import vectors

SIGNER = Signer("example.org/log", bytes(range(32)))
OTHER = Signer("example.org/log", bytes(32))
TEXT = str(Checkpoint("example.org/log", 3, bytes(32)))


@vectors
def test_notes_of_others_are_opened_and_made_byte_for_byte(published: Any) -> None:
    cases = published["signed_note"]["cases"]
    assert cases
    for case in cases:
        verifier = Verifier.parse(case["vkey"])
        assert str(verifier) == case["vkey"]
        text, by = opened(case["note"], [verifier])
        assert by == (verifier,)
        if "skey" in case:
            _private, _key, name, _hash, seed = case["skey"].split("+", 4)
            signer = Signer(name, b64decode(seed)[1:])
            assert signer.verifier == verifier
            assert signer.sign(text) == case["note"]


@vectors
def test_keys_that_others_refuse_are_refused(published: Any) -> None:
    for text in published["signed_note"]["must_reject_vkeys"]:
        with pytest.raises(Malformed):
            Verifier.parse(text)


@vectors
def test_a_checkpoint_of_others_reads_as_it_was_written(published: Any) -> None:
    case = published["tlog_tree_note"]
    found = Checkpoint.parse(case["text"])
    assert (found.size, str(found)) == (case["size"], case["text"])
    live = published["ct_live_root"]
    assert Checkpoint("x", live["size"], b64decode(live["root_b64"])).root.hex()


def test_a_note_is_of_whoever_signed_it() -> None:
    note = SIGNER.sign(TEXT)
    assert opened(note, [OTHER.verifier, SIGNER.verifier]) == (TEXT, (SIGNER.verifier,))
    with pytest.raises(Unsigned):
        opened(note, [OTHER.verifier])
    with pytest.raises(Unsigned):
        opened(note.replace("\n3\n", "\n4\n"), [SIGNER.verifier])


def test_a_further_signature_of_a_stranger_does_no_harm_and_a_wrong_one_of_ours_does() -> None:
    """A witness signs beside the log; a known key that signed something else is an attack."""
    note, stranger = SIGNER.sign(TEXT), Signer("witness.example", b"w" * 32)
    both = note + stranger.sign(TEXT).rpartition("\n\n")[2]
    assert opened(both, [SIGNER.verifier])[1] == (SIGNER.verifier,)
    assert len(opened(both, [SIGNER.verifier, stranger.verifier])[1]) == 2
    wrong = note + stranger.sign("other\n").rpartition("\n\n")[2]
    with pytest.raises(Unsigned):
        opened(wrong, [SIGNER.verifier, stranger.verifier])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\nno dash\n",
        "text\n\n— name !!!\n",
        "text\n\n— name\n",
        "te\rxt\n\n— name AAAAAAAA\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name AAAAAAAA",
        "text\n\n" + "— name AAAAAAAA\n" * 101,
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(Malformed):
        opened(note, [SIGNER.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name\n1\n",
        "name\n01\n" + b64encode(bytes(32)).decode() + "\n",
        "name\n-1\n" + b64encode(bytes(32)).decode() + "\n",
        "name\n1\n" + b64encode(bytes(31)).decode() + "\n",
        "name\n1\n" + b64encode(bytes(32)).decode(),
        "\n1\n" + b64encode(bytes(32)).decode() + "\n",
        "name\n1\n" + b64encode(bytes(32)).decode() + "\n\n",
        "name\n1\n" + b64encode(bytes(32)).decode()[:-2] + "B=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(text)


def test_extensions_are_kept_and_a_private_key_is_not_shown() -> None:
    with_more = Checkpoint("name", 1, bytes(32), ("more",))
    assert Checkpoint.parse(str(with_more)) == with_more
    assert "seed" not in repr(SIGNER)
    with pytest.raises(Malformed):
        SIGNER.sign("no line break")
