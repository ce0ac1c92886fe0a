"""What the core does for plugins: :class:`ostiary.contracts.House`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from ostiary import contracts
from ostiary.accounts import VERIFIER
from ostiary.audit import SYSTEM, Who
from ostiary.contracts import (
    JSON,
    Credential,
    Details,
    Enrolled,
    First,
    Kind,
    Mail,
    Outcome,
    Properties,
    Resource,
    Site,
    Strength,
    User,
    UserDirectory,
)
from ostiary.mail import MailFacts
from ostiary.plugins.discovery import NAME
from ostiary.settings import Settings
from ostiary.signin import Visitor
from ostiary.store import Unit
from ostiary.text import translations

if TYPE_CHECKING:
    from ostiary.runtime.running import Runtime

_, _n, _p, _np = translations("ostiary")


class House:
    """What the core does for a plugin (:class:`ostiary.contracts.House`).

    Made before the plugins, which it is given to; ``open`` completes it once they are loaded.
    """

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._runtime: Runtime | None = None
        self._who: Who = SYSTEM

    def open(self, runtime: Runtime, who: Who = SYSTEM) -> House:
        """Complete it, acting for somebody: for the house itself."""
        self._runtime, self._who = runtime, who
        return self

    @property
    def site(self) -> Site:
        """Where people sign in."""
        return self._settings.site

    @property
    def users(self) -> UserDirectory:
        """Who exists; to be had at hook time, and asked at request time."""
        return _Users(self._ready)

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return self._now()

    def settings(self, part: str, /) -> Mapping[str, str]:
        """The operator's settings of a part or plugin, such as ``factor.mine``."""
        return self._settings.part(part)

    def folder(self, name: str, /) -> Path:
        """A folder in the data folder, for a plugin's files; nothing is made yet.

        Raises:
            ValueError: the name is no name of a plugin, and may lead elsewhere.
        """
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a folder; use the form {NAME.pattern}")
        return self._settings.data / name

    def read(self) -> AbstractContextManager[Connection]:
        """A connection that only reads."""
        return self._ready().store.read()

    def write(self) -> AbstractContextManager[Unit]:
        """A unit of work: one transaction, for the act and its record."""
        return self._ready().store.write()

    def credentials(self, verifier: str, /) -> VerifierCredentials:
        """The credentials of a verifier; to be had at hook time, and asked at request time."""
        return VerifierCredentials(self._ready, verifier)

    def deliver(self, handle: str, data: JSON, /) -> bool:
        """Tell a waiting challenge what was heard; whether one was waiting."""
        runtime = self._ready()
        with runtime.store.write() as unit:
            return runtime.signin.parts.challenges.deliver(unit, handle, data)

    def record(
        self,
        type_name: str,
        /,
        *,
        subject: str | None,
        outcome: Outcome = Outcome.DONE,
        reason: str | None = None,
        resource: Resource | None = None,
        details: Details | None = None,
        before: Details | None = None,
        after: Details | None = None,
        within: Unit | None = None,
    ) -> None:
        """Record an event of a declared type, in the unit of the act where one is given."""
        runtime = self._ready()
        with _unit(runtime, within) as unit:
            runtime.recorder.record(
                unit,
                type_name,
                self._who,
                subject=subject,
                outcome=outcome,
                reason=reason,
                resource=resource,
                details=details,
                before=before,
                after=after,
            )

    def tell(self, user_id: str, mail: Mail, /, *, within: Unit) -> None:
        """Mail a person at their verified address; it leaves once the act is durable.

        It says when. Whence it was done, and what to do if that was somebody else, it says only
        where it was done in their name: another one's address is not theirs to read.
        """
        runtime, actor = self._ready(), self._who.actor
        user = runtime.directory.get(user_id)
        if user is None:
            return
        if user_id == actor.user or actor.means == "command":
            visitor = Visitor(self._who.client, browser="", request=self._who.request)
            runtime.signin.parts.mail(within, user, mail, visitor)
        elif user.address is not None:
            facts = MailFacts(self._now(), warns=False)
            runtime.mailroom.queue(within, user.address, mail, user=user, facts=facts)

    def parts(self, hook: str, /) -> Sequence[object]:
        """What all plugins registered through a hook, in the order of the operator's list."""
        return self._ready().plugins.parts(hook)

    @property
    def running(self) -> Runtime:
        """What stands behind it; see :func:`behind`."""
        return self._ready()

    def _ready(self) -> Runtime:
        if self._runtime is None:
            raise RuntimeError("the plugins are still being loaded: use the house at request time")
        return self._runtime


