"""How far a long command has come."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click


def said_progress(*, quiet: bool) -> Callable[[int, int], object]:
    """Says it on a terminal, every hundredth part."""
    shown = -1

    def say(done: int, size: int) -> None:
        nonlocal shown
        part = 100 if size == 0 else 100 * done // size
        if part != shown:
            shown = part
            click.echo(f"\r{part:3}% of {size} events", nl=part == 100, err=True)  # noqa: PLR2004

    if quiet or not sys.stderr.isatty():
        return lambda *_: None
    return say
