"""The core's tables. Plugins add theirs to the same ``metadata``, so that foreign keys resolve.

Times are aware datetimes in UTC. Sealed columns hold AEAD ciphertext with the table, the
row's key and the column bound in (:mod:`ostiary.store.keyring`). Whatever a browser or a mail
carries is stored as a hash only.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC, also on SQLite, which has no time zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: it would be read as somebody's local one."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say UTC where the driver does not."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


# Every constraint has a name, so that a migration can change it, also on SQLite.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

users = Table(
    "ostiary_user",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("login", String(64), nullable=False),
    Column("login_folded", String(255), nullable=False, unique=True),
    Column("admin", Boolean, nullable=False, default=False),
    Column("disabled_at", UTCDateTime),
    Column("locale", String(35)),
    # What their pages were last in, for the mails of who chose no language.
    Column("spoken", String(35)),
    Column("zone", String(64)),
    Column("created_at", UTCDateTime, nullable=False),
    # Its owner asked for its deletion, which happens then, unless they come back.
    Column("delete_at", UTCDateTime),
)

addresses = Table(
    "ostiary_address",
    metadata,
    Column("id", String(36), primary_key=True),
    Column(
        "user_id", ForeignKey("ostiary_user.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("address", String(254), nullable=False),
    Column("address_folded", String(512), nullable=False),
    Column("is_primary", Boolean, nullable=False, default=True),
    Column("verified_at", UTCDateTime),
    Column("created_at", UTCDateTime, nullable=False),
    # Anybody may claim an address; only one account can have proved it.
    Index(
        "ostiary_address_verified",
        "address_folded",
        unique=True,
        sqlite_where=text("verified_at IS NOT NULL"),
        postgresql_where=text("verified_at IS NOT NULL"),
    ),
    UniqueConstraint("user_id", "address_folded"),
)

links = Table(
    "ostiary_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("user_id", String(255), nullable=False, index=True),
    Column("address_id", ForeignKey("ostiary_address.id", ondelete="CASCADE")),
    # What else it is about, such as the factor that it resets.
    Column("about", String(64)),
    Column("expires_at", UTCDateTime, nullable=False),
)

credentials = Table(
    "ostiary_credential",
    metadata,
    Column("id", String(36), primary_key=True),
    # The directory's id: a host's users have no row in ostiary_user.
    Column("user_id", String(255), nullable=False, index=True),
    # "factor" or "verifier", and which one; the name is kept when its plugin is gone.
    Column("part", String(16), nullable=False),
    Column("name", String(64), nullable=False),
    Column("title", JSON, nullable=False),
    Column("label", String(100), nullable=False),
    Column("public", JSON, nullable=False),
    Column("secret", LargeBinary),
    Column("lookup", String(1400)),
    Column("mark", BigInteger),
    # Copied from the factor's properties, so that they hold without its plugin.
    Column("first", Boolean, nullable=False),
    Column("second", Boolean, nullable=False),
    Column("recovery", Boolean, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("phishing_resistant", Boolean, nullable=False),
    # Raised by every change that a factor could see, compared before every change.
    Column("version", Integer, nullable=False, default=1),
    Column("created_at", UTCDateTime, nullable=False),
    Column("used_at", UTCDateTime),
    UniqueConstraint("part", "name", "lookup"),
)

sessions = Table(
    "ostiary_session",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    # What its owner and the trail call it; the hash changes with each proof, this does not.
    Column("id", String(36), nullable=False, unique=True),
    Column("user_id", String(255), nullable=False, index=True),
    Column("proofs", JSON, nullable=False),
    # None, or why it may do nothing but add factors: "recovery", "enrol".
    Column("limit", String(16)),
    Column("address", String(64)),
    Column("agent", String(512), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime, nullable=False),
)

devices = Table(
    "ostiary_device",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    # What its owner calls it by; the token changes with each sign-in, this does not.
    Column("id", String(36), nullable=False, unique=True, default=lambda: str(uuid4())),
    Column("address", String(64)),
    Column("agent", String(512), nullable=False, default=""),
    Column("created_at", UTCDateTime, nullable=False),
    Column("used_at", UTCDateTime, nullable=False),
    # Until then it stands in for the second proof of a sign-in; None where it never does.
    Column("remembered_until", UTCDateTime),
)

flows = Table(
    "ostiary_flow",
    metadata,
    # The browser holds the token; of no worth but to go on with this very flow.
    Column("token_hash", String(64), primary_key=True),
    Column("purpose", String(16), nullable=False),
    # Known once a proof was accepted; a name that was merely typed belongs to the challenge.
    Column("user_id", String(255)),
    Column("session_hash", String(64)),
    Column("proofs", JSON, nullable=False),
    # How many proofs there are: compared before every change.
    Column("steps", Integer, nullable=False),
    Column("needs", JSON, nullable=False),
    Column("next", String(2048), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime, nullable=False),
)

challenges = Table(
    "ostiary_challenge",
    metadata,
    Column("handle", String(43), primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("factor", String(64), nullable=False),
    # What it is bound to: the hash of a flow's, a session's or a browser's token.
    Column("bound_to", String(64), nullable=False, index=True),
    # The user that was typed (not yet proved), or None before anybody is known.
    Column("user_id", String(255)),
    Column("sealed", LargeBinary, nullable=False),
    Column("delivered", LargeBinary),
    Column("tries_left", Integer, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime, nullable=False),
)

kept = Table(
    "ostiary_kept",
    metadata,
    # A form that was sent before its sender had proved enough, until they have.
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(255), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", UTCDateTime, nullable=False, index=True),
)

regains = Table(
    "ostiary_regain",
    metadata,
    # Somebody lost every factor and asked for a way back.
    Column("id", String(36), primary_key=True),
    Column("user_id", String(255), nullable=False, index=True),
    # As ostiary.accounts.RegainState says.
    Column("state", String(16), nullable=False),
    Column("note", String(1000), nullable=False),
    Column("reason", String(1000)),
    Column("decided_by", String(255)),
    Column("asked_at", UTCDateTime, nullable=False),
    Column("decided_at", UTCDateTime),
    # When it is carried out, once it was granted.
    Column("due_at", UTCDateTime, index=True),
    Column("ended_at", UTCDateTime),
    # One that can still be decided, granted or cancelled.
    Index(
        "ostiary_regain_open",
        "user_id",
        unique=True,
        sqlite_where=text("state IN ('asked', 'granted')"),
        postgresql_where=text("state IN ('asked', 'granted')"),
    ),
)

spent = Table(
    "ostiary_spent",
    metadata,
    # Hashes of sealed forms that were used up; kept until they would have expired.
    Column("hash", String(64), primary_key=True),
    Column("expires_at", UTCDateTime, nullable=False, index=True),
)

outbox = Table(
    "ostiary_outbox",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", UTCDateTime, nullable=False, index=True),
    Column("created_at", UTCDateTime, nullable=False),
)

schema = Table(
    "ostiary_schema",
    metadata,
    # The core and every plugin with tables: what `migrate --purge` and `keys rotate` must
    # know of a plugin that is no longer installed.
    Column("package", String(40), primary_key=True),
    Column("tables", JSON, nullable=False),
    # Its sealed columns: a list of [table, key column, column].
    Column("sealed", JSON, nullable=False),
    # The core's revision that its tables need; None for the core itself.
    Column("core", String(64)),
)

CORE_TABLES = tuple(metadata.tables)
"""The names of the tables above; by the time others ask, plugins may have added theirs."""
