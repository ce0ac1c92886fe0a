"""Choosing a language, each shown in itself, and a time zone; without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import Text
from ostiary.web import urls
from ostiary.web.cookies import LANGUAGE, clear_cookie, get_cookie, set_cookie
from ostiary.web.errors import own_referer
from ostiary.web.mount import runtime_of
from ostiary.web.page import Page, page_of
from ostiary.web.security import caller_of
from ostiary.web.views.visiting import Answered, member_of
from ostiary_i18n.events import LANGUAGE_CHOSEN, LANGUAGE_UNCHOSEN, ZONE_CHOSEN
from ostiary_i18n.starting import languages_of
from ostiary_i18n.tags import locale_of, own_name, read
from ostiary_i18n.texts import _

AUTOMATIC = "auto"
"""What the button says that takes a choice back."""

UTC = "UTC"
REGIONS = frozenset(
    [
        "Africa",
        "America",
        "Antarctica",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ]
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One language to choose."""

    locale: str
    name: str
    direction: str
    current: bool


def language(request: Request) -> Answered:
    """The languages that are offered, and why the page is in the one that it is in."""
    page = page_of(request)
    if request.method == "POST":
        return _chosen(request, page)
    own_users = runtime_of(request).accounts is not None and page.user is not None
    return {
        "languages": choices(page),
        "why": why(request, page),
        "next": urls.safe_next(request, request.GET.get("next") or own_referer(request)),
        "zones": zones() if own_users else {},
        "place": place_of(page.zone),
        "chosen": _preferred(request, page) is not None,
        "automatic": AUTOMATIC,
    }


def choices(page: Page) -> tuple[Choice, ...]:
    """Each offered language, named in itself."""
    localization = page.localization
    found = []
    for name in localization.locales:
        tag = read(name)
        locale = None if tag is None else locale_of(tag)
        # A pseudo-locale is called by its tag, or nobody could tell it from its language.
        known = locale is not None and (tag is None or tag.region not in {"XA", "XB"})
        said = own_name(locale) if locale is not None and known else name
        direction = localization.direction(name)
        found.append(Choice(name, said, direction, name == page.locale))
    return tuple(found)


def why(request: Request, page: Page) -> Text:
    """Why the page is in its language."""
    asked = request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    languages = languages_of(runtime_of(request).house)
    _locale, reason = languages.choose(asked, _preferred(request, page))
    if reason == "chosen":
        if page.user is not None and page.user.locale:
            return _("You chose this language for your account.")
        return _("You chose this language in this browser.")
    if reason == "browser":
        return _("Your browser asks for this language.")
    return _("Your browser asks for no language that this site speaks, so you see its own.")


@cache
def zones() -> Mapping[str, Mapping[str, str]]:
    """The time zones that this machine knows, those that are named after a place.

    Returns:
        for each region its places, as people read them, with the name of the zone. No place is
        there twice: Istanbul and Nicosia are in two regions, and have one time.
    """
    found: dict[str, dict[str, str]] = {}
    seen: set[str] = set()
    for name in sorted(available_timezones()):
        region, _slash, place = name.replace("_", " ").partition("/")
        if region in REGIONS and place not in seen:
            seen.add(place)
            found.setdefault(region, {})[place] = name
    return MappingProxyType(found)


def place_of(zone: str | None) -> str:
    """What a zone is called in that list; one of no place is UTC."""
    return (zone or "").replace("_", " ").partition("/")[2] or UTC


def _zone_at(place: object) -> str | None:
    if place == UTC:
        return UTC
    return next((places[str(place)] for places in zones().values() if place in places), None)


def _preferred(request: Request, page: Page) -> str | None:
    return (page.user.locale if page.user else None) or get_cookie(request, LANGUAGE)


def _chosen(request: Request, page: Page) -> Response:
    given: Any = request.POST
    to = urls.safe_next(request, given.get("next"))
    response = urls.see_other(request, to)
    locale, zone = given.get("locale"), _zone_at(given.get("zone"))
    if locale == AUTOMATIC:
        clear_cookie(request, response, LANGUAGE)
        _keep(request, None, page.zone)
    elif locale in page.localization.locales:
        set_cookie(request, response, LANGUAGE, locale)
        _keep(request, locale, page.zone)
    elif zone is not None:
        _keep(request, page.user.locale if page.user else None, None if zone == UTC else zone)
    return response


def _keep(request: Request, locale: str | None, zone: str | None) -> None:
    """Keep a choice with the account, where the core keeps that; its mails follow it."""
    runtime, caller = runtime_of(request), caller_of(request)
    if runtime.accounts is None or caller is None or member_of(request) is None:
        return
    user = caller.user
    if (user.locale, user.zone) == (locale, zone):
        return
    with runtime.store.write() as unit:
        runtime.accounts.prefer(unit, user.id, locale, zone)
        if user.locale == locale:
            changed, details = ZONE_CHOSEN, {"chosen": zone or UTC}
        elif locale is None:
            changed, details = LANGUAGE_UNCHOSEN, {}
        else:
            changed, details = LANGUAGE_CHOSEN, {"chosen": locale}
        request.ostiary.record(changed, subject=user.id, details=details, within=unit)
