"""What is kept: the database, its tables and migrations, and the key ring for its secrets."""

from ostiary.store.engine import Store
from ostiary.store.keyring import KeyRing, SealBroken
from ostiary.store.sql import insert_if_absent
from ostiary.store.unit import Unit

__all__ = ["KeyRing", "SealBroken", "Store", "Unit", "insert_if_absent"]
