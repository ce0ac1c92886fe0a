"""The plugin's tables, at their newest revision; a test holds that the revisions agree.

Keys and limits are in the core's table of credentials, whose rows take these with them.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table

from ostiary.store.tables import UTCDateTime, metadata

_CREDENTIAL = "ostiary_credential.id"

tokens = Table(
    "ostiary_tokens_token",
    metadata,
    Column("id", ForeignKey(_CREDENTIAL, ondelete="CASCADE"), primary_key=True),
    Column("user_id", String(255), nullable=False),
    Column("lookup", String(32), nullable=False),
    # When it was last used, to the minute, whence, and by which chain of delegates.
    Column("used_at", UTCDateTime),
    Column("used_from", String(64)),
    Column("used_by", JSON),
)

spent = Table(
    "ostiary_tokens_spent",
    metadata,
    # Which caveat: the signature up to it, hashed, so that all that was narrowed from there shares
    # one count.
    Column("id", String(64), primary_key=True),
    Column("token", ForeignKey(_CREDENTIAL, ondelete="CASCADE"), nullable=False, index=True),
    Column("used", Integer, nullable=False),
)

TABLES = ("ostiary_tokens_token", "ostiary_tokens_spent")
