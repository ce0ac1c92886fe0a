"""What the way in says to people. The same words for every cause that must not be told apart."""

from __future__ import annotations

from ostiary.contracts import Text
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


def fault() -> Denied:
    """A plugin failed; the log names it."""
    return Denied(
        "fault",
        _("This way to prove who you are does not work at the moment. Try again or use another."),
        over=True,
        status=503,
    )


def unavailable() -> Denied:
    """What the account asks for cannot be given with the plugins that are loaded."""
    return Denied(
        "factor-unavailable",
        _(
            "Your account asks for a second proof that this site cannot check at the moment. "
            "Please contact the operator of the site."
        ),
        over=True,
        status=503,
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
    return Denied("no-address", _("Confirm your mail address first: this way needs it."), over=True)


def empty(field: str, label: Text) -> Denied:
    """A field was left empty."""
    return Denied("empty", _("${field} must be filled in.", field=label), field, status=400)


def too_long(field: str, label: Text, most: int) -> Denied:
    """A field holds more than it may."""
    text = _("${field} may hold at most ${most} characters.", field=label, most=most)
    return Denied("too-long", text, field, status=400)
