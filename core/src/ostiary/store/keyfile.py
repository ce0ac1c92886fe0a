"""Keys, and the file that keeps them: JSON, readable by its owner alone.

The newest key comes first; one that stands by, which seals nothing yet, comes last.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ostiary.contracts import StoreError

__all__ = ["ID_BYTES", "Key", "create", "encode_parts", "read", "replace", "stamp"]

ID_BYTES = 4
_KEY_BYTES = 32
_FORMAT = "ostiary key ring 1"


def encode_parts(parts: Iterable[str]) -> bytes:
    """Strings as bytes, each with its length before it, so that no two lists read the same."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


@dataclass(frozen=True)
class Key:
    """One key: an id that sealed values name, since when it seals, and 32 random bytes.

    One that stands by opens, and does not seal yet.
    """

    id: str
    created: datetime
    material: bytes = field(repr=False)
    standby: bool = False

    @classmethod
    def new(cls, *, standby: bool = False) -> Key:
        """A random key, made now."""
        material = secrets.token_bytes(_KEY_BYTES)
        return cls(secrets.token_hex(ID_BYTES), _now(), material, standby)

    def promoted(self) -> Key:
        """The same key, which seals from now on."""
        return replace_fields(self, created=_now(), standby=False)

    @cached_property
    def cipher(self) -> AESGCM:
        """What seals and opens."""
        return AESGCM(self._expand("seal"))

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose."""
        return self._expand("derive", purpose)

    def _expand(self, *purpose: str) -> bytes:
        info = encode_parts(("ostiary", *purpose))
        return HKDF(SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(self.material)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What tells one state of the file from another; None when there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def read(path: Path) -> tuple[Key, ...]:
    """The keys in the file, newest first.

    Raises:
        StoreError: it is missing, malformed, or open to group or others.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except OSError as error:
        raise StoreError(
            f"the key file {path} cannot be read ({error.strerror}): put it back from your "
            "backup; without it the secrets in the database are lost"
        ) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise StoreError(
            f"the key file {path} is open to others (mode {stat.S_IMODE(mode):04o}): "
            f"chmod 600 {path}"
        )
    keys = _parse(content)
    if not keys:
        raise StoreError(
            f"the key file {path} is empty or malformed: put it back from your backup; without "
            "it the secrets in the database are lost"
        )
    return keys


def create(path: Path, keys: Sequence[Key]) -> None:
    """Write a new file, complete or not at all; the directory is made where it is missing.

    Raises:
        StoreError: there is a file already, or it cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = _written(path, keys)
        try:
            # Unlike a rename, a link never replaces what is there.
            path.hardlink_to(temporary)
        except FileExistsError:
            raise StoreError(
                f"there is a key file {path} already: it is needed to open what it sealed; "
                "move it away if you are sure"
            ) from None
        finally:
            temporary.unlink()
        _sync_directory(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error


def replace(path: Path, keys: Sequence[Key]) -> None:
    """Write the file anew: whoever looks sees the old one or the new one, also after a crash.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        # A link to a file elsewhere stays one.
        target = path.resolve()
        temporary = _written(target, keys)
        try:
            temporary.replace(target)
        except OSError:
            temporary.unlink()
            raise
        _sync_directory(target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error


def _written(path: Path, keys: Sequence[Key]) -> Path:
    """A durable file beside the path; mkstemp makes it with mode 0600."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_format(keys))
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the key file {path} cannot be written ({error.strerror}): its directory must be "
        "writable by this user"
    )


def _format(keys: Sequence[Key]) -> bytes:
    entries = [
        {
            "id": key.id,
            "created": key.created.isoformat(),
            "key": b64encode(key.material).decode(),
            **({"standby": True} if key.standby else {}),
        }
        for key in keys
    ]
    return json.dumps({"format": _FORMAT, "keys": entries}, indent=2).encode() + b"\n"


def _parse(content: bytes) -> tuple[Key, ...]:
    """The keys, or none when anything is wrong: an error of the parser would show the text."""
    try:
        document = json.loads(content)
        if document["format"] != _FORMAT:
            return ()
        keys = tuple(_parse_key(entry) for entry in document["keys"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()
    if len({key.id for key in keys}) != len(keys) or any(key.standby for key in keys[:1]):
        return ()
    return keys


def _parse_key(entry: dict[str, Any]) -> Key:
    material = b64decode(entry["key"], validate=True)
    created = datetime.fromisoformat(entry["created"])
    key_id = bytes.fromhex(entry["id"])
    if (len(key_id), len(material)) != (ID_BYTES, _KEY_BYTES) or created.tzinfo is None:
        raise ValueError("not a key")
    standby = entry.get("standby", False)
    if type(standby) is not bool:
        raise ValueError("not a key")
    return Key(key_id.hex(), created, material, standby)
