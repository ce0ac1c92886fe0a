"""Plain text as ``format=flowed`` (RFC 3676): wrapped for all, and joined again by who can."""

from __future__ import annotations

import textwrap

_WIDTH = 72


def flowed(text: str) -> str:
    """Each line of the text as a paragraph of lines that end in a space, but for the last."""
    return "\n".join(line for paragraph in text.split("\n") for line in _paragraph(paragraph))


def _paragraph(paragraph: str) -> list[str]:
    # Words are never broken: a link must stay in one piece.
    lines = textwrap.wrap(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    return [_stuffed(line) + " " for line in lines[:-1]] + [_stuffed(lines[-1])]


def _stuffed(line: str) -> str:
    """Section 4.4: a line that would be read as a quote or an mbox header gets a space."""
    return f" {line}" if line.startswith((" ", ">", "From ")) else line
