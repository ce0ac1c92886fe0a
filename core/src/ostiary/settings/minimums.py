"""What operators ask for on top of what views ask: assurances by permission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from ostiary.contracts import Assurance, Kind, SettingsError
from ostiary.settings.kinds import DURATION, Wrong, integer
from ostiary.settings.sources import Raw
from ostiary.settings.table import MINIMUMS

Minimums: TypeAlias = Mapping[str, tuple[Assurance, ...]]

# More kinds than there are could never be proved.
_PROOFS = integer(1, len(Kind))
_ALLOWED = (
    f'one or more of "proofs=1" to "proofs={len(Kind)}", "within=15m" and '
    '"phishing_resistant", with commas between; a semicolon begins another assurance'
)


def minimums_in(found: Mapping[str, Raw]) -> Minimums:
    """The minimums among the settings that were found, by permission.

    Raises:
        SettingsError: one is of the wrong shape.
    """
    beginning = f"{MINIMUMS}."
    return MappingProxyType(
        {
            name.removeprefix(beginning): _minimum(raw)
            for name, raw in found.items()
            if name.startswith(beginning)
        }
    )


def _minimum(raw: Raw) -> tuple[Assurance, ...]:
    text = raw.value if isinstance(raw.value, str) else ""
    try:
        return tuple(_assurance(part) for part in text.split(";"))
    except Wrong:
        raise SettingsError(f"{raw.source}: found {raw.value!r}, allowed is {_ALLOWED}.") from None


def _assurance(text: str) -> Assurance:
    assurance, seen = Assurance(), set()
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if name in seen:
            raise Wrong
        seen.add(name)
        match (name, bool(equals)):
            case ("proofs", True):
                assurance = replace(assurance, proofs=_PROOFS.parse(value))
            case ("within", True):
                assurance = replace(assurance, within=DURATION.parse(value))
            case ("phishing_resistant", False):
                assurance = replace(assurance, phishing_resistant=True)
            case _:
                raise Wrong
    return assurance
