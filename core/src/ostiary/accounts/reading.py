"""What can be read from: a connection, or a unit of work that sees its own changes."""

from __future__ import annotations

from typing import TypeAlias

from sqlalchemy import Connection

from ostiary.store import Unit

Reader: TypeAlias = Connection | Unit
