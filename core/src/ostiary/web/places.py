"""Addresses in words, where a plugin has some; a page never fails for want of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyramid.request import Request

from ostiary.contracts import Text
from ostiary.plugins.shapes import misfit
from ostiary.signin import Fault
from ostiary.web.mount import runtime_of


def places_of(request: Request, addresses: Iterable[str | None]) -> Mapping[str, Text]:
    """Where addresses are, as far as the geography knows.

    It is asked once about each, and about none after it failed, which the log tells: a list of
    sessions does not wait for it once a session.
    """
    runtime = runtime_of(request)
    geography, found = runtime.plugins.geography, dict[str, Text]()
    if geography is None:
        return found
    name = runtime.plugins.origin(geography).name
    for address in dict.fromkeys(addresses):
        if address is None:
            continue
        try:
            said = runtime.runner.ask(name, geography.place, address)
            if misfit(said, Text | None):
                raise runtime.runner.refuse(name, said, "a Text or None")
        except Fault:
            break
        if said is not None:
            found[address] = said
    return found
