"""The house, put together, and what it does for plugins."""

from ostiary.runtime.house import House, VerifierCredentials
from ostiary.runtime.running import Runtime, listed, loaded, utc_now

__all__ = ["House", "Runtime", "VerifierCredentials", "listed", "loaded", "utc_now"]
