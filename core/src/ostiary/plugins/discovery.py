"""Which plugins are installed, and the import of those that the operator listed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

from ostiary.contracts import PluginError
from ostiary.hookspecs import API
from ostiary.plugins.faults import PluginInfo, blaming, kind_of, refusal

GROUP = "ostiary.plugins"
"""The entry-point group in which distributions offer plugins."""

NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
"""Names of plugins and of their parts: they stand in settings, URLs, tables and records."""


def slug(name: str) -> str:
    """A plugin's name as it stands in the names of hooks and tables."""
    return name.replace("-", "_")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that was imported and speaks this core's API."""

    info: PluginInfo
    plugin: object

    @property
    def slug(self) -> str:
        """The name as it stands in hook and table names."""
        return slug(self.info.name)


def installed_plugins() -> tuple[PluginInfo, ...]:
    """What is installed, by name, listed or not; nothing is imported."""
    return tuple(sorted({info for info, _ in _offers()}))


def find(names: Sequence[str]) -> list[Candidate]:
    """Import the listed plugins, in the order of the list.

    Raises:
        PluginError: a name is listed twice, not installed, or offered twice (all of this is
            found before anything is imported), or a plugin cannot be imported or speaks
            another API.
    """
    _check_list(names)
    offers = list(_offers())
    chosen = [_only_offer(name, offers) for name in names]
    return [_imported(info, entry) for info, entry in chosen]


def _offers() -> Iterator[tuple[PluginInfo, EntryPoint]]:
    """Every entry point; of a distribution found twice on the path, the one Python imports."""
    seen: set[str] = set()
    for distribution in distributions():
        entries = distribution.entry_points.select(group=GROUP)
        if not entries:
            continue
        name, version = _identity(distribution)
        canonical = _canonical(name)
        if canonical in seen:
            continue
        seen.add(canonical)
        for entry in entries:
            yield PluginInfo(entry.name, name, version), entry


def _identity(distribution: Distribution) -> tuple[str, str]:
    """Name and version; a broken installation may lack its metadata."""
    metadata = distribution.metadata
    names = metadata.get_all("Name", ["an unnamed distribution"])
    return str(names[0]), str(metadata.get_all("Version", ["?"])[0])


def _canonical(name: str) -> str:
    """The normalized form of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _check_list(names: Sequence[str]) -> None:
    if isinstance(names, str):
        raise PluginError("the list of plugins is one text; give a list of names")
    for position, name in enumerate(names):
        if not NAME.fullmatch(str(name)):
            raise refusal(
                f"plugin {name!r}",
                f"is not a name of the form {NAME.pattern}; correct the list of plugins",
            )
        if name in names[:position]:
            raise refusal(f"plugin {name!r}", "is listed twice; list each plugin once")


def _only_offer(
    name: str, offers: Sequence[tuple[PluginInfo, EntryPoint]]
) -> tuple[PluginInfo, EntryPoint]:
    own = [offer for offer in offers if offer[0].name == name]
    if len(own) == 1:
        return own[0]
    if own:
        found = " and ".join(sorted(f"{i.distribution} {i.version}" for i, _ in own))
        raise refusal(f"plugin {name!r}", f"is offered by {found}; uninstall all but one of them")
    meant = [i.name for i, _ in offers if _canonical(i.distribution) == _canonical(name)]
    if meant:
        hint = f"that distribution offers {', '.join(meant)}: list that name instead"
    else:
        hint = "install its distribution or take it off the list"
    present = ", ".join(sorted({info.name for info, _ in offers})) or "none"
    raise refusal(f"plugin {name!r}", f"is listed but not installed ({present} are); {hint}")


def _imported(info: PluginInfo, entry: EntryPoint) -> Candidate:
    mend = f"reinstall or update {info.distribution}, or take {info.name!r} off the list"
    with blaming(info, "importing it", mend):
        plugin = entry.load()
        api = getattr(plugin, "OSTIARY_API", None)
    if plugin is None or isinstance(plugin, type):
        raise refusal(
            info, f"{entry.value} is {kind_of(plugin)}; let it name a module or an instance"
        )
    if api is None:
        raise refusal(
            info, f"has no OSTIARY_API; a plugin for this Ostiary says OSTIARY_API = {API}"
        )
    if type(api) is not int or api != API:
        found = api if type(api) is int else kind_of(api)
        raise refusal(
            info,
            f"has OSTIARY_API = {found}, this Ostiary speaks {API}; "
            f"install a version of {info.distribution} made for it",
        )
    return Candidate(info, plugin)
