"""``/account/tokens/KIND/NAME``: the tokens that reach a resource, for those who have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from ostiary.contracts import ResourceType, Text
from ostiary.signin import Member
from ostiary.web.views.visiting import Answered
from ostiary_tokens.acting import Bar
from ostiary_tokens.pages.desk import CHANGED, REACHING, Desk, back
from ostiary_tokens.reaching import Reaching, has, tokens_reaching
from ostiary_tokens.texts import _

ADMIT = "admit"


@dataclass(frozen=True, slots=True)
class ReachingTokens:
    """The views."""

    desk: Desk

    def shown(self, request: Request, member: Member) -> Answered:
        """Every token that reaches the resource, of whomever."""
        kind, name = self._wanted(request, member)
        found = sorted(self._found(request, kind, name), key=lambda each: each.user)
        return {
            "kind": kind,
            "name": name,
            "mine": [each for each in found if each.user == member.user_id],
            "others": [each for each in found if each.user != member.user_id],
        }

    def changed(self, request: Request, member: Member) -> Answered:
        """Shut a token of somebody else out from the resource, or let it in again."""
        kind, name = self._wanted(request, member)
        wanted = request.POST.get("token")
        found = next(
            (each for each in self._found(request, kind, name) if each.token.id == wanted), None
        )
        if found is None or found.user == member.user_id:
            # Translators: it: a project, for instance.
            return self._back(request, kind, name, _("This token does not reach it any more."))
        return self._back(request, kind, name, self._set(request, kind, name, found))

    def _set(self, request: Request, kind: ResourceType, name: str, found: Reaching) -> Text:
        keeper, token = self.desk.keeper(request), found.token
        bar: Bar = (kind.kind, kind.normalize(name))
        if request.POST.get("do") == ADMIT:
            done = keeper.admit(token.credential, bar)
            # Translators: the token can be used here (on a project, for instance) again.
            said = _("“${token}” of ${user} is let in again.", token=token.name, user=found.login)
        else:
            words = _("${kind} ${names}", kind=kind.title, names=name)
            done = keeper.bar(token.credential, bar, words)
            # Translators: the token cannot be used here (on a project, for instance) any more.
            said = _("“${token}” of ${user} is shut out.", token=token.name, user=found.login)
        return said if done else CHANGED

    def _found(self, request: Request, kind: ResourceType, name: str) -> list[Reaching]:
        keeper = self.desk.keeper(request)
        return list(tokens_reaching(request.ostiary, keeper, self.desk.parts.kinds, kind, name))

    def _wanted(self, request: Request, member: Member) -> tuple[ResourceType, str]:
        """The resource in the address.

        Raises:
            HTTPNotFound: there is none of this name that the member has.
        """
        kind = self.desk.parts.types.get(request.matchdict["kind"])
        name = str(request.matchdict["name"])
        if kind is None or not has(kind, member.user_id, name):
            raise HTTPNotFound
        return kind, name

    @staticmethod
    def _back(request: Request, kind: ResourceType, name: str, text: Text) -> Answered:
        values: dict[str, Any] = {"kind": kind.kind, "name": name}
        return back(request, text, REACHING, **values)
