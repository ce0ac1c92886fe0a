"""``/account/tokens``: one's own tokens, making one, revoking one or all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request

from ostiary.accounts import TooMany
from ostiary.accounts.refused import LabelRefused
from ostiary.contracts import Field, Reveal
from ostiary.signin import Member
from ostiary.web import kept_form
from ostiary.web.page import Problem
from ostiary.web.views.visiting import Answered
from ostiary_tokens import forms
from ostiary_tokens.forms import Filled
from ostiary_tokens.keeper import TokenRefused
from ostiary_tokens.pages.desk import TEMPLATES, UNFIT, Desk, back
from ostiary_tokens.snippets import snippets
from ostiary_tokens.texts import _, _n

_USUAL = "90d"
_MOST_SHOWN = 200
"""Resources of one kind whose tokens are a link away; all have such a page, and it can be typed."""


def _with_rows(fields: Iterable[Field]) -> list[tuple[Field, int | None]]:
    return [(field, forms.rows_of(field)) for field in fields]


@dataclass(frozen=True, slots=True)
class OwnTokens:
    """The views."""

    desk: Desk

    def listed(self, request: Request, member: Member) -> Answered:
        """One's tokens, and what one has that tokens of others may reach."""
        types = self.desk.parts.types.values()
        owned = [
            (kind.kind, kind.title, sorted(set(kind.owned_by(member.user_id)))[:_MOST_SHOWN])
            for kind in types
        ]
        return {
            "tokens": self.desk.keeper(request).of(member.user_id),
            "owned": [each for each in owned if each[2]],
        }

    def new(self, request: Request, member: Member) -> Answered:
        """The form, and the token that it makes, shown this once."""
        if request.method != "POST":
            kept = kept_form(request)
            return self._form(member, Filled.of(kept) if kept else self._suggested(request))
        filled = Filled.of(request.POST)
        made = self._made(request, member, filled)
        if isinstance(made, Problem):
            request.response.status_int = UNFIT
            return self._form(member, filled, made)
        values = {
            "token": Reveal(_("Your new token"), made),
            "name": filled.fields["name"],
            "snippets": snippets(request, made),
        }
        return render_to_response(f"{TEMPLATES}/made.jinja", values, request)

    def revoke(self, request: Request, member: Member) -> Answered:
        """End one of one's tokens, after a question."""
        token = self.desk.mine(request, member)
        if token is None:
            return back(request, _("This token was revoked already."))
        if request.method == "POST":
            self.desk.keeper(request).revoke(token.credential)
            # Translators: ${name} is the name of a token.
            return back(request, _("“${name}” was revoked.", name=token.name))
        return {"token": token}

    def revoke_all(self, request: Request, member: Member) -> Answered:
        """End all of one's tokens, after a question."""
        keeper = self.desk.keeper(request)
        if request.method == "POST":
            count = keeper.revoke_all(member.user_id)
            return back(request, _n("One token was revoked.", "${n} tokens were revoked.", count))
        return {"count": len(keeper.of(member.user_id))}

    def _suggested(self, request: Request) -> Filled:
        """An empty form, but for the resources that the address names: ``?project=acme``."""
        resources = tuple(
            f"{kind}:{name}"
            for kind in self.desk.parts.types
            for name in request.GET.getall(kind)
            if name
        )
        return Filled({forms.EXPIRES.name: _USUAL}, resources=resources)

    def _form(self, member: Member, filled: Filled, *problems: Problem) -> dict[str, Any]:
        types = self.desk.parts.types
        groups, filled = forms.offered(types, member.user_id, filled)
        rare = forms.rare_fields(types, groups)
        wrong = {problem.field for problem in problems}
        return {
            "name": forms.NAME,
            "usual": _with_rows(forms.usual_fields(groups)),
            "rare": _with_rows(rare),
            "limited": any(
                field.name in wrong or filled.fields.get(field.name, "").strip() for field in rare
            ),
            "problems": problems,
            "typed": filled.fields,
            "actions": forms.actions_of(types, filled.actions),
            "groups": groups,
        }

    def _made(self, request: Request, member: Member, filled: Filled) -> str | Problem:
        try:
            limits = forms.limits_of(filled, request.ostiary.now(), self.desk.parts.types)
            name, caveats = filled.fields.get("name", ""), forms.caveats_of(limits)
            return self.desk.keeper(request).create(member.user_id, name, caveats)
        except forms.Misfilled as wrong:
            return Problem(wrong.text, wrong.field)
        except LabelRefused as refused:
            return Problem(refused.text, forms.NAME.name)
        except TokenRefused as refused:
            return Problem(refused.text, None)
        except TooMany:
            return Problem(_("You have too many tokens. Revoke some first."), None)
