"""What an author says of a package's messages: ``locale/i18n.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

from ostiary.contracts import OstiaryError
from ostiary_i18n.working.packages import Package

FILE = "i18n.toml"
"""Beside a package's catalogs."""

_EVERY = "*"


@dataclass(frozen=True, slots=True)
class Options:
    """What ``i18n.toml`` says.

    ::

    critical = ["templates/refused*", "factor.py"]

    [same]
    "*" = ["USB"]
    de = ["Name"]
    """

    critical: tuple[str, ...] = ()
    """Patterns of the files without whose messages a language is not offered."""

    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Sources that may be their own translation, by the folder of a language; ``*`` is any."""

    def is_critical(self, file: str) -> bool:
        """Whether all messages of a file are critical."""
        return any(fnmatch(file, each) for each in self.critical)

    def may_be_same(self, source: str, locale: str) -> bool:
        """Whether a message may be in this language what it is in English."""
        # Of an English catalog, such as en_GB, most messages are.
        if locale.partition("_")[0] == "en":
            return True
        return source in (*self.same.get(_EVERY, ()), *self.same.get(locale, ()))


def options_of(package: Package) -> Options:
    """What a package's author says; nothing where there is no such file.

    Raises:
        OstiaryError: the file is not as it should be.
    """
    path = package.directory / FILE
    try:
        known = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Options()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OstiaryError(f"{path} is not TOML: {error}") from None
    critical, same = known.pop("critical", []), known.pop("same", {})
    if not _texts(critical):
        raise OstiaryError(f"{path}: critical is a list of patterns of files")
    if not isinstance(same, dict) or not all(map(_texts, same.values())):
        raise OstiaryError(f'{path}: same has a list of messages for each language, or for "*"')
    if known:
        raise OstiaryError(f"{path}: {next(iter(known))!r} is not known; critical and same are")
    return Options(tuple(critical), {name: tuple(each) for name, each in same.items()})


def _texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(each, str) for each in found)
