"""What admins can do to an account, in words: each with a page that asks for a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ostiary.accounts import Account, Accounts, StoredCredential
from ostiary.contracts import Text, User
from ostiary.signin.administering import Administering
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

Did: TypeAlias = Callable[[Administering, Accounts | None, User, str], bool]
"""Carries the act out for a reason; whether that was a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One act: its name in addresses, its control, what it will do, and what was done."""

    name: str
    control: Text
    lines: tuple[Text, ...]
    done: Text
    do: Did
    danger: bool = True
    on_oneself: bool = False


def _accounts(accounts: Accounts | None) -> Accounts:
    if accounts is None:
        raise LookupError("a host's users are not ours to change")
    return accounts


DISABLE = Deed(
    name="disable",
    control=_("Disable the account"),
    lines=(
        _("The person is signed out everywhere and cannot sign in any more."),
        _("Nothing is deleted. You can enable the account again."),
    ),
    done=_("The account is disabled."),
    do=lambda acting, accounts, user, reason: acting.set_disabled(
        _accounts(accounts), user, reason, disabled=True
    ),
)
ENABLE = Deed(
    name="enable",
    control=_("Enable the account"),
    lines=(_("The person can sign in again, as before."),),
    done=_("The account is enabled."),
    do=lambda acting, accounts, user, reason: acting.set_disabled(
        _accounts(accounts), user, reason, disabled=False
    ),
    danger=False,
)
END_SESSIONS = Deed(
    name="end-sessions",
    control=_("End all sessions"),
    lines=(_("The person is signed out everywhere and has to sign in again."),),
    done=_("The sessions are ended."),
    do=lambda acting, _accounts, user, reason: acting.end_sessions(user, reason) > 0,
)
RESET = Deed(
    name="reset-factors",
    control=_("Remove the second factors"),
    lines=(
        _(
            "The second factors and recovery factors of the account are removed, also those "
            "that this site does not offer now. The person is signed out everywhere."
        ),
        _(
            "Whoever has the first step alone can then sign in. Be sure that you know who is "
            "asking you for this."
        ),
    ),
    done=_("The second factors are removed."),
    do=lambda acting, _accounts, user, reason: bool(acting.reset_factors(user, reason)),
)
GRANT = Deed(
    name="make-admin",
    control=_("Make this person an admin"),
    lines=(
        _("The person can then look after all accounts, as you can."),
        _("Where admins must have a second step, they have to add one before anything else."),
    ),
    done=_("The person is an admin now."),
    do=lambda acting, accounts, user, reason: acting.set_admin(
        _accounts(accounts), user, reason, granted=True
    ),
    danger=False,
)
REVOKE = Deed(
    name="revoke-admin",
    control=_("Take the rights of an admin away"),
    lines=(_("The person can then look after their own account only."),),
    done=_("The person is no longer an admin."),
    do=lambda acting, accounts, user, reason: acting.set_admin(
        _accounts(accounts), user, reason, granted=False
    ),
    on_oneself=True,
)

DEEDS = {deed.name: deed for deed in (END_SESSIONS, RESET, DISABLE, ENABLE, GRANT, REVOKE)}


def offered(
    user: User,
    account: Account | None,
    credentials: Sequence[StoredCredential],
    *,
    itself: bool,
) -> tuple[Deed, ...]:
    """What can be done to this account now, by somebody else or by its owner."""
    fit = {
        END_SESSIONS: True,
        RESET: any(each.second or each.recovery for each in credentials),
        DISABLE: account is not None and account.disabled_at is None,
        ENABLE: account is not None and account.disabled_at is not None,
        GRANT: account is not None and not account.admin,
        REVOKE: account is not None and account.admin,
    }
    return tuple(deed for deed, fits in fit.items() if fits and (deed.on_oneself or not itself))
