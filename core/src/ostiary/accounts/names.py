"""Login names and mail addresses: what people type, and the form that is compared.

Login names follow the IdentifierClass of RFC 8264, section 4.2, with the case mapping of
RFC 8265, section 3.3, and less of its punctuation. Compatibility characters are mapped
(NFKC), as UAX #31 advises for identifiers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import idna
from idna.core import check_bidi

from ostiary.accounts.refused import AddressRefused, NameRefused
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

MAX_NAME = 64
MAX_ADDRESS = 254
"""Octets of a whole address: a path of RFC 5321, section 4.5.3.1.3, without its brackets."""

MAX_LOCAL = 64
"""Octets before the ``@`` (RFC 5321, section 4.5.3.1.1)."""

_CATEGORIES = frozenset({"Lu", "Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})
_NAME_PUNCTUATION = frozenset("._-+'")
_LOCAL_PUNCTUATION = frozenset("!#$%&'*+-/=?^_`{|}~.")

# Letters and marks that show nothing (Default_Ignorable_Code_Point): two names that differ
# in one of them look the same.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

# Scripts that share the shapes of many letters: Cyrillic and Latin can both write "cope".
_ALIKE = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})


@dataclass(frozen=True, slots=True)
class LoginName:
    """A login name as it is shown, and as it is compared."""

    shown: str
    folded: str


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address as mail is sent to it, and as it is compared; the domain is in ASCII."""

    shown: str
    folded: str


def login_name(typed: str) -> LoginName:
    """The login name that somebody typed.

    Its folded form is a login name too, and folds to itself.

    Raises:
        NameRefused: it is empty, too long, holds what no name may hold, or could be taken
            for another.
    """
    shown = unicodedata.normalize("NFKC", typed.strip()) if len(typed) <= 4 * MAX_NAME else typed
    name = LoginName(shown, fold(shown[: MAX_NAME + 1]))
    for form in (name.shown, name.folded):
        _check_length(form)
        _check_characters(form)
        _check_looks(form)
    return name


def address(typed: str) -> MailAddress:
    """The mail address that somebody typed: ``local@domain``, no quotes, no address literal.

    Raises:
        AddressRefused: it is not one.
    """
    refused = AddressRefused(_("Enter an email address, such as name@example.org."))
    local, at, domain = typed.strip().rpartition("@")
    if not at or len(typed) > 2 * MAX_ADDRESS or not _is_local(local):
        raise refused
    try:
        domain = idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise refused from None
    found = MailAddress(f"{local}@{domain}", f"{fold(local)}@{domain}")
    numeric = domain.rpartition(".")[2].isdigit()
    long = max(len(found.shown.encode()), len(found.folded.encode())) > MAX_ADDRESS
    if numeric or long or domain.endswith(".") or not _is_local(fold(local)):
        raise refused
    return found


def fold(text: str) -> str:
    """The form that is compared: NFKC and case folding (Unicode, section 3.13, D147).

    Case folding can undo a normalization, hence twice; so folded text folds to itself.
    """
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", once.casefold())


def _check_length(name: str) -> None:
    if not name:
        raise NameRefused(_("Enter a user name."))
    if len(name) > MAX_NAME:
        raise NameRefused(
            _("A user name has at most ${most} characters, accents included.", most=MAX_NAME)
        )


def _check_characters(name: str) -> None:
    if "@" in name:
        raise NameRefused(_("A user name holds no @, which tells it from an email address."))
    if _INVISIBLE.search(name) or not all(map(_is_plain, name)):
        raise NameRefused(
            _("A user name is made of letters and digits, and of . _ - + ' between them.")
        )
    if name[0] in ".-" or name[-1] in ".-":
        raise NameRefused(_("A user name neither begins nor ends with a dot or a hyphen."))
    if unicodedata.category(name[0])[0] == "M":
        raise NameRefused(_("A user name begins with a letter or a digit, not with an accent."))


def _is_plain(character: str) -> bool:
    return character in _NAME_PUNCTUATION or unicodedata.category(character) in _CATEGORIES


def _check_looks(name: str) -> None:
    """Refuse what reads differently than it is stored."""
    scripts = {unicodedata.name(character, "").partition(" ")[0] for character in name}
    if len(scripts & _ALIKE) > 1:
        raise NameRefused(_("Letters of different alphabets cannot be mixed in a user name."))
    try:
        check_bidi(name)
    except idna.IDNAError:
        raise NameRefused(
            _(
                "Letters that are written from right to left cannot be mixed with others in a "
                "user name."
            )
        ) from None


def _is_local(local: str) -> bool:
    """Whether this is a dot-atom (RFC 5322, section 3.2.3), letters of RFC 6531 included."""
    return (
        0 < len(local.encode(errors="replace")) <= MAX_LOCAL
        and all(local.split("."))
        and not _INVISIBLE.search(local)
        and all(
            character in _LOCAL_PUNCTUATION or unicodedata.category(character) in _CATEGORIES
            for character in local
        )
    )
