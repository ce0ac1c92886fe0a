"""The sheet of codes: what is shown once, and what a script adds to save and print it."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary.contracts import Ceremony, Form, Reveal, Step, Text, User
from ostiary_recovery.codes import grouped
from ostiary_recovery.texts import _


def sheet(step: Step, user: User, codes: Sequence[str]) -> Form:
    """The page that shows new codes; nothing counts before its button is pressed."""
    heading = _heading(step, user)
    return Form(
        text=_replacing() if step.credentials else _first(),
        fields=(),
        reveals=(Reveal(heading, "\n".join(map(grouped, codes))),),
        helper=_helper(step, heading),
        state={"codes": list(codes)},
        # Translators: a button.
        button=_("I have kept these codes"),
    )


def _first() -> Text:
    return _(
        "If you ever cannot use the second step of your sign-in, one of these codes takes its "
        "place, once. Print them, save them or write them down, and keep them apart from what "
        "you sign in with. You see them only now, and they work once you have pressed the button "
        "below."
    )


def _replacing() -> Text:
    return _(
        "These are new codes. Print them, save them or write them down, and keep them apart from "
        "what you sign in with. You see them only now. Your old codes go on working until you "
        "press the button below; from then on only these do."
    )


def _heading(step: Step, user: User) -> Text:
    # What tells one printed sheet from another; a date that reads the same everywhere.
    # Translators: ${site} is the name of the site.
    return _(
        "Recovery codes of ${login} for ${site}, made on ${date}",
        login=user.login,
        site=step.site.title,
        date=step.now.date().isoformat(),
    )


def _helper(step: Step, heading: Text) -> Ceremony:
    return Ceremony(
        text=_("Save or print the codes"),
        script="ostiary_recovery:static/sheet.js",
        options={"file": f"recovery-codes-{step.site.domain}.txt", "origin": step.site.origin},
        texts=(
            ("download", _("Download the codes")),
            ("print", _("Print the codes")),
            ("downloaded", _("The codes were downloaded. Move the file to where it is safe.")),
            ("heading", heading),
            ("once", _("Each code works once. New codes make all of these useless.")),
        ),
    )
