"""Plurals as ICU writes them, and in gettext's order."""

from __future__ import annotations

import re
from gettext import c2py

from babel import Locale
from babel.messages.plurals import get_plural

_CATEGORY = re.compile(r"\s*(zero|one|two|few|many|other)\s*\{")


def plural_forms(said: str, locale: Locale) -> tuple[str, ...]:
    """The forms of a plural in gettext's order: of each, CLDR's category of the same numbers."""
    categories = plural_categories(said)
    count, rule = get_plural(locale)
    index_of = c2py(rule)
    forms = [""] * count
    for number in (*range(200), 1000, 1_000_000):
        index = index_of(number)
        if not forms[index]:
            category = locale.plural_form(number)
            forms[index] = categories.get(category) or categories.get("other", "")
    return tuple(forms)


def plural_categories(said: str) -> dict[str, str]:
    """The options of ``{n, plural, one {..} other {..}}``; none where it is anything else.

    Transifex's own parser knows no language without a form for one, such as Japanese.
    """
    head = re.match(r"\{[^,{}]*,\s*plural\s*,", said)
    if head is None or not said.endswith("}"):
        return {}
    found, at = {}, head.end()
    while (option := _CATEGORY.match(said, at)) is not None:
        depth, end = 1, option.end()
        while depth and end < len(said):
            depth += {"{": 1, "}": -1}.get(said[end], 0)
            end += 1
        if depth:
            return {}
        found[option[1]] = said[option.end() : end - 1]
        at = end
    return found if said[at:].strip() == "}" else {}
