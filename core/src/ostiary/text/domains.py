"""Which domain the texts of a template belong to."""

from __future__ import annotations

import re
from pathlib import Path

# "ostiary_totp:templates/x.jinja", and Pyramid's "asset:" before it. The domain is the name
# of the distribution's package, which is the first part of a dotted name.
_ASSET = re.compile(r"(?:asset:)?([A-Za-z_]\w+)(?:\.\w+)*:")


class Domains:
    """Template folders and their domains; a template within a package needs no entry."""

    def __init__(self) -> None:
        self.default: str | None = None
        self._folders: list[tuple[Path, str]] = []

    def add(self, folder: str | Path, domain: str) -> None:
        """Say that the templates in a folder, and below it, belong to a domain."""
        self._folders.append((Path(folder).resolve(), domain))
        # The deepest folder first, so that it wins over those that contain it.
        self._folders.sort(key=lambda entry: len(entry[0].parts), reverse=True)

    def find(self, name: str | None, filename: str | None) -> str | None:
        """The domain of a template: by its folder, its name, its package, else the default."""
        path = None if filename is None else Path(filename).resolve()
        for folder, domain in self._folders:
            if path is not None and path.is_relative_to(folder):
                return domain
        asset = _ASSET.match(name or "")
        if asset:
            return asset[1]
        # pyramid_jinja2 finds "base.jinja" relative to whoever extends it, so that the name
        # says nothing of the package; the file does.
        return (None if path is None else _package(path)) or self.default


def _package(path: Path) -> str | None:
    """The outermost of the packages that hold this file."""
    inside = (folder for folder in path.parents if (folder / "__init__.py").is_file())
    innermost = next(inside, None)
    if innermost is None:
        return None
    outermost = innermost
    while (outermost.parent / "__init__.py").is_file():
        outermost = outermost.parent
    return outermost.name
