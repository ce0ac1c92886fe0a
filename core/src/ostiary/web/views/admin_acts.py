"""What admins can do to an account, in words: each with a page that asks for a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ostiary.accounts import Account, Accounts, Regain, StoredCredential
from ostiary.contracts import Text, User
from ostiary.signin.administering import Administering
from ostiary.signin.regaining import Regaining
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")


@dataclass(frozen=True, slots=True)
class Subject:
    """The person whom an admin looks at, and what can be done to whom.

    ``account`` is None where a host keeps the users; ``regain`` is the request for a way back
    that waits for a decision.
    """

    user: User
    itself: bool
    account: Account | None
    accounts: Accounts | None
    regaining: Regaining
    regain: Regain | None
    stopped: bool  # The owner stopped what followed such a request, and nobody gets in.

    @property
    def ours(self) -> Accounts:
        """Where the account is kept, by whom no host is meant."""
        assert self.accounts is not None  # noqa: S101 - offered() has seen to that.
        return self.accounts

    @property
    def asked(self) -> str:
        """The id of the request that waits."""
        return "" if self.regain is None else self.regain.id


Did: TypeAlias = Callable[[Administering, Subject, str], bool]
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
    told: bool = False  # Whether the person is told the reason.


DISABLE = Deed(
    name="disable",
    # Translators: an admin does this to another account: the title of a page, and its button.
    control=_("Disable the account"),
    lines=(
        _("The person is signed out everywhere and cannot sign in any more."),
        _("Nothing is deleted. You can enable the account again."),
    ),
    done=_("The account is disabled."),
    do=lambda acting, on, reason: acting.set_disabled(on.ours, on.user, reason, disabled=True),
)
ENABLE = Deed(
    name="enable",
    control=_("Enable the account"),
    lines=(_("The person can sign in again, as before."),),
    done=_("The account is enabled."),
    do=lambda acting, on, reason: acting.set_disabled(on.ours, on.user, reason, disabled=False),
    danger=False,
)
END_SESSIONS = Deed(
    name="end-sessions",
    control=_("End all sessions"),
    lines=(_("The person is signed out everywhere and has to sign in again."),),
    done=_("The sessions are ended."),
    do=lambda acting, on, reason: acting.end_sessions(on.user, reason) > 0,
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
    do=lambda acting, on, reason: bool(acting.reset_factors(on.user, reason)),
)
GRANT = Deed(
    name="make-admin",
    control=_("Make this person an admin"),
    lines=(
        _("The person can then look after all accounts, as you can."),
        # Translators: they: the person who is made an admin.
        _("Where admins must have a second step, they have to add one before anything else."),
    ),
    done=_("The person is an admin now."),
    do=lambda acting, on, reason: acting.set_admin(on.ours, on.user, reason, granted=True),
    danger=False,
)
REVOKE = Deed(
    name="revoke-admin",
    control=_("Take the rights of an admin away"),
    lines=(_("The person can then look after their own account only."),),
    done=_("The person is no longer an admin."),
    do=lambda acting, on, reason: acting.set_admin(on.ours, on.user, reason, granted=False),
    on_oneself=True,
)

ALLOW = Deed(
    name="allow-way-back",
    # Translators: a request for a way back in: the title of a page, and its button.
    control=_("Grant the request"),
    lines=(
        _(
            "After a waiting period the second factors of the account are removed. Meanwhile "
            "its owner is told by mail, and can stop it."
        ),
        _("Be sure that it is the owner who asked."),
    ),
    done=_("The request is granted."),
    do=lambda acting, on, reason: acting.decide(on.regaining, on.asked, reason, granted=True),
)
DENY = Deed(
    name="refuse-way-back",
    control=_("Refuse the request"),
    lines=(_("Nothing is changed, and the owner of the account is told."),),
    done=_("The request is refused."),
    do=lambda acting, on, reason: acting.decide(on.regaining, on.asked, reason, granted=False),
    told=True,
)

DEEDS = {
    deed.name: deed for deed in (ALLOW, DENY, END_SESSIONS, RESET, DISABLE, ENABLE, GRANT, REVOKE)
}


def offered(subject: Subject, credentials: Sequence[StoredCredential]) -> tuple[Deed, ...]:
    """What can be done to this account now, by somebody else or by its owner."""
    account = subject.account
    fit = {
        ALLOW.name: subject.regain is not None,
        DENY.name: subject.regain is not None,
        END_SESSIONS.name: True,
        RESET.name: subject.stopped or any(each.second or each.recovery for each in credentials),
        DISABLE.name: account is not None and account.disabled_at is None,
        ENABLE.name: account is not None and account.disabled_at is not None,
        GRANT.name: account is not None and not account.admin,
        REVOKE.name: account is not None and account.admin,
    }
    able = (deed for deed in DEEDS.values() if fit[deed.name])
    return tuple(deed for deed in able if deed.on_oneself or not subject.itself)
