"""What the way in says to people. The same words for every cause that must not be told apart."""

from __future__ import annotations

from ostiary.accounts import Limit
from ostiary.contracts import Mail, Text
from ostiary.signin.values import Denied
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")


def wrong() -> Denied:
    """The first proof failed, for whatever reason (ASVS 5.0, 6.3.8)."""
    return Denied("wrong", _("The name and what you entered do not match an account."))


def too_many() -> Denied:
    """A budget is used up."""
    return Denied(
        "budget",
        _("Too many attempts. Wait a few minutes, then try again."),
        over=True,
        status=429,
    )


def no_tries_left() -> Denied:
    """The challenge's own tries are used up."""
    return Denied("no-tries-left", _("Too many wrong answers. Start again."), over=True)


def expired() -> Denied:
    """The challenge is gone: too old, answered already, or never for this browser."""
    return Denied(
        "expired",
        _("This form was used already or was open for too long. Please try again."),
        over=True,
    )


def asked_anew() -> Denied:
    """What an enrolment showed is out of date, and something else is shown in its place."""
    return Denied(
        "expired",
        _(
            "This page was open for too long, so what it showed before does not count any more. "
            "Use what it shows now."
        ),
    )


def fault(reason: str = "fault") -> Denied:
    """A plugin failed, for this reason; the log names it."""
    return Denied(
        reason,
        _("This way to prove who you are does not work at the moment. Try again or use another."),
        over=True,
        status=503,
    )


def unavailable() -> Denied:
    """What the account asks for cannot be given with the plugins that are loaded."""
    return Denied(
        "factor-unavailable",
        _(
            "Your account asks for a second step that this site cannot check at the moment. "
            "Please contact the operator of the site."
        ),
        over=True,
        status=503,
    )


def out_of_reach() -> Denied:
    """None of the account's factors could give what is asked for; another one might."""
    return Denied(
        "out-of-reach",
        _(
            "This asks for a stronger proof of who you are than your account can give. Add "
            "another way to sign in first, then come back."
        ),
        over=True,
    )


def closed() -> Denied:
    """The account was disabled; said only to who proved to be its owner."""
    return Denied(
        "inactive",
        _("This account has been disabled. Please contact the operator of the site."),
        over=True,
    )


def not_sent() -> Denied:
    """A message that the challenge needs could not be sent."""
    return Denied(
        "not-sent",
        _("The message could not be sent. Try again or use another way."),
        over=True,
        status=503,
    )


def no_address() -> Denied:
    """A mail is needed and there is no verified address."""
    return Denied(
        "no-address", _("Confirm your email address first: this way needs it."), over=True
    )


def empty(field: str, label: Text) -> Denied:
    """A field was left empty."""
    # Translators: ${field} is the label of a field, such as Password.
    return Denied("empty", _("${field} must be filled in.", field=label), field, status=400)


def too_long(field: str, label: Text, most: int) -> Denied:
    """A field holds more than it may."""
    # Translators: ${field} is the label of a field, such as Password; ${most} is a number.
    text = _("${field} may hold at most ${most} characters.", field=label, most=most)
    return Denied("too-long", text, field, status=400)


def gone() -> Denied:
    """There is no such credential, or not any more."""
    # Translators: “this”: a way to sign in (a factor), whichever; such as a passkey.
    return Denied("gone", _("This was removed already."), over=True, status=404)


def limited(limit: Limit) -> Denied:
    """A session that may add factors, and nothing else."""
    if limit is Limit.ENROL:
        # Translators: why an act was refused: nothing else is possible until then.
        text = _("Your account needs a second step first. Until you have added one, nothing else.")
    else:
        text = _("You came in by recovery. Add a new way to sign in first, then sign in with it.")
    return Denied("limited", text, over=True)


def session_gone() -> Denied:
    """There is no such session of this account, or not any more."""
    return Denied("gone", _("This session has ended already."), over=True, status=404)


def last_first_proof() -> Denied:
    """Without it nobody could sign in to the account."""
    return Denied(
        "last-first-proof",
        _("This is the only way to begin a sign-in to your account. Add another one first."),
        over=True,
        status=409,
    )


def last_kind() -> Denied:
    """What would be left is of one kind, and a sign-in with it would be weaker unnoticed."""
    return Denied(
        "last-kind",
        # Translators: “it”: the factor that somebody wants to remove, such as a passkey.
        _(
            "Without it, what is left could not give the two kinds of proof that your account "
            "asks for. Add another one first, or remove the other factors before it."
        ),
        over=True,
        status=409,
    )


def last_admin() -> Denied:
    """Nobody could look after the site."""
    return Denied(
        "last-admin",
        _("This is the only admin. Make somebody else an admin first."),
        over=True,
        status=409,
    )


def last_second() -> Denied:
    """Policy asks this person for a second factor."""
    return Denied(
        "last-second",
        _(
            "Your account must have a second step, and this is the only one. Add another one "
            "first, then remove this one."
        ),
        over=True,
        status=409,
    )


def too_many_credentials(most: int) -> Denied:
    """The account has as many of this factor as it may."""
    return Denied(
        "too-many-credentials",
        # Translators: “these”: of the factor that is being added, such as authenticator apps.
        _n("You can have one of these.", "You can have at most ${n} of these.", most),
        over=True,
        status=409,
    )


def enrolled_elsewhere() -> Denied:
    """The lookup key is taken, by this account or another."""
    # Translators: “this”: the factor that is being added, such as a passkey.
    return Denied("enrolled", _("This is registered already."), over=True, status=409)


def name_taken() -> Denied:
    """Another account has this login name; names are no secret."""
    # Translators: a user name, in the form for a new account.
    return Denied("name-taken", _("This name is taken. Choose another one."), "name", status=409)


def link_expired() -> Denied:
    """A mailed link is of no use any more."""
    return Denied(
        "link-expired",
        _("This link was used already or is too old. Sign in and ask for a new one."),
        over=True,
    )


def address_taken() -> Denied:
    """Told only to who holds the link, and so reads the mail of this address."""
    return Denied(
        "address-taken",
        _("This address belongs to another account already."),
        over=True,
        status=409,
    )


def mail_verify(login: str, link: str) -> Mail:
    """What proves an address."""
    return Mail(
        subject=_("Confirm your email address"),
        lines=(
            _("This address was given for the account ${login}.", login=login),
            _("Confirm that the address is yours. Until then it cannot be used to sign in."),
            _("If the account is not yours, ignore this message: nothing will happen."),
        ),
        link=link,
        # Translators: a link in a mail, or a button.
        link_text=_("Confirm this address"),
    )


def mail_new_device() -> Mail:
    """What the owner is told of a browser that the account does not know."""
    return Mail(
        subject=_("New sign-in to your account"),
        lines=(
            _("Somebody signed in to your account with a browser that it did not know before."),
            _("If it was you, there is nothing that you need to do."),
        ),
    )


def mail_address_in_use(login: str) -> Mail:
    """What the owner of an address is told when somebody gives it for another account."""
    return Mail(
        subject=_("Somebody gave your email address for another account"),
        lines=(
            _(
                "This address was given for an account called ${login}. It belongs to your "
                "account already, and cannot be confirmed for the other one.",
                login=login,
            ),
            _("If it was you: sign in with the account that you have."),
            _("If it was not you, there is nothing that you need to do."),
        ),
    )
