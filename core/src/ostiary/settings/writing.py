"""What is made from the table of settings: the manual's page and the first ``ostiary.toml``."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from ostiary.settings.sources import PREFIX, variable_for
from ostiary.settings.table import FREE, Definition, definitions_in, sections

_INTRODUCTION = """\
# Settings

This page is made from the code: `python -m ostiary.settings > docs/settings.md`.

A setting has one name in three places. What stands later in this list wins; a name that is
not on this page is refused.

| where | how `session.idle` is written |
|---|---|
| the settings of a Pyramid application | `ostiary.session.idle = 2h` |
| `ostiary.toml` in the data folder | `idle = "2h"` under `[session]` |
| the environment, over `ostiary.toml` | `OSTIARY_SESSION_IDLE=2h` |

An application that includes Ostiary reads its own settings only; the commands read the file
and the environment.
"""

_PARTS = """\
## Settings of plugins

| beginning | what it is for |
|---|---|
{rows}

Which settings a part has, its plugin's manual says. In the environment two underscores stand
where the file has a dot: `factor.totp.tolerance` is `OSTIARY_FACTOR__TOTP__TOLERANCE`. Settings
for a part that no enabled plugin provides stop the start.
"""

_MINIMUMS = """\
## Minimums by permission

`ostiary.assurance.<permission>` says what whoever uses a permission must have proved, on top of
what the view asks for by itself:

```ini
ostiary.assurance.upload = proofs=2, within=15m
ostiary.assurance.account.change = phishing_resistant
```

`proofs` counts kinds (something known, something had), `within` bounds the age of each proof that
counts, `phishing_resistant` asks for one that is. A semicolon begins another assurance, and all of
them must be met: `proofs=2; within=15m` asks for two kinds, one of them given in the last quarter
of an hour. A permission that nothing declares stops the start. See
[operators.md](operators.md#more-proof-for-some-permissions). In the environment two underscores
stand where the name has a dot: `OSTIARY_ASSURANCE__ACCOUNT__CHANGE`.
"""


def page() -> str:
    """The manual's page about settings, in Markdown."""
    parts = [_INTRODUCTION]
    for prefix, section in sections():
        title = f"`{prefix}*`" if prefix else "General"
        parts.append(f"## {title}\n\n{section.__doc__}\n")
        parts.extend(_entry(definition) for definition in definitions_in(prefix, section))
    rows = "\n".join(f"| `{name}.<name>.*` | {text}. |" for name, text in FREE.items())
    parts.append(_PARTS.format(rows=rows))
    parts.append(_MINIMUMS)
    return "\n".join(parts)


def _entry(definition: Definition) -> str:
    default = f"`{definition.default}`" if definition.default else "nothing"
    secret = " It is never shown." if definition.secret else ""
    return (
        f"### `{PREFIX}{definition.name}`\n\n{definition.description}{secret}\n\n"
        f"- Allowed: {definition.kind.allowed}\n"
        f"- Default: {default}\n"
        f"- Environment: `{variable_for(definition.name)}`\n"
    )


def write_initial(path: Path, plugins: Sequence[str]) -> None:
    """Write a first ``ostiary.toml``, every setting in it as a comment, the plugins listed.

    It may come to hold passwords, so that only its owner may read it.

    Raises:
        FileExistsError: there is one; an operator's file is never written over.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        # The mode above is cut by the umask; a wider one cannot come of it, a narrower one can.
        os.fchmod(file.fileno(), 0o600)
        file.write("\n".join(_initial(plugins)) + "\n")


def _initial(plugins: Sequence[str]) -> Iterator[str]:
    yield "# Settings of Ostiary. Take the # away from a line to change what it says."
    for prefix, section in sections():
        if prefix:
            yield f"\n[{prefix.rstrip('.')}]"
        for definition in definitions_in(prefix, section):
            if definition.name != "data":
                yield from _lines(definition, prefix, plugins)


def _lines(definition: Definition, prefix: str, plugins: Sequence[str]) -> Iterator[str]:
    yield ""
    yield from (f"# {line}" for line in textwrap.wrap(definition.description, 96))
    if definition.name == "plugins":
        yield "plugins = ["
        yield from (f"    {_quoted(name)}," for name in plugins)
        yield "]"
    else:
        yield f"# {definition.name.removeprefix(prefix)} = {_quoted(definition.default or '')}"


def _quoted(value: str) -> str:
    """A TOML string; a JSON string is one (TOML 1.0, basic strings)."""
    return json.dumps(value, ensure_ascii=False)
