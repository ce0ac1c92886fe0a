"""What every template finds as ``page``: language, addresses, menus, the form token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.decorator import reify
from pyramid.httpexceptions import HTTPException
from pyramid.request import Request

from ostiary.accounts import Limit
from ostiary.contracts import AccountPage, Localization, Text, User
from ostiary.signin import Fault
from ostiary.web import urls
from ostiary.web.assets import stylesheet_path
from ostiary.web.confining import Asked, asked_of
from ostiary.web.cookies import LANGUAGE, get_cookie
from ostiary.web.csrf import csrf_token
from ostiary.web.ending import Ending, ending_of
from ostiary.web.headers import speaks
from ostiary.web.menu import ACCOUNT_PAGES, ADMIN_PAGES
from ostiary.web.mount import has_route, runtime_of, settings_of
from ostiary.web.notices import take_notice
from ostiary.web.security import ADMIN, caller_of

_PAGE = "_ostiary_page"
LAYOUT = "ostiary:web/templates/layout.jinja"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend in a form: words, and the field that is to blame, if one is."""

    text: Text
    field: str | None = None


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A page of the account's menu."""

    title: Text
    href: str
    current: str | None
    """For ``aria-current``: ``page``, or ``true`` on a page below it."""


def page_of(request: Request) -> Page:
    """The page of a request: one, for whatever speaks in the locale of it."""
    known = request.__dict__
    if _PAGE not in known:
        known[_PAGE] = Page(request)
    page: Page = known[_PAGE]
    return page


class Page:
    """The page that is being made for a request.

    A ``bare`` page asks nothing of the database, for errors that may be the database's.

    Nothing here is a ``functools.cached_property``: in Python 3.11 that one has a lock for all
    instances, and a localization or a database that is slow for one request stops every other.
    """

    def __init__(self, request: Request, *, bare: bool = False) -> None:
        self.request = request
        self.bare = bare
        self.site_title = settings_of(request).title
        self.layout = settings_of(request).layout or LAYOUT

    @reify
    def user(self) -> User | None:
        """Who is signed in by a session."""
        if self.bare or "HTTP_AUTHORIZATION" in self.request.environ:
            return None
        try:
            caller = caller_of(self.request)
        except HTTPException:
            return None
        return None if caller is None else caller.user

    @reify
    def localization(self) -> Localization:
        """What puts texts into words."""
        return runtime_of(self.request).localization

    @reify
    def locale(self) -> str:
        """The page's locale (BCP 47): as the person chose, else as the browser asks."""
        chosen = self.user.locale if self.user else None
        preferred = chosen or get_cookie(self.request, LANGUAGE)
        asked = self.request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
        localization: Localization = self.localization
        found = localization.negotiate(asked, preferred)
        speaks(self.request, found, negotiated=_is_asked(localization, found, preferred))
        return found

    @reify
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        localization: Localization = self.localization
        return localization.direction(self.locale)

    @property
    def zone(self) -> str | None:
        """The time zone (IANA) of whoever is signed in; None for UTC."""
        return self.user.zone if self.user else None

    @property
    def registration_open(self) -> bool:
        """Whether people may make accounts themselves."""
        return settings_of(self.request).registration == "open"

    @property
    def recovering(self) -> bool:
        """Whether the session came by recovery, or after a reset."""
        caller = caller_of(self.request)
        found = None if caller is None else caller.session
        return found is not None and found.limit is Limit.RECOVERY

    @property
    def reset_offered(self) -> bool:
        """Whether something can be reset by mail."""
        return bool(runtime_of(self.request).resetting.offered)

    @reify
    def asked(self) -> Asked | None:
        """The second factor that whoever is signed in has yet to add."""
        return None if self.bare else asked_of(self.request)

    @reify
    def ending(self) -> Ending | None:
        """When the session of whoever is signed in ends."""
        return None if self.user is None else ending_of(self.request)

    @reify
    def delete_at(self) -> datetime | None:
        """When the account of whoever is signed in is going to be deleted."""
        accounts, user = runtime_of(self.request).accounts, self.user
        return None if accounts is None or user is None else accounts.delete_at(user.id)

    @reify
    def admin(self) -> bool:
        """Whether whoever is signed in has the rights of an admin, in this session."""
        caller = None if self.user is None else caller_of(self.request)
        return caller is not None and not caller.limited and ADMIN in caller.principals

    @reify
    def notice(self) -> Text | None:
        """What the page before left to be said; taking it takes it away."""
        return None if self.bare else take_notice(self.request)

    @reify
    def csrf_token(self) -> str:
        """The token of this page's forms."""
        return csrf_token(self.request)

    def path(self, route: str, **values: Any) -> str:
        """The path of a route."""
        return urls.path(self.request, route, **values)

    def has(self, route: str) -> bool:
        """Whether there is such a route."""
        return has_route(self.request, route)

    def asset(self, spec: str) -> str:
        """The path of a static file such as ``ostiary:web/static/ostiary.css``."""
        return urls.asset(self.request, spec)

    @reify
    def stylesheet(self) -> str | None:
        """The path of the operator's own style sheet."""
        return stylesheet_path(self.request)

    @reify
    def account_menu(self) -> tuple[MenuEntry, ...]:
        """The account's pages, the core's and those of plugins, in their order."""
        own = (*ACCOUNT_PAGES, *(ADMIN_PAGES if self.admin else ()))
        theirs = runtime_of(self.request).plugins.account_pages
        pages = (*own, *filter(self._sees, theirs))
        shown = [
            (page.title, self.path(page.route))
            for page in sorted(pages, key=lambda page: page.order)
            if self.has(page.route)
        ]
        here = self.request.path
        above = [href for _title, href in shown if f"{here}/".startswith(f"{href}/")]
        nearest = max(above, key=len, default=None)
        return tuple(
            MenuEntry(title, href, "page" if href == here else "true" if href == nearest else None)
            for title, href in shown
        )

    def _sees(self, page: AccountPage) -> bool:
        """Whether a page of a plugin is for whoever is signed in."""
        if not callable(page.admins):
            return self.admin or not page.admins
        if self.user is None:
            return False
        try:
            asked = runtime_of(self.request).runner.call(page.route, page.admins, self.user)
        except Fault:
            return False
        return asked is True


def _is_asked(localization: Localization, found: str, preferred: str | None) -> bool:
    """Whether another browser might have got another language: nobody chose this one."""
    chosen = (preferred or "").partition("-")[0].lower() == found.partition("-")[0].lower()
    return not chosen and len(localization.locales) > 1
