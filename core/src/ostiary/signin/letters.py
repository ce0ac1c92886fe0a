"""Mails about the factors, addresses and sessions of an account, and about its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ostiary.accounts import Session, browser_of
from ostiary.contracts import Mail, Text
from ostiary.text import moment, translations

_, _n, _p, _np = translations("ostiary")

MOST_NAMED = 10
"""Sessions that a mail names."""


def suspicious(factor: Text, what: Text) -> Mail:
    """An answer to a factor's question looks like somebody else's."""
    return Mail(
        _("A suspicious attempt to sign in to your account"),
        # Translators: ${factor} is a title such as Authenticator app or Password. The next line of
        # the mail says what was wrong.
        (_("Somebody answered with your ${factor}, and it was refused:", factor=factor), what),
    )


def browser_trusted(until: datetime) -> Mail:
    """A browser stands in for the second step from now on."""
    return Mail(
        # Translators: the subject of a mail: a browser was trusted.
        _("A browser can skip the second step of your sign-in"),
        (
            # Translators: ${date} is a date and a time.
            _(
                "You asked that a browser be trusted. Until ${date}, whoever signs in to your "
                "account with that browser is not asked for the second step.",
                date=moment(until.date()),
            ),
            _("You can take that back at any time, on the page “Sessions” of your account."),
        ),
    )


def factor_added(what: Text) -> Mail:
    """A factor was enrolled."""
    return Mail(
        _("A way to sign in to your account was added"),
        # Translators: ${factor} is a title and a name, such as Passkey “blue key”, or a title
        # alone.
        (_("${factor} was added to your account.", factor=what),),
    )


def factor_changed(what: Text) -> Mail:
    """A factor of which there is one was replaced: a new password, say."""
    return Mail(
        _("A way to sign in to your account was changed"),
        (
            # Translators: ${factor} is a title and a name, such as Passkey “blue key”, or a title
            # alone.
            _(
                "${factor} was changed. What you used until then does not work any more.",
                factor=what,
            ),
        ),
    )


def recovery_used(what: Text) -> Mail:
    """A factor for recovery stood in for what was lost, or was stolen."""
    return Mail(
        _("A way back into your account was used"),
        (
            # Translators: ${factor} is a title and a name, such as Passkey “blue key”, or a title
            # alone. Mostly recovery codes.
            _(
                "Somebody signed in to your account by its first step and ${factor}, which stood "
                "in for the second step.",
                factor=what,
            ),
            # Translators: they: whoever signed in. To show a way: to sign in with it.
            _(
                "They can add new ways to sign in, and do nothing else until two of the account's "
                "ways were shown."
            ),
        ),
    )


def factor_renamed(old: str, new: str) -> Mail:
    """A credential has another name."""
    return Mail(
        _("A way to sign in to your account was renamed"),
        # Translators: the names that a factor, such as a passkey, had and has.
        (_("“${old}” is now called “${new}”.", old=old, new=new),),
    )


def factor_removed(what: Text) -> Mail:
    """A credential was removed."""
    return Mail(
        _("A way to sign in to your account was removed"),
        # Translators: ${factor} is a title and a name, such as Passkey “blue key”, or a title
        # alone.
        (_("${factor} was removed from your account.", factor=what),),
    )


def address_added(address: str) -> Mail:
    """To the primary address, when another one is claimed."""
    return Mail(
        _("An email address was added to your account"),
        (
            _("The address ${address} was added to your account.", address=address),
            # Translators: it: the email address that was added.
            _("Once it is confirmed, it can be used to sign in and to get back into the account."),
        ),
    )


def primary_changed(old: str, new: str) -> Mail:
    """To the address that was the primary one, and is no longer."""
    return Mail(
        _("Messages about your account now go to another address"),
        (
            _(
                "The primary address of your account was ${old}, and now is ${new}. Messages "
                "about the account go there from now on.",
                old=old,
                new=new,
            ),
        ),
    )


def address_removed(address: str) -> Mail:
    """To the address that was removed, and to the primary one."""
    return Mail(
        _("An email address was removed from your account"),
        (
            _(
                "The address ${address} was removed from your account. It can no longer be used "
                "to sign in.",
                address=address,
            ),
        ),
    )


def sessions_ended(ended: Sequence[Session]) -> Mail:
    """Its owner ended sessions of theirs."""
    lines = [
        # Translators: the browsers follow, each on a line.
        _n(
            "A session of your account was ended:",
            "${n} sessions of your account were ended:",
            len(ended),
        )
    ]
    lines += [browser_of(session.client.agent) for session in ended[:MOST_NAMED]]
    # Translators: them: the session or the sessions that are listed above.
    lines.append(_("Whoever used them is signed out now."))
    return Mail(_("Sessions of your account were ended"), tuple(lines))


def deletion_asked(due: datetime, link: str) -> Mail:
    """When an account is to be deleted, with the way back."""
    return Mail(
        _("Your account is going to be deleted"),
        (
            # Translators: ${when} is a date and a time.
            _("Your account was given up. It will be deleted on ${when}.", when=moment(due)),
            # Translators: it: the account. A link follows.
            _("Until then you can sign in and keep it:"),
        ),
        link=link,
        # Translators: a link or a button: the account is not deleted after all.
        link_text=_("Keep my account"),
    )


def deletion_cancelled() -> Mail:
    """When it is kept after all."""
    return Mail(
        _("Your account is kept"),
        (_("Your account was going to be deleted. That was called off: it stays as it is."),),
    )


def last_admin_kept() -> Mail:
    """When it fell due, and nobody else could have administered the site."""
    return Mail(
        _("Your account is kept"),
        (
            _(
                "Your account was not deleted: nobody else administers the site any more. Make "
                "somebody else an admin, then delete it again."
            ),
        ),
    )


def deleted() -> Mail:
    """The last one, as the account goes."""
    return Mail(
        _("Your account was deleted"),
        (
            _(
                "Your account was deleted, with its addresses, all ways to sign in and all "
                "sessions. It cannot be had back. The record of what happened is kept."
            ),
            # Translators: it: the account.
            _("It had been given up, and nobody called that off in time."),
            _("If it was not you who gave it up, contact the operator of the site."),
        ),
    )
