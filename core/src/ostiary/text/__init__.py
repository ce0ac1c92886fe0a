"""Texts: made in the source, kept as values, put into words for whoever reads them."""

from ostiary.text.formats import Formats, Shown, show
from ostiary.text.locale import NullLocalization, current_locale, say, use_locale
from ostiary.text.making import catalog, translations
from ostiary.text.marking import Tongues
from ostiary.text.moments import moment
from ostiary.text.serial import text_from_json, text_to_json

__all__ = [
    "Formats",
    "NullLocalization",
    "Shown",
    "Tongues",
    "catalog",
    "current_locale",
    "moment",
    "say",
    "show",
    "text_from_json",
    "text_to_json",
    "translations",
    "use_locale",
]
