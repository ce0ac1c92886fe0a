"""Each part by itself: whether what a plugin registered is fit to be asked at request time."""

from __future__ import annotations

import re

from ostiary.contracts import (
    Claim,
    CodeFactor,
    CreateOption,
    Credential,
    CredentialVerifier,
    EventType,
    Factor,
    Field,
    First,
    Migrations,
    Properties,
    ResourceType,
    Text,
)
from ostiary.plugins.discovery import NAME, slug
from ostiary.plugins.faults import PluginInfo, blaming, refusal
from ostiary.plugins.shapes import misfit

_EVENT = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SECRET = re.compile(
    r"(.*_)?(passwords?|passwd|passphrase|secrets?|seed|otp|cookie|private_key|recovery_codes?)(_.*)?"
)
_FLAG = re.compile(r"--[a-z][a-z0-9-]*")
_LOCATION = re.compile(r"[A-Za-z_][\w.]*:[\w./-]+")
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
# RFC 9110, section 5.6.2: a scheme is a token; its case does not matter (section 11.1).
_SCHEME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_ALWAYS = ("user", "actor", "resource")


def attribute(info: PluginInfo, part: object, what: str, name: str, hint: object) -> object:
    """An attribute of a part, of the type that its contract declares.

    Raises:
        PluginError: it is missing, of another type, or reading it raised.
    """
    with blaming(info, f"reading {name} of {what}"):
        value = getattr(part, name, _Missing)
        fault = " is missing" if value is _Missing else misfit(value, hint)
    if fault:
        raise refusal(info, f"{what}: {name}{fault}; correct the plugin")
    return value


class _Missing:
    """Stands for an attribute that is annotated but was never given."""


def name_of(info: PluginInfo, part: object, what: str) -> str:
    """The name of a factor, verifier, sink or guard."""
    what = f"the {what} {type(part).__name__}"
    name = str(attribute(info, part, what, "name", str))
    if not NAME.fullmatch(name):
        raise refusal(info, f"{what} has the name {name[:40]!r}; use the form {NAME.pattern}")
    return name


def check_factor(info: PluginInfo, factor: Factor, name: str) -> None:
    """Whether a factor's properties make sense together."""
    what = f"the factor {name!r}"
    properties = attribute(info, factor, what, "properties", Properties)
    assert isinstance(properties, Properties)  # noqa: S101 - attribute() has seen to it.
    attribute(info, factor, what, "title", Text)
    for control in ("add", "use", "change"):
        attribute(info, factor, what, control, Text | None)
    option = attribute(info, factor, what, "create_option", CreateOption | None)
    if isinstance(option, CreateOption) and not _FLAG.fullmatch(option.flag):
        raise refusal(info, f"{what} has the option {option.flag!r}; use the form --name")
    if isinstance(factor, CodeFactor):
        attribute(info, factor, what, "code_text", Text)
        attribute(info, factor, what, "code_field", Field)
    if not properties.strength.kinds:
        raise refusal(info, f"{what} proves nothing; give its strength at least one kind")
    if properties.most < 1:
        raise refusal(info, f"{what} allows {properties.most} credentials; most is at least 1")
    if properties.recovery and properties.first is not First.NO:
        raise refusal(info, f"{what} is for recovery and comes first; a recovery factor must not")
    if properties.first is First.AFTER_NAME:
        _check_decoy(info, factor, what)


def _check_decoy(info: PluginInfo, factor: Factor, what: str) -> None:
    """Without a decoy, time or text would tell whether a name has an account (ASVS 6.3.8)."""
    with blaming(info, f"decoy() of {what}"):
        decoy = factor.decoy()
        fault = misfit(decoy, Credential)
    if fault:
        raise refusal(info, f"{what} comes first after a name: what decoy() returns{fault}")


def check_verifier(info: PluginInfo, verifier: CredentialVerifier, name: str) -> None:
    """Whether a verifier's claims can be routed."""
    what = f"the verifier {name!r}"
    claims = attribute(info, verifier, what, "claims", tuple[Claim, ...])
    assert isinstance(claims, tuple)  # noqa: S101 - attribute() has seen to it.
    if not claims:
        raise refusal(info, f"{what} claims nothing; give it a claim")
    for claim in claims:
        if not _SCHEME.fullmatch(claim.scheme):
            raise refusal(info, f"{what} claims {claim.scheme!r}; write the scheme in lower case")
        if claim.username is not None and claim.scheme != "basic":
            raise refusal(
                info, f"{what} claims a user name with {claim.scheme!r}; only basic has one"
            )


def check_event_type(info: PluginInfo, event: EventType) -> None:
    """Whether an event's sentence can be filled from what its events may hold."""
    what = f"the event type {event.name[:60]!r}"
    if not _EVENT.fullmatch(event.name):
        raise refusal(info, f"{what} is not named like 'token.created'; rename it")
    for fields in (event.fields, event.tracked):
        names = [field.name for field in fields]
        for field in names:
            if not _FIELD.fullmatch(field) or names.count(field) > 1:
                raise refusal(info, f"{what} has a wrong or repeated field {field[:60]!r}")
            if _SECRET.fullmatch(field):
                raise refusal(info, f"{what} has a field {field!r}; record that it changed, not it")
    reserved = [field.name for field in event.fields if field.name in _ALWAYS]
    if reserved:
        raise refusal(info, f"{what} declares {reserved[0]!r}, which every event has; remove it")
    if event.sentence.values:
        raise refusal(info, f"{what} fills its sentence; leave it unfilled, the history fills it")
    allowed = {*_ALWAYS, *(field.name for field in event.fields)}
    used = _PLACEHOLDER.findall(event.sentence.id + (event.sentence.plural or ""))
    unknown = [field for field in used if field not in allowed]
    if unknown:
        raise refusal(
            info,
            f"{what} says ${{{unknown[0]}}} and does not declare it; "
            f"it may say {', '.join(sorted(allowed))}",
        )


def check_resource_type(info: PluginInfo, resource: ResourceType) -> None:
    """Whether a resource type and its permissions have names of their own."""
    what = f"the resource type {resource.kind[:40]!r}"
    if not NAME.fullmatch(resource.kind):
        raise refusal(info, f"{what} is no name of the form {NAME.pattern}; rename it")
    names = [permission.name for permission in resource.permissions]
    twice = [name for name in names if not name or names.count(name) > 1]
    if twice:
        raise refusal(info, f"{what} has an unnamed or repeated permission {twice[0]!r}")


def check_migrations(info: PluginInfo, migrations: Migrations) -> None:
    """Whether the tables are the plugin's own by their names."""
    prefix = f"ostiary_{slug(info.name)}_"
    if not _LOCATION.fullmatch(migrations.location):
        raise refusal(info, f"the migrations are at {migrations.location!r}; write package:folder")
    if not migrations.core:
        raise refusal(info, "the migrations name no revision of the core that they need")
    for table in migrations.tables:
        if not re.fullmatch(prefix + "[a-z0-9_]+", table):
            raise refusal(info, f"the migrations own {table!r}; name tables {prefix}<things>")
