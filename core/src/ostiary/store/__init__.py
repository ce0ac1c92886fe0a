"""What is kept: the database, its tables and migrations, and the key ring for its secrets."""

from ostiary.store.engine import Store
from ostiary.store.keyring import KeyRing, SealBroken
from ostiary.store.lookup import Readers
from ostiary.store.reseal import Rotation, prepare, rotate
from ostiary.store.runner import migrate, purge
from ostiary.store.sealed import open_column, seal_column, sealed_columns
from ostiary.store.sql import insert_if_absent
from ostiary.store.state import Revision, check_schema, revisions
from ostiary.store.unit import Unit

__all__ = [
    "KeyRing",
    "Readers",
    "Revision",
    "Rotation",
    "SealBroken",
    "Store",
    "Unit",
    "check_schema",
    "insert_if_absent",
    "migrate",
    "open_column",
    "prepare",
    "purge",
    "revisions",
    "rotate",
    "seal_column",
    "sealed_columns",
]
