"""A house with a trail, and things that happen in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ostiary.accounts import login_name
from ostiary.audit import Who
from ostiary.contracts import Actor, Client, EventField, EventType, Outcome, Resource
from ostiary.runtime import Runtime
from ostiary.store import Unit
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Houses, plugin_of
from ostiary.text import translations
from ostiary_audit.reading import Entry, View, entries_of
from ostiary_audit.sink import trail_of
from ostiary_audit.trail import Trail
from ostiary_audit.verify import Report, verify_database

_, _n, _p, _np = translations("test")

DONE = "thing.done"
TYPES = (
    EventType(
        DONE,
        _("${actor} did ${what}, called ${label}."),
        (EventField("what"), EventField("label", personal=True)),
        (EventField("color"), EventField("label", personal=True)),
    ),
    EventType("other.done", _("${actor} did something else."), (EventField("what"),)),
)

FILE = Path(__file__).parents[4] / "shared" / "vectors" / "merkle.json"
vectors = pytest.mark.skipif(not FILE.exists(), reason="the vectors stand beside the repository")


@pytest.fixture(scope="session")
def published() -> Any:
    """Vectors of RFC 6962 and of the C2SP formats."""
    return json.loads(FILE.read_text("utf-8"))


@dataclass
class Desk:
    """A house with a trail, and what one does there."""

    runtime: Runtime
    clock: Clock
    users: dict[str, str] = field(default_factory=dict)

    @property
    def trail(self) -> Trail:
        return trail_of(self.runtime.house)

    def user(self, login: str) -> str:
        """The id of somebody with this name."""
        if login not in self.users:
            assert self.runtime.accounts is not None
            with self.runtime.store.write() as unit:
                made = self.runtime.accounts.create(unit, f"id-{login}", login_name(login))
            self.users[login] = made.id
        return self.users[login]

    def who(self, user: str | None = "id-ada", **more: Any) -> Who:
        """Somebody who acts, from somewhere."""
        client = Client(more.pop("address", "192.0.2.9"), more.pop("agent", "curl/8"))
        kind = "user" if user else "anonymous"
        return Who(Actor(kind, user, **{"means": "session", **more}), client, "request-1")

    def act(self, unit: Unit | None = None, /, **more: Any) -> None:
        """One event; ``who`` and what ``Recorder.record`` takes, of the type ``thing.done``."""
        known: dict[str, Any] = {"subject": "id-ada", "details": {"what": "a", "label": "b"}}
        known |= more
        kind, who = known.pop("type", DONE), known.pop("who", None) or self.who()
        if unit is not None:
            self.runtime.recorder.record(unit, kind, who, **known)
            return
        with self.runtime.store.write() as own:
            self.runtime.recorder.record(own, kind, who, **known)

    def acts(self, count: int) -> None:
        """So many events, each of an act of its own, with a number in ``what``."""
        for number in range(count):
            self.act(details={"what": str(number), "label": f"thing {number}"})

    def entries(self, **view: Any) -> list[Entry]:
        """What the trail has, the oldest first."""
        self.trail.sequencer.sequence()
        return list(entries_of(self.trail.store, View(**view)))[::-1]

    def things(self, **view: Any) -> list[str]:
        """The same as the ``what`` of each of our events."""
        return [
            str(entry.event.details.get("what"))
            for entry in self.entries(**view)
            if entry.event is not None and entry.event.type == DONE
        ]

    def verified(self, *outside: tuple[str, str]) -> Report:
        """What a check finds."""
        return verify_database(self.trail, outside)


MakeDesk: TypeAlias = Callable[..., Desk]


@pytest.fixture
def make_desk(make_runtime: Houses, clock: Clock) -> MakeDesk:
    """Opens a house with a trail: ``make_desk(sink__audit__addresses="90d")``."""

    def make(*plugins: object, **settings: Any) -> Desk:
        return Desk(
            make_runtime("audit", plugin_of(event_types=TYPES), *plugins, **settings), clock
        )

    return make


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """One with the settings that nobody changed."""
    return make_desk()


PROJECT = Resource("project", "acme-tools", ("id-ada", "id-bob"))
REFUSED = Outcome.REFUSED
