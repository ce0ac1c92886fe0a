"""Messages to people: composed in their language, sent after the commit, through an outbox."""

from ostiary.mail.letter import MailFacts
from ostiary.mail.room import Mailroom
from ostiary.settings import MailSettings

__all__ = ["MailFacts", "MailSettings", "Mailroom"]
