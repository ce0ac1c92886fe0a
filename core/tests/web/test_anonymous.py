"""What anybody may send: it acts only as it must, costs little, and breaks nothing."""

from __future__ import annotations

import pytest

from .conftest import Place, app_of

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("sent", [{}, {"Sec-Fetch-Site": "cross-site"}])
def test_only_a_post_signs_out(place: Place, sent: dict[str, str]) -> None:
    """No token is asked of a HEAD request, so it must not act."""
    app = app_of(place, alone=True)
    app.set_cookie("ostiary_session", place.session(place.user()))
    answer = app.head("/sign-out", headers=sent)
    assert not any("ostiary_session" in set_ for set_ in answer.headers.getall("Set-Cookie"))
    assert app.get("/account", headers=HTML).status_int == 200
    assert app.head("/sign-in").location.endswith("/account")
