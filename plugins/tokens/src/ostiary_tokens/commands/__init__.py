"""``ostiary tokens``: making, listing, revoking, narrowing, explaining."""

from __future__ import annotations

from ostiary_tokens.commands.group import tokens_group

__all__ = ["tokens_group"]
