"""Babel's extractor for templates: exactly the messages that they ask for at run time.

In a mapping file: ``[extractors]``, ``ostiary = ostiary.text.extract:extract`` and
``[ostiary: **/templates/**.jinja]``. Babel itself is not needed here, only by whoever extracts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import IO, TypeAlias

from jinja2 import Environment, nodes

from ostiary.text.jinja import PREFIX, SOURCES, TextExtension, message_id

Extracted: TypeAlias = tuple[int, str, str | tuple[str, ...], list[str]]

_SHORT = {"gettext": "_", "ngettext": "_n", "pgettext": "_p", "npgettext": "_np"}


def extract(
    fileobj: IO[bytes],
    keywords: Collection[str],
    comment_tags: Collection[str],
    options: Mapping[str, str],
) -> Iterator[Extracted]:
    """Yield line, function, message and translator comments, as Babel asks an extractor to.

    The function is gettext's own name where ``keywords`` knows it, else the house's short one.

    Raises:
        TemplateSyntaxError: the template does not compile; nothing is left out in silence.
    """
    environment = Environment(autoescape=True, extensions=[TextExtension])
    # Babel decides which file belongs to which domain.
    environment.ostiary_domains.default = "messages"  # type: ignore[attr-defined]
    source = fileobj.read().decode(options.get("encoding", "utf-8"))
    comments = _comments(environment, source, tuple(comment_tags))
    found = []
    for call in environment.parse(source).find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or not call.node.name.startswith(PREFIX):
            continue
        function = call.node.name.removeprefix(PREFIX)
        # The domain comes first; the number and the values are not for translators.
        wanted = call.args[1 : 1 + SOURCES[function]]
        strings = tuple(message_id(arg.value) for arg in wanted if isinstance(arg, nodes.Const))
        name = function if function in keywords else _SHORT[function]
        message = strings if len(strings) > 1 else strings[0]
        found.append((call.lineno, name, message, comments.get(call.lineno, [])))
    yield from sorted(found, key=lambda item: item[0])


def _comments(environment: Environment, source: str, tags: tuple[str, ...]) -> dict[int, list[str]]:
    """Template comments that begin with one of the tags, by the lines that they speak of.

    These are the one on which a comment ends, and the next; where an expression or a statement
    begins there, all of its lines: no comment can stand within it.
    """
    found: dict[int, list[str]] = {}
    first = 0
    for lineno, kind, value in environment.lex(source):
        text = " ".join(value.split())
        if kind == "comment" and text.startswith(tags):
            last = lineno + value.count("\n")
            found[last] = found[last + 1] = [text]
        elif kind in {"variable_begin", "block_begin"}:
            first = lineno
        elif kind in {"variable_end", "block_end"} and first in found:
            for line in range(first + 1, lineno + 1):
                found.setdefault(line, found[first])
    return found
