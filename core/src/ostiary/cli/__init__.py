"""The command ``ostiary``: serve the pages, look after accounts, plugins, tables and keys.

Each command is imported when it is called, and loads no more of the house than it needs. What
goes wrong is one line on standard error that says what, where and how to mend it; the exit
code is 2 for wrong use and 1 for a failure.
"""

from __future__ import annotations

import sys
import warnings
from typing import NoReturn

from ostiary.cli.running import run

__all__ = ["main", "run"]


def main() -> NoReturn:
    """The entry point."""
    # Pyramid 2.1 uses it, which is no news to whoever types a command.
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    sys.exit(run(sys.argv[1:]))
