"""The operator's settings of the trail: ``ostiary.sink.audit.*``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase

from ostiary.contracts import SettingsError, User

NAME = "audit"
_PREFIX = f"ostiary.sink.{NAME}."
_KNOWN = (
    "keep",
    "addresses",
    "erase_deleted",
    "readers",
    "checkpoint",
    "checkpoint_mail",
    "checkpoint_mail_every",
)
_WEBHOOK = re.compile(r"webhook\.([a-z][a-z0-9-]{0,31})\.(url|secret|types)")
_DURATION = re.compile(r"([0-9]{1,5})(h|d)")
_MAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
_HOURS = {"h": 1, "d": 24}


@dataclass(frozen=True, slots=True)
class Webhook:
    """Somewhere that events are posted to.

    ``types`` are patterns; with none, everything is sent. ``secret`` signs what is sent.
    """

    name: str
    url: str
    secret: str = field(repr=False)
    types: tuple[str, ...] = ()

    def wants(self, type_name: str) -> bool:
        """Whether events of this type are sent."""
        return not self.types or any(fnmatchcase(type_name, each) for each in self.types)


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """How long what is kept, who may read everything, and where it is sent.

    ``keep`` are pairs of a pattern and a time, of which the first that fits a type counts;
    without one, events are kept. ``addresses`` is how long addresses and clients are kept,
    ``erase_deleted`` how long the names of accounts that were deleted; None leaves them.
    ``readers`` are login names; with none, the admins. ``checkpoint`` is the file with the last
    checkpoint, where it shall not be beside the database; ``checkpoint_mail`` is an address that it
    is mailed to, and ``checkpoint_mail_every`` how often.
    """

    keep: tuple[tuple[str, timedelta], ...] = ()
    addresses: timedelta | None = None
    erase_deleted: timedelta | None = None
    readers: tuple[str, ...] = ()
    checkpoint: str | None = None
    checkpoint_mail: str | None = None
    checkpoint_mail_every: timedelta = timedelta(days=1)
    webhooks: tuple[Webhook, ...] = ()

    @classmethod
    def from_mapping(cls, settings: Mapping[str, str]) -> AuditSettings:
        """The settings as the operator wrote them.

        Raises:
            SettingsError: a name is unknown, or a value is not of its form.
        """
        for name in sorted(settings):
            if name not in _KNOWN and not _WEBHOOK.fullmatch(name):
                raise SettingsError(
                    f"{_PREFIX}{name} is not a setting; those of the trail are "
                    f"{', '.join(_KNOWN)} and webhook.NAME.url, .secret and .types"
                )
        return cls(
            keep=tuple(_rules(settings.get("keep", ""))),
            addresses=_time("addresses", settings.get("addresses", "")),
            erase_deleted=_time("erase_deleted", settings.get("erase_deleted", "")),
            readers=tuple(settings.get("readers", "").replace(",", " ").split()),
            checkpoint=settings.get("checkpoint") or None,
            checkpoint_mail=_address(settings.get("checkpoint_mail", "")),
            checkpoint_mail_every=_time(
                "checkpoint_mail_every", settings.get("checkpoint_mail_every", "")
            )
            or timedelta(days=1),
            webhooks=_webhooks(settings),
        )

    def names_reader(self, user: User) -> bool:
        """Whether somebody is one of ``readers``, as far as their names tell: for the menu."""
        names = {each.casefold() for each in self.readers}
        return user.login.casefold() in names or (user.address or "").casefold() in names

    def kept_for(self, type_name: str) -> timedelta | None:
        """How long events of a type are kept; None for ever."""
        fitting = (time for pattern, time in self.keep if fnmatchcase(type_name, pattern))
        return next(fitting, None)


def _rules(text: str) -> list[tuple[str, timedelta]]:
    found = []
    for rule in text.replace(",", " ").split():
        pattern, _, duration = rule.partition("=")
        found.append((pattern, _time("keep", duration) or _wrong("keep", rule)))
    return found


def _time(name: str, text: str) -> timedelta | None:
    if not text.strip():
        return None
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return _wrong(name, text)
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])


def _address(text: str) -> str | None:
    if text.strip() and not _MAIL.fullmatch(text.strip()):
        raise SettingsError(f"{_PREFIX}checkpoint_mail must be one address, found {text!r}")
    return text.strip() or None


def _wrong(name: str, found: str) -> timedelta:
    allowed = "a number with h or d, such as 400d"
    if name == "keep":
        allowed = f"pairs such as sign-in.*=400d, each with {allowed}"
    raise SettingsError(f"{_PREFIX}{name} is {found!r}; give {allowed}")


def _webhooks(settings: Mapping[str, str]) -> tuple[Webhook, ...]:
    by_name: dict[str, dict[str, str]] = {}
    for name, value in settings.items():
        match = _WEBHOOK.fullmatch(name)
        if match is not None:
            by_name.setdefault(match[1], {})[match[2]] = value
    return tuple(_webhook(name, values) for name, values in sorted(by_name.items()))


def _webhook(name: str, values: Mapping[str, str]) -> Webhook:
    url, secret = values.get("url", ""), values.get("secret", "")
    prefix = f"{_PREFIX}webhook.{name}"
    local = url.startswith(("http://localhost", "http://127.0.0.1", "http://[::1]"))
    if not url.startswith("https://") and not local:
        raise SettingsError(f"{prefix}.url must begin with https://, found {url!r}")
    if len(secret) < 16:  # noqa: PLR2004 - said in the message.
        raise SettingsError(f"{prefix}.secret must have 16 characters at least")
    types = tuple(values.get("types", "").replace(",", " ").split())
    return Webhook(name, url, secret, types)
