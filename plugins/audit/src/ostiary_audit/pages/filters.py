"""What a page of events is asked for, as its address says it; and the form that changes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from ostiary.contracts import Field, Outcome, Text, UserDirectory
from ostiary.web.page import Problem
from ostiary_audit.reading import View
from ostiary_audit.texts import _, _p

MAX_TYPED = 200

_LONGEST_SEQ = 18

GROUPS: Mapping[str, Text] = MappingProxyType(
    {
        # Translators: kinds of events, of which one is chosen in a list, from here on.
        "sign-in": _("Signing in"),
        "session": _("Sessions"),
        "step-up": _("Proving again who one is"),
        # Translators: an option: ways to sign in were added, changed or removed.
        "factor": _("Ways to sign in"),
        # Translators: an option: something kept for recovery was used, such as a recovery code.
        "recovery": _("Recovery"),
        # Translators: an option: a factor, such as a password, was replaced with a link in a mail.
        "reset": _("Resets"),
        # Translators: an option: an admin let somebody in again who had lost all ways to sign in.
        "regain": _("Ways back in"),
        "device": _("Trusted browsers"),
        "address": _("Email addresses"),
        "user": _("Accounts"),
        # Translators: an option: who was made an admin, and who is none any more.
        "admin": _("Rights of admins"),
        "token": _("API tokens"),
        "credential": _("Refused credentials"),
        "project": _("Projects"),
        "file": _("Files"),
        "release": _("Releases"),
        # Translators: an option: what people are to projects, such as owner.
        "role": _("Roles"),
        "language": _("Language and time zone"),
        # Translators: an option: what was done with the list of events itself: read, exported,
        # checked.
        "audit": _("The record itself"),
        # Translators: an option: the keys with which the site encrypts.
        "keys": _("Keys of the site"),
        # Translators: an option: the tables of the database were changed.
        "schema": _("Database of the site"),
    }
)
"""What the first words of types are called; of a plugin's own, the word itself."""

OUTCOMES: Mapping[str, Text] = MappingProxyType(
    {
        # Translators: how an event ended: an option in a list.
        Outcome.DONE.value: _p("of an event", "done"),
        Outcome.REFUSED.value: _p("of an event", "refused"),
        Outcome.FAILED.value: _p("of an event", "failed"),
    }
)

# Translators: the label of a box of a filter: a day.
SINCE = Field("since", _("From this day on"), hint=_("Such as 2027-01-31, in UTC."))
# Translators: the label of a box of a filter: a day.
UNTIL = Field("until", _("Up to this day"), hint=_("Such as 2027-01-31, in UTC."))
# Translators: the label of a box of a filter: an API token, by its ID.
TOKEN = Field("token", _("Token"), hint=_("Its ID."))
# Translators: the label of a box of a filter: a service that an API token was handed on to.
DELEGATE = Field("delegate", _("Service"), hint=_("The name by which a token was handed on to it."))
ADDRESS = Field("address", _("IP address"))
# Translators: the label of a box of a filter: who did it, or whose account it was about.
USER = Field("user", _("Person"), hint=_("User name, email address or user ID."))
# Translators: the label of a box of a filter: what was acted on, such as a project.
RESOURCE = Field("resource", _("Thing"), hint=_("KIND:NAME, such as project:acme-tools."))
# Translators: the label of a box of a filter: words to search for.
WORDS = Field("q", _("Words"), hint=_("What stands in the event: words, IDs, reasons, addresses."))

OWN = (SINCE, UNTIL, TOKEN, DELEGATE, ADDRESS)
ALL = (WORDS, USER, RESOURCE, *OWN)


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a list."""

    value: str
    title: Text | str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for. ``typed`` is what the form shows again, and what links repeat."""

    view: View
    typed: Mapping[str, str]
    words: str = ""
    problems: tuple[Problem, ...] = ()
    fields: tuple[Field, ...] = OWN
    kinds: tuple[str, ...] = field(default=())

    @property
    def types(self) -> list[Choice]:
        """The types, for a list."""
        return self._choices("type", [(kind, GROUPS.get(kind, kind)) for kind in self.kinds])

    @property
    def outcomes(self) -> list[Choice]:
        """The outcomes, for a list."""
        return self._choices("outcome", list(OUTCOMES.items()))

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.typed)

    def at(self, before: int | None) -> dict[str, str]:
        """The query of the same view, further on."""
        return {**self.typed, **({} if before is None else {"before": str(before)})}

    def with_(self, **more: str) -> dict[str, str]:
        """The query of a narrower view, from its beginning."""
        return {**self.typed, **more}

    @property
    def line(self) -> str:
        """All of it in one line, for the record."""
        return " ".join(f"{name}={value}" for name, value in sorted(self.typed.items())) or "-"

    def _choices(self, name: str, pairs: list[tuple[str, Text | str]]) -> list[Choice]:
        typed = self.typed.get(name)
        known = [Choice(value, title, value == typed) for value, title in pairs]
        if typed and not any(each.chosen for each in known):
            known.append(Choice(typed, typed, chosen=True))
        return known


def asked_of(
    params: Mapping[str, str],
    fields: tuple[Field, ...],
    kinds: Iterable[str],
    users: UserDirectory | None = None,
) -> Asked:
    """What the address of a page asks for.

    Args:
        params: its query.
        fields: those that this page has, besides type and outcome.
        kinds: the first words of the types that there are.
        users: who exists, where a person may be asked for.
    """
    names = ("type", "outcome", *(each.name for each in fields))
    typed = {name: params.get(name, "").strip()[:MAX_TYPED].replace("\0", "") for name in names}
    typed = {name: value for name, value in typed.items() if value}
    problems: list[Problem] = []
    before = params.get("before", "")
    view = View(
        type=typed.get("type"),
        outcome=typed["outcome"] if typed.get("outcome") in OUTCOMES else None,
        token=typed.get("token"),
        delegate=typed.get("delegate"),
        address=typed.get("address"),
        since=_day(SINCE, typed, problems, timedelta(0)),
        until=_day(UNTIL, typed, problems, timedelta(days=1)),
        before=int(before) if before.isdecimal() and len(before) <= _LONGEST_SEQ else None,
    )
    if users is not None:
        view = _of_all(view, typed, users, problems)
    return Asked(
        view, typed, typed.get("q", ""), tuple(problems), fields, tuple(sorted(set(kinds)))
    )


def _day(
    field_: Field, typed: Mapping[str, str], problems: list[Problem], more: timedelta
) -> datetime | None:
    text = typed.get(field_.name)
    if text is None:
        return None
    try:
        found = datetime.combine(date.fromisoformat(text), time(), UTC) + more
    except (ValueError, OverflowError):
        problems.append(Problem(_("Give a day such as 2027-01-31."), field_.name))
        return None
    return found


def _of_all(
    view: View, typed: Mapping[str, str], users: UserDirectory, problems: list[Problem]
) -> View:
    """What only those ask who see everything: whose, and about what."""
    if name := typed.get("user"):
        user = users.named(name) or users.get(name)
        # Of somebody who is gone, the ID is left in their events.
        view = replace(view, user=name if user is None else user.id)
    if thing := typed.get("resource"):
        kind, colon, resource = thing.partition(":")
        if colon:
            view = replace(view, resource=(kind, resource))
        else:
            problems.append(Problem(_("Give a kind and a name: project:acme-tools."), "resource"))
    return view
