"""How a message leaves: by SMTP, or into a folder. Both serve pyramid_mailer's Mailer.

pyramid_mailer's own SMTP does not verify the server's certificate, and its DebugMailer leaves
codes and links in files that others may read; so both ends are ours.
"""

from __future__ import annotations

import logging
import os
import smtplib
import ssl
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from pyramid_mailer.mailer import Mailer

from ostiary.mail.letter import mask
from ostiary.settings import MailSettings

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
"""How long the SMTP server may keep silent."""


@dataclass
class Envelope:
    """A finished message, as :class:`pyramid_mailer.mailer.Mailer` takes one.

    Not frozen, since the mailer assigns the sender where it has a default.
    """

    sender: str
    recipient: str
    message: EmailMessage

    @property
    def send_to(self) -> tuple[str, ...]:
        """The envelope's recipients; the headers have no say."""
        return (self.recipient,)

    def to_message(self) -> EmailMessage:
        """The message itself."""
        return self.message


def mailer(settings: MailSettings, domain: str) -> Mailer:
    """A mailer for these settings; ``domain`` is what it calls itself in EHLO."""
    if settings.host is None:
        return Mailer(smtp_mailer=Folder(settings.folder))
    return Mailer(smtp_mailer=Server(settings, settings.host, domain))


class Server:
    """An SMTP server: one connection for each message, its certificate verified."""

    def __init__(self, settings: MailSettings, host: str, domain: str) -> None:
        self._settings = settings
        self._host = host
        self._domain = domain

    def send(self, sender: str, recipients: Collection[str], message: EmailMessage) -> None:
        """Hand the message over.

        Raises:
            OSError, smtplib.SMTPException: the server did not take it, or does not offer the
                encryption that the settings demand (RFC 3207).
        """
        connection = self._connect()
        try:
            if self._settings.tls == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if self._settings.username is not None and self._settings.password is not None:
                connection.login(self._settings.username, self._settings.password)
            connection.send_message(message, parseaddr(sender)[1], list(recipients))
            # It has been taken: a server that fails to say goodbye must not get it twice.
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
        finally:
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        # The name is given, since smtplib would ask the DNS for one, without any bound.
        port, name, timeout = self._settings.port, self._domain, TIMEOUT_SECONDS
        if self._settings.tls == "implicit":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, port, name, timeout=timeout, context=context)
        return smtplib.SMTP(self._host, port, name, timeout=timeout)


class Folder:
    """A folder of ``.eml`` files, for a first look around without any server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, sender: str, recipients: Collection[str], message: EmailMessage) -> None:
        """Write the message to a file of mode 0600 whose name sorts by time; whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.urandom(4).hex()}"
        path, partial = self._folder / f"{name}.eml", self._folder / f".{name}.part"
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            partial.rename(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        log.info("Mail to %s written to %s", ", ".join(map(mask, recipients)), path)
