"""Questions that a factor asks, and what it says of the answers. All of it is values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, TypeAlias

from ostiary.contracts.assurance import Strength
from ostiary.contracts.text import Text

JSON: TypeAlias = Mapping[str, "str | int | float | bool | None | list[object] | Mapping[str, object]"]


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
    code: str | None = None
    link: str | None = None
    link_text: Text | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. ``type`` is ``text``, ``password`` or ``code`` (digits).

    ``autocomplete`` is a token of the HTML standard, such as ``one-time-code`` (WCAG 1.3.5).
    """

    name: str
    label: Text
    type: str = "text"
    autocomplete: str = "off"
    hint: Text | None = None
    max_length: int = 256


@dataclass(frozen=True, slots=True)
class Reveal:
    """A value shown with its label and a copy button, such as a setup key in groups."""

    label: Text
    value: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG image, such as a QR code; ``alt`` must not read a secret out."""

    svg: bytes
    alt: Text


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another program on the same device, such as an ``otpauth:`` URI."""

    text: Text
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A question, and what goes out once it is stored; use one of its four kinds.

    ``state`` is private to the factor: sealed by the core, bound to the purpose, the user and
    the browser, single use, expiring. ``mail`` and ``send`` go out after the challenge is
    stored, so that a quick answer finds it; never for a decoy.
    """

    tries: ClassVar[int] = 1

    text: Text
    state: JSON = field(default_factory=dict)
    mail: Mail | None = None
    send: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Challenge):
    """Fields to fill in, and things to show beside them. Five tries; a typo sends no new mail."""

    tries: ClassVar[int] = 5

    fields: tuple[Field, ...]
    reveals: tuple[Reveal | Picture | Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony(Challenge):
    """Something that a script of the plugin does in the browser; its answer is ``{"answer": s}``.

    ``script`` is a static asset of the plugin (``ostiary_webauthn:static/ceremony.js``), an
    ES module that finds ``options`` and ``texts`` in ``data-`` attributes. One try.
    """

    script: str
    options: JSON = field(default_factory=dict)
    texts: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect(Challenge):
    """Away to another site and back to ``Step.return_url``; the query that returns is the answer."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Challenge):
    """Until ``House.deliver`` hears something out of band; ``show`` is a number to match."""

    tries: ClassVar[int] = 200

    show: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """No: a stable code for records, words for the person, at a field where one is to blame.

    ``alarm`` asks for the owner to be told by mail (a cloned key, a code used again).
    """

    reason: str
    text: Text
    field: str | None = None
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """Not yet; only for a :class:`Wait`."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One enrolled credential. What a step is given is a copy: changing it changes nothing.

    ``lookup`` is unique within the factor. ``mark`` only ever grows: a TOTP step (RFC 6238,
    section 5.2), a signature counter. ``secret`` is kept in AEAD bound to this row.
    """

    id: str
    user_id: str
    label: str
    public: JSON = field(default_factory=dict)
    secret: bytes = field(default=b"", repr=False)
    lookup: str | None = None
    mark: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A credential to store. ``label`` is a suggestion that the person may change.

    ``strength`` is what this enrolment itself proved where that is less than the factor can
    prove, and must be given where the factor can prove two kinds. ``chosen`` is a secret that
    a person thought up: guards see it, nothing keeps it.
    """

    label: Text
    public: JSON = field(default_factory=dict)
    secret: bytes = field(default=b"", repr=False)
    lookup: str | None = None
    mark: int | None = None
    strength: Strength | None = None
    chosen: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Yes, by this credential, one that the step handed out.

    ``mark`` must exceed the stored one: the core raises it in one conditional UPDATE, so that
    of two answers at once one is accepted. ``public`` and ``secret`` replace what is stored.
    ``strength`` as in :class:`Enrolled`. ``notice`` is shown after the sign-in.
    """

    credential: Credential
    mark: int | None = None
    strength: Strength | None = None
    public: JSON | None = None
    secret: bytes | None = field(default=None, repr=False)
    notice: Text | None = None
