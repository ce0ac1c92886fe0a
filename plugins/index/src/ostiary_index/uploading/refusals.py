"""What is said to whoever uploads what cannot be taken."""

from __future__ import annotations

from ostiary.contracts import Text, TextValue
from ostiary_index.texts import _


class UploadRefused(Exception):
    """No. ``reason`` is for the record; ``text`` says what is wrong and how to mend it."""

    def __init__(self, status: int, reason: str, text: Text) -> None:
        super().__init__(reason)
        self.status, self.reason, self.text = status, reason, text


class Unfit(UploadRefused):
    """A field that is missing or not as it must be; the text names it."""

    def __init__(self, field: str, what: TextValue) -> None:
        # Translators: a field of a form that a program sent, and what is wrong with it.
        super().__init__(400, "unfit", _("${field}: ${what}", field=field, what=what))
        self.field = field
