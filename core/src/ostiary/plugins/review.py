"""Everything that was registered, looked at part by part and then side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ostiary.contracts import EventType
from ostiary.plugins import conflicts, parts
from ostiary.plugins.faults import PluginInfo

FACTORS = "ostiary_register_factors"
VERIFIERS = "ostiary_register_credential_verifiers"
SINKS = "ostiary_register_audit_sinks"
CATALOGS = "ostiary_register_message_catalogs"
EVENT_TYPES = "ostiary_register_event_types"
RESOURCE_TYPES = "ostiary_register_resource_types"
ACCOUNT_PAGES = "ostiary_register_account_pages"
GUARDS = "ostiary_register_sign_in_guards"
LOCALIZATION = "ostiary_register_localization"
GEOGRAPHY = "ostiary_register_geography"
DIRECTORY = "ostiary_register_user_directory"
MIGRATIONS = "ostiary_register_migrations"

_SINGLE = (
    ("localization", LOCALIZATION),
    ("geography", GEOGRAPHY),
    ("user directory", DIRECTORY),
)

Given: TypeAlias = Mapping[str, tuple[tuple[PluginInfo, Any], ...]]
"""By hook: who registered what, in the order of the operator's list."""


def check(given: Given, event_types: Sequence[EventType]) -> None:
    """Refuse a part that is unfit, and two parts that cannot stand beside each other.

    Raises:
        PluginError: naming the plugin, and the other one where two are in conflict.
    """
    _check_parts(given)
    _check_names(given, event_types)
    conflicts.check_claims(given[VERIFIERS])
    conflicts.check_permissions(given[RESOURCE_TYPES])
    conflicts.check_options(given[FACTORS])
    conflicts.check_tables(given[MIGRATIONS])
    for what, hook in _SINGLE:
        conflicts.check_single(what, [info for info, _ in given[hook]])


def _check_parts(given: Given) -> None:
    for info, factor in given[FACTORS]:
        parts.check_factor(info, factor, parts.name_of(info, factor, "factor"))
    for info, verifier in given[VERIFIERS]:
        parts.check_verifier(info, verifier, parts.name_of(info, verifier, "verifier"))
    for info, sink in given[SINKS]:
        name = parts.name_of(info, sink, "audit sink")
        parts.attribute(info, sink, f"the audit sink {name!r}", "transactional", bool)
    for info, guard in given[GUARDS]:
        parts.name_of(info, guard, "sign-in guard")
    for info, event in given[EVENT_TYPES]:
        parts.check_event_type(info, event)
    for info, resource in given[RESOURCE_TYPES]:
        parts.check_resource_type(info, resource)
    for info, migrations in given[MIGRATIONS]:
        parts.check_migrations(info, migrations)


def _check_names(given: Given, event_types: Sequence[EventType]) -> None:
    """Factors and verifiers share one name space: a credential's row names one of them."""
    core = PluginInfo("core", "ostiary", "itself")
    reserved = [(core, event.name) for event in event_types]
    names = {hook: [(info, label(part)) for info, part in found] for hook, found in given.items()}
    conflicts.check_unique("the factor or verifier", names[FACTORS] + names[VERIFIERS])
    conflicts.check_unique("the audit sink", names[SINKS])
    conflicts.check_unique("the sign-in guard", names[GUARDS])
    conflicts.check_unique("the event type", reserved + names[EVENT_TYPES])
    conflicts.check_unique("the resource type", names[RESOURCE_TYPES])
    conflicts.check_unique("the account page", names[ACCOUNT_PAGES])


def label(part: object) -> str:
    """What a part is called: its name, kind, route, domain or place, else its class."""
    for attribute in ("name", "kind", "route", "domain", "location"):
        value = getattr(part, attribute, None)
        if isinstance(value, str):
            return value
    return type(part).__name__
