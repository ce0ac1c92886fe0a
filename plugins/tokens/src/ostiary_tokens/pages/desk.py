"""What the pages share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from ostiary.contracts import Text
from ostiary.signin import Member
from ostiary.web import urls
from ostiary.web.notices import notice
from ostiary.web.views.visiting import Answered
from ostiary_tokens.keeper import Keeper, Listed
from ostiary_tokens.parts import Parts
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.texts import _

PATH = "/account/tokens"
LIST, NEW, REVOKE = "ostiary_tokens", "ostiary_tokens_new", "ostiary_tokens_revoke"
ALL, TOKEN, REACHING = "ostiary_tokens_all", "ostiary_tokens_token", "ostiary_tokens_reaching"
TEMPLATES = "ostiary_tokens:templates"
UNFIT = 422

_TRIES = 3
# Translators: it: the token.
CHANGED = _("It was changed at the same time. Look at it again.")


@dataclass(frozen=True, slots=True)
class Desk:
    """The views' way to the tokens of one house."""

    settings: TokenSettings
    parts: Parts

    def keeper(self, request: Request) -> Keeper:
        """The tokens, acting for whoever sends the request."""
        return Keeper(request.ostiary, self.settings, self.parts.kinds)

    def mine(self, request: Request, member: Member) -> Listed | None:
        """The token in the address, if it is the member's."""
        wanted = request.matchdict["token"]
        mine = self.keeper(request).of(member.user_id)
        return next((each for each in mine if each.id == wanted), None)


def back(request: Request, text: Text, route: str = LIST, **values: Any) -> Answered:
    """The way back to a page, which says what was done."""
    response = urls.see_other(request, urls.path(request, route, **values))
    notice(request, response, text)
    return response
