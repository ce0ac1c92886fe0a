"""Checkpoints by mail: so that somebody has one who cannot be made to forget it.

Who has the key ring and the database can rewrite the events and sign them anew. That fits no
checkpoint that lies in somebody's mailbox.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from email import message_from_string
from email.message import EmailMessage
from email.policy import default

from sqlalchemy import or_, select, update

from ostiary.audit import SYSTEM
from ostiary.contracts import Details, Mail
from ostiary_audit.events import MAILED
from ostiary_audit.exporting import signed_now
from ostiary_audit.tables import log
from ostiary_audit.texts import _
from ostiary_audit.trail import Trail

# Mail programs break long lines; a colon stands before it, and a full stop after it.
_PACKED = re.compile(r"[A-Za-z0-9+/]{100,}={0,2}")


def mail_if_due(trail: Trail) -> bool:
    """Mail the last checkpoint where the settings ask for it and the time has come; whether it was.

    Of several processes one does it.

    Raises:
        LookupError: nothing is signed yet.
    """
    address, now = trail.settings.checkpoint_mail, trail.runtime.now()
    if address is None:
        return False
    due = or_(
        log.c.mailed_at.is_(None), log.c.mailed_at <= now - trail.settings.checkpoint_mail_every
    )
    with trail.store.read() as connection:
        if connection.execute(select(log.c.id).where(due)).first() is None:
            return False
    trail.sequencer.catch_up()
    note, size, _key = signed_now(trail)
    with trail.store.write() as unit:
        if unit.execute(update(log).where(due).values(mailed_at=now)).rowcount != 1:
            return False
        trail.runtime.mailroom.queue(unit, address, told(note, size))
        details: Details = {"size": size, "address": address}
        trail.runtime.recorder.record(unit, MAILED, SYSTEM, subject=None, details=details)
    return True


def told(note: str, size: int) -> Mail:
    """The message that holds a checkpoint."""
    return Mail(
        subject=_("Checkpoint of ${size} events", size=size),
        lines=(
            _(
                "This message holds a checkpoint of what happened on this site. It fits the first "
                "${size} events that were recorded here, and no others.",
                size=size,
            ),
            # Translators: it: this message.
            _(
                "Keep it where nobody who runs the site can change it. Whoever rewrites the events "
                "later, even with the keys of the site, cannot make the new ones fit it."
            ),
            # Translators: them: the events.
            _(
                "To check them, save this message as a file and run: ostiary audit verify "
                "--checkpoint FILE"
            ),
            _("Another one comes from time to time. If none comes any more, find out why."),
            # Brackets end it, whatever letters a translation has beside it.
            # Translators: ${checkpoint} is a long text for a program.
            _("Checkpoint: ${checkpoint}.", checkpoint=f"[{b64encode(note.encode()).decode()}]"),
        ),
    )


def note_in(text: str) -> str:
    """The checkpoint in a file: the note itself, or a message that holds it, as it was saved.

    What is neither is given back as it is.
    """
    # Its text first: in the message as it was sent, "=" at the end of a line only breaks it.
    for each in (_body(text), text):
        for found in _PACKED.findall("".join(each.split())):
            try:
                note = b64decode(found, validate=True).decode()
            except (Error, UnicodeDecodeError):
                continue
            if "\n\n— " in note:
                return note
    return text


def _body(text: str) -> str:
    """The text of a message that was saved with its headers; nothing of anything else."""
    message = message_from_string(text, _class=EmailMessage, policy=default)
    part = message.get_body(("plain", "html")) if message["From"] else None
    return "" if part is None else str(part.get_content())
