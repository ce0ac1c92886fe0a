"""A page that somebody adds is looked at like all others, without anyone having to remember."""

from __future__ import annotations

from ostiary.testing.houses import Houses
from ostiary.testing.visiting import app_of
from tests.browser import test_index
from tests.browser.shown import NO_PAGES, PLUGINS, SHOWN
from tests.browser.sights import SIGHTS


def test_every_page_is_among_those_that_are_looked_at(make_runtime: Houses) -> None:
    """All that answers a GET in a house with every plugin of the repository."""
    app = app_of(make_runtime(*PLUGINS))
    readable = set()
    for each in app.registry.introspector.get_category("views"):
        view = each["introspectable"]
        methods = view["request_methods"] or ("GET",)
        if "GET" in ((methods,) if isinstance(methods, str) else methods):
            readable.add(view["route_name"])
    pages = {name for name in readable if name and not name.startswith("__")}
    assert pages - NO_PAGES.keys() == SHOWN.keys()
    assert NO_PAGES.keys() <= pages


def test_every_sight_that_is_named_is_there() -> None:
    """Each is held to end on its page where it is looked at."""
    index = {f"index-{name}" for name in test_index.SIGHTS}
    assert set(SHOWN.values()) <= SIGHTS.keys() | index
    assert len(set(SHOWN.values())) == len(SHOWN)
