"""Checkpoints: whether they are ours, and what they say of the tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ostiary_audit.notes import Checkpoint, Malformed, Unsigned, Verifier, opened
from ostiary_audit.verify.findings import Report

KeysOf: TypeAlias = Callable[[str], Sequence[Verifier]]
"""The public keys that may have signed a log of this name."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a checkpoint from somewhere says of the tree."""

    where: str
    checkpoint: Checkpoint


def checkpoint_of(note: str, where: str, keys_of: KeysOf, report: Report) -> Said | None:
    """What a note says; None, with a finding, where it is not ours.

    A log that is not this one may have the same keys, under its own name.
    """
    try:
        text, _by = opened(note, keys_of(note.partition("\n")[0]))
        return Said(where, Checkpoint.parse(text))
    except Malformed as error:
        report.add(f"{where} cannot be read: {error}")
    except Unsigned as error:
        report.add(f"{where} was not signed by a key of this trail: {error}")
    return None


def held(said: Said, origin: str, size: int, roots: dict[int, bytes], report: Report) -> bool:
    """Whether the tree goes on from what a checkpoint says; a finding where it does not."""
    checkpoint, where = said.checkpoint, said.where
    if checkpoint.origin != origin:
        report.add(f"{where} is of another trail, {checkpoint.origin}, than this one, {origin}")
    elif checkpoint.size > size:
        report.add(
            f"{where} is of {checkpoint.size} events, and there are {size}: the newest were cut "
            "off, or an older copy was put back"
        )
    elif roots.get(checkpoint.size) != checkpoint.root:
        report.add(
            f"{where} does not fit: the first {checkpoint.size} events are not those that it signs"
        )
    else:
        return True
    return False
