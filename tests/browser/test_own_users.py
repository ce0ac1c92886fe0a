"""A host with a users table and a layout of its own, and what it takes to give it two steps."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect
from pyramid.config import Configurator

from ostiary.store import KeyRing
from ostiary.testing.browsers import axe
from ostiary.testing.processes import free_port
from ostiary.testing.serving import serving_app

HOST = Path(__file__).parents[1] / "host"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def inn(
    tmp_path: Path, database: str, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The inn, installed and open: its address."""
    info = tmp_path / "inn-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: inn\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[ostiary.plugins]\ninn = inn.door\n")
    for folder in (HOST, tmp_path):
        monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("INN_DATABASE", f"sqlite:///{tmp_path / 'inn.db'}")
    host: Any = importlib.import_module("inn")
    with host.database().begin() as connection:
        guest = {"nick": "ada", "mail": "ada@example.org", "innkeeper": False, "banned": False}
        connection.execute(host.guests.insert().values(number="7", **guest))
        keeper = {"nick": "bo", "mail": "bo@example.org", "innkeeper": True, "banned": False}
        connection.execute(host.guests.insert().values(number="8", **keeper))
    port = free_port()
    settings = {
        "ostiary.plugins": "password totp inn",
        "ostiary.layout": "inn:templates/layout.jinja2",
        "ostiary.data": str(tmp_path / "data"),
        "ostiary.database": database,
        "ostiary.keys": str(keys.path),
        "ostiary.public_url": f"http://localhost:{port}",
        "ostiary.mail.folder": str(tmp_path / "mail"),
    }
    config = Configurator(settings=settings)
    config.include("inn.door")
    config.include("inn")
    app = config.make_wsgi_app()
    try:
        with serving_app(app, port):
            yield f"http://localhost:{port}"
    finally:
        runtime = config.registry["ostiary"]
        runtime.mailroom.stop()
        runtime.chores.stop()
        runtime.store.dispose()
        host.database().dispose()
        for name in [name for name in sys.modules if name.partition(".")[0] == "inn"]:
            del sys.modules[name]


def mailed(tmp_path: Path, wanted: str, page: Page) -> str:
    """The first link with these words in it, of the mail that arrives."""
    for _again in range(200):
        for path in sorted((tmp_path / "mail").glob("*.eml"), reverse=True):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
            if found := re.search(rf"http\S*{wanted}\S*", text):
                return found[0]
        page.wait_for_timeout(50)
    raise AssertionError("no such mail came")


def test_the_inn_wrote_little() -> None:
    """Under 40 lines, from no sign-in to one in two steps."""
    assert len((HOST / "inn" / "door.py").read_text().splitlines()) < 40


def test_guests_sign_in_in_two_steps(
    inn: str, tmp_path: Path, new_page: Callable[..., Page]
) -> None:
    """A guest whom the inn has always known chooses a password by a mailed link, adds an app,
    and books a room; all in the inn's own layout.
    """
    page = new_page()
    page.goto(f"{inn}/book")
    expect(page.locator("#sign")).to_have_text("The Inn at the Ford")
    page.get_by_role("link", name="Forgot how you sign in?").click()
    page.locator("main [name=name]").fill("ada@example.org")
    page.locator("main form button.o-primary").click()
    axe(page)
    page.goto(mailed(tmp_path, "reset", page))
    page.get_by_role("button", name="Go on with the reset").click()
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main form button.o-primary").click()
    page.goto(f"{inn}/door/account/security")
    page.get_by_role("link", name="Add authenticator app").click()
    app = pyotp.TOTP(page.locator("main code").inner_text().replace(" ", ""))
    page.locator("main [name=code]").fill(app.now())
    page.locator("main form button.o-primary").click()
    expect(page.locator("main")).to_contain_text("was added")
    page.goto(f"{inn}/door/sign-out")
    page.get_by_role("button", name="Sign out").click()

    page.goto(f"{inn}/book")
    sign_in(page)
    expect(page.locator("#sign")).to_be_visible()
    axe(page)
    # The step of the enrolment is used up; the app's next one is in its tolerance.
    page.locator("main [name=code]").fill(app.at(datetime.now(UTC), counter_offset=1))
    page.locator("main form button.o-primary").click()
    page.wait_for_url(f"{inn}/book")
    page.locator("[name=nights]").fill("3")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_role("status")).to_have_text("Booked: 3 nights.")
    page.goto(f"{inn}/ledger")
    expect(page.locator("body")).not_to_contain_text("The ledger")


def sign_in(page: Page) -> None:
    page.locator("main [name=name]").fill("ada")
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main [name=password]").press("Enter")
