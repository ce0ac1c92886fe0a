"""What tokens and the index do leaves events, too: each unsafe route of theirs is walked."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events, Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor
from plugins.index.tests.conftest import fields_of

from .walking import Walk

PLUGINS = ("password", "totp", "tokens", "index", "audit")
WHEEL = "acme_tools-{}-py3-none-any.whl"


@pytest.fixture
def walk(make_runtime: Houses, events: Events, clock: Clock, outbox: Outbox) -> Walk:
    settings: dict[str, Any] = {"second_factor__required": "never", "generous": True}
    return Walk(make_runtime(*PLUGINS, **settings), events, clock, outbox)


def somebody(walk: Walk, login: str) -> Visitor:
    """An account with a confirmed address and an authenticator app."""
    at = walk.register(login)
    at.get(walk.outbox.to(f"{login}@example.org")[-1].link)
    at.submit("token")
    walk.add_app(at, login)
    return at


def send(at: Visitor, path: str, **fields: str) -> Any:
    """Send a form as its page would."""
    at.get("/account")
    token = at.page.html.find("input", {"name": "csrf_token"})["value"]
    answer = at.app.post(path, {"csrf_token": token, **fields}, status="*")
    assert answer.status_int < 400, (path, answer.status_int, answer.text)
    return answer


def made_token(walk: Walk, at: Visitor, name: str) -> tuple[str, str]:
    """A token for everything: what it is, and its id."""
    walk.press(at, "/account/tokens/new", name=name)
    value = at.page.html.select_one(".o-reveal code").text.strip()
    at.get("/account/tokens")
    links = [link["href"] for link in at.page.html.find_all("a") if link.get("href")]
    revoke = next(each for each in links if each.endswith("/revoke"))
    return value, revoke.split("/")[-2]


def upload(walk: Walk, token: str, version: str, path: str = "/legacy/") -> None:
    name = WHEEL.format(version)
    content = version.encode() * 100
    basic = b64encode(f"__token__:{token}".encode()).decode()
    visitor = walk.visitor()
    visitor.app.post(
        path,
        fields_of(name, content),
        upload_files=[("content", name, content)],
        headers={"Authorization": f"Basic {basic}"},
    )


def test_every_unsafe_route_of_tokens_and_index_leaves_an_event(walk: Walk) -> None:
    ada, bob = somebody(walk, "ada"), somebody(walk, "bob")
    value, token = made_token(walk, ada, "ci")
    for version in ("1.0", "1.1"):
        upload(walk, value, version)
    upload(walk, value, "1.2", "/legacy")
    project, releases = "/projects/acme-tools", "/projects/acme-tools/releases"
    send(ada, f"{project}/people", name="bob", role="maintainer")
    send(ada, f"{project}/people/{person(walk, 'bob')}/withdraw")
    for leaves in (False, True):
        send(ada, f"{project}/people", name="bob", role="maintainer")
        send(bob, f"{project}/invitation", do="accept", answer="accept", accept="yes")
        _value, others = made_token(walk, bob, f"laptop {leaves}")
        send(ada, "/account/tokens/project/acme-tools", token=others, do="bar")
        if leaves:
            send(bob, f"{project}/leave")
        else:
            send(ada, f"{project}/people/{person(walk, 'bob')}/remove")
    send(ada, f"/account/tokens/{token}", chain="ci.example", do="stop")
    ada.get("/account")
    csrf = ada.page.html.find("input", {"name": "csrf_token"})["value"]
    ada.app.post_json(
        "/tokens/narrow", {"name": "narrow", "expires": "1h"}, headers={"X-CSRF-Token": csrf}
    )
    send(ada, f"{releases}/1.0/yank", reason="broken", why="broken")
    send(ada, f"{releases}/1.0/unyank")
    send(ada, f"{releases}/1.0/delete", name="1.0", confirm="1.0", version="1.0")
    send(ada, f"{project}/files/{WHEEL.format('1.1')}/delete", confirm=WHEEL.format("1.1"))
    send(ada, f"{project}/delete", confirm="acme-tools", name="acme-tools")
    send(ada, f"/account/tokens/{token}/revoke")
    send(ada, "/account/tokens/revoke-all")
    own = {each for each in walk.unsafe_routes() if each.startswith(("index_", "ostiary_tokens"))}
    silent = {route for route in own if not walk.left.get(route)}
    assert silent == set(), f"left no event, or were never tried: {sorted(silent)}"


def person(walk: Walk, login: str) -> str:
    user = walk.runtime.directory.named(login)
    assert user is not None
    return user.id
