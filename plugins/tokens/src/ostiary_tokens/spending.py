"""Counting uses: a token for one use lets one act through, whoever of its holders comes first."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Sequence

from pyramid.request import Request
from pyramid.response import Response
from pyramid.threadlocal import get_current_request
from sqlalchemy import update

from ostiary.contracts import Act, House, Permitted, Refused
from ostiary.store.sql import insert_if_absent
from ostiary_tokens.tables import spent
from ostiary_tokens.texts import _n

log = logging.getLogger(__name__)


def spend_id(key: bytes, identifier: bytes, caveats: Sequence[bytes]) -> str:
    """What a caveat's uses are counted under, given all caveats up to and with it.

    The hash of the signature up to there: all that was narrowed from the same token shares the
    count, and two limits of one token have each their own.
    """
    link = hmac.digest(key, identifier, "sha256")
    for caveat in caveats:
        link = hmac.digest(link, caveat, "sha256")
    return hashlib.sha256(b"ostiary tokens: uses" + link).hexdigest()


class Counted:
    """The uses of one token, in one request: the first act that it lets through is counted.

    If the answer is that the request was at fault, it is not counted after all. It stands behind
    all other limits, so that what these refuse costs no use. A
    :class:`ostiary.contracts.Restriction`.
    """

    def __init__(self, house: House, token: str, most: int, key: str) -> None:
        self._house = house
        self._token, self._most, self._key = token, most, key
        self._counted = False

    def judge(self, act: Act, /) -> Permitted | Refused:
        """Whether there is a use left; it is taken in a transaction of its own.

        By one conditional UPDATE: of two acts at once that ask for the last one, one gets it.
        """
        if not self._counted and self._take():
            self._counted = True
            request = get_current_request()
            if request is not None:
                request.add_response_callback(self._answered)
        if self._counted:
            return Permitted()
        text = _n(
            "This token was for a single use, and has been used.",
            "This token was for ${n} uses, and they are used up.",
            self._most,
        )
        return Refused("token-used-up", text)

    def _answered(self, request: Request, response: Response) -> None:
        """Give a use back that led to nothing: the answer says that the request was at fault.

        Any other error may have come after the act was done.
        """
        if 400 <= response.status_int < 500:  # noqa: PLR2004 - RFC 9110, section 15.5.
            request.add_finished_callback(self._give_back)

    def _give_back(self, request: Request) -> None:
        try:
            with self._house.write() as unit:
                unit.execute(
                    update(spent)
                    .where(spent.c.id == self._key, spent.c.used > 0)
                    .values(used=spent.c.used - 1)
                )
        except Exception as error:  # noqa: BLE001 - the answer is on its way; it stays counted.
            log.error("a use was not given back: %s", type(error).__name__)  # noqa: TRY400 - secrets

    def _take(self) -> bool:
        with self._house.write() as unit:
            first = {"id": self._key, "token": self._token, "used": 1}
            if insert_if_absent(unit, spent, first):
                return True
            taken = unit.execute(
                update(spent)
                .where(spent.c.id == self._key, spent.c.used < self._most)
                .values(used=spent.c.used + 1)
            )
            return bool(taken.rowcount == 1)
