"""The plugin's tables, at their newest revision; a test holds that the revisions agree.

What an act writes, in its own transaction, is one row of ``record``. Everything else is made of
these rows by the sequencer: their order, the Merkle tree over them, and ``event``, which people
query. ``event`` repeats what the record says; nothing is proved by it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from ostiary.store.tables import UTCDateTime, metadata

_NUMBER = BigInteger().with_variant(Integer, "sqlite")

record = Table(
    "ostiary_audit_record",
    metadata,
    # In the order in which they were written, which on PostgreSQL is not that of their commits.
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    # What is signed. The two blobs begin with a salt; the payload holds the hash of each.
    Column("payload", LargeBinary, nullable=False),
    Column("place", LargeBinary),
    Column("person", LargeBinary),
    Column("mac", LargeBinary, nullable=False),
    # Else SQLite gives the number of a last row that was deleted to the next one.
    sqlite_autoincrement=True,
)

event = Table(
    "ostiary_audit_event",
    metadata,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("n", _NUMBER, nullable=False, unique=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("time", UTCDateTime, nullable=False),
    Column("type", String(64), nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("reason", Text),
    Column("actor", String(16), nullable=False),
    Column("means", String(64), nullable=False),
    # Whose authority it was, and whose account it concerns.
    Column("user_id", String(255)),
    Column("subject", String(255)),
    Column("token", String(64)),
    Column("shown", String(64)),
    # The chain, in the order in which it was handed on: a list as JSON.
    Column("delegates", Text),
    Column("resource_kind", String(64)),
    Column("resource_name", Text),
    Column("request", String(64)),
    Column("session", String(64)),
    Column("address", String(64)),
)

# One index for each question; each ends in seq, which pages go by.
Index("ix_ostiary_audit_event_type", event.c.type, event.c.seq)
for _column in (event.c.token, event.c.address):
    _some = text(f"{_column.name} IS NOT NULL")
    Index(
        f"ix_ostiary_audit_event_{_column.name}",
        _column,
        event.c.seq,
        sqlite_where=_some,
        postgresql_where=_some,
    )
_some = text("resource_kind IS NOT NULL")
Index(
    "ix_ostiary_audit_event_resource",
    event.c.resource_kind,
    event.c.resource_name,
    event.c.seq,
    sqlite_where=_some,
    postgresql_where=_some,
)

party = Table(
    "ostiary_audit_party",
    metadata,
    # Everybody in whose history an event belongs: whose account it concerns, who acted, who owns
    # the resource.
    Column("user_id", String(255), primary_key=True),
    Column("seq", _NUMBER, primary_key=True, autoincrement=False, index=True),
)

delegate = Table(
    "ostiary_audit_delegate",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("seq", _NUMBER, primary_key=True, autoincrement=False, index=True),
)

log = Table(
    "ostiary_audit_log",
    metadata,
    # One row: the tree's name and size, up to which record everything was looked at, and what
    # the upkeep has to know of its last run.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("origin", String(255), nullable=False),
    Column("size", _NUMBER, nullable=False),
    Column("high", _NUMBER, nullable=False),
    Column("swept_at", UTCDateTime, nullable=False),
    # Up to which event the setting ``addresses`` has left none.
    Column("bare_to", _NUMBER),
    # When the checkpoint was last mailed.
    Column("mailed_at", UTCDateTime),
)

hole = Table(
    "ostiary_audit_hole",
    metadata,
    # Numbers below ``high`` that no record had yet: of a transaction that is still open, or was
    # rolled back.
    Column("n", _NUMBER, primary_key=True, autoincrement=False),
    Column("since", UTCDateTime, nullable=False),
)

tile = Table(
    "ostiary_audit_tile",
    metadata,
    # C2SP tlog-tiles: up to 256 hashes of 32 bytes each.
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

checkpoint = Table(
    "ostiary_audit_checkpoint",
    metadata,
    # C2SP tlog-checkpoint, signed: the newest, and one of each hour before.
    Column("size", _NUMBER, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("made_at", UTCDateTime, nullable=False),
)

dropped = Table(
    "ostiary_audit_dropped",
    metadata,
    # What was deleted by ``prune``, as ranges of seq; the event of each run holds their hash.
    Column("run", String(36), primary_key=True),
    Column("what", String(8), primary_key=True),
    Column("first", _NUMBER, primary_key=True, autoincrement=False),
    Column("last", _NUMBER, nullable=False),
)

receiver = Table(
    "ostiary_audit_receiver",
    metadata,
    # How far each receiver of ``forward`` has come, and how it fares.
    Column("name", String(64), primary_key=True),
    Column("seq", _NUMBER, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("due_at", UTCDateTime, nullable=False),
    Column("fault", String(64)),
)

TABLES = tuple(
    f"ostiary_audit_{name}"
    for name in (
        "record",
        "event",
        "party",
        "delegate",
        "log",
        "hole",
        "tile",
        "checkpoint",
        "dropped",
        "receiver",
    )
)
