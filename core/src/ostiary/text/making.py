"""The four callables that make texts. Babel finds their calls in the source."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Protocol

from ostiary.contracts import MessageCatalog, Text, TextValue


class Gettext(Protocol):
    """``_("Hello ${name}", name=login)``."""

    def __call__(self, source: str, /, **values: TextValue) -> Text:
        """A text of one sentence."""


class NGettext(Protocol):
    """``_n("One key", "${n} keys", count)``."""

    def __call__(self, one: str, many: str, n: int, /, **values: TextValue) -> Text:
        """A text that counts; ``${n}`` is filled with the number."""


class PGettext(Protocol):
    """``_p("verb", "Open")``."""

    def __call__(self, context: str, source: str, /, **values: TextValue) -> Text:
        """A text whose English is ambiguous, told apart by its context."""


class NPGettext(Protocol):
    """``_np("USB", "One key", "${n} keys", count)``."""

    def __call__(self, context: str, one: str, many: str, n: int, /, **values: TextValue) -> Text:
        """A text that counts, with a context."""


def translations(domain: str) -> tuple[Gettext, NGettext, PGettext, NPGettext]:
    """Makers of the texts of a domain.

    ``_, _n, _p, _np = translations("ostiary_totp")``

    Args:
        domain: the name of the package whose catalogs translate these texts.

    The makers take their source strings by position, so that Babel's keyword positions hold
    and a value may have any name. They raise TypeError for a value that is neither a Text,
    a str nor an int: anything else has no agreed way of being put into words.
    """

    def gettext(source: str, /, **values: TextValue) -> Text:
        return Text(domain, source, checked_values(values))

    def ngettext(one: str, many: str, n: int, /, **values: TextValue) -> Text:
        return Text(domain, one, _counted(n, values), many, n)

    def pgettext(context: str, source: str, /, **values: TextValue) -> Text:
        return Text(domain, source, checked_values(values), context=context)

    def npgettext(context: str, one: str, many: str, n: int, /, **values: TextValue) -> Text:
        return Text(domain, one, _counted(n, values), many, n, context)

    return gettext, ngettext, pgettext, npgettext


def catalog(title: Text, package: str | None = None) -> MessageCatalog:
    """The translations in the folder ``locale`` of a package, for a plugin to register.

    ``return [catalog(_("Authenticator apps"))]``

    Args:
        title: what translators are told that the package is.
        package: its name, where that is not the title's domain.
    """
    name = package or title.domain
    return MessageCatalog(name, str(files(name) / "locale"), title)


def checked_values(values: Mapping[str, object]) -> tuple[tuple[str, TextValue], ...]:
    """The values of a text.

    Raises:
        TypeError: one of them is neither a Text, a str nor an int.
    """
    checked: list[tuple[str, TextValue]] = []
    for name, value in values.items():
        # A bool is an int to Python, but no sentence wants "True" in it.
        if not isinstance(value, (Text, str, int)) or isinstance(value, bool):
            raise TypeError(
                f"the value {name!r} of a text is a {type(value).__name__}; "
                "give a Text, a str or an int"
            )
        checked.append((name, value))
    return tuple(checked)


def _counted(n: object, values: Mapping[str, TextValue]) -> tuple[tuple[str, TextValue], ...]:
    if not isinstance(n, int) or isinstance(n, bool):
        raise TypeError(f"the number of a text is a {type(n).__name__}; give an int")
    return checked_values({"n": n, **values})
