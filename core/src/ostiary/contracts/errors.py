"""What the house raises; ``CredentialRefused``, the fourth of them, is in ``identity``."""
# fmt: off

class OstiaryError(Exception):
    """The root: one line that says who, what was found, what is allowed, how to mend."""

class PluginError(OstiaryError):
    """A listed plugin cannot be found, imported or accepted; the start stops."""

class SettingsError(OstiaryError):
    """A setting is missing, unknown or of the wrong shape; the start stops."""

class StoreError(OstiaryError):
    """The database or a key ring is not in the state that this version needs."""
