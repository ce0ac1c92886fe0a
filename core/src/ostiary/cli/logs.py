"""Log lines: one JSON object each, on standard error."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

TRAIL = "ostiary.trail"


class JSONLines(logging.Formatter):
    """A record as one line of JSON; control characters are escaped (ASVS 5.0, 16.4.1).

    Of an exception it says type and place, never the message: that may quote a secret.

    Args:
        request_id: the number of the request that this thread is answering.
    """

    def __init__(self, request_id: Callable[[], str | None]) -> None:
        super().__init__()
        self._request_id = request_id

    @override
    def format(self, record: logging.LogRecord) -> str:
        known: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": self._request_id(),
        }
        message = record.getMessage()
        known |= {"event": json.loads(message)} if record.name == TRAIL else {"message": message}
        if record.exc_info and record.exc_info[0] is not None:
            known["exception"] = record.exc_info[0].__qualname__
            known["at"] = [
                f"{frame.filename}:{frame.lineno}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps({name: value for name, value in known.items() if value is not None})


class StandardError(logging.Handler):
    """Writes to standard error, whatever that is at the time."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - a full disk must not stop what is being logged.
            self.handleError(record)


def set_up(level: int, request_id: Callable[[], str | None] = lambda: None) -> None:
    """Ours from this level on, the trail whole, the others' warnings."""
    root = logging.getLogger()
    if any(isinstance(handler.formatter, JSONLines) for handler in root.handlers):
        return
    handler = StandardError()
    handler.setFormatter(JSONLines(request_id))
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("ostiary").setLevel(level)
    logging.getLogger(TRAIL).setLevel(logging.INFO)
