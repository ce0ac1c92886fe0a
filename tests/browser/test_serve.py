"""What `make serve` starts, as an operator has it: from nothing, by its printed address."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from ostiary.testing.clock import Clock
from ostiary.testing.fixtures import NewPage
from ostiary.testing.outbox import Outbox
from ostiary.testing.processes import free_port
from tests.browser.people import STEP, Mouse, Person

PATIENCE = 60


@dataclass
class Served:
    """The process, and what it said when it was ready."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError("it ended: " + "\n".join(self.said))

    def find(self, pattern: str) -> str:
        found = re.search(pattern, "\n".join(self.said))
        assert found, self.said
        return found[1]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """`ostiary serve` with nothing but a folder that is not there yet."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("OSTIARY_")
    }
    environment |= {"OSTIARY_DATA": str(tmp_path / "data"), "OSTIARY_PORT": str(free_port())}
    program = Path(sys.executable).with_name("ostiary")
    with (
        (tmp_path / "errors").open("wb") as errors,
        subprocess.Popen(
            [program, "serve"], env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        served = Served(process)
        try:
            served.read()
            yield served
        finally:
            process.terminate()
            assert process.wait(PATIENCE) == 0
    assert "Traceback" not in (tmp_path / "errors").read_text()


def test_from_nothing_to_two_steps(served: Served, new_page: NewPage) -> None:
    """The address and the folder of mails are those that it printed; the clock is the world's."""
    url = served.find(r"Ostiary is at (http://localhost:\d+)")
    mails = Path(served.find(r"Mail is written to (.*?)(?:,|$)"))
    page = new_page()
    ada = Person(page, Mouse(page), url, Clock(), Outbox(list))
    ada.listen()
    ada.register()
    ada.page.goto(link_in(mails))
    ada.hands.press("Confirm this address")
    ada.told("Your email address is confirmed.")
    ada.clock.time = datetime.now(UTC)
    ada.add_app()
    used = ada.code
    ada.sign_out()
    ada.give_password()
    ada.give_code(used)
    ada.refused("has been used already")
    # Half a minute ahead is within the tolerance, and later than what was used.
    ada.clock.time = datetime.now(UTC) + STEP
    ada.give_code()
    ada.at("Your account")
    assert not ada.heard


def link_in(folder: Path) -> str:
    """The link in the one mail, once it is there: it leaves after the act, in its own thread."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for path in folder.glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            assert isinstance(message, EmailMessage)
            body = message.get_body(("plain",))
            assert body is not None
            found = re.search(r"http://\S+", str(body.get_content()))
            assert found
            return found[0]
        os.sched_yield()
    raise AssertionError("no mail came")
