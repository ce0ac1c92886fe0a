"""Catalogs in a folder, and what speaks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ostiary.contracts import MessageCatalog
from ostiary.testing.houses import plugin_of
from ostiary.text import translations
from ostiary_i18n.layers import Layers
from ostiary_i18n.tags import locale_of, read
from ostiary_i18n.voices import Voice

_, _n, _p, _np = translations("acme")

DOMAIN = "acme"
Message: TypeAlias = tuple[str, str] | tuple[str, str, list[str]] | str
"""Source and translation; source, plural and forms; or lines as they stand in a file."""


def po(messages: Iterable[Message], header: str | None = "") -> str:
    """The text of a PO file; without a header where it is None."""
    said = []
    if header is not None:
        lines = ["Content-Type: text/plain; charset=utf-8", *filter(None, header.split("\n"))]
        said.append('msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines))
    for message in messages:
        if isinstance(message, str):
            said.append(message)
        elif len(message) == 2:
            said.append(f"msgid {_quoted(message[0])}\nmsgstr {_quoted(message[1])}\n")
        else:
            one, many, forms = message
            said.append(
                f"msgid {_quoted(one)}\nmsgid_plural {_quoted(many)}\n"
                + "".join(f"msgstr[{i}] {_quoted(form)}\n" for i, form in enumerate(forms))
            )
    return "\n".join(said)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@dataclass
class Books:
    """Folders of catalogs: ``acme`` of a package, ``overrides`` of the operator."""

    folder: Path
    domains: list[str] = field(default_factory=lambda: [DOMAIN])

    def write(
        self,
        locale: str,
        *messages: Message,
        header: str | None = "",
        place: str = DOMAIN,
        domain: str = DOMAIN,
        compiled: bool = False,
    ) -> Path:
        """Write a catalog; as ``.mo`` too, and only that, if it is to be compiled."""
        path = self.folder / place / locale / "LC_MESSAGES" / f"{domain}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(po(messages, header), "utf-8")
        if compiled:
            with path.open("rb") as source, path.with_suffix(".mo").open("wb") as target:
                write_mo(target, read_po(source, locale=str(locale)))
            path.unlink()
        return path

    @property
    def catalogs(self) -> list[MessageCatalog]:
        return [
            MessageCatalog(domain, str(self.folder / domain), _("Acme")) for domain in self.domains
        ]

    @property
    def layers(self) -> Layers:
        return Layers(self.catalogs, self.folder / "overrides")

    @property
    def plugin(self) -> object:
        return plugin_of(message_catalogs=self.catalogs)

    def voice(self, name: str) -> Voice:
        """What speaks a locale."""
        tag = read(name)
        assert tag is not None
        locale = locale_of(tag)
        assert locale is not None
        return Voice(name, tag, locale, self.layers)


Say: TypeAlias = Callable[..., str]


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """An empty shelf."""
    folder = tmp_path / "books"
    folder.mkdir()
    return Books(folder)


@pytest.fixture
def unshipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The packages come without their catalogs, which would decide what is offered and said."""
    monkeypatch.setattr("ostiary.text.making.files", (tmp_path / "unshipped").joinpath)
