"""The table of settings: every name, its kind, its default and what it is for.

The classes are the table. What operators read in ``docs/settings.md`` is made from it
(``python -m ostiary.settings``), and so is the first ``ostiary.toml``.
"""

# ruff: noqa: RUF009 - the calls make dataclass fields, which is what stands there.

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from ostiary.settings import kinds
from ostiary.settings.kinds import Budget, Kind, Network, PublicURL

T = TypeVar("T")

Known = Mapping[str, Any]
"""The values read so far, by full name; a default may be made from those above it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One setting. ``default`` is written as an operator would; ``made`` makes it from others."""

    name: str
    kind: Kind[Any]
    default: str | None
    description: str
    secret: bool = False
    made: Callable[[Known], str] | None = None


def _setting(
    kind: Kind[T],
    default: str | None,
    description: str,
    *,
    secret: bool = False,
    made: Callable[[Known], str] | None = None,
) -> T:
    """A field of the table; its name is the attribute's."""
    definition = Definition("", kind, default, description, secret, made)
    # dataclasses do the same: to the type checker the field is its value.
    return cast("T", dataclasses.field(repr=not secret, metadata={"definition": definition}))


def _section(section: type[T]) -> T:
    """Settings whose names begin with the attribute's name and a dot."""
    return cast("T", dataclasses.field(metadata={"section": section}))


@dataclass(frozen=True, kw_only=True)
class SessionSettings:
    """How long a sign-in lasts (ASVS 5.0, 7.3.1 and 7.3.2)."""

    idle: timedelta = _setting(
        kinds.DURATION, "2h", "A session ends when nothing was asked of it for this long."
    )
    absolute: timedelta = _setting(
        kinds.DURATION, "12h", "A session ends this long after the sign-in, used or not."
    )


@dataclass(frozen=True, kw_only=True)
class SecondFactorSettings:
    """Who must have a second factor (ASVS 5.0, 6.3.3)."""

    required: str = _setting(
        kinds.choice("never", "privileged", "everyone"),
        "privileged",
        "Who must have a second factor: nobody, admins and whom the user directory calls "
        "privileged, or everyone. Whoever has none is led to add one.",
    )
    since: date | None = _setting(
        kinds.optional(kinds.DATE),
        None,
        "The day from which it is required (UTC); until then people are asked, and can go on.",
    )


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """Where mail goes. Without a host it is written to a folder, for a first look around."""

    sender: str = _setting(
        kinds.TEXT,
        "ostiary@<domain of public_url>",
        "The address that mail comes from.",
        made=lambda known: f"ostiary@{known['public_url'].domain}",
    )
    host: str | None = _setting(
        kinds.optional(kinds.TEXT), None, "The SMTP server; without one, mail goes to the folder."
    )
    port: int = _setting(kinds.integer(1, 65535), "587", "The SMTP server's port.")
    username: str | None = _setting(kinds.optional(kinds.TEXT), None, "Who signs in to the server.")
    password: str | None = _setting(
        kinds.optional(kinds.TEXT), None, "The password that goes with the user name.", secret=True
    )
    tls: str = _setting(
        kinds.choice("starttls", "implicit", "none"),
        "starttls",
        "How the connection is encrypted: implicit from its first byte (port 465), starttls "
        "after a greeting, none not at all.",
    )
    folder: Path = _setting(
        kinds.PATH, "<data>/mail", "Where mail is written without a host.", made=lambda _: "mail"
    )


@dataclass(frozen=True, kw_only=True)
class BudgetSettings:
    """How often something may be tried. A try counts before it is judged (ASVS 5.0, 6.3.1)."""

    stranger: Budget = _setting(
        kinds.BUDGET,
        "10/5minutes; 50/day",
        "First proofs for one account, from browsers that never signed in to it.",
    )
    known_device: Budget = _setting(
        kinds.BUDGET,
        "10/5minutes",
        "First proofs for one account, from one browser that signed in to it before; a "
        "stranger cannot use this one up.",
    )
    client: Budget = _setting(
        kinds.BUDGET,
        "60/5minutes",
        "First proofs from one client address (IPv6: from one /64), whatever the account, by "
        "browsers that never signed in to it.",
    )
    second_factor: Budget = _setting(
        kinds.BUDGET,
        "5/5minutes; 20/hour; 50/day",
        "Further proofs for one account, once its first proof was given.",
    )
    mail: Budget = _setting(
        kinds.BUDGET, "5/hour", "Mails that strangers can cause, per account and per address."
    )
    registration: Budget = _setting(
        kinds.BUDGET, "10/hour", "Registrations from one client address (IPv6: from one /64)."
    )
    refusal: Budget = _setting(
        kinds.BUDGET,
        "60/10minutes; 500/day",
        "Refusals of one credential, such as an expired token, that are recorded as events; the "
        "log has a line for each of the others.",
    )


