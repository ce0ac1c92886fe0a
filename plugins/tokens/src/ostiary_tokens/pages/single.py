"""``/account/tokens/ID``: one token, whom it was handed on to, and what it would let them do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from ostiary.contracts import Act, Client, Field, Refused, Resource
from ostiary.signin import Member
from ostiary.web.page import Problem
from ostiary.web.views.visiting import Answered
from ostiary_tokens import forms
from ostiary_tokens.caveats.contract import Unreadable
from ostiary_tokens.caveats.delegates import NAME_FORM, chain_of
from ostiary_tokens.keeper import Listed
from ostiary_tokens.limits import Wrong, moment, pair
from ostiary_tokens.pages.desk import CHANGED, TOKEN, UNFIT, Desk, back
from ostiary_tokens.record import Chain, Record
from ostiary_tokens.texts import _
from ostiary_tokens.trying import house_limits, refusal

CHAIN = Field(
    "chain",
    # Translators: the label of a box: one that is not in the list above.
    _("Another delegate"),
    # Translators: it: the delegate. “a > b”: the token was handed on to a, and by a to b.
    hint=_("As it was named when the token was handed on; behind others, as “a > b”."),
)
ACT, RESUME = "act", "resume"
# Translators: the label of a box of a dry run: on what something would be done, such as a project.
ON = Field("on", _("On what"), hint=_("As KIND:NAME; what contains it on the lines below it."))
AT = Field(
    "at",
    # Translators: the label of a box of a dry run: when it would be done.
    _("When"),
    # Translators: what is typed stays as it is: 12h is “12 hours from now”.
    hint=_("2027-01-31T12:00 (UTC), or 12h for in twelve hours. Nothing here: now."),
)
# Translators: the label of a box of a dry run: the network (IP) address.
ADDRESS = Field("from", _("From which address"))
_GONE = _("This token was revoked already.")


@dataclass(frozen=True, slots=True)
class Delegated:
    """A chain of delegates; ``above`` is the link before it that is stopped, if one is."""

    chain: Chain
    stopped: bool
    above: str | None


@dataclass(frozen=True, slots=True)
class SingleToken:
    """The views."""

    desk: Desk

    def shown(self, request: Request, member: Member) -> Answered:
        """The token; with a question in the address, also its answer."""
        token = self.desk.mine(request, member)
        return back(request, _GONE) if token is None else self._page(request, token)

    def changed(self, request: Request, member: Member) -> Answered:
        """Stop a delegate, or let them go on."""
        token = self.desk.mine(request, member)
        if token is None:
            return back(request, _GONE)
        typed = request.POST.get(CHAIN.name)
        try:
            chain = chain_of(typed if isinstance(typed, str) else "")
        except Unreadable:
            request.response.status_int = UNFIT
            wrong = Problem(_("A delegate's name is ${form}.", form=NAME_FORM), CHAIN.name)
            return {**self._page(request, token), "problems": (wrong,), "chain_typed": typed}
        keeper, resumed = self.desk.keeper(request), request.POST.get("do") == RESUME
        change = keeper.resume if resumed else keeper.stop
        said = (
            # Translators: ${name} is a delegate: a service that the token was handed on to.
            _("${name} can use the token again.", name=chain[-1])
            if resumed
            # Translators: ${name} is a delegate: a service that the token was handed on to.
            else _("${name} cannot use the token any more.", name=chain[-1])
        )
        text = said if change(token.credential, chain) else CHANGED
        return back(request, text, TOKEN, token=token.id)

    def _page(self, request: Request, token: Listed) -> dict[str, Any]:
        chains = self.desk.keeper(request).chains(token.credential)
        asked = {name: value for name, value in request.GET.items() if isinstance(value, str)}
        page = {
            "token": token,
            "delegated": delegated(chains, token.record),
            "chain_field": CHAIN,
            "chain_typed": "",
            "actions": forms.actions_of(self.desk.parts.types, (asked.get(ACT, ""),)),
            "try_fields": [(ON, 2), (AT, None), (ADDRESS, None)],
            "asked": asked,
            "answer": None,
        }
        if not asked.get(ACT):
            return page
        try:
            return {**page, "answer": self._answer(request, token, asked)}
        except forms.Misfilled as wrong:
            return {**page, "problems": (Problem(wrong.text, wrong.field),)}

    def _answer(self, request: Request, token: Listed, asked: Mapping[str, str]) -> Any:
        """Why the token would be refused, or that it would not."""
        act = _act(request, asked)
        caveats = [self.desk.parts.kinds.read(each) for each in token.record.caveats]
        limits = (*house_limits(token.record, self.desk.settings, self.desk.parts), *caveats)
        said: Refused | None = refusal(limits, act)
        if said is not None:
            return said.text
        return _("The token would allow this, as far as you may do it yourself.")


def delegated(chains: tuple[Chain, ...], record: Record) -> tuple[Delegated, ...]:
    """Every link by which a token was used or is stopped, each behind the one it has it from."""
    links = {chain[: end + 1] for chain in (*chains, *record.stopped) for end in range(len(chain))}
    found = []
    for chain in sorted(links):
        above = record.stops(chain[:-1])
        found.append(Delegated(chain, chain in record.stopped, above[-1] if above else None))
    return tuple(found)


def _act(request: Request, asked: Mapping[str, str]) -> Act:
    now = request.ostiary.now()
    try:
        lines = [line.strip() for line in asked.get(ON.name, "").splitlines()]
        resources = tuple(Resource(*pair(line)) for line in lines if line)
    except Wrong as wrong:
        raise forms.Misfilled(ON.name, wrong.text) from None
    try:
        at = moment(asked[AT.name], now) if asked.get(AT.name, "").strip() else now
    except Wrong as wrong:
        raise forms.Misfilled(AT.name, wrong.text) from None
    return Act(asked[ACT], resources, Client(asked.get(ADDRESS.name, "").strip() or None), at)
