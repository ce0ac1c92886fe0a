"""People's accounts: names, addresses, credentials, sessions, devices they are known by."""

from ostiary.accounts.addresses import Address, AddressTaken
from ostiary.accounts.agents import browser_of
from ostiary.accounts.callers import Callers
from ostiary.accounts.credentials import CredentialRows
from ostiary.accounts.devices import Device, Devices
from ostiary.accounts.labels import clean_label
from ostiary.accounts.links import Links, MailedLink
from ostiary.accounts.names import LoginName, MailAddress, address, login_name
from ostiary.accounts.proofs import proofs_from_json, proofs_to_json
from ostiary.accounts.reading import Reader
from ostiary.accounts.refused import AddressRefused, InputRefused, LabelRefused, NameRefused
from ostiary.accounts.regains import Regain, RegainOpen, Regains, RegainState
from ostiary.accounts.sessions import End, Limit, Session, SessionEnded, Sessions
from ostiary.accounts.stored import (
    FACTOR,
    VERIFIER,
    LastFirstProof,
    LookupTaken,
    StoredCredential,
    TooMany,
)
from ostiary.accounts.tokens import new_token, token_hash
from ostiary.accounts.users import (
    Account,
    Accounts,
    CoreDirectory,
    NameTaken,
)

__all__ = [
    "FACTOR",
    "VERIFIER",
    "Account",
    "Accounts",
    "Address",
    "AddressRefused",
    "AddressTaken",
    "Callers",
    "CoreDirectory",
    "CredentialRows",
    "Device",
    "Devices",
    "End",
    "InputRefused",
    "LabelRefused",
    "LastFirstProof",
    "Limit",
    "Links",
    "LoginName",
    "LookupTaken",
    "MailAddress",
    "MailedLink",
    "NameRefused",
    "NameTaken",
    "Reader",
    "Regain",
    "RegainOpen",
    "RegainState",
    "Regains",
    "Session",
    "SessionEnded",
    "Sessions",
    "StoredCredential",
    "TooMany",
    "address",
    "browser_of",
    "clean_label",
    "login_name",
    "new_token",
    "proofs_from_json",
    "proofs_to_json",
    "token_hash",
]
