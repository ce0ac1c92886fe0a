"""What people typed, and why it will not do."""

from __future__ import annotations

from ostiary.contracts import OstiaryError, Text


class InputRefused(OstiaryError):
    """What somebody typed cannot be used; ``text`` says to them why."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


class NameRefused(InputRefused):
    """Not a login name."""


class AddressRefused(InputRefused):
    """Not a mail address."""


class LabelRefused(InputRefused):
    """Not a name for a credential."""
