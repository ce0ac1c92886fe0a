"""What a live platform has of the translations, laid over the files while the house runs.

Each process that serves pages asks in a thread of its own, begun with its first request and so
after a fork. What came last is kept on disk; catalogs are swapped whole, and pages look in the
same dictionaries as always. Whatever goes wrong, the last good text stays.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from typing_extensions import override

from ostiary.background import Background
from ostiary_i18n.catalogs import Catalog
from ostiary_i18n.coverage import template_of
from ostiary_i18n.layers import Layers
from ostiary_i18n.offering import SOURCE
from ostiary_i18n.platforms import PlatformError
from ostiary_i18n.platforms.native import Native, to_catalog
from ostiary_i18n.tags import Tag, locale_of, read

log = logging.getLogger(__name__)

_FIRST, _LONGEST = 30.0, 3600.0


@dataclass(frozen=True, slots=True)
class Copy:
    """The last good answer for a language."""

    etag: str
    strings: Mapping[str, str]


class Copies:
    """The last good answers, a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def names(self) -> Mapping[str, Path]:
        """The languages of which there is one, and its file."""
        found = sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ()
        return {path.stem: path for path in found if read(path.stem) is not None}

    def get(self, tag: Tag) -> Copy | None:
        """What is kept of a language; None where that cannot be read."""
        try:
            known = json.loads(self._path(tag).read_text("utf-8"))
            strings = {str(key): str(value) for key, value in known["strings"].items()}
            return Copy(str(known["etag"]), MappingProxyType(strings))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("%s cannot be used: %s", self._path(tag), type(error).__name__)
            return None

    def put(self, tag: Tag, copy: Copy) -> None:
        """Keep an answer, in one step."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = json.dumps({"etag": copy.etag, "strings": dict(copy.strings)})
        with tempfile.NamedTemporaryFile(
            "w", dir=self._folder, delete=False, encoding="utf-8"
        ) as file:
            file.write(content)
        Path(file.name).replace(self._path(tag))

    def _path(self, tag: Tag) -> Path:
        # A tag has letters and digits only, as CLDR knows them.
        return (
            self._folder / f"{'_'.join(filter(None, (tag.language, tag.script, tag.region)))}.json"
        )


class Overlay:
    """The catalogs of the last good answers.

    Args:
        native: the platform.
        copies: what is kept of it.
        layers: the packages, whose messages are asked for; only known once all are loaded.
        offered: the languages of the house.
        changed: told when there is something new.
    """

    def __init__(
        self,
        native: Native,
        copies: Copies,
        layers: Callable[[], Layers],
        offered: Callable[[], Iterable[Tag]],
        changed: Callable[[], None],
    ) -> None:
        self._native = native
        self._copies = copies
        self._layers = layers
        self._offered = offered
        self._changed = changed
        self._known: Mapping[Tag, Copy] = MappingProxyType({})

    def catalog(self, tag: Tag, domain: str) -> Catalog | None:
        """What there is of a domain in a language."""
        copy = self._known.get(tag)
        if copy is None:
            copy = self._copies.get(tag)
            if copy is None:
                return None
            self._known = MappingProxyType({**self._known, tag: copy})
        locale = locale_of(tag)
        directories = [shelf.directory for shelf in self._layers().shelves(domain)]
        found = (template_of(directory, domain) for directory in directories)
        template = next((each for each in found if each is not None), None)
        if locale is None or template is None:
            return None
        return to_catalog(copy.strings, domain, template, locale, "Transifex Native")

    def fetch(self) -> dict[str, int]:
        """Ask for every offered language that the project has.

        Returns:
            by language, how many strings are translated, whether they are new or not.

        Raises:
            PlatformError: one cannot be had; those before it are kept.
        """
        # The source is not translated: what the platform has of it is what was sent there.
        offered, counts, fresh = set(self._offered()) - {SOURCE}, {}, {}
        for code in self._native.languages():
            tag = read(code)
            if tag is None or tag not in offered:
                continue
            known = self._known.get(tag) or self._copies.get(tag)
            answer = self._native.content(code, "" if known is None else known.etag)
            if answer is not None:
                fresh[tag] = known = Copy(answer[1], MappingProxyType(dict(answer[0])))
                self._copies.put(tag, known)
            if known is not None:
                counts[code] = sum(map(bool, known.strings.values()))
        if fresh:
            # In one step: nobody sees half of the languages in their old words.
            self._known = MappingProxyType({**self._known, **fresh})
            self._changed()
        return counts


class Fetching(Background):
    """Looks for new translations every so often, and less often while that fails."""

    def __init__(self, overlay: Overlay, every: float) -> None:
        super().__init__("ostiary-i18n-native")
        self._overlay = overlay
        self._every = every
        self._wait = _FIRST

    @override
    def finish(self) -> None:
        """A command looks for nothing: what serves the pages does."""
        self.stop()

    @override
    def _round(self) -> float:
        try:
            self._overlay.fetch()
        except PlatformError as error:
            log.warning("translations are as they were: %s", error)
        except Exception as error:  # noqa: BLE001 - the next round may do better.
            log.error("translations are as they were: %s", type(error).__name__)  # noqa: TRY400
        else:
            self._wait = _FIRST
            return self._every
        self._wait = min(self._wait * 2, _LONGEST)
        return self._wait
