"""What is said to people who lost what they sign in with: on pages, and by mail."""

from __future__ import annotations

from datetime import datetime

from ostiary.contracts import Mail, Text
from ostiary.signin.values import Denied
from ostiary.text import moment, translations

_, _n, _p, _np = translations("ostiary")

# Translators: asks for either of the two, as the person likes.
NAME = _("User name or email address")


def link_expired() -> Denied:
    """A mailed link is of no use any more; the next one is asked for on the page itself."""
    return Denied(
        "link-expired",
        _("This link was used already, is too old, or was replaced. Ask for a new one."),
        over=True,
    )


def changed_meanwhile() -> Denied:
    """The owner was faster: what was to be reset is not lost."""
    return Denied(
        "changed",
        _("This was changed or finished meanwhile, so nothing was reset. Start again if need be."),
        over=True,
        status=409,
    )


def same_mailbox() -> Denied:
    """A proof by mail would rest on the mailbox that the link came to."""
    return Denied(
        "same-mailbox",
        _(
            "This way sends you a message, and the link that you opened was a message too. "
            "Another proof is needed: choose another way."
        ),
    )


def mail_reset(what: Text, link: str) -> Mail:
    """The link that stands in for what was lost."""
    return Mail(
        # Translators: ${factor} is a title such as Authenticator app or Password.
        subject=_("Reset how you sign in: ${factor}", factor=what),
        lines=(
            # Translators: ${factor} is a title such as Authenticator app or Password.
            _("Somebody asked to reset this for your account: ${factor}.", factor=what),
            _(
                "If it was you, open the link to go on. It can be used once. If your account "
                "asks for a second step, you are asked for it too."
            ),
            _("If it was not you, ignore this message: nothing changes."),
        ),
        link=link,
        # Translators: a link in a mail, or a button.
        link_text=_("Go on with the reset"),
    )


def mail_reset_done(what: Text) -> Mail:
    """What the owner is told afterwards."""
    return Mail(
        # Translators: ${factor} is a title such as Authenticator app or Password.
        subject=_("How you sign in was reset: ${factor}", factor=what),
        lines=(
            # Translators: ${factor} is a title such as Authenticator app or Password.
            _(
                "With a link that was sent to this address, this was replaced: ${factor}. All "
                "other sessions of your account were ended.",
                factor=what,
            ),
            # Translators: “this”: the factor that the mail names, such as the password.
            _(
                "If it was not you, somebody reads your mail: change the password of your "
                "mailbox, reset this again, and contact the operator of the site."
            ),
        ),
    )


# Somebody who lost everything.

# Translators: the label of a box in which people say what happened.
NOTE = _("What happened, and how can an admin be sure that it is you?")


def note_empty() -> Denied:
    """Nobody can decide without a word."""
    return Denied("empty", _("Write what happened."), "note", status=400)


def regain_open() -> Denied:
    """There is one request at a time."""
    return Denied(
        "regain-open",
        _("There is a request for this account already. Look into your mailbox."),
        over=True,
        status=409,
    )


def regain_needs_address() -> Denied:
    """Nobody could be told, and stop it."""
    return Denied(
        "no-address",
        _(
            "Your account has no confirmed email address, so nobody could warn you of a false "
            "request. Please contact the operator of the site."
        ),
        over=True,
    )


def nothing_to_regain() -> Denied:
    """The account asks for nothing besides what was proved."""
    return Denied(
        "nothing-to-regain",
        _("Your account asks for no second step, so there is none to take away."),
        over=True,
        status=409,
    )


def nothing_to_cancel() -> Denied:
    """The link is used, or all is over."""
    return Denied(
        "nothing-to-cancel",
        _("There is nothing to stop any more: this was stopped, refused, or is over."),
        over=True,
        status=409,
    )


def stopped() -> Denied:
    """The owner said that a reset was not theirs."""
    return Denied(
        "stopped",
        _(
            "After the factors of this account were reset, its owner shut it by the link in a "
            "mail. Please contact the operator of the site."
        ),
        over=True,
    )


def mail_regain_asked(link: str) -> Mail:
    """Somebody says that they lost everything."""
    return Mail(
        subject=_("Somebody asked to remove the second step of your account"),
        lines=(
            _(
                "Somebody who gave the first proof of your account says that the other ways to "
                "sign in are lost, and asked an admin of the site to remove them."
            ),
            _("If it was you: an admin decides, and you get another message."),
            _(
                "If it was not you, stop it with this link, and change what you begin a sign-in "
                "with, such as your password: somebody knows it."
            ),
        ),
        link=link,
        # Translators: a link in a mail: stop the request to remove the second step.
        link_text=_("Stop this"),
    )


def mail_regain_granted(link: str, due: datetime) -> Mail:
    """An admin said yes; there is time to say no."""
    return Mail(
        subject=_("The second step of your account will be removed"),
        lines=(
            _(
                "An admin of the site granted what was asked for your account. The other ways to "
                "sign in, and recovery codes, are removed after ${date}.",
                date=moment(due),
            ),
            _("If it was not you who asked, stop it with this link before then."),
            _("A sign-in with both steps stops it too."),
        ),
        link=link,
        link_text=_("Stop this"),
    )


def mail_regain_refused(reason: str) -> Mail:
    """An admin said no."""
    return Mail(
        subject=_("Your request for a way back in was refused"),
        lines=(
            _("An admin of the site refused to remove the second step of your account."),
            # Translators: ${reason} is what an admin wrote.
            _("The reason given: ${reason}", reason=reason),
            _("Nothing was changed. You can ask again, or contact the operator of the site."),
        ),
    )


def mail_regain_cancelled() -> Mail:
    """It was stopped in time."""
    return Mail(
        subject=_("The second step of your account stays"),
        lines=(
            _(
                "The request to remove the second step of your account was stopped, by a link in "
                "a mail or by a sign-in with both steps. Nothing was removed."
            ),
            _(
                "If you never made such a request, change what you begin a sign-in with, such "
                "as your password: somebody knows it."
            ),
        ),
    )


def mail_regain_done(link: str) -> Mail:
    """It was carried out; the last chance to stop what follows."""
    return Mail(
        subject=_("The second step of your account was removed"),
        lines=(
            _(
                "As an admin of the site granted, the other ways to sign in to your account were "
                "removed, and all its sessions ended."
            ),
            _(
                "If it was you: sign in, and add new ones. Until you have signed in with two of "
                "them, you can do nothing else."
            ),
            _(
                "If it was not you, shut the account with this link at once, and contact the "
                "operator of the site."
            ),
        ),
        link=link,
        # Translators: a link in a mail: nobody can sign in until an admin has looked at it.
        link_text=_("Shut my account"),
    )


def mail_regain_stopped() -> Mail:
    """The owner shut the account."""
    return Mail(
        subject=_("Your account is shut"),
        lines=(
            _(
                "By the link in a mail, your account was shut after its second step had been "
                "removed: everybody was signed out, and nobody can sign in."
            ),
            _("Contact the operator of the site to get in again."),
        ),
    )
