"""The plugin's tables, at their newest revision; a test holds that the revisions agree.

None refers to a table of the core: people are known by the ids that the user directory gives,
so that the index also stands on a host's own users. Times are seconds of Unix time.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

MAX_NAME = 100
MAX_VERSION = 100
MAX_FILE_NAME = 180
"""With a hash before it, what a file is called on disk is below 255 bytes."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_PROJECT = "ostiary_index_project.id"

projects = Table(
    "ostiary_index_project",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(MAX_NAME), nullable=False),
    # As names are compared (PEP 503).
    Column("normalized", String(MAX_NAME), nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
    # Counts the changes. Each change begins by raising it, and so waits for the one before.
    Column("serial", Integer, nullable=False),
)

members = Table(
    "ostiary_index_member",
    metadata,
    Column("project", ForeignKey(_PROJECT, ondelete="CASCADE"), primary_key=True),
    Column("user_id", String(255), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
)

invitations = Table(
    "ostiary_index_invitation",
    metadata,
    Column("project", ForeignKey(_PROJECT, ondelete="CASCADE"), primary_key=True),
    Column("user_id", String(255), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
    Column("invited_by", String(255), nullable=False),
    Column("until", BigInteger, nullable=False),
)

asked = Table(
    "ostiary_index_asked",
    metadata,
    # Who had somebody mailed an invitation, and when; also where it was withdrawn, or the project
    # deleted, since.
    Column("id", Integer, primary_key=True),
    Column("asker", String(255), nullable=False),
    Column("user_id", String(255), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "asker", "at"),
)

releases = Table(
    "ostiary_index_release",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project", ForeignKey(_PROJECT, ondelete="CASCADE"), nullable=False),
    Column("version", String(MAX_VERSION), nullable=False),
    # As versions are compared: without the zeros at the end (PEP 440).
    Column("canonical", String(MAX_VERSION), nullable=False),
    Column("created", BigInteger, nullable=False),
    # What the first file of the release said of it.
    Column("summary", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("links", JSON, nullable=False),
    UniqueConstraint("project", "canonical"),
)

filenames = Table(
    "ostiary_index_filename",
    metadata,
    # Every name that a file ever had. Installers pin names and hashes: a name that was given
    # once is never given to another file, also when the file, or its whole project, is gone.
    Column("filename", String(MAX_FILE_NAME), primary_key=True),
)

files = Table(
    "ostiary_index_file",
    metadata,
    Column("filename", ForeignKey("ostiary_index_filename.filename"), primary_key=True),
    Column(
        "release",
        ForeignKey("ostiary_index_release.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("kind", String(16), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("requires_python", String(255)),
    Column("uploaded", BigInteger, nullable=False),
    Column("uploaded_by", String(255), nullable=False),
    # Why it is yanked (PEP 592), perhaps without words; None where it is not.
    Column("yanked", Text),
)

TABLES = tuple(f"{table.name}" for table in metadata.sorted_tables)
