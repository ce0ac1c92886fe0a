"""``POST /tokens/narrow``: a narrower token, for whoever has a session or a token.

::

    {"delegate": "ci.example", "may": ["upload"], "on": ["project:acme"], "expires": "1h"}

A token gets itself with more caveats, as its holder could have made it alone: it dies with it and
never outlives it. A session gets a token of its user's that ends with the session; it says the
token's ``name`` as well, proves lately who it is, and sends the token of its forms in the header
``X-CSRF-Token``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.authorization import Allow, Authenticated
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from ostiary.accounts import Session, TooMany
from ostiary.accounts.refused import LabelRefused
from ostiary.contracts import Identity, Text
from ostiary.text import say
from ostiary.web import problem
from ostiary.web.assurance import for_changes
from ostiary.web.presenting import read_authorization
from ostiary.web.security import caller_of
from ostiary.web.views.visiting import in_locale
from ostiary_tokens.acting import NARROW
from ostiary_tokens.caveats import Unknown, Unreadable, written
from ostiary_tokens.caveats.sessions import SESSION
from ostiary_tokens.caveats.times import EXPIRES
from ostiary_tokens.keeper import Keeper, TokenRefused
from ostiary_tokens.limits import Limits, Wrong, moment, pair
from ostiary_tokens.narrowing import attenuated, caveats_of
from ostiary_tokens.parts import Parts
from ostiary_tokens.record import Record
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.texts import _
from ostiary_tokens.verifier import NAME
from ostiary_tokens.wire import Malformed

NARROW_PATH = "/tokens/narrow"
_ROUTE = "ostiary_tokens_narrow"
_MOST = 64 * 1024
_BAD, _FORBIDDEN, _CONFLICT, _LARGE, _UNFIT = 400, 403, 409, 413, 422
_LISTS = ("may", "on", "like", "may_create", "from")
_TEXTS = ("name", "delegate", "version", "expires", "not_before")
_KEYS = (*_TEXTS, *_LISTS, "uses", "caveats")


class Desk:
    """The context: whoever is known may ask."""

    __acl__ = ((Allow, Authenticated, NARROW),)

    def __init__(self, request: Request) -> None:
        pass


class Refusal(Exception):
    """Why nothing is given out."""

    def __init__(self, status: int, text: Text) -> None:
        super().__init__(str(text))
        self.status, self.text = status, text


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The view."""

    settings: TokenSettings
    parts: Parts

    def __call__(self, request: Request) -> Response:
        """The narrower token, or why there is none."""
        try:
            asked = _asked(request)
            limits = _limits(asked, request.ostiary.now())
            token = self._given(request, asked, limits)
        except Refusal as refusal:
            return problem(request, refusal.status, refusal.text)
        caveats = caveats_of(token)
        kinds, now = self.parts.kinds, request.ostiary.now()
        end = Record(now, caveats).expires(kinds)
        told = {
            "token": token,
            "expires": None if end is None else end.isoformat(),
            "limits": [say(kinds.read(caveat).words()) for caveat in caveats],
        }
        return Response(json_body=told, status=201, content_type="application/json")

    def _given(self, request: Request, asked: dict[str, Any], limits: Limits) -> str:
        caller = caller_of(request)
        assert caller is not None  # noqa: S101 - the permission was asked.
        caveats = _caveats(limits, asked)
        for caveat in map(self.parts.kinds.read, caveats):
            if isinstance(caveat, Unknown):
                raise Refusal(_UNFIT, caveat.words())
        keeper = Keeper(request.ostiary, self.settings, self.parts.kinds)
        try:
            if caller.session is None:
                return _narrowed(request, keeper, caller.identity, caveats)
            now, most = request.ostiary.now(), self.settings.max_lifetime
            until = caller.session.expires_at
            if limits.expires is None and most is not None:
                # As where a token is made on the page: who says no end gets the house's.
                until = min(until, now + most)
            return _made(keeper, caller.session, asked.get("name", ""), limits, caveats, until)
        except Malformed:
            text = _("These are more limits than a token has room for.")
            raise Refusal(_UNFIT, text) from None
        except (LabelRefused, TokenRefused) as refused:
            raise Refusal(_UNFIT, refused.text) from None
        except TooMany:
            text = _("You have too many tokens. Revoke some first.")
            raise Refusal(_CONFLICT, text) from None


