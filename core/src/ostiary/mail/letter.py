"""What waits in the outbox: a message, for whom it is, and what it reports."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ostiary.contracts import Mail, Text, User
from ostiary.text import text_from_json, text_to_json

MAX_ADDRESS = 254
"""RFC 5321, section 4.5.3.1.3, less the angle brackets."""

_MAX_FACT = 120
# One address and nothing else: no second one, no display name, no quoted local part.
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
# A name, dot, name: mail programs make it a link.
_HOST = re.compile(r"[^\W\d_][\w-]*\.[^\W\d_]{2,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What a message says of the act: when, from which address, with which browser.

    ``browser`` may be what the client says of itself. ``warns``: the reader is told to look
    after their account if it was not them; else the message itself says what to do then.
    """

    when: datetime
    address: str | None = None
    browser: str | Text = ""
    warns: bool = True

    def to_json(self) -> list[Any]:
        """As JSON values; :meth:`from_json` gives back equal facts."""
        said = self.browser
        browser = text_to_json(said) if isinstance(said, Text) else said
        return [self.when.isoformat(), self.address, browser, self.warns]

    @classmethod
    def from_json(cls, known: list[Any]) -> MailFacts:
        """What :meth:`to_json` gave."""
        when, address, said, warns = known
        browser = text_from_json(said) if isinstance(said, dict) else said
        return cls(datetime.fromisoformat(when), address, browser, warns)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with its recipient, their name, language and time zone, and the facts."""

    to: str
    mail: Mail
    login: str | None = None
    locale: str | None = None
    facts: MailFacts | None = None
    zone: str | None = None

    @classmethod
    def addressed(cls, to: str, mail: Mail, user: User | None, facts: MailFacts | None) -> Letter:
        """A letter that is fit to be sent.

        Raises:
            ValueError: ``to`` is not one plain address, or the link is not one for a browser;
                the message shows neither. A line break in an address would be a new header.
        """
        if len(to) > MAX_ADDRESS or not _ADDRESS.fullmatch(to) or _unprintable(to):
            raise ValueError("a mail goes to one address, without spaces, brackets or names")
        link = mail.link
        if link is not None and (
            not link.startswith(("https://", "http://")) or _unprintable(link) or " " in link
        ):
            raise ValueError("the link of a mail is an absolute http or https URL")
        if facts is not None and facts.when.tzinfo is None:
            raise ValueError("the time of a mail's facts has a time zone")
        if user is None:
            return cls(to, mail, facts=facts)
        return cls(to, mail, user.login, user.locale, facts, user.zone)

    def to_bytes(self) -> bytes:
        """As JSON, to be sealed."""
        mail, facts = self.mail, self.facts
        return json.dumps(
            {
                "to": self.to,
                "login": self.login,
                "locale": self.locale,
                "zone": self.zone,
                "subject": text_to_json(mail.subject),
                "lines": [text_to_json(line) for line in mail.lines],
                "code": mail.code,
                "link": mail.link,
                "link_text": mail.link_text and text_to_json(mail.link_text),
                "facts": facts and facts.to_json(),
            }
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Letter:
        """What :meth:`to_bytes` wrote.

        Raises:
            ValueError, KeyError, TypeError: it is anything else.
        """
        found: dict[str, Any] = json.loads(data)
        link_text, facts = found["link_text"], found["facts"]
        mail = Mail(
            subject=text_from_json(found["subject"]),
            lines=tuple(text_from_json(line) for line in found["lines"]),
            code=found["code"],
            link=found["link"],
            link_text=link_text and text_from_json(link_text),
        )
        reported = facts and MailFacts.from_json(facts)
        return cls(found["to"], mail, found["login"], found["locale"], reported, found.get("zone"))


def mask(address: str) -> str:
    """An address that a log may hold: the first letter and the domain."""
    return f"{address[:1]}***@{address.rpartition('@')[2]}"


def fact(value: str | None) -> str | None:
    """What a client says of itself, fit to be shown; None where it is not.

    Whoever tries to sign in chooses these words, and the owner of the account reads them in a
    mail from us: they may hold nothing that a mail program would make a link.
    """
    shown = " ".join(one_line(value or "").split())[:_MAX_FACT]
    if not shown or "//" in shown or "@" in shown or _HOST.search(shown):
        return None
    return shown


def one_line(words: str) -> str:
    """The words without line breaks and other control characters (RFC 5322, section 2.2)."""
    return " ".join("".join(" " if _control(char) else char for char in words).split())


def _unprintable(value: str) -> bool:
    return any(_control(char) for char in value)


def _control(char: str) -> bool:
    # Control characters, lone surrogates, and Unicode's own line and paragraph separators.
    return unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
