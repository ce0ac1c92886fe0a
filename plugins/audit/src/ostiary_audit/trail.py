"""What belongs to one trail: its database, its keys, its order."""

from __future__ import annotations

from dataclasses import dataclass

from ostiary.runtime import Runtime
from ostiary.store import Store
from ostiary_audit.kept import Kept, place_of
from ostiary_audit.keys import LogKeys
from ostiary_audit.sequencer import Sequencer
from ostiary_audit.settings import AuditSettings


@dataclass(frozen=True, slots=True)
class Trail:
    """The trail of a running house."""

    runtime: Runtime
    settings: AuditSettings
    keys: LogKeys
    kept: Kept
    sequencer: Sequencer

    @property
    def store(self) -> Store:
        """Where it is kept."""
        return self.runtime.store

    @classmethod
    def of(cls, runtime: Runtime, settings: AuditSettings) -> Trail:
        """A trail whose sequencer works as long as the house does."""
        keys = LogKeys(runtime.keys)
        kept = Kept(place_of(runtime, settings.checkpoint))
        sequencer = Sequencer(runtime, keys, kept)
        runtime.chores.beside(sequencer)
        return cls(runtime, settings, keys, kept, sequencer)
