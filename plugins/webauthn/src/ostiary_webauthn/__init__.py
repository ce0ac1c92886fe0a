"""Security keys and passkeys: Web Authentication, Level 3."""

from __future__ import annotations

__all__ = ["OSTIARY_API"]

OSTIARY_API = 1
