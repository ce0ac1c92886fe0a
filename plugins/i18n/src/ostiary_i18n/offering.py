"""Which languages are offered: those that are complete enough, and stay so.

A language comes from a threshold on and goes below a lower one, so that a few new messages do not
take it from its readers; one that lacks a critical message is not offered at all.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ostiary_i18n.coverage import Counted, Coverage, counted
from ostiary_i18n.layers import Layers
from ostiary_i18n.settings import I18nSettings
from ostiary_i18n.tags import Tag, read

log = logging.getLogger(__name__)

SOURCE = Tag("en", "Latn")
"""What the texts are written in; always offered, and complete."""

STATE = "offered.json"
CORE = "ostiary"
"""The domain of the core."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a language stands."""

    name: str
    coverage: Coverage
    offered: bool
    why: str


def standings(
    layers: Layers, settings: I18nSettings, before: Collection[str] = ()
) -> Mapping[Tag, Standing]:
    """Every language that there are catalogs of, and whether it is offered.

    Args:
        layers: where the catalogs are.
        settings: the thresholds, and the operator's list.
        before: what was offered until now.
    """
    counts = {
        domain: counted(tuple(layers.shelves(domain)), domain, layers.operator)
        for domain in layers.domains
    }
    allowed = {read(name): name for name in settings.locales}
    found = {}
    for tag, name in layers.tags.items():
        shown = allowed.get(tag, name)
        if tag == SOURCE:
            continue
        each = {domain: _of_domain(domain, has, tag) for domain, has in counts.items()}
        found[tag] = _standing(shown, each, settings, before, listed=tag in allowed)
    return found


def _of_domain(domain: str, counts: Counted, tag: Tag) -> Coverage:
    """What a package has; without its critical messages, if it has nothing of the language.

    A plugin that does not speak a language at all would take it from all the others, and its own
    messages would be no better understood: they are in English either way. What the core says,
    signing in among it, is in every language that is offered.
    """
    found = counts.of(tag)
    if domain == CORE or found.begun:
        return found
    return replace(found, critical_missing=0)


def _standing(
    name: str,
    each: Mapping[str, Coverage],
    settings: I18nSettings,
    before: Collection[str],
    *,
    listed: bool,
) -> Standing:
    covered = sum(each.values(), Coverage(0, 0))
    stays = name in before and covered.percent >= settings.withdraw_below
    if settings.locales and not listed:
        return Standing(name, covered, offered=False, why="not in the operator's list")
    if covered.critical_missing:
        whose = ", ".join(domain for domain, has in each.items() if has.critical_missing)
        why = f"{covered.critical_missing} critical messages are missing: {whose}"
        return Standing(name, covered, offered=False, why=why)
    if covered.translated == 0:
        return Standing(name, covered, offered=False, why="nothing is translated")
    if covered.percent >= settings.offer_from:
        return Standing(name, covered, offered=True, why="complete enough")
    if stays:
        why = f"below {settings.offer_from} %, and was offered before"
        return Standing(name, covered, offered=True, why=why)
    why = f"below {settings.offer_from} %"
    return Standing(name, covered, offered=False, why=why)


def offered_before(folder: Path) -> frozenset[str]:
    """What the last server offered; nothing, where none has run."""
    try:
        known = json.loads((folder / STATE).read_text("utf-8"))
        return frozenset(str(each) for each in known)
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, TypeError) as error:
        log.warning("%s cannot be used: %s", folder / STATE, type(error).__name__)
        return frozenset()


def remember(folder: Path, offered: Collection[str]) -> None:
    """Keep what is offered for the next start, if the folder can be written."""
    if offered_before(folder) == frozenset(offered):
        return
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
            json.dump(sorted(offered), file)
        Path(file.name).replace(folder / STATE)
    except OSError as error:
        log.warning("%s cannot be written: %s", folder / STATE, type(error).__name__)
