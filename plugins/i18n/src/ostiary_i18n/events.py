"""What is recorded: a choice of language or zone, since the mails of an account follow it."""

from __future__ import annotations

from ostiary.contracts import EventField, EventType
from ostiary_i18n.texts import _

LANGUAGE_CHOSEN, LANGUAGE_UNCHOSEN = "language.chosen", "language.unchosen"
ZONE_CHOSEN = "language.time-zone-chosen"

_CHOSEN = EventField("chosen")
EVENTS = (
    # Translators: ${chosen} is the tag of a language, such as de or pt-BR.
    EventType(LANGUAGE_CHOSEN, _("${actor} chose the language of ${user}: ${chosen}"), (_CHOSEN,)),
    # Translators: from now on, pages are in the language that the browser asks for.
    EventType(LANGUAGE_UNCHOSEN, _("${actor} left the language of ${user} to the browser")),
    # Translators: ${chosen} is the name of a time zone, such as Europe/Berlin.
    EventType(ZONE_CHOSEN, _("${actor} chose the time zone of ${user}: ${chosen}"), (_CHOSEN,)),
)
