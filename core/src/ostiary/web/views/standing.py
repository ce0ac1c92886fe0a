"""How well an account is protected, at a glance, and what would help it most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ostiary.accounts import StoredCredential
from ostiary.contracts import Factor, Text
from ostiary.signin.policy import is_protected, lasting_kinds, shut_out
from ostiary.text import translations
from ostiary.web.views.security import Addition, control

_, _n, _p, _np = translations("ostiary")

_MOST_OFFERED = 3


# Of each thing that protects an account, what is said where it is there, and where it is not.
_STEPS = (
    _("You sign in to your account in two steps."),
    _(
        "You sign in to your account in one step. Add a second one, so that nobody gets in with "
        "the first alone."
    ),
)
_IMITATIONS = (
    _("You have a way to sign in that works on this site only, never on an imitation."),
    _(
        "An imitation of this site could trick you out of what you sign in with. Add a way that "
        "works on this site only."
    ),
)
_WAY_BACK = (
    _("If you lost your second step, you would have a way back in."),
    _(
        "If you lost your second step, you would be shut out: add a way to get back in too, and "
        "keep it elsewhere."
    ),
)
_ADDRESS = (
    _("We can reach you at an email address that you confirmed."),
    _(
        "None of your email addresses is confirmed, so we cannot warn you or help you back in. "
        "Open the link in the message that we sent you."
    ),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that protects an account, or would; ``helps`` are the factors to add for it."""

    good: bool
    text: Text
    helps: tuple[Factor, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What is shown: in a sentence, in a list, and the factors to add for what is missing first."""

    title: Text
    good: bool
    marks: tuple[Mark, ...]
    additions: tuple[Addition, ...]


def standing(
    factors: Iterable[Factor],
    credentials: Sequence[StoredCredential],
    *,
    confirmed: bool | None,
) -> Standing:
    """How an account stands that has these credentials, where these factors are enabled.

    Args:
        factors: what may be added.
        credentials: of the account.
        confirmed: whether an address of the account is; None where addresses are the host's.
    """
    known = tuple(factors)
    marks = tuple(_marks(known, credentials, confirmed=confirmed))
    missing = next((mark for mark in marks if not mark.good), None)
    helps = () if missing is None else missing.helps[:_MOST_OFFERED]
    return Standing(
        title=_title(protected=is_protected(credentials), whole=missing is None),
        good=missing is None,
        marks=marks,
        additions=tuple(
            Addition(factor.name, control(factor, tuple(credentials))) for factor in helps
        ),
    )


def _marks(
    factors: Sequence[Factor], credentials: Sequence[StoredCredential], *, confirmed: bool | None
) -> Iterator[Mark]:
    """The things that count here, the most important first; what nothing here gives is left out."""
    own = [each for each in credentials if each.part == "factor"]
    protected, held = is_protected(credentials), lasting_kinds(credentials)
    second = [f for f in factors if f.properties.second and not f.properties.recovery]
    others = tuple(f for f in second if len(held | f.properties.strength.kinds) > 1)
    yield _mark(protected, _STEPS, others)
    resistant = any(each.strength.phishing_resistant for each in own)
    able = tuple(f for f in factors if f.properties.strength.phishing_resistant)
    if resistant or able:
        yield _mark(resistant, _IMITATIONS, able)
    back = tuple(f for f in factors if f.properties.recovery)
    if protected and (back or any(each.recovery for each in own)):
        yield _mark(not shut_out(factors, credentials), _WAY_BACK, back)
    if confirmed is not None:
        yield _mark(confirmed, _ADDRESS)


def _mark(good: object, texts: tuple[Text, Text], helps: tuple[Factor, ...] = ()) -> Mark:
    return Mark(bool(good), texts[0 if good else 1], helps)


def _title(*, protected: bool, whole: bool) -> Text:
    if whole:
        return _("Your account is well protected.")
    if protected:
        return _("Your account is protected, and it could be better.")
    return _("Your account is weakly protected.")
