"""What the house raises.

OstiaryError
├── PluginError          a plugin was found wanting at start; the start stops
├── SettingsError        a setting is wrong; the start stops
├── StoreError           the database is not as it must be; says how to mend it
└── CredentialRefused    a presented credential speaks for nobody (in ``identity``)
"""


class OstiaryError(Exception):
    """The root: one line that says who, what was found, what is allowed, how to mend."""


class PluginError(OstiaryError):
    """A listed plugin cannot be found, imported or accepted."""


class SettingsError(OstiaryError):
    """A setting is missing, unknown or of the wrong shape."""


class StoreError(OstiaryError):
    """The database or a key ring is not in the state that this version needs."""
