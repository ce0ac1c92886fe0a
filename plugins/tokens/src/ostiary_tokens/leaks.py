"""``POST /tokens/leaks``: tokens that were found in public, as secret scanners report them.

By the protocol of GitHub's partner program for secret scanning. A report is believed if it is
signed; of any other one nothing is looked at, so that nobody learns here whether a token is one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.contracts import Credential, House
from ostiary.web import problem
from ostiary_tokens.keeper import Keeper
from ostiary_tokens.leak_keys import LeakKeys, is_signed
from ostiary_tokens.parts import Parts
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.signing import Forged, verify
from ostiary_tokens.spelling import macaroon_of
from ostiary_tokens.texts import _
from ostiary_tokens.verifier import NAME
from ostiary_tokens.wire import Malformed

LEAKS_PATH = "/tokens/leaks"
_ROUTE = "ostiary_tokens_leaks"
_KEY, _SIGNATURE = "Github-Public-Key-Identifier", "Github-Public-Key-Signature"
_MOST_TEXT = 2000
_BAD, _FORBIDDEN = 400, 403


class NoReport(ValueError):
    """What was sent is not of the protocol's form."""


@dataclass(frozen=True, slots=True)
class Match:
    """A text that somebody found, and where; ``type`` is what the scanner calls its kind."""

    token: str
    type: str
    where: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Leaks:
    """The view."""

    settings: TokenSettings
    parts: Parts
    keys: LeakKeys

    def __call__(self, request: Request) -> Response:
        """Revoke what was found, and say of each text whether it was a token."""
        body = request.body
        key = self.keys.find(request.headers.get(_KEY, ""), request.ostiary.now())
        if key is None or not is_signed(key, body, request.headers.get(_SIGNATURE, "")):
            text = _("This report is not signed by a key that this site knows.")
            return problem(request, _FORBIDDEN, text)
        try:
            matches = list(_matches(body))
        except ValueError:
            return problem(request, _BAD, _("A report is a JSON array of what was found."))
        labels = self._revoked(request.ostiary, matches)
        return Response(json_body=labels, content_type="application/json")

    def _revoked(self, house: House, matches: list[Match]) -> list[dict[str, str]]:
        keeper = Keeper(house, self.settings, self.parts.kinds)
        # One may have been found in several places, or a copy narrowed from it beside it.
        known: dict[str, Credential | None] = {}
        labels = []
        for match in matches:
            credential = self._credential(house, match.token, known)
            if credential is not None:
                keeper.leaked(credential, match.where, match.source)
            labels.append(
                {
                    "token_hash": hashlib.sha256(match.token.encode()).hexdigest(),
                    "token_type": match.type,
                    "label": "false_positive" if credential is None else "true_positive",
                }
            )
        return labels

    def _credential(
        self, house: House, text: str, known: dict[str, Credential | None]
    ) -> Credential | None:
        """The stored token that a text is, or was narrowed from, if it is authentic."""
        try:
            macaroon = macaroon_of(text.strip(), self.settings.spelling)
        except Malformed:
            return None
        lookup = macaroon.identifier_bytes.hex()
        if lookup not in known:
            known[lookup] = house.credentials(NAME).find(lookup)
        credential = known[lookup]
        try:
            if credential is not None:
                verify(macaroon, credential.secret)
        except Forged:
            return None
        return credential


def add_leaks(config: Configurator, settings: TokenSettings, parts: Parts) -> None:
    """The route and its view, where the operator says whose reports are believed."""
    if settings.leak_keys is None:
        return
    config.add_route(_ROUTE, LEAKS_PATH)
    config.add_view(
        Leaks(settings, parts, LeakKeys(settings.leak_keys)),
        route_name=_ROUTE,
        request_method="POST",
        permission=NO_PERMISSION_REQUIRED,
        # The signature stands in for the form's token: no browser sends this.
        require_csrf=False,
    )


def _matches(body: bytes) -> Iterator[Match]:
    """What a report says was found.

    Raises:
        ValueError: it is not of the protocol's form.
    """
    try:
        found: Any = json.loads(body)
    except RecursionError:
        raise NoReport("too deep") from None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise NoReport("no array of objects")
    for each in found:
        token, kind = each.get("token"), each.get("type")
        if not isinstance(token, str) or not isinstance(kind, str):
            raise NoReport("a match without its token or type")
        yield Match(
            _whole(token),
            _whole(kind)[:_MOST_TEXT],
            _text(each.get("url")),
            _text(each.get("source")),
        )


def _text(value: object) -> str | None:
    return _whole(value)[:_MOST_TEXT] if isinstance(value, str) and value else None


def _whole(text: str) -> str:
    """JSON can hold half of a character, which no hash and no database can."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
