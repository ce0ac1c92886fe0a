"""When a token was last used, whence, and by which chain of delegates: to the minute."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from pyramid.request import Request
from pyramid.threadlocal import get_current_request

from ostiary.contracts import Act, Permitted
from ostiary_tokens.noting import Used, note

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
"""How often the use of one token from one address by one chain of delegates is noted: a note costs
more than all the rest of a request."""

MOST_EVERY = 10
"""How many addresses and chains of one token are noted in that time, whoever makes up more."""

_MOST = 10_000


class LastUses:
    """Says when a use is to be noted; of several processes, each does so once a minute."""

    def __init__(self) -> None:
        self._noted: dict[str, tuple[datetime, set[Used]]] = {}

    def is_due(self, use: Used, now: datetime) -> bool:
        """Whether to note a use; from then on it counts as noted."""
        since, noted = self._noted.get(use.token, (now, set()))
        if not since <= now < since + EVERY:
            since, noted = now, set()
        if use in noted or len(noted) >= MOST_EVERY:
            return False
        if len(self._noted) >= _MOST:
            self._noted.clear()
        self._noted[use.token] = (since, {*noted, use})
        return True


class Noted:
    """Stands last of a token's limits and lets everything through: what comes here was used.

    A :class:`ostiary.contracts.Restriction`.
    """

    def __init__(self, uses: LastUses, use: Used) -> None:
        self._uses = uses
        self._use = use

    def judge(self, act: Act, /) -> Permitted:
        """Have it noted once the answer is on its way: a host's transaction is over then."""
        request = get_current_request()
        use = replace(self._use, address=act.client.address)
        if request is not None and self._uses.is_due(use, act.now):
            request.add_finished_callback(lambda request: _noted(request, use, act.now))
        return Permitted()


def _noted(request: Request, use: Used, at: datetime) -> None:
    """Write it down; a failure harms nobody, and the next minute has another chance."""
    try:
        note(request.ostiary, use, at)
    except Exception as error:  # noqa: BLE001 - whatever it is, the act is none the worse.
        log.error("a use was not noted: %s", type(error).__name__)  # noqa: TRY400 - secrets


__all__ = ["EVERY", "LastUses", "Noted", "Used"]
