"""A plugin that hangs: it is named, and others are served while it does."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from .conftest import Browser, Directory, Language, Misbehaviour, World

THREADS = 8
"""Requests that the server of the testing kit answers at once."""


def sign_in(browser: Browser, _together: Barrier) -> None:
    browser.sign_in()


def second(browser: Browser, together: Barrier) -> None:
    """Each has the form before any answer hangs: there is none where all slots are stuck."""
    browser.sign_in()
    browser.get("/sign-in/verify")
    together.wait(60)
    browser.post("/sign-in/verify", code="x")


def present(browser: Browser, _together: Barrier) -> None:
    browser.get("/account", Authorization="Bearer odd-1")


def read(browser: Browser, _together: Barrier) -> None:
    browser.get("/sign-in")


def is_named(caplog: pytest.LogCaptureFixture, named: str) -> bool:
    return any(named in line and "no answer within" in line for line in list(caplog.messages))


@pytest.mark.parametrize(
    ("part", "act", "named"),
    [
        ("first", sign_in, "knock.answer_challenge"),
        ("second", second, "card.answer_challenge"),
        ("verifier", present, "odd-verifier.verify"),
        ("guard", sign_in, "odd-guard.check_attempt"),
        ("guard", present, "odd-guard.check_attempt"),
        ("after", sign_in, "sink odd-after.write"),
        ("inside", sign_in, "sink odd-inside.write"),
        ("directory", sign_in, "plugin-1.named"),
        ("language", read, "plugin-1.negotiate"),
    ],
)
def test_others_are_served_while_a_plugin_hangs(
    world: World,
    misbehaviour: Misbehaviour,
    caplog: pytest.LogCaptureFixture,
    part: str,
    act: Callable[[Browser, Barrier], None],
    named: str,
) -> None:
    """As many requests as there are threads meet it; another one is answered before it ends."""
    if part == "directory":
        world.directory = Directory()
    if part == "language":
        world.language = Language()
    world.start(two=part == "second")
    getattr(world, part).answer = misbehaviour.hang
    order: list[str] = []
    failed: list[BaseException] = []
    together = Barrier(THREADS)

    def stuck() -> None:
        try:
            act(world.browser(), together)
        except BaseException as error:  # noqa: BLE001 - shown below.
            failed.append(error)
        order.append("stuck" if misbehaviour.release.is_set() else "refused")

    crowd = [Thread(target=stuck) for _ in range(THREADS)]
    for each in crowd:
        each.start()
    assert misbehaviour.entered.wait(30)
    assert world.browser().get("/health").status == 200
    order.append("health")
    # Threads that serve are left, so that those who wait for a slot are sent away.
    while sum(not each.is_alive() for each in crowd) < THREADS - 2:
        assert world.browser().get("/health").status == 200
    # The watchdog makes its rounds, and may come by after the others were sent away.
    give_up = time.monotonic() + 30
    while not is_named(caplog, named) and time.monotonic() < give_up:
        assert world.browser().get("/health").status == 200
    misbehaviour.release.set()
    for each in crowd:
        each.join(60)
    assert not failed
    assert not any(each.is_alive() for each in crowd)
    assert order.count("refused") >= THREADS - 2
    assert is_named(caplog, named)
    assert "hunter2" not in caplog.text