class _Users:
    """Who exists, found when somebody asks: at hook time there is no directory yet."""

    def __init__(self, ready: Callable[[], Runtime]) -> None:
        self._ready = ready

    def get(self, user_id: str, /) -> User | None:
        """The user of this id."""
        return self._ready().directory.get(user_id)

    def named(self, name: str, /) -> User | None:
        """The user of this login name or verified address."""
        return self._ready().directory.named(name)


class VerifierCredentials:
    """The credentials of one verifier (:class:`ostiary.contracts.Credentials`)."""

    _PROPERTIES = Properties(
        Strength(frozenset({Kind.HAVE})), First.NO, second=False, most=10_000, single_use=False
    )

    def __init__(self, ready: Callable[[], Runtime], verifier: str) -> None:
        self._ready = ready
        self._verifier = verifier

    def add(self, user_id: str, enrolled: Enrolled, /, *, within: Unit | None = None) -> Credential:
        """Store one; its lookup key must be unique within the verifier."""
        runtime = self._ready()
        with _unit(runtime, within) as unit:
            return runtime.rows.insert(
                unit,
                VERIFIER,
                self._verifier,
                # Translators: the general kind of thing that programs sign in with; shown where no
                # better name is known.
                _("Credential"),
                self._PROPERTIES,
                user_id,
                enrolled,
                str(enrolled.label),
                runtime.now(),
            ).credential

    def of(self, user_id: str, /) -> tuple[Credential, ...]:
        """Those of a user, oldest first."""
        runtime = self._ready()
        with runtime.store.read() as connection:
            stored = runtime.rows.of_user(connection, user_id, VERIFIER)
        sound = (each for each in stored if not each.broken)
        return tuple(each.credential for each in sound if each.name == self._verifier)

    def find(self, lookup: str, /) -> Credential | None:
        """The one with this lookup key."""
        runtime = self._ready()
        return runtime.rows.presented(runtime.store.readers, self._verifier, lookup)

    def change(
        self, credential: Credential, public: JSON, /, *, within: Unit | None = None
    ) -> bool:
        """Replace its ``public``; False, and nothing done, where it is no more as it was read."""
        runtime = self._ready()
        with _unit(runtime, within) as unit:
            stored = runtime.rows.get(unit, credential.id)
            if stored is None or (stored.part, stored.name) != (VERIFIER, self._verifier):
                return False
            return stored.credential == credential and runtime.rows.rewrite(unit, stored, public)

    def remove(self, credential_id: str, /, *, within: Unit | None = None) -> bool:
        """Whether there was one to remove."""
        runtime = self._ready()
        with _unit(runtime, within) as unit:
            stored = runtime.rows.get(unit, credential_id)
            if stored is None or (stored.part, stored.name) != (VERIFIER, self._verifier):
                return False
            return runtime.rows.remove(unit, credential_id, stored.credential.user_id) is not None


def behind(house: contracts.House) -> Runtime:
    """The running house that a plugin was given: store, keys, settings, chores.

    For plugins that keep tables, files or threads of their own. What is not in the contracts may
    change with each version.

    Raises:
        RuntimeError: the plugins are still being loaded.
        TypeError: it is the house of a test, and no running one.
    """
    if not isinstance(house, House):
        raise TypeError(f"{type(house).__name__} is not the house of a runtime")
    return house.running


def _unit(runtime: Runtime, given: Unit | None) -> AbstractContextManager[Unit]:
    """The unit that was given, which is its owner's to end, or one of our own."""
    return runtime.store.write() if given is None else nullcontext(given)
