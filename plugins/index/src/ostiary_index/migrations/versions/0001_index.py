"""Projects, who may do what to them, their releases and files."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_PROJECT = "ostiary_index_project"


def upgrade() -> None:
    op.create_table(
        _PROJECT,
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("normalized", sa.String(100), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_index_project"),
        sa.UniqueConstraint("normalized", name="uq_ostiary_index_project_normalized"),
    )
    op.create_table(
        "ostiary_index_member",
        sa.Column("project", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "user_id", name="pk_ostiary_index_member"),
        _of_project("ostiary_index_member"),
    )
    op.create_index("ix_ostiary_index_member_user_id", "ostiary_index_member", ["user_id"])
    op.create_table(
        "ostiary_index_invitation",
        sa.Column("project", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("invited_by", sa.String(255), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "user_id", name="pk_ostiary_index_invitation"),
        _of_project("ostiary_index_invitation"),
    )
    op.create_index("ix_ostiary_index_invitation_user_id", "ostiary_index_invitation", ["user_id"])
    op.create_table(
        "ostiary_index_asked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asker", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_index_asked"),
    )
    op.create_index("ix_ostiary_index_asked_asker_at", "ostiary_index_asked", ["asker", "at"])
    op.create_table(
        "ostiary_index_release",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("project", sa.String(32), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("canonical", sa.String(100), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_index_release"),
        sa.UniqueConstraint(
            "project", "canonical", name="uq_ostiary_index_release_project_canonical"
        ),
        _of_project("ostiary_index_release"),
    )
    op.create_table(
        "ostiary_index_filename",
        sa.Column("filename", sa.String(180), nullable=False),
        sa.PrimaryKeyConstraint("filename", name="pk_ostiary_index_filename"),
    )
    op.create_table(
        "ostiary_index_file",
        sa.Column("filename", sa.String(180), nullable=False),
        sa.Column("release", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("requires_python", sa.String(255)),
        sa.Column("uploaded", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by", sa.String(255), nullable=False),
        sa.Column("yanked", sa.Text()),
        sa.PrimaryKeyConstraint("filename", name="pk_ostiary_index_file"),
        sa.ForeignKeyConstraint(
            ["filename"],
            ["ostiary_index_filename.filename"],
            name="fk_ostiary_index_file_filename",
        ),
        sa.ForeignKeyConstraint(
            ["release"],
            ["ostiary_index_release.id"],
            name="fk_ostiary_index_file_release",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_ostiary_index_file_release", "ostiary_index_file", ["release"])


def _of_project(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project"], [f"{_PROJECT}.id"], name=f"fk_{table}_project", ondelete="CASCADE"
    )
