"""Log lines: one JSON object each, on standard error."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from ostiary.web.request_id import current_request_id

TRAIL = "ostiary.trail"


class JSONLines(logging.Formatter):
    """A record as one line of JSON; control characters are escaped (ASVS 5.0, 16.4.1).

    Of an exception it says type and place, never the message: that may quote a secret.
    """

    @override
    def format(self, record: logging.LogRecord) -> str:
        known: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": current_request_id(),
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


def set_up_logs() -> None:
    """Ours from INFO on, the others' warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("ostiary").setLevel(logging.INFO)
