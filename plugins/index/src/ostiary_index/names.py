"""Names of projects and versions, in the form in which they are compared."""

from __future__ import annotations

from packaging.utils import canonicalize_name, canonicalize_version
from pyramid.request import Request


def normal_name(name: str) -> str:
    """A project's name as it is compared (PEP 503), whatever was typed."""
    return str(canonicalize_name(name))


def normal_version(version: str) -> str:
    """A version as it is compared (PEP 440): 1.0 and 1.0.0 are one; what is none stays as it is."""
    try:
        return str(canonicalize_version(version))
    except ValueError:
        # More digits than Python makes a number of: none that anything here has.
        return version


def named_in(request: Request, part: str) -> str:
    """What an address names in one of its parts.

    PostgreSQL takes no text with a NUL in it. Nothing is called so, nor as it is written here.
    """
    return str(request.matchdict[part]).replace("\x00", "\ufffd")
