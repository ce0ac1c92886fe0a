"""What the core does for a plugin, and the parts that are neither factor, verifier nor sink."""
# fmt: off

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ostiary.contracts.audit import Details, Outcome
from ostiary.contracts.challenge import JSON, Credential, Enrolled, Mail
from ostiary.contracts.identity import Resource, Site, User, UserDirectory
from ostiary.contracts.text import Text


@dataclass(frozen=True, slots=True)
class MessageCatalog:
    """Translations of a domain, also of another package's; the first listed wins."""
    domain: str
    directory: str  # Of ``<locale>/LC_MESSAGES/<domain>.po`` or ``.mo``.
    title: Text

@runtime_checkable
class Localization(Protocol):
    """Puts texts into words; at most one. It may be an ``ostiary.text.Formats`` as well."""
    @property
    def locales(self) -> tuple[str, ...]: ...  # Those offered now (BCP 47).
    def negotiate(self, accept_language: str, preferred: str | None, /) -> str:
        """The offered locale (BCP 47) that suits a person best."""
    def say(self, text: Text, locale: str, /) -> str:
        """The text in this locale, its values filled in; not escaped for HTML."""
    def direction(self, locale: str, /) -> str:
        """``ltr`` or ``rtl``."""

@dataclass(frozen=True, slots=True)
class AccountPage:
    """A page of a plugin in the account's menu."""
    route: str  # One that the plugin declares.
    title: Text
    order: int = 100
    admins: bool | Callable[[User], bool] = False  # Whether admins alone, or who, are shown it.

@dataclass(frozen=True, slots=True)
class Migrations:
    """A plugin's tables."""
    location: str  # ``package:folder`` of Alembic revisions.
    tables: tuple[str, ...]  # Every table that the plugin owns, all ``ostiary_<plugin>_*``.
    core: str  # The core's revision that they need.

class Credentials(Protocol):
    """A verifier's own credentials, in the core's table: sealed, labelled, listed, removable."""
    def add(self, user_id: str, enrolled: Enrolled, /, *, within: Any = None) -> Credential:
        """Store one, ``within`` a unit or its own; its lookup key is unique in the verifier."""
    def of(self, user_id: str, /) -> tuple[Credential, ...]:
        """Those of a user, oldest first."""
    def find(self, lookup: str, /) -> Credential | None:
        """The one with this lookup key."""
    def change(self, credential: Credential, public: JSON, /, *, within: Any = None) -> bool:
        """Replace its ``public``; False, and nothing done, where it is no more as it was read."""
    def remove(self, credential_id: str, /, *, within: Any = None) -> bool:
        """Whether there was one to remove, ``within`` a unit or its own."""

class House(Protocol):
    """What the core does for a plugin: given to each hook, and ``request.ostiary`` in its views."""
    # At hook time ``site``, ``settings``, ``folder``, ``now`` answer; the rest once all are loaded.
    @property
    def site(self) -> Site:
        """Where people sign in."""
    @property
    def users(self) -> UserDirectory:
        """Who exists."""
    def now(self) -> datetime:
        """The time, aware, in UTC."""
    def settings(self, part: str, /) -> Mapping[str, str]:
        """The operator's settings of a part (``factor.<name>``) or plugin (``plugin.<name>``)."""
    def folder(self, name: str, /) -> Path:
        """A folder of this name in the data folder, for files; to be made by who writes."""
    def credentials(self, verifier: str, /) -> Credentials:
        """The credentials of a verifier."""
    def deliver(self, handle: str, data: JSON, /) -> bool:
        """Tell a waiting challenge what was heard; whether one was waiting."""
    def record(self, type_name: str, /, *, subject: str | None, outcome: Outcome = Outcome.DONE,
               reason: str | None = None, resource: Resource | None = None,
               details: Details | None = None, before: Details | None = None,
               after: Details | None = None, within: Any = None) -> None:
        """Record a declared event, by the request's actor, ``within`` the unit of its act."""
    def tell(self, user_id: str, mail: Mail, /, *, within: Any) -> None:
        """Mail a person what happened, ``within`` the act's unit; of own acts when and whence."""
    def read(self) -> AbstractContextManager[Any]:
        """A connection that only reads, with ``execute(statement)``; it waits for no writer."""
    def write(self) -> AbstractContextManager[Any]:
        """A unit of work, with ``execute(statement)``: one transaction for act and record."""
    def parts(self, hook: str, /) -> Sequence[object]:
        """What all plugins registered through a hook, in the order of the operator's list."""
