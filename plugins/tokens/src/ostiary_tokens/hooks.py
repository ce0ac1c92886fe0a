"""The hook that other plugins extend tokens by."""
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Iterable

from ostiary.contracts import House
from ostiary.hookspecs import hookspec
from ostiary_tokens.caveats import CaveatKind


@hookspec
def ostiary_tokens_register_caveats(house: House) -> Iterable[CaveatKind]:
    """Kinds of limits that tokens carry: ``return [Weekdays()]``."""