@dataclass(frozen=True, kw_only=True)
class Table:
    """Every setting that has a name of its own."""

    data: Path = _setting(
        kinds.FOLDER,
        "ostiary-data",
        "The folder of everything that Ostiary keeps outside the database, and of "
        "`ostiary.toml`, where it cannot be set.",
    )
    port: int = _setting(kinds.integer(1, 65535), "6543", "The port that `ostiary serve` opens.")
    threads: int = _setting(
        kinds.integer(1, 64), "8", "How many requests `ostiary serve` answers at once."
    )
    max_request_mib: int = _setting(
        kinds.integer(1, 4096),
        "16",
        "How large a request `ostiary serve` takes, in MiB; a plugin that takes uploads may have "
        "a limit of its own below this.",
    )
    public_url: PublicURL = _setting(
        kinds.PUBLIC_URL,
        "http://localhost:<port>",
        "Where people find the site. Links in mails, origins and the relying-party id of "
        "passkeys come from here, never from a request.",
        made=lambda known: f"http://localhost:{known['port']}",
    )
    allow_insecure_http: bool = _setting(
        kinds.BOOLEAN,
        "false",
        "Let public_url be http:// for a host that is not this machine. Passwords and "
        "session cookies can then be read on the way.",
    )
    title: str = _setting(kinds.TEXT, "Ostiary", "What the site calls itself.")
    contact: str | None = _setting(
        kinds.optional(kinds.CONTACT),
        None,
        "Whom people ask who cannot get in: an email address or a page. It stands on the help "
        "page and in the accessibility statement.",
    )
    database: str = _setting(
        kinds.DATABASE,
        "sqlite:///<data>/ostiary.db",
        "The database. A relative SQLite path starts in the data folder.",
        secret=True,
        made=lambda _: "sqlite:///ostiary.db",
    )
    keys: Path = _setting(
        kinds.PATH,
        "<data>/keys.json",
        "The ring of keys that secrets in the database are sealed with. Keep a copy, apart "
        "from copies of the database.",
        made=lambda _: "keys.json",
    )
    plugins: tuple[str, ...] | None = _setting(
        kinds.NAMES,
        None,
        "The plugins to enable; nothing else is loaded. Their order is the order of everything.",
    )
    redis: str | None = _setting(
        kinds.optional(kinds.REDIS),
        None,
        "A Redis that several workers or hosts count limits in together.",
        secret=True,
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        kinds.NETWORKS,
        "",
        "Reverse proxies whose word on the client's address is believed. Empty: none is.",
    )
    registration: str = _setting(
        kinds.choice("open", "closed"),
        "open",
        "Whether people may make accounts themselves; closed leaves it to `ostiary users create`.",
    )
    layout: str | None = _setting(
        kinds.optional(kinds.TEXT),
        None,
        "A Jinja template of the host that the pages extend, such as "
        "`myapp:templates/base.jinja2`.",
    )
    stylesheet: Path | None = _setting(
        kinds.optional(kinds.PATH),
        None,
        "A CSS file whose colours, type and space come after those of the pages; read at the "
        "start, and served with them.",
    )
    flow_lifetime: timedelta = _setting(
        kinds.DURATION, "10m", "How long a begun sign-in or registration can be gone on with."
    )
    challenge_lifetime: timedelta = _setting(
        kinds.DURATION, "10m", "How long a factor's question can be answered."
    )
    fresh_proof: timedelta = _setting(
        kinds.DURATION,
        "15m",
        "How old a proof may be where factors and addresses are changed (ASVS 5.0, 7.5.1).",
    )
    remembered_device: timedelta | None = _setting(
        kinds.optional(kinds.DURATION),
        "30d",
        "How long a browser may stand in for the second proof of a sign-in, once its owner "
        "asked for it; with nothing, none may. It never does for admins.",
    )
    deletion_delay: timedelta = _setting(
        kinds.DURATION, "7d", "How long an account that was given up can still be had back."
    )
    regain_wait: timedelta = _setting(
        kinds.DURATION,
        "3d",
        "How long after an admin granted it a person's factors are reset; meanwhile the owner "
        "is told, and can stop it.",
    )
    link_lifetime: timedelta = _setting(kinds.DURATION, "24h", "How long a mailed link works.")
    step_timeout: timedelta = _setting(
        kinds.DURATION, "5s", "How long one step of a factor may take before it is given up."
    )
    factor_slots: int = _setting(
        kinds.integer(1, 1000),
        "8",
        "How many steps of one factor may run at once; a stuck one holds up no other factor.",
    )
    session: SessionSettings = _section(SessionSettings)
    second_factor: SecondFactorSettings = _section(SecondFactorSettings)
    mail: MailSettings = _section(MailSettings)
    budgets: BudgetSettings = _section(BudgetSettings)


def sections() -> Iterator[tuple[str, type[Any]]]:
    """The sections: a prefix with its dot, and the class."""
    yield "", Table
    for field in dataclasses.fields(Table):
        if "section" in field.metadata:
            yield f"{field.name}.", field.metadata["section"]


def definitions_in(prefix: str, section: type[Any]) -> Iterator[Definition]:
    """The settings of one section, under their full names."""
    for field in dataclasses.fields(section):
        if "definition" in field.metadata:
            yield dataclasses.replace(field.metadata["definition"], name=prefix + field.name)


DEFINITIONS: Mapping[str, Definition] = {
    definition.name: definition
    for prefix, section in sections()
    for definition in definitions_in(prefix, section)
}
"""Every setting by its full name, in the order in which defaults are made."""

FREE = {
    "factor": "Settings of a factor, by its name",
    "verifier": "Settings of a credential verifier, by its name",
    "sink": "Settings of an audit sink, by its name",
    "plugin": "Settings of a plugin as a whole, by its name",
}
"""Beginnings of names that belong to plugins: ``factor.<name>.<setting>``."""

MINIMUMS = "assurance"
"""The beginning of names that say what is asked for by permission: ``assurance.<permission>``."""
