"""The mail that a house sent, read as its recipients would."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from ostiary.runtime import Runtime

_LINK = re.compile(r"https?://\S+")
# What is shown alone on an indented line, as mail programs leave it: a code to type.
_CODE = re.compile(r"^ {4,}(\S.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Received:
    """One message. ``text`` and ``html`` are its two parts."""

    to: str
    subject: str
    text: str
    html: str
    raw: EmailMessage = field(repr=False)

    @property
    def links(self) -> tuple[str, ...]:
        """Every address in the text, in its order."""
        return tuple(_LINK.findall(self.text))

    @property
    def link(self) -> str:
        """The first address in the text: where a message has something to do, what to do.

        Raises:
            LookupError: there is none.
        """
        if not self.links:
            raise LookupError(f"the mail {self.subject!r} has no link")
        return self.links[0]

    @property
    def code(self) -> str | None:
        """The code that the message is about, if it is about one."""
        found = _CODE.search(self.text)
        return None if found is None else found[1]


@dataclass
class Outbox:
    """What every house of a test has sent so far; looking into it delivers what waits.

    Messages of one instant are in no order: let the clock advance between them, or tell them
    apart by recipient, subject or code.
    """

    houses: Callable[[], Sequence[Runtime]]
    _read: dict[Path, Received] = field(default_factory=dict)

    @property
    def mails(self) -> tuple[Received, ...]:
        """All of them, oldest first."""
        for runtime in self.houses():
            runtime.mailroom.deliver_due()
            for path in sorted(runtime.settings.mail.folder.glob("*.eml")):
                if path not in self._read:
                    self._read[path] = _received(path.read_bytes())
        return tuple(self._read.values())

    @property
    def last(self) -> Received:
        """The newest.

        Raises:
            LookupError: nothing was sent.
        """
        mails = self.mails
        if not mails:
            raise LookupError("no mail was sent")
        return mails[-1]

    @property
    def code(self) -> str:
        """The newest code.

        Raises:
            LookupError: no mail has one.
        """
        for mail in reversed(self.mails):
            if mail.code is not None:
                return mail.code
        raise LookupError(f"no mail has a code; sent were {[m.subject for m in self.mails]}")

    def to(self, address: str) -> tuple[Received, ...]:
        """What was sent to one address, oldest first."""
        return tuple(mail for mail in self.mails if mail.to == address)

    def __iter__(self) -> Iterator[Received]:
        return iter(self.mails)

    def __len__(self) -> int:
        return len(self.mails)


def _received(data: bytes) -> Received:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    parts = {}
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        parts[kind] = "" if body is None else str(body.get_content()).replace("\r\n", "\n")
    return Received(
        str(message["To"]), str(message["Subject"]), parts["plain"], parts["html"], message
    )
