"""Where settings come from: Pyramid's settings, ``ostiary.toml``, the environment."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ostiary.contracts import SettingsError
from ostiary.settings.table import DEFINITIONS, FREE, MINIMUMS

FILE = "ostiary.toml"
PREFIX = "ostiary."
VARIABLE_PREFIX = "OSTIARY_"

# Variables of the test kit, which are no settings of the house.
_NOT_OURS = ("OSTIARY_TEST_", "OSTIARY_CHROMIUM", "OSTIARY_POSTGRESQL_BIN", "OSTIARY_REDIS_SERVER")


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as it was found; ``source`` names it and its place, for whoever must mend it."""

    value: object
    source: str


def from_mapping(settings: Mapping[str, object]) -> dict[str, Raw]:
    """The ``ostiary.*`` keys of Pyramid's settings; the rest belongs to others."""
    found = {}
    for key, value in settings.items():
        if key.startswith(PREFIX):
            name = key.removeprefix(PREFIX)
            _check_name(name, key, key, (PREFIX + known for known in DEFINITIONS))
            found[name] = Raw(value, key)
    return found


def from_file(path: Path) -> dict[str, Raw]:
    """What ``ostiary.toml`` says; nothing where there is none."""
    found = {}
    for name, value in in_file(path):
        found[name] = from_entry(path, name, value)
    return found


def in_file(path: Path) -> list[tuple[str, object]]:
    """The entries of a file by their full names, not yet looked at; none where there is none."""
    try:
        return list(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({type(error).__name__}).") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}.") from None


def from_entry(path: Path, name: str, value: object) -> Raw:
    """One entry of a file, found to be a setting."""
    _check_name(name, name, f"{name} in {path}", DEFINITIONS)
    if name == "data":
        raise SettingsError(
            f"data in {path}: the data folder is where this file is; to use another one, "
            "move the file there and set OSTIARY_DATA."
        )
    return Raw(value, f"{name} in {path}")


def from_environment(environ: Mapping[str, str]) -> dict[str, Raw]:
    """The ``OSTIARY_*`` variables; two underscores part the names of a plugin's settings."""
    names = {variable_for(name): name for name in DEFINITIONS}
    found = {}
    for variable, value in environ.items():
        if not variable.startswith(VARIABLE_PREFIX) or variable.startswith(_NOT_OURS):
            continue
        name = names.get(variable) or _free_name(variable)
        _check_name(name, variable, f"{variable} in the environment", names)
        found[name] = Raw(value, f"{variable} in the environment")
    return found


def variable_for(name: str) -> str:
    """The environment variable of a setting."""
    return VARIABLE_PREFIX + name.replace(".", "_").upper()


def closest(name: str, known: Iterable[str]) -> str:
    """A question to end an error with, or nothing where no known name is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _free_name(variable: str) -> str:
    return variable.removeprefix(VARIABLE_PREFIX).lower().replace("__", ".")


def _check_name(name: str, asked: str, shown: str, known: Iterable[str]) -> None:
    """Refuse a name that nothing reads: a typing error would leave the default in force."""
    beginning, _, rest = name.partition(".")
    part, _, setting = rest.partition(".")
    if name in DEFINITIONS or (beginning in FREE and part and setting):
        return
    if beginning == MINIMUMS and rest:
        return
    raise SettingsError(f"{shown} is not a setting of Ostiary.{closest(asked, known)}")


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
