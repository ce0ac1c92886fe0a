"""Tokens by their ids, whence and by whom they were used, and how often."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def of_credential(table: str, column: str) -> sa.ForeignKeyConstraint:
    """What takes a row along when its credential is removed."""
    return sa.ForeignKeyConstraint(
        [column], ["ostiary_credential.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "ostiary_tokens_token",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("lookup", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("reminded", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("used_from", sa.String(64)),
        sa.Column("used_by", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_tokens_token"),
        of_credential("ostiary_tokens_token", "id"),
    )
    for column in ("user_id", "created_at", "expires_at"):
        op.create_index(f"ix_ostiary_tokens_token_{column}", "ostiary_tokens_token", [column])
    op.create_table(
        "ostiary_tokens_place",
        sa.Column("token", sa.String(36), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", "place", name="pk_ostiary_tokens_place"),
        of_credential("ostiary_tokens_place", "token"),
    )
    op.create_table(
        "ostiary_tokens_chain",
        sa.Column("token", sa.String(36), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", "digest", name="pk_ostiary_tokens_chain"),
        of_credential("ostiary_tokens_chain", "token"),
    )
    for table in ("ostiary_tokens_place", "ostiary_tokens_chain"):
        op.create_index(f"ix_{table}_seen_at", table, ["seen_at"])
    op.create_table(
        "ostiary_tokens_spent",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("token", sa.String(36), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_tokens_spent"),
        of_credential("ostiary_tokens_spent", "token"),
    )
    op.create_index("ix_ostiary_tokens_spent_token", "ostiary_tokens_spent", ["token"])
