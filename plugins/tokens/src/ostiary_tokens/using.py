"""When a token was last used, whence, and by which chain of delegates: to the minute."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from pyramid.threadlocal import get_current_request
from sqlalchemy import or_, update

from ostiary.contracts import Act, House, Permitted
from ostiary_tokens.tables import tokens

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
"""How often the use of one token is noted: a note costs more than all the rest of a request."""

_MOST = 10_000


class LastUses:
    """Notes uses, each token's once a minute; of several processes, each does so once a minute."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._last: dict[str, datetime] = {}

    def is_due(self, token: str, now: datetime) -> bool:
        """Whether to note a use; from then on it counts as noted."""
        last = self._last.get(token)
        if last is not None and last <= now < last + EVERY:
            return False
        if len(self._last) >= _MOST:
            self._last.clear()
        self._last[token] = now
        return True

    def note(self, token: str, act: Act, delegates: tuple[str, ...]) -> None:
        """Write it down; a failure harms nobody, and the next minute has another chance."""
        try:
            with self._house.write() as unit:
                unit.execute(
                    update(tokens)
                    .where(tokens.c.id == token)
                    .where(or_(tokens.c.used_at.is_(None), tokens.c.used_at <= act.now))
                    .values(used_at=act.now, used_from=act.client.address, used_by=list(delegates))
                )
        except Exception as error:  # noqa: BLE001 - whatever it is, the act is none the worse.
            log.error("a use was not noted: %s", type(error).__name__)  # noqa: TRY400 - secrets


class Noted:
    """Stands last of a token's limits and lets everything through: what comes here was used.

    A :class:`ostiary.contracts.Restriction`.
    """

    def __init__(self, uses: LastUses, token: str, delegates: tuple[str, ...]) -> None:
        self._uses = uses
        self._token, self._delegates = token, delegates

    def judge(self, act: Act, /) -> Permitted:
        """Have it noted once the answer is on its way: a host's transaction is over then."""
        request = get_current_request()
        if request is not None and self._uses.is_due(self._token, act.now):
            request.add_finished_callback(
                lambda _request: self._uses.note(self._token, act, self._delegates)
            )
        return Permitted()
