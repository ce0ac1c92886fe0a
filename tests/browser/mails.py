"""Every mail that the packages here send, filled with what is awkward in one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from ostiary.accounts import Session
from ostiary.contracts import Client, Mail, Text, User
from ostiary.mail import MailFacts
from ostiary.signin import admin_mails, letters, lost_words, words
from ostiary_audit import mailing
from ostiary_index import mails as of_projects
from ostiary_index.values import Project, Role
from ostiary_password.factor import Password
from ostiary_tokens import mails as of_tokens
from ostiary_tokens.caveats.times import Expires
from ostiary_totp.factor import Totp
from tests.packages import PACKAGES

LOGIN = "ada-with-a-name-that-is-as-long-as-names-may-be"
ADDRESS = "ada.lovelace.of.ockham@mail.department.analytical-engine.example.org"
LINK = "https://index.example/account/verify-address?token=" + 4 * "Zm9vYmFyYmF6cXV4"
OWN = (LOGIN, ADDRESS, "ada@example.org", "acme-tools", "release job", "192.0.2.7", "bob")
AT = datetime(2027, 1, 31, 12, 30, tzinfo=UTC)
FACTS = MailFacts(AT, "2001:db8:85a3::8a2e:370:7334", "Firefox on Linux")
NOTE = (
    "index.example/audit/0a1b2c3d\n777\n"
    + "aGFzaA" * 7
    + "\n\n— index.example "
    + "c2ln" * 24
    + "\n"
)

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_SESSION = Session("h", "s", "u", (), None, Client("192.0.2.7", _AGENT), AT, AT, AT)
_PROJECT = Project("p", "acme-tools", "acme-tools")
_APP, _PASSWORD = Totp.title, Password.title

_COPIED = Text(
    "ostiary_webauthn", "This device or key is part of your account already. Choose another one."
)
_YANKED = Text("ostiary_index", "The file ${file} was deleted.", (("file", "acme-tools"),))

MAILS: Mapping[str, Mail] = MappingProxyType(
    {
        "signin.admin_mails.disabled": admin_mails.disabled(disabled=True),
        "signin.admin_mails.admin_granted": admin_mails.admin_granted(must_add=True),
        "signin.admin_mails.admin_revoked": admin_mails.admin_revoked(),
        "signin.admin_mails.sessions_ended": admin_mails.sessions_ended(),
        "signin.admin_mails.factors_reset": admin_mails.factors_reset(),
        "signin.letters.suspicious": letters.suspicious(_APP, _COPIED),
        "signin.letters.browser_trusted": letters.browser_trusted(AT),
        "signin.letters.factor_added": letters.factor_added(_APP),
        "signin.letters.factor_changed": letters.factor_changed(_PASSWORD),
        "signin.letters.recovery_used": letters.recovery_used(_APP),
        "signin.letters.factor_renamed": letters.factor_renamed("release job", "bob"),
        "signin.letters.factor_removed": letters.factor_removed(_APP),
        "signin.letters.address_added": letters.address_added(ADDRESS),
        "signin.letters.primary_changed": letters.primary_changed("ada@example.org", ADDRESS),
        "signin.letters.address_removed": letters.address_removed(ADDRESS),
        "signin.letters.sessions_ended": letters.sessions_ended((_SESSION, _SESSION)),
        "signin.letters.deletion_asked": letters.deletion_asked(AT, LINK),
        "signin.letters.deletion_cancelled": letters.deletion_cancelled(),
        "signin.letters.last_admin_kept": letters.last_admin_kept(),
        "signin.letters.deleted": letters.deleted(),
        "signin.lost_words.mail_reset": lost_words.mail_reset(_PASSWORD, LINK),
        "signin.lost_words.mail_reset_done": lost_words.mail_reset_done(_PASSWORD),
        "signin.lost_words.mail_regain_asked": lost_words.mail_regain_asked(LINK),
        "signin.lost_words.mail_regain_granted": lost_words.mail_regain_granted(LINK, AT),
        "signin.lost_words.mail_regain_refused": lost_words.mail_regain_refused("release job"),
        "signin.lost_words.mail_regain_cancelled": lost_words.mail_regain_cancelled(),
        "signin.lost_words.mail_regain_done": lost_words.mail_regain_done(LINK),
        "signin.lost_words.mail_regain_stopped": lost_words.mail_regain_stopped(),
        "signin.words.mail_verify": words.mail_verify(LOGIN, LINK),
        "signin.words.mail_new_device": words.mail_new_device(),
        "signin.words.mail_address_in_use": words.mail_address_in_use(LOGIN),
        "audit.mailing.told": mailing.told(NOTE, 777),
        "index.mails.invited": of_projects.invited(_PROJECT, Role.MAINTAINER, LINK),
        "index.mails.joined": of_projects.joined(LOGIN, _PROJECT, Role.OWNER),
        "index.mails.removed": of_projects.removed(_PROJECT, Role.MAINTAINER),
        "index.mails.taken_back": of_projects.taken_back(_PROJECT, _YANKED),
        "tokens.mails.made": of_tokens.made("release job", (Expires(AT).words(),)),
        "tokens.mails.revoked": of_tokens.revoked("release job"),
        "tokens.mails.all_revoked": of_tokens.all_revoked(3),
        "tokens.mails.new_place": of_tokens.new_place("release job", "192.0.2.7", ("bob",)),
        "tokens.mails.ends_soon": of_tokens.ends_soon("release job", AT),
        "tokens.mails.leaked": of_tokens.leaked("release job", "https://example.org/log"),
        "tokens.mails.barred": of_tokens.barred("release job", _APP),
    }
)

# What a mail says of the act besides: of what the reader did themselves, all of it; of what ends
# in its own time, when; of what others did, when, and not what to do if it was not the reader.
_BY_READER = (
    "signin.letters.",
    "signin.words.mail_new_device",
    "tokens.mails.made",
    "tokens.mails.revoked",
)
_BY_TIME = ("signin.letters.deletion_", "signin.letters.last_admin_kept")
_TO_NOBODY = "audit.mailing.told"


def facts_of(name: str) -> MailFacts | None:
    """What a mail is sent with."""
    if name == _TO_NOBODY:
        return None
    if name.startswith(_BY_TIME):
        return MailFacts(AT)
    warns = name.startswith(_BY_READER) and name != "signin.letters.deleted"
    return FACTS if warns else MailFacts(AT, warns=False)


def reader_of(name: str, locale: str) -> User | None:
    """Whom a mail is for; one that goes to an address has no reader that is known."""
    return None if name == _TO_NOBODY else User("1", LOGIN, locale=locale)


def makers() -> Iterator[str]:
    """The functions that say that they make a mail, as the source has them."""
    for package in PACKAGES:
        spec = find_spec(package)
        assert spec is not None
        root = Path((spec.submodule_search_locations or [""])[0])
        for path in sorted(root.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef) and _makes_mail(node):
                    module = ".".join(path.relative_to(root).with_suffix("").parts)
                    prefix = package.removeprefix("ostiary").removeprefix("_")
                    yield ".".join(filter(None, (prefix, module, node.name)))


def _makes_mail(node: ast.FunctionDef) -> bool:
    return isinstance(node.returns, ast.Name) and node.returns.id == "Mail"
