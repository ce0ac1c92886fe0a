"""A form that was kept, shown again for views that do not show it themselves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pyramid.request import Request

from ostiary.signin import Denied, Member
from ostiary.text import translations
from ostiary.web.kept import take
from ostiary.web.views.visiting import Answered, signed_in, stopped

_, _n, _p, _np = translations("ostiary")


@dataclass(frozen=True, slots=True)
class Input:
    """A field as it is shown; ``number`` counts those of the same name, where there are more."""

    name: str
    value: str
    number: int | None
    rows: int


_LINES = 12


@signed_in
def shown_again(request: Request, member: Member) -> Answered:
    """The fields, to be looked at, changed and sent by hand."""
    form = take(request)
    if form is None:
        gone = Denied(
            "kept-gone",
            _("What you typed was shown already, or was kept for too long. Nothing was sent."),
            status=404,
        )
        return stopped(request, gone, "ostiary_account")
    many = Counter(name for name, _value in form.fields)
    seen: Counter[str] = Counter()
    inputs = []
    for name, value in form.fields:
        seen[name] += 1
        rows = min(value.count("\n") + 1, _LINES)
        inputs.append(Input(name, value, seen[name] if many[name] > 1 else None, rows))
    return {
        "to": form.to,
        "inputs": inputs,
        "secrets": form.secrets,
        "files": form.files,
    }
