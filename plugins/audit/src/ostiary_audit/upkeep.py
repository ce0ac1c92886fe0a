"""What is done beside the requests besides the sequence: sending, mailing, pruning once a day."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from typing_extensions import override

from ostiary.background import Background
from ostiary_audit.forwarding import begin, forward, standings, webhook
from ostiary_audit.mailing import mail_if_due
from ostiary_audit.pruning import prune
from ostiary_audit.trail import Trail

log = logging.getLogger(__name__)

_PAUSE = 5.0
_PRUNED_EVERY = timedelta(days=1)


class Upkeep(Background):
    """Sends to the webhooks of the settings, mails checkpoints, prunes what is not kept."""

    def __init__(self, trail: Trail) -> None:
        super().__init__("ostiary-audit-upkeep", _PAUSE)
        self._trail = trail
        self._pruned: datetime | None = None

    @property
    def needed(self) -> bool:
        """Whether the settings ask for anything."""
        of = self._trail.settings
        prunes = of.keep or of.addresses or of.erase_deleted
        return bool(of.webhooks or of.checkpoint_mail or prunes)

    @override
    def finish(self) -> None:
        """A command sends nothing on: what serves the pages does."""
        self.stop()

    @override
    def _round(self) -> float:
        for work in (self._send, self._mail, self._prune):
            try:
                work()
            except Exception as error:  # noqa: BLE001 - the next round may do better.
                log.error("upkeep of the trail: %s", type(error).__name__)  # noqa: TRY400 - secrets
        return _PAUSE

    def _send(self) -> None:
        trail = self._trail
        if not trail.settings.webhooks:
            return
        known = {each.name: each for each in standings(trail)}
        for each in trail.settings.webhooks:
            if each.name not in known:
                begin(trail, each.name, 0)
            forward(trail, each.name, webhook(trail, each))

    def _mail(self) -> None:
        mail_if_due(self._trail)

    def _prune(self) -> None:
        now = self._trail.runtime.now()
        if self._pruned is None or now >= self._pruned + _PRUNED_EVERY:
            self._pruned = now
            prune(self._trail.runtime.house, self._trail)
