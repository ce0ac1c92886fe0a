"""The operator's settings of the index: ``ostiary.plugin.index.*``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ostiary.contracts import SettingsError

PART = "plugin.index"
_MOST = 4096
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """What the operator decides.

    ``private`` shows projects and files only to whoever has an account here. ``closed`` leaves
    making projects to ``ostiary index create``. ``max_size`` bounds a file, in MiB.
    """

    private: bool = False
    closed: bool = False
    max_size: int = 15

    @property
    def max_bytes(self) -> int:
        """The size that a file may have."""
        return self.max_size * MEBIBYTE

    @classmethod
    def from_mapping(cls, settings: Mapping[str, str]) -> IndexSettings:
        """The settings as the operator wrote them, the defaults where nothing was written.

        Raises:
            SettingsError: a name is unknown, or a value is not of its form.
        """
        names = [field.name for field in fields(cls)]
        unknown = sorted(settings.keys() - set(names))
        if unknown:
            raise SettingsError(
                f"ostiary.{PART}.{unknown[0]} is not a setting; those of the index are "
                f"{', '.join(names)}"
            )
        return cls(**{name: _READERS[name](name, value) for name, value in settings.items()})


def _switch(name: str, value: str) -> bool:
    if value.lower() not in {"true", "false"}:
        raise SettingsError(f"ostiary.{PART}.{name} is {value!r}; give true or false")
    return value.lower() == "true"


def _mebibytes(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= _MOST):
        raise SettingsError(
            f"ostiary.{PART}.{name} is {value!r}; give a number of MiB from 1 to {_MOST}"
        )
    return int(value)


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "private": _switch,
    "closed": _switch,
    "max_size": _mebibytes,
}
