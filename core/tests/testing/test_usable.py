"""The checks of pages find what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostiary.testing.usable import focused, speakable

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PAGE = "<!DOCTYPE html><html lang=en><title>t</title><main><h2 id=h>ci</h2>{}</main></html>"
SHOWN = (
    "<style>a:focus { outline: 3px solid }</style>"
    '<a id="a" href="/" aria-labelledby="a h">What it did</a>'
)


@pytest.mark.parametrize(
    "control",
    [
        '<button aria-label="Let ci go on">Let go on</button>',
        '<a href="/" aria-label="What ci did">What it did</a>',
        '<a href="/" aria-labelledby="h">Stop</a>',
        '<button aria-label="a b"><span>b</span> <span>a</span></button>',
        '<label for="i">Name</label><input id="i" aria-label="Address">',
        '<label><input type="checkbox" aria-label="Other"> Remember</label>',
        '<details><summary aria-label="Narrow">Filter</summary>x</details>',
        '<div role="button" tabindex="0" aria-label="Close">Shut</div>',
    ],
)
def test_a_name_without_what_is_read_is_found(control: str, page: Page) -> None:
    """Who says what they read would not reach the control (WCAG 2.5.3)."""
    page.set_content(PAGE.format(control))
    with pytest.raises(AssertionError, match="not called as they read"):
        speakable(page)


def test_names_that_have_what_is_read_pass(page: Page) -> None:
    """Longer ones too, in any case, with any spaces; and those of what has nothing to be read."""
    page.set_content(
        PAGE.format(
            """
            <a id="a" href="/" aria-labelledby="a h">What it did</a>
            <button aria-label="Remove ci" style="text-transform: uppercase">Remove</button>
            <button aria-label="Make primary: ci">Make<br> <b>primary</b></button>
            <button aria-label="&#x202E;Stop “&#x202C;ci">&#x202E;Stop&#x202C;</button>
            <button aria-label="Close"><svg></svg></button>
            <button hidden aria-label="Other">Not seen</button>
            <a href="/"><bdi>ci</bdi></a>
            <label for="i">Name</label><input id="i" value="ci">
            <label for="t">Words</label><textarea id="t">typed</textarea>
            <label for="s">Kind</label><select id="s"><option>one<option>two</select>
            <input aria-label="Code"><input type="submit" value="Send">
            <details><summary>Filter</summary>x</details>
            """
        )
    )
    speakable(page)


def test_where_every_message_is_lengthened_nothing_is_said(page: Page) -> None:
    page.set_content(
        PAGE.replace("lang=en", "lang=en-XA").format(
            '<button aria-label="[Štöþ “ci” one two]">[Štöþ one]</button>'
        )
    )
    speakable(page)


def test_what_has_the_focus_is_called_by_its_parts(page: Page) -> None:
    """In their order, as a screen reader says it; people of the tests find it by that."""
    page.set_content(PAGE.format(SHOWN))
    page.keyboard.press("Tab")
    assert focused(page)["name"] == "What it did ci"
