"""What people are told of an admin's act on their account."""

from __future__ import annotations

from ostiary.contracts import Mail
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

_ASK = _("If you do not know why, contact the operator of the site.")


def disabled(*, disabled: bool) -> Mail:
    """Shut out, or let in again."""
    if disabled:
        return Mail(
            _("Your account was disabled"),
            (
                _(
                    "An admin of the site disabled your account. You were signed out "
                    "everywhere, and cannot sign in any more."
                ),
                _ASK,
            ),
        )
    return Mail(
        _("Your account was enabled again"),
        (
            _("An admin of the site enabled your account again. You can sign in as before."),
            _ASK,
        ),
    )


def admin_granted(*, must_add: bool) -> Mail:
    """Made an admin."""
    lines = [_("An admin of the site made you an admin too: you can look after accounts now.")]
    if must_add:
        lines.append(
            _(
                "Admins sign in in two steps. Your account has only one, so please add a second "
                "one now: until then you can do nothing else on the site."
            )
        )
    lines.append(_("If you did not expect this, contact the operator of the site."))
    return Mail(_("You are an admin now"), tuple(lines))


def admin_revoked() -> Mail:
    """No admin any more."""
    return Mail(
        _("You are no longer an admin"),
        (
            _("An admin of the site took the rights of an admin from your account."),
            _("Apart from that, your account is as it was."),
            _ASK,
        ),
    )


def sessions_ended() -> Mail:
    """Signed out everywhere."""
    return Mail(
        _("You were signed out everywhere"),
        (
            _("An admin of the site ended all sessions of your account."),
            _("Sign in again to go on."),
            _ASK,
        ),
    )


def factors_reset() -> Mail:
    """The second factors are gone."""
    return Mail(
        subject=_("Your second factors were removed"),
        lines=(
            # Translators: the factors of the second step.
            _(
                "The operator of the site removed the factors that your account asked for "
                "after the first proof, and ended your sessions."
            ),
            # Translators: new second factors.
            _("Sign in and add new ones, so that your account is protected again."),
            _("If you did not ask for this, contact the operator of the site at once."),
        ),
    )
