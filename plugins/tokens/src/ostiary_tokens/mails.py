"""What people are told of their tokens by mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ostiary.contracts import Mail, Text
from ostiary.text import moment
from ostiary_tokens.record import Chain
from ostiary_tokens.texts import _, _n

# Translators: it: the token.
_REFUSED_NOW = _("Programs that use it, or one that was narrowed from it, are refused from now on.")


def made(name: str, limits: Sequence[Text]) -> Mail:
    """A token was made."""
    subject = _("A new API token: ${name}", name=name)
    lines = (
        _("The API token “${name}” was made for your account.", name=name),
        *limits,
        # Translators: it: the token; its limits follow.
        _("Whoever has it can act for you within these limits, without your password."),
    )
    return Mail(subject, lines)


def revoked(name: str) -> Mail:
    """One was revoked."""
    subject = _("API token revoked: ${name}", name=name)
    return Mail(subject, (_("The API token “${name}” was revoked.", name=name), _REFUSED_NOW))


def all_revoked(count: int) -> Mail:
    """All of them were."""
    said = _n("Your one API token was revoked.", "All ${n} API tokens were revoked.", count)
    more = _("Programs that use them, or what was narrowed from them, are refused from now on.")
    return Mail(_("All API tokens revoked"), (said, more))


def new_place(name: str, address: str, delegates: Chain) -> Mail:
    """One was used from where it had not been used before."""
    lines = [
        _(
            "The API token “${name}” of your account was used from an address that it had not been "
            "used from before: ${address}",
            name=name,
            address=address,
        )
    ]
    if delegates:
        # Translators: the services that the token was handed on to, the first one first: “a > b”.
        lines.append(_("By: ${delegates}", delegates=" > ".join(delegates)))
    lines.append(
        # Translators: that: who used the token from a new address.
        _("If that was none of your programs, revoke the token, and find out who else has it.")
    )
    return Mail(_("API token used from a new place: ${name}", name=name), tuple(lines))


def ends_soon(name: str, end: datetime) -> Mail:
    """One ends in some days."""
    lines = (
        _("The API token “${name}” of your account ends at ${time}.", name=name, time=moment(end)),
        _("Programs that use it are refused from then on. If they are to go on, make a new token."),
    )
    return Mail(_("API token ends soon: ${name}", name=name), lines)


def leaked(name: str, where: str | None) -> Mail:
    """One was found in public."""
    lines = [
        _(
            "The API token “${name}” of your account was found where anybody could read it.",
            name=name,
        )
    ]
    if where:
        # Translators: ${address} is an address of the web.
        lines.append(_("Where: ${address}", address=where))
    lines += [
        # Translators: it: the token.
        _("It was revoked at once."),
        _REFUSED_NOW,
        # Translators: it: the token.
        _("Look through your history for what was done with it, then make a new one."),
    ]
    return Mail(_("API token found in public, and revoked: ${name}", name=name), tuple(lines))


def barred(name: str, resource: Text) -> Mail:
    """The owners of a resource do not take one any more."""
    lines = (
        # Translators: ${resource} is such as “project acme-tools”.
        _(
            "The API token “${name}” of your account is not taken any more by: ${resource}",
            name=name,
            resource=resource,
        ),
        # Translators: there: of the project, for instance; it: the token.
        _("An owner there has shut it out. For everything else it works as before."),
    )
    return Mail(_("API token shut out: ${name}", name=name), lines)
