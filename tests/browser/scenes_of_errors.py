"""What people see when something is not there, not allowed, or broken."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.broken import MISTAKE, PART
from tests.browser.people import PASSWORD
from tests.browser.scenes import NAME, Scene, sight

_LARGE = "x" * (65 * 1024)


def answered(scene: Scene, path: str, status: int) -> None:
    """The address is answered with this status, by a page with a number and a way on."""
    answer = scene.page.goto(scene.person.url + path)
    assert answer is not None
    assert answer.status == status
    expect(scene.page.locator("main .o-button")).to_have_count(1)
    expect(scene.page.locator("main .o-hint")).to_have_count(1)


@sight
def not_found(scene: Scene) -> None:
    answered(scene, "/no-such-page", 404)


@sight
def not_readable(scene: Scene) -> None:
    answered(scene, "/sign-in?next=%ff", 400)


@sight
def not_allowed(scene: Scene) -> None:
    scene.signed_in("totp")
    answered(scene, "/admin/users", 403)


@sight
def not_that_way(scene: Scene) -> None:
    answered(scene, "/tokens/narrow", 405)


@sight
def too_large(scene: Scene) -> None:
    scene.open("/sign-in")
    scene.send(name=_LARGE, password=PASSWORD)


@sight
def mistake_of_ours(scene: Scene) -> None:
    scene.person.braced = True
    answered(scene, MISTAKE, 500)


@sight
def part_that_fails(scene: Scene) -> None:
    scene.person.braced = True
    answered(scene, PART, 503)


@sight
def form_too_old(scene: Scene) -> None:
    scene.open("/sign-in")
    scene.page.context.clear_cookies()
    scene.send(name=NAME, password=PASSWORD)


@sight
def form_from_elsewhere(scene: Scene) -> None:
    form = f"<form method=post action={scene.person.url}/sign-in><button>Win</button></form>"
    scene.page.goto(f"data:text/html,{form}")
    scene.page.click("button")
    scene.page.wait_for_url("**/sign-in")
