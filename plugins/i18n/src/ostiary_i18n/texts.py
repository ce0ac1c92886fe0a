"""Makers of this package's translatable texts."""

from ostiary.text import translations

DOMAIN = "ostiary_i18n"
_, _n, _p, _np = translations(DOMAIN)
