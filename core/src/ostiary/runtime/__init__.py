"""The house, put together, and what it does for plugins."""

from ostiary.runtime.house import House, VerifierCredentials, behind
from ostiary.runtime.running import Runtime, listed, loaded, utc_now

__all__ = ["House", "Runtime", "VerifierCredentials", "behind", "listed", "loaded", "utc_now"]
