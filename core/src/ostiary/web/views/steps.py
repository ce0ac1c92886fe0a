"""What takes several pages, as far as the core knows it. No factor has a name here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ostiary.accounts import Limit, StoredCredential
from ostiary.contracts import Factor, Text
from ostiary.signin.policy import is_protected, lasting_kinds, shut_out
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

_CONFIRM = _("Confirm your email address")
# Translators: names of the steps of what takes several pages, one under the other.
_REGISTERING = (_("Create the account"), _CONFIRM)
_ADDING_ADDRESS = (_("Add an email address"), _CONFIRM)
# Translators: names of the steps of what takes several pages, one under the other.
_PROTECTING = (_("Add a second step"), _("Add a way to get back in"))
_RECOVERING = (_("Add a new way to sign in"), _("Show two ways"))
# Translators: names of the steps of a reset by mail, one under the other; also a link.
_LINK = (_("Ask for a link"), _("Open the link that we mail you"))
# Translators: the last step of a reset by mail: a new password, for instance.
_AGAIN = _("Replace what you lost")


@dataclass(frozen=True, slots=True)
class Steps:
    """The pages by name, in their order, and the number of the one that is shown."""

    texts: tuple[Text, ...]
    current: int


def registering(current: int) -> Steps:
    """An account is made, and its address is confirmed by the mailed link."""
    return Steps(_REGISTERING, current)


def adding_address(current: int) -> Steps:
    """An address is added, and confirmed by the mailed link."""
    return Steps(_ADDING_ADDRESS, current)


def recovering(current: int) -> Steps:
    """What whoever came in by recovery has before them, until they can do everything again."""
    return Steps(_RECOVERING, current)


def resetting(current: int, *, second: bool | None = None) -> Steps:
    """A reset by mail.

    Args:
        current: the step that is shown.
        second: whether a second step is asked for; None where nobody may learn yet whether the
            account has one, or whether there is an account at all.
    """
    further = {
        None: (_("Show your second step, if you have one"),),
        True: (_("Show your second step"),),
        False: (),
    }
    return Steps((*_LINK, *further[second], _AGAIN), current)


def enrolling(
    factor: Factor,
    factors: Iterable[Factor],
    credentials: Sequence[StoredCredential],
    limit: Limit | None,
) -> Steps | None:
    """What adding a factor is a part of, if it is a part of anything.

    A first second factor calls for a way back in, where the house has one. What a factor asks
    in the course of its own enrolment is for it to say: nobody knows beforehand.
    """
    if limit is Limit.RECOVERY:
        return recovering(1)
    known, properties = tuple(factors), factor.properties
    if properties.recovery:
        return Steps(_PROTECTING, 2) if shut_out(known, credentials) else None
    becomes = lasting_kinds(credentials) | properties.strength.kinds
    first = properties.second and len(becomes) > 1 and not is_protected(credentials)
    back = any(each.properties.recovery for each in known)
    had = any(stored.recovery for stored in credentials)
    return Steps(_PROTECTING, 1) if first and back and not had else None
