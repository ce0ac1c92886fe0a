"""Questions that a factor asks, and what it says of the answers. All of it is values."""
# fmt: off

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, TypeAlias

from ostiary.contracts.assurance import Strength
from ostiary.contracts.text import Text

_Value: TypeAlias = str | int | float | bool | list[object] | Mapping[str, object] | None
JSON: TypeAlias = Mapping[str, _Value]

class Purpose(Enum):
    """What a challenge is for; an answer to one is worth nothing to another."""
    ENROL = "enrol"
    SIGN_IN = "sign-in"
    STEP_UP = "step-up"

@dataclass(frozen=True, slots=True)
class Mail:
    """A message to the person concerned, sent to their verified address and nowhere else."""
    subject: Text
    lines: tuple[Text, ...]
    code: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)
    link_text: Text | None = None

@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form."""
    name: str
    label: Text
    type: str = "text"  # Or ``password``, or ``code`` (digits).
    autocomplete: str = "off"  # A token of the HTML standard: ``one-time-code`` (WCAG 1.3.5).
    hint: Text | None = None
    max_length: int = 256

@dataclass(frozen=True, slots=True)
class Reveal:
    """A value shown with its label and a copy button; one of several lines is a list."""
    label: Text
    value: str = field(repr=False)

@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG image, such as a QR code."""
    svg: bytes
    alt: Text  # Must not read a secret out.

@dataclass(frozen=True, slots=True)
class Link:
    """A way to another program on the same device, such as an ``otpauth:`` URI."""
    text: Text
    url: str

@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A question, and what goes out once it is stored; use one of its four kinds."""
    tries: ClassVar[int] = 1
    text: Text
    # Private to the factor: sealed, bound to purpose, user and browser, single use, expiring.
    state: JSON = field(default_factory=dict, repr=False)
    # Sent once the challenge is stored, so that a quick answer finds it; never for a decoy.
    mail: Mail | None = None
    send: Callable[[], None] | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Challenge):
    """Fields to fill in, and things to show beside them. Five tries; a typo sends no new mail."""
    tries: ClassVar[int] = 5
    fields: tuple[Field, ...]
    reveals: tuple[Reveal | Picture | Link, ...] = field(default=(), repr=False)
    helper: "Ceremony | None" = None  # Helps to fill it in; the form must work without it.
    button: Text | None = None  # Of an enrolment, where the words of its control would not do.

@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony(Challenge):
    """What a script of the plugin does in the browser; its answer is ``{"answer": s}``. One try."""
    # An asset (``ostiary_webauthn:static/ceremony.js``): a module that reads ``data-`` attributes.
    script: str
    options: JSON = field(default_factory=dict)
    texts: tuple[tuple[str, Text], ...] = ()

@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect(Challenge):
    """Away to another site and back to ``Step.return_url``; the answer is the query it brings."""
    url: str

@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Challenge):
    """Until ``House.deliver`` hears something out of band."""
    tries: ClassVar[int] = 200
    show: str | None = None  # A number to match.

@dataclass(frozen=True, slots=True)
class Refused:
    """No: a stable code for records, and words for the person."""
    reason: str
    text: Text
    field: str | None = None  # The one that is to blame.
    alarm: bool = False  # Tell the owner by mail (a cloned key, a code used again).

@dataclass(frozen=True, slots=True)
class Pending:
    """Not yet; only for a :class:`Wait`."""

@dataclass(frozen=True, slots=True)
class Credential:
    """One enrolled credential. What a step is given is a copy: changing it changes nothing."""
    id: str
    user_id: str
    label: str
    public: JSON = field(default_factory=dict)
    secret: bytes = field(default=b"", repr=False)  # Kept in AEAD bound to this row.
    lookup: str | None = None  # Unique within the factor.
    mark: int | None = None  # Only ever grows: a TOTP step (RFC 6238, 5.2), a counter.

@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A credential to store."""
    label: Text  # A suggestion that the person may change.
    public: JSON = field(default_factory=dict)
    secret: bytes = field(default=b"", repr=False)
    lookup: str | None = None
    mark: int | None = None
    # What this enrolment proved, where that is less; a must where the factor can prove two kinds.
    strength: Strength | None = None
    first: bool = True  # False where this one is no way in, though others of its factor are.
    chosen: str | None = field(default=None, repr=False)  # A secret thought up: guards see it.

@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Yes, by this credential, one that the step handed out."""
    credential: Credential
    mark: int | None = None  # Must exceed the stored one: of two answers at once one is accepted.
    strength: Strength | None = None  # As in :class:`Enrolled`.
    public: JSON | None = None  # Replaces what is stored, as ``secret`` does.
    secret: bytes | None = field(default=None, repr=False)
    notice: Text | None = None  # Shown after the sign-in.
