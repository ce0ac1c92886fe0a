"""Names of projects and versions, in the form in which they are compared."""

from __future__ import annotations

from packaging.utils import canonicalize_name, canonicalize_version


def normal_name(name: str) -> str:
    """A project's name as it is compared (PEP 503), whatever was typed."""
    return str(canonicalize_name(name))


def normal_version(version: str) -> str:
    """A version as it is compared (PEP 440): 1.0 and 1.0.0 are one; what is none stays as it is."""
    return str(canonicalize_version(version))
