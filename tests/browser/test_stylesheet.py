"""An operator's own style sheet, as a browser takes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.serving import Server
from tests.browser.people import Meet

OWN = """
:root { --o-accent: #5b2a86; --o-radius: 0 }
@media (prefers-color-scheme: dark) { :root { --o-accent: #cdb0ee } }
"""


@pytest.fixture
def server(make_runtime: Houses, serve: Serve, tmp_path: Path) -> Server:
    path = tmp_path / "own.css"
    path.write_text(OWN, "utf-8")
    return serve(make_runtime("password", generous=True, stylesheet=str(path)))


@pytest.mark.parametrize(
    ("colours", "accent"), [("light", "rgb(91, 42, 134)"), ("dark", "rgb(205, 176, 238)")]
)
def test_its_colours_and_corners_are_those_of_the_pages(
    meet: Meet, colours: str, accent: str
) -> None:
    """What it says nothing of stays as it was, and the policy has nothing against it."""
    ada = meet(color_scheme=colours)
    ada.open("/sign-in")
    button = ada.page.locator("main .o-primary").first
    expect(button).to_have_css("background-color", accent)
    expect(button).to_have_css("border-start-start-radius", "0px")
    expect(button).to_have_css("font-weight", "600")
