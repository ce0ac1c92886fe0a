"""The plugin's tables, at their newest revision; a test holds that the revisions agree.

Keys and limits are in the core's table of credentials, whose rows take these with them.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table

from ostiary.store.tables import UTCDateTime, metadata

_CREDENTIAL = "ostiary_credential.id"

tokens = Table(
    "ostiary_tokens_token",
    metadata,
    Column("id", ForeignKey(_CREDENTIAL, ondelete="CASCADE"), primary_key=True),
    Column("user_id", String(255), nullable=False, index=True),
    Column("lookup", String(32), nullable=False),
    Column("created_at", UTCDateTime, nullable=False, index=True),
    # When its own limits end it; the operator's maximum may do so before.
    Column("expires_at", UTCDateTime, index=True),
    # Whether its owner was told that it ends soon, or need not be.
    Column("reminded", Boolean, nullable=False),
    # When its owner was last told of a new place.
    Column("told_at", UTCDateTime),
    # When it was last used, to the minute, whence, and by which chain of delegates.
    Column("used_at", UTCDateTime),
    Column("used_from", String(64)),
    Column("used_by", JSON),
)

places = Table(
    "ostiary_tokens_place",
    metadata,
    # Whence it was used, so that a place is new once.
    Column("token", ForeignKey(_CREDENTIAL, ondelete="CASCADE"), primary_key=True),
    Column("place", String(64), primary_key=True),
    Column("seen_at", UTCDateTime, nullable=False, index=True),
)

chains = Table(
    "ostiary_tokens_chain",
    metadata,
    # By which chains of delegates it was used, so that its owner can stop one of them.
    Column("token", ForeignKey(_CREDENTIAL, ondelete="CASCADE"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("names", JSON, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False, index=True),
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

TABLES = (
    "ostiary_tokens_token",
    "ostiary_tokens_place",
    "ostiary_tokens_chain",
    "ostiary_tokens_spent",
)
