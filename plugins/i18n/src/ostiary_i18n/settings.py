"""The operator's settings of languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from ostiary.contracts import SettingsError
from ostiary_i18n.tags import read, written

_PREFIX = "ostiary.plugin.i18n."
_YES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class I18nSettings:
    """What is offered, and where translations come from.

    Args:
        locales: those that may be offered; all that are complete enough, where none is named.
        default: the one for whoever asks for none that is offered.
        offer_from: how many per cent of all messages a language must have to be offered.
        withdraw_below: and below how many one that was offered is withdrawn.
        overrides: a folder of the operator's own translations.
        pseudo: offer ``en-XA`` and ``ar-XB`` as well.
        native_token: of Transifex Native; with one, its translations are laid over the others.
        native_secret: what pushes there need besides.
        native_host: where that is.
        native_unreviewed: take from there what nobody has reviewed too.
        native_every: minutes between two looks.
        transifex_token: of Transifex, for files.
        transifex_host: where that is.
        organization: its name there.
        project: and that of the project.
    """

    locales: tuple[str, ...] = ()
    default: str = "en"
    offer_from: int = 70
    withdraw_below: int = 60
    overrides: Path | None = None
    pseudo: bool = False
    native_token: str | None = None
    native_secret: str | None = None
    native_host: str = "https://cds.svc.transifex.net"
    native_unreviewed: bool = False
    native_every: int = 15
    transifex_token: str | None = None
    transifex_host: str = "https://rest.api.transifex.com"
    organization: str | None = None
    project: str = "ostiary"

    def __repr__(self) -> str:
        """Without the tokens."""
        return f"I18nSettings(locales={self.locales}, default={self.default!r})"

    @classmethod
    def from_mapping(cls, settings: Mapping[str, str]) -> I18nSettings:
        """The settings as the operator wrote them, the defaults where nothing was written.

        Raises:
            SettingsError: one of them is unknown or not of its form; tokens are not shown.
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(settings.keys() - known)
        if unknown:
            raise SettingsError(
                f"{_PREFIX}{unknown[0]} is not a setting; those of i18n are "
                + ", ".join(sorted(known))
            )
        given = {name: value.strip() for name, value in settings.items() if value.strip()}
        read_as = {
            "locales": _locales,
            "default": _locale,
            "offer_from": _percent,
            "withdraw_below": _percent,
            "overrides": lambda _name, value: Path(value),
            "pseudo": _switch,
            "native_host": _origin,
            "native_unreviewed": _switch,
            "native_every": _minutes,
            "transifex_host": _origin,
        }
        values = {
            name: read_as[name](name, value) if name in read_as else value
            for name, value in given.items()
        }
        found = cls(**values)  # type: ignore[arg-type] # each of its form, as was just seen
        if found.withdraw_below > found.offer_from:
            raise SettingsError(
                f"{_PREFIX}withdraw_below is {found.withdraw_below}, above offer_from "
                f"({found.offer_from}): a language would be offered and withdrawn at once"
            )
        return found


def _locale(name: str, value: str) -> str:
    if read(value) is None:
        raise SettingsError(f"{_PREFIX}{name} names {value[:40]!r}; give tags such as de or pt-BR")
    return written(value)


def _locales(name: str, value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_locale(name, each) for each in value.replace(",", " ").split()))


def _percent(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) > 100:  # noqa: PLR2004
        raise SettingsError(f"{_PREFIX}{name} is {value[:40]!r}; give per cent, from 0 to 100")
    return int(value)


def _minutes(name: str, value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 1440:  # noqa: PLR2004
        raise SettingsError(f"{_PREFIX}{name} is {value[:40]!r}; give minutes, from 1 to 1440")
    return int(value)


def _switch(name: str, value: str) -> bool:
    if value.lower() not in _YES:
        raise SettingsError(f"{_PREFIX}{name} is {value[:40]!r}; give true or false")
    return _YES[value.lower()]


def _origin(name: str, value: str) -> str:
    if not value.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise SettingsError(f"{_PREFIX}{name} is not an https:// address")
    return value.rstrip("/")
