"""A row with one of everything: JSON, times, letters beyond ASCII, and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
SESSION: dict[str, Any] = {
    "id_hash": "h",
    "id": "i",
    "user_id": "ada",
    "proofs": [{"factor": "ü", "n": 1}],
    "limit": None,
    "address": None,
    "agent": "Ünïcode",
    "created_at": NOW,
    "seen_at": NOW,
    "expires_at": NOW + timedelta(hours=1),
}
