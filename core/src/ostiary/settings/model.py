"""The settings themselves: read, checked, and frozen."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ostiary.contracts import SettingsError, Site
from ostiary.settings import sources
from ostiary.settings.kinds import Wrong
from ostiary.settings.minimums import Minimums, minimums_in
from ostiary.settings.sources import Raw
from ostiary.settings.table import DEFINITIONS, FREE, Definition, Table, sections

_SQLITE = "sqlite:///"


@dataclass(frozen=True, kw_only=True)
class Settings(Table):
    """Everything that an operator can decide, typed and checked.

    ``parts`` holds the settings of plugins, their factors, verifiers and sinks as text, by
    ``factor.<name>`` and so on; they may be secrets, and so stay out of the repr. ``minimums``
    are the assurances that are asked for by permission.
    """

    parts: Mapping[str, Mapping[str, str]] = dataclasses.field(repr=False)
    minimums: Minimums

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object]) -> Settings:
        """The settings of a Pyramid application, under keys that begin with ``ostiary.``.

        Raises:
            SettingsError: a name is unknown or a value of the wrong shape.
        """
        return _build(sources.from_mapping(settings))

    @classmethod
    def load(cls, data_dir: Path | None, environ: Mapping[str, str]) -> Settings:
        """The ``ostiary.toml`` of a data folder, with ``OSTIARY_*`` variables over it.

        Args:
            data_dir: the data folder; None takes ``OSTIARY_DATA``, else the default.
            environ: the environment, usually ``os.environ``.

        Raises:
            SettingsError: a name is unknown or a value of the wrong shape.
        """
        found = sources.from_environment(environ)
        if data_dir is not None:
            found["data"] = Raw(str(data_dir), "the data folder")
        data = _value(DEFINITIONS["data"], found, {})
        return _build({**sources.from_file(data / sources.FILE), **found})

    @property
    def site(self) -> Site:
        """The site, as factors and templates know it."""
        return Site(self.title, self.public_url.origin, self.public_url.domain)

    def part(self, name: str) -> Mapping[str, str]:
        """The settings of one part, such as ``factor.totp``; empty where there are none."""
        return self.parts.get(name, MappingProxyType({}))

    def check_parts(
        self,
        factors: Collection[str],
        verifiers: Collection[str],
        sinks: Collection[str],
        plugins: Collection[str],
    ) -> None:
        """Hold the plugins' settings against the names that were loaded.

        Raises:
            SettingsError: settings for a part that no enabled plugin provides.
        """
        loaded = dict(zip(FREE, (factors, verifiers, sinks, plugins), strict=True))
        for part in self.parts:
            kind, _, name = part.partition(".")
            if name not in loaded[kind]:
                raise SettingsError(
                    f"There are settings {part}.*, but {_nobody(kind)} "
                    f"{name!r}.{sources.closest(name, loaded[kind])}"
                )


def _nobody(kind: str) -> str:
    return "there is no enabled plugin" if kind == "plugin" else f"no enabled plugin has a {kind}"


def _build(found: Mapping[str, Raw]) -> Settings:
    known: dict[str, Any] = {}
    for definition in DEFINITIONS.values():
        known[definition.name] = _value(definition, found, known)
    _check_together(known)
    fields = {name: value for name, value in known.items() if "." not in name}
    for prefix, section in sections():
        if prefix:
            fields[prefix.rstrip(".")] = section(
                **{
                    name.removeprefix(prefix): value
                    for name, value in known.items()
                    if name.startswith(prefix)
                }
            )
    return Settings(**fields, parts=_parts(found), minimums=minimums_in(found))


def _value(definition: Definition, found: Mapping[str, Raw], known: Mapping[str, Any]) -> Any:
    raw = found.get(definition.name)
    if raw is None:
        text = definition.made(known) if definition.made else definition.default
        return None if text is None else _placed(definition.kind.parse(text), known)
    try:
        return _placed(definition.kind.parse(raw.value), known)
    except Wrong:
        shown = "a value that is kept secret" if definition.secret else repr(raw.value)
        raise SettingsError(
            f"{raw.source}: found {shown}, allowed is {definition.kind.allowed}."
        ) from None


def _placed(value: Any, known: Mapping[str, Any]) -> Any:
    """A relative path starts in the data folder, not wherever the process was started."""
    data: Path = known.get("data", Path.cwd())
    if isinstance(value, Path):
        return data / value.expanduser()
    if isinstance(value, str) and value.startswith(_SQLITE):
        return f"{_SQLITE}{data / value.removeprefix(_SQLITE)}"
    return value


def _check_together(known: Mapping[str, Any]) -> None:
    for clash in _clashes(known):
        raise SettingsError(clash)


def _clashes(known: Mapping[str, Any]) -> Iterator[str]:
    """What is right by itself and wrong in company."""
    url = known["public_url"]
    if not url.tls and not url.local and not known["allow_insecure_http"]:
        yield (
            f"public_url is {url.origin}: http:// is allowed for localhost only. Use https://, "
            "or set allow_insecure_http if others can really not listen."
        )
    if known["session.idle"] > known["session.absolute"]:
        yield "session.idle is longer than session.absolute; it must not be."
    if (known["mail.username"] is None) != (known["mail.password"] is None):
        yield "mail.username and mail.password go together: set both or neither."


def _parts(found: Mapping[str, Raw]) -> Mapping[str, Mapping[str, str]]:
    parts: dict[str, dict[str, str]] = {}
    for name, raw in found.items():
        kind, _, rest = name.partition(".")
        if kind in FREE:
            part, _, setting = rest.partition(".")
            parts.setdefault(f"{kind}.{part}", {})[setting] = _as_text(raw)
    return MappingProxyType({name: MappingProxyType(values) for name, values in parts.items()})


def _as_text(raw: Raw) -> str:
    """A plugin reads text, wherever it came from."""
    if isinstance(raw.value, bool):
        return "true" if raw.value else "false"
    if isinstance(raw.value, str | int | float):
        return str(raw.value)
    raise SettingsError(
        f"{raw.source}: found a {type(raw.value).__name__}, allowed is text, a number, "
        "true or false."
    )


def faults(data_dir: Path | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Everything for which :meth:`Settings.load` would refuse; it stops at the first."""
    found: dict[str, Raw] = {}
    wrong: list[str] = []
    for variable, value in environ.items():
        with _noting(wrong):
            found |= sources.from_environment({variable: value})
    if data_dir is not None:
        found["data"] = Raw(str(data_dir), "the data folder")
    try:
        file = _value(DEFINITIONS["data"], found, {}) / sources.FILE
        entries = sources.in_file(file)
    except SettingsError as error:
        # Without the file the rest would only repeat the defaults.
        return (*wrong, str(error))
    for name, entry in entries:
        with _noting(wrong):
            found = {name: sources.from_entry(file, name, entry), **found}
    known: dict[str, Any] = {}
    for definition in DEFINITIONS.values():
        # What cannot be read counts as not set, so that the others can be judged.
        known[definition.name] = _value(definition, {}, known)
        with _noting(wrong):
            known[definition.name] = _value(definition, found, known)
    wrong.extend(_clashes(known))
    with _noting(wrong):
        _parts(found)
    with _noting(wrong):
        minimums_in(found)
    return tuple(wrong)


@contextmanager
def _noting(wrong: list[str]) -> Iterator[None]:
    try:
        yield
    except SettingsError as error:
        wrong.append(str(error))
