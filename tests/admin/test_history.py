"""What an admin sees of what happened lately."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ostiary.contracts import AuditSink, Event
from ostiary.testing.houses import Events, plugin_of

from .conftest import House, Open


class Passing(AuditSink):
    """Keeps nothing, or breaks when it is asked."""

    name = "passing"

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken

    def write(self, events: Sequence[Event], execute: object, /) -> None:
        pass

    def recent(self, user_id: str, most: int, /) -> None:
        if self.broken:
            raise OSError("hunter2")


def test_an_account_tells_what_happened_to_it(house: House) -> None:
    """Newest first, with why and whence; nothing of others, and as text."""
    root, bob = house.admin(), house.person("bob")
    house.person("eve").sign_in()
    bob.sign_in()
    root.act("disable", bob, "<b>They</b> asked.")
    root.get(f"/admin/users/view?user={bob.user.id}")
    heading = root.browser.page.html.find("h2", string="What happened lately")
    said = [li.get_text(" ", strip=True) for li in heading.find_next("ul").find_all("li")]
    assert said[0].startswith("root disabled the account bob.")
    assert "<b>They</b> asked." in said[0]
    assert any(item.startswith("bob signed in.") for item in said[1:])
    assert "eve" not in root.text


@pytest.mark.parametrize(
    ("broken", "said"),
    [(False, "they are in its log"), (True, "The events cannot be read at the moment")],
)
def test_the_page_says_so_where_there_is_nothing_to_read(
    broken: bool,
    said: str,
    open_house: Open,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And is there for all else."""
    monkeypatch.setattr(Events, "recent", AuditSink.recent)
    house = open_house("password", "totp", plugin_of(audit_sinks=[Passing(broken=broken)]))
    root, bob = house.admin(), house.person("bob")
    root.get(f"/admin/users/view?user={bob.user.id}")
    assert root.status == 200
    assert said in root.text
    assert "bob@example.org" in root.text
    assert "hunter2" not in caplog.text + root.text
