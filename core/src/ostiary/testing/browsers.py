"""A real Chromium, and axe-core, which looks for what keeps people out of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ostiary.testing.services import chromium_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMEOUT_MILLISECONDS = 10_000

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""The rules of axe-core that pages are held to: WCAG 2.2 AA, and what is good practice."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium without a window. Only one may run in a process at a time.

    Raises:
        ProgramNotFoundError: it is not installed.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium_path()), args=list(ARGUMENTS)
        )
        yield browser
        browser.close()


def axe(page: Page) -> None:
    """Hold the page, as it is now, to :data:`TAGS`.

    The script is evaluated by the debugger, and so needs no hole in the page's policy.

    Raises:
        AssertionError: names each rule that is broken, where, and how to mend it.
    """
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        list(TAGS),
    )
    lines = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n"
        f"    {node['html']}\n    {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
    assert not lines, f"{page.url} keeps people out:\n" + "\n".join(lines)
