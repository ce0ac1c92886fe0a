"""Tokens by their ids, and how often they were used."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "ostiary_tokens_token",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("lookup", sa.String(32), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("used_from", sa.String(64)),
        sa.Column("used_by", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_tokens_token"),
        sa.ForeignKeyConstraint(
            ["id"],
            ["ostiary_credential.id"],
            name="fk_ostiary_tokens_token_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "ostiary_tokens_spent",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("token", sa.String(36), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_tokens_spent"),
        sa.ForeignKeyConstraint(
            ["token"],
            ["ostiary_credential.id"],
            name="fk_ostiary_tokens_spent_token",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_ostiary_tokens_spent_token", "ostiary_tokens_spent", ["token"])
