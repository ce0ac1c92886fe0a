"""Makers of this package's translatable texts."""

from ostiary.text import translations

_, _n, _p, _np = translations("ostiary_index")
