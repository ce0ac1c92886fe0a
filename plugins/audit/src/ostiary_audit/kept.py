"""The last checkpoint, kept where the database cannot be: so that an old copy put back is found."""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from sqlalchemy import make_url

from ostiary.runtime import Runtime

log = logging.getLogger(__name__)

_SUFFIX = ".checkpoint"
_NAME = f"audit{_SUFFIX}"


def place_of(runtime: Runtime, chosen: str | None) -> Path:
    """Where it is: beside an SQLite database, else in the data folder, or where settings say."""
    if chosen is not None:
        return runtime.settings.data / chosen
    url = make_url(runtime.settings.database)
    if url.drivername == "sqlite" and url.database:
        return Path(f"{url.database}{_SUFFIX}")
    return runtime.settings.data / _NAME


class Kept:
    """The file with the last checkpoint."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> str | None:
        """What is there; None where nothing is, or nothing can be read."""
        try:
            return self.path.read_text("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            log.error("the checkpoint beside the database: %s", type(error).__name__)  # noqa: TRY400 - as everywhere
            return None

    def write(self, note: str) -> None:
        """Replace it, in one step; a folder that is gone or read-only is only logged."""
        made: str | None = None
        try:
            number, made = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}-")
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(note)
            Path(made).replace(self.path)
        except OSError as error:
            log.error("the checkpoint was not kept: %s", type(error).__name__)  # noqa: TRY400 - as above
            if made is not None:
                with suppress(OSError):
                    Path(made).unlink()

    def put_aside(self) -> Path | None:
        """Rename it, so that the next one begins anew; where it is then."""
        aside = self.path.with_name(f"{self.path.name}.refused")
        try:
            self.path.replace(aside)
        except FileNotFoundError:
            return None
        return aside
