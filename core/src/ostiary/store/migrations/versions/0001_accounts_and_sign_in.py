"""The first tables: accounts, credentials, sessions, the way in, mail.

Written out rather than taken from ``ostiary.store.tables``: those will change, what this
revision did will not. A test holds that the two agree at the newest revision.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _accounts()
    _credentials()
    _sessions()
    _sign_in()
    _house()


def _accounts() -> None:
    op.create_table(
        "ostiary_user",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("login_folded", sa.String(255), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column("locale", sa.String(35)),
        sa.Column("spoken", sa.String(35)),
        sa.Column("zone", sa.String(64)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_user"),
        sa.UniqueConstraint("login_folded", name="uq_ostiary_user_login_folded"),
    )
    op.create_table(
        "ostiary_address",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("address_folded", sa.String(512), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ostiary_user.id"], name="fk_ostiary_address_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_address"),
        sa.UniqueConstraint(
            "user_id", "address_folded", name="uq_ostiary_address_user_id_address_folded"
        ),
    )
    op.create_index("ix_ostiary_address_user_id", "ostiary_address", ["user_id"])
    op.create_index(
        "ostiary_address_verified",
        "ostiary_address",
        ["address_folded"],
        unique=True,
        sqlite_where=sa.text("verified_at IS NOT NULL"),
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )
    op.create_table(
        "ostiary_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("address_id", sa.String(36)),
        sa.Column("about", sa.String(64)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["ostiary_address.id"],
            name="fk_ostiary_link_address_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_ostiary_link"),
    )
    op.create_index("ix_ostiary_link_user_id", "ostiary_link", ["user_id"])


def _credentials() -> None:
    op.create_table(
        "ostiary_credential",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("public", sa.JSON(), nullable=False),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("lookup", sa.String(1400)),
        sa.Column("mark", sa.BigInteger()),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("recovery", sa.Boolean(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("phishing_resistant", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_credential"),
        sa.UniqueConstraint(
            "part", "name", "lookup", name="uq_ostiary_credential_part_name_lookup"
        ),
    )
    op.create_index("ix_ostiary_credential_user_id", "ostiary_credential", ["user_id"])


def _sessions() -> None:
    op.create_table(
        "ostiary_session",
        sa.Column("id_hash", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("proofs", sa.JSON(), nullable=False),
        sa.Column("limit", sa.String(16)),
        sa.Column("address", sa.String(64)),
        sa.Column("agent", sa.String(512), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name="pk_ostiary_session"),
        sa.UniqueConstraint("id", name="uq_ostiary_session_id"),
    )
    op.create_index("ix_ostiary_session_user_id", "ostiary_session", ["user_id"])
    op.create_table(
        "ostiary_device",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("address", sa.String(64)),
        sa.Column("agent", sa.String(512), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remembered_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("token_hash", "user_id", name="pk_ostiary_device"),
        sa.UniqueConstraint("id", name="uq_ostiary_device_id"),
    )


def _sign_in() -> None:
    op.create_table(
        "ostiary_flow",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("user_id", sa.String(255)),
        sa.Column("session_hash", sa.String(64)),
        sa.Column("proofs", sa.JSON(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("next", sa.String(2048), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_ostiary_flow"),
    )
    op.create_table(
        "ostiary_challenge",
        sa.Column("handle", sa.String(43), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("factor", sa.String(64), nullable=False),
        sa.Column("bound_to", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(255)),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("delivered", sa.LargeBinary()),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("handle", name="pk_ostiary_challenge"),
    )
    op.create_index("ix_ostiary_challenge_bound_to", "ostiary_challenge", ["bound_to"])
    op.create_table(
        "ostiary_kept",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_ostiary_kept"),
    )
    op.create_index("ix_ostiary_kept_user_id", "ostiary_kept", ["user_id"])
    op.create_index("ix_ostiary_kept_expires_at", "ostiary_kept", ["expires_at"])
    op.create_table(
        "ostiary_spent",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_ostiary_spent"),
    )
    op.create_index("ix_ostiary_spent_expires_at", "ostiary_spent", ["expires_at"])


def _house() -> None:
    op.create_table(
        "ostiary_regain",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("reason", sa.String(1000)),
        sa.Column("decided_by", sa.String(255)),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_regain"),
    )
    op.create_index("ix_ostiary_regain_user_id", "ostiary_regain", ["user_id"])
    op.create_index("ix_ostiary_regain_due_at", "ostiary_regain", ["due_at"])
    op.create_index(
        "ostiary_regain_open",
        "ostiary_regain",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('asked', 'granted')"),
        postgresql_where=sa.text("state IN ('asked', 'granted')"),
    )
    op.create_table(
        "ostiary_outbox",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_outbox"),
    )
    op.create_index("ix_ostiary_outbox_due_at", "ostiary_outbox", ["due_at"])
    op.create_table(
        "ostiary_schema",
        sa.Column("package", sa.String(40), nullable=False),
        sa.Column("tables", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.JSON(), nullable=False),
        sa.Column("core", sa.String(64)),
        sa.PrimaryKeyConstraint("package", name="pk_ostiary_schema"),
    )
