"""API tokens: macaroons, which whoever holds one can narrow, and nobody can widen."""

from __future__ import annotations

from ostiary_tokens import hooks as OSTIARY_HOOKS  # noqa: N812 - the name that the core looks for.

__all__ = ["OSTIARY_API", "OSTIARY_HOOKS"]

OSTIARY_API = 1
