"""Help with signing in, and how far everybody can use these pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from pyramid.request import Request

from ostiary.web.mount import settings_of
from ostiary.web.views.visiting import Answered

_SCOPE = "accessibility.json"


@dataclass(frozen=True, slots=True)
class Scope:
    """What the last whole run of the accessibility tests covered.

    ``states`` counts the pages as they were looked at: each in several languages, widths and
    colours, and as different people.
    """

    day: date
    pages: int
    states: int
    axe: str
    browser: str


@cache
def scope() -> Scope:
    """As the run wrote it down (``make accessibility``)."""
    known = json.loads(files("ostiary.web").joinpath(_SCOPE).read_text("utf-8"))
    return Scope(**{**known, "day": date.fromisoformat(known["day"])})


def help_page(request: Request) -> Answered:
    """What to do when signing in does not work, and whom to ask."""
    return {"contact": settings_of(request).contact}


def accessibility(request: Request) -> Answered:
    """The accessibility statement: what is aimed at, what was tested, what is known to be wrong."""
    return {"contact": settings_of(request).contact, "scope": scope()}