def add_narrowing(config: Configurator, settings: TokenSettings, parts: Parts) -> None:
    """The route and its view."""
    config.add_route(_ROUTE, NARROW_PATH, factory=Desk)
    config.add_view(
        in_locale(Narrowing(settings, parts)),
        route_name=_ROUTE,
        request_method="POST",
        permission=NARROW,
        assurance=for_changes,
    )


def _narrowed(
    request: Request, keeper: Keeper, identity: Identity, caveats: tuple[bytes, ...]
) -> str:
    """The presented token with these caveats; it was verified when the caller was found."""
    shown = read_authorization(request.environ["HTTP_AUTHORIZATION"])
    if identity.means != NAME or identity.credential is None or shown is None:
        raise Refusal(_FORBIDDEN, _("Only an API token can be narrowed."))
    if not caveats:
        raise Refusal(_UNFIT, _("Say by what the token is to be narrowed."))
    token = attenuated(shown.value.strip(), caveats)
    keeper.narrowed(identity.credential, identity.user, caveats)
    return token


def _made(
    keeper: Keeper,
    session: Session,
    name: str,
    limits: Limits,
    caveats: tuple[bytes, ...],
    until: datetime,
) -> str:
    """A token that is over with the session, by its own word and by the session's."""
    ending = [written(SESSION, session.id)]
    if limits.expires is None or limits.expires > until:
        ending.append(written(EXPIRES, int(until.timestamp())))
    return keeper.create(session.user_id, name, (*caveats, *ending))


def _asked(request: Request) -> dict[str, Any]:
    if request.content_length is None or request.content_length > _MOST:
        raise Refusal(_LARGE, _("Say the length of what you send, at most 64 KiB."))
    try:
        asked: Any = json.loads(request.body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Refusal(_BAD, _("Send a JSON object."))
    unknown = sorted(asked.keys() - set(_KEYS))
    if unknown:
        # Whatever is not understood may have been meant as a limit.
        # Translators: the names of fields of a JSON object.
        text = _(
            "“${name}” is not known; there are: ${names}.",
            # JSON can hold half of a character, which no answer can.
            name=unknown[0][:60].encode("utf-8", "replace").decode("utf-8"),
            names=", ".join(_KEYS),
        )
        raise Refusal(_BAD, text)
    for names, fits in ((_TEXTS, _is_text), (_LISTS, _are_texts)):
        for name in names:
            if name in asked and not fits(asked[name]):
                # Translators: the name of a field of a JSON object.
                raise Refusal(_BAD, _("“${name}” is not of the type that it must be.", name=name))
    return asked


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _limits(asked: dict[str, Any], now: datetime) -> Limits:
    uses = asked.get("uses")
    if uses is not None and type(uses) is not int:
        raise Refusal(_BAD, _("“${name}” is not of the type that it must be.", name="uses"))
    try:
        return Limits(
            delegate=asked.get("delegate"),
            may=tuple(asked.get("may", ())),
            exact=tuple(map(pair, asked.get("on", ()))),
            patterns=tuple(map(pair, asked.get("like", ()))),
            may_create=tuple(map(pair, asked.get("may_create", ()))),
            version=asked.get("version"),
            not_before=moment(asked["not_before"], now) if "not_before" in asked else None,
            expires=moment(asked["expires"], now) if "expires" in asked else None,
            networks=tuple(asked.get("from", ())),
            uses=uses,
        )
    except Wrong as wrong:
        raise Refusal(_UNFIT, wrong.text) from None


def _caveats(limits: Limits, asked: dict[str, Any]) -> tuple[bytes, ...]:
    """The caveats that were asked for, those of plugins as the arrays that they are last."""
    more = asked.get("caveats", [])
    # Translators: the kind: the first item of each array says which kind of limit it is.
    wrong_form = Refusal(_UNFIT, _("“caveats” are JSON arrays, the kind first."))
    if not isinstance(more, list) or not all(isinstance(each, list) and each for each in more):
        raise wrong_form
    try:
        return (*limits.caveats(), *(written(*each) for each in more))
    except Wrong as wrong:
        raise Refusal(_UNFIT, wrong.text) from None
    except Unreadable:
        raise wrong_form from None
