"""Records, their order, the tree over them, and what people query."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _records()
    _events()
    _tree()
    _looking_after()


def _records() -> None:
    op.create_table(
        "ostiary_audit_record",
        sa.Column("n", NUMBER, nullable=False, autoincrement=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.LargeBinary()),
        sa.Column("person", sa.LargeBinary()),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_ostiary_audit_record"),
        sqlite_autoincrement=True,
    )


def _events() -> None:
    op.create_table(
        "ostiary_audit_event",
        sa.Column("seq", NUMBER, nullable=False, autoincrement=False),
        sa.Column("n", NUMBER, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("actor", sa.String(16), nullable=False),
        sa.Column("means", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(255)),
        sa.Column("subject", sa.String(255)),
        sa.Column("token", sa.String(64)),
        sa.Column("shown", sa.String(64)),
        sa.Column("delegates", sa.Text()),
        sa.Column("resource_kind", sa.String(64)),
        sa.Column("resource_name", sa.Text()),
        sa.Column("request", sa.String(64)),
        sa.Column("session", sa.String(64)),
        sa.Column("address", sa.String(64)),
        sa.PrimaryKeyConstraint("seq", name="pk_ostiary_audit_event"),
        sa.UniqueConstraint("n", name="uq_ostiary_audit_event_n"),
        sa.UniqueConstraint("id", name="uq_ostiary_audit_event_id"),
    )
    _index("type", "type")
    _index("token", "token", some="token")
    _index("address", "address", some="address")
    _index("resource", "resource_kind", "resource_name", some="resource_kind")
    for name, column, length in (("party", "user_id", 255), ("delegate", "name", 255)):
        op.create_table(
            f"ostiary_audit_{name}",
            sa.Column(column, sa.String(length), nullable=False),
            sa.Column("seq", NUMBER, nullable=False, autoincrement=False),
            sa.PrimaryKeyConstraint(column, "seq", name=f"pk_ostiary_audit_{name}"),
        )
        op.create_index(f"ix_ostiary_audit_{name}_seq", f"ostiary_audit_{name}", ["seq"])


def _index(name: str, *columns: str, some: str | None = None) -> None:
    where = None if some is None else sa.text(f"{some} IS NOT NULL")
    op.create_index(
        f"ix_ostiary_audit_event_{name}",
        "ostiary_audit_event",
        [*columns, "seq"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _tree() -> None:
    op.create_table(
        "ostiary_audit_log",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("high", NUMBER, nullable=False),
        sa.Column("swept_at", TIME, nullable=False),
        sa.Column("bare_to", NUMBER),
        sa.Column("mailed_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_ostiary_audit_log"),
    )
    op.create_table(
        "ostiary_audit_hole",
        sa.Column("n", NUMBER, nullable=False, autoincrement=False),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_ostiary_audit_hole"),
    )
    op.create_table(
        "ostiary_audit_tile",
        sa.Column("level", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_ostiary_audit_tile"),
    )
    op.create_table(
        "ostiary_audit_checkpoint",
        sa.Column("size", NUMBER, nullable=False, autoincrement=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_ostiary_audit_checkpoint"),
    )


def _looking_after() -> None:
    op.create_table(
        "ostiary_audit_dropped",
        sa.Column("run", sa.String(36), nullable=False),
        sa.Column("what", sa.String(8), nullable=False),
        sa.Column("first", NUMBER, nullable=False, autoincrement=False),
        sa.Column("last", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("run", "what", "first", name="pk_ostiary_audit_dropped"),
    )
    op.create_table(
        "ostiary_audit_receiver",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("fault", sa.String(64)),
        sa.PrimaryKeyConstraint("name", name="pk_ostiary_audit_receiver"),
    )
