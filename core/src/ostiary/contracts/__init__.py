"""The contracts between the core and its plugins. Nothing here imports the rest of the house."""
# They and the hooks are to be read in one sitting, under 800 lines, and so are set close.

# fmt: off
# isort: off
from .assurance import Assurance, Kind, Proof, Strength
from .audit import Actor, AuditSink, Details, Event, EventField, EventType, Outcome
from .challenge import (
    JSON, Ceremony, Challenge, Credential, Enrolled, Field, Form, Link, Mail, Pending, Picture,
    Purpose, Redirect, Refused, Reveal, Verified, Wait,
)
from .errors import OstiaryError, PluginError, SettingsError, StoreError
from .factor import CodeFactor, CreateOption, Factor, First, Properties, Step
from .house import AccountPage, Credentials, House, Localization, MessageCatalog, Migrations
from .identity import (
    Act, Attempt, Claim, Client, CredentialRefused, CredentialVerifier, Geography, Identity,
    Permission, Permitted, Presented, Resource, ResourceType, Restriction, SignInGuard, Site, User,
    UserDirectory,
)
from .text import Text, TextValue

__all__ = [
    "JSON", "AccountPage", "Act", "Actor", "Assurance", "Attempt", "AuditSink", "Ceremony",
    "Challenge", "Claim", "Client", "CodeFactor", "CreateOption", "Credential", "CredentialRefused",
    "CredentialVerifier", "Credentials", "Details", "Enrolled", "Event", "EventField", "EventType",
    "Factor", "Field", "First", "Form", "Geography", "House", "Identity", "Kind", "Link",
    "Localization", "Mail", "MessageCatalog", "Migrations", "OstiaryError", "Outcome", "Pending",
    "Permission", "Permitted", "Picture", "PluginError", "Presented", "Proof", "Properties",
    "Purpose", "Redirect", "Refused", "Resource", "ResourceType", "Restriction", "Reveal",
    "SettingsError", "SignInGuard", "Site", "Step", "StoreError", "Strength", "Text", "TextValue",
    "User", "UserDirectory", "Verified", "Wait",
]
