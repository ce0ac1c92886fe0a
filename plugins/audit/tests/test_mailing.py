"""Checkpoints by mail: a rewrite of everything, signed with the house's own keys, is found."""

from __future__ import annotations

import secrets
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select

from ostiary.store.tables import metadata
from ostiary.testing.clock import Clock
from ostiary.testing.outbox import Outbox
from ostiary_audit.commands import audit_group
from ostiary_audit.mailing import mail_if_due, note_in
from ostiary_audit.tables import TABLES, log
from ostiary_audit.upkeep import Upkeep
from plugins.audit.tests.conftest import Desk, MakeDesk

TO = "auditor@example.org"


@pytest.fixture
def mailed(make_desk: MakeDesk) -> Desk:
    desk = make_desk(sink__audit__checkpoint_mail=TO, sink__audit__checkpoint_mail_every="12h")
    desk.acts(3)
    desk.things()
    return desk


def test_a_checkpoint_is_mailed_from_time_to_time_and_on_record(
    mailed: Desk, clock: Clock, outbox: Outbox
) -> None:
    """Once in each period, whichever process it is that looks first."""
    assert Upkeep(mailed.trail).needed
    assert [mail_if_due(mailed.trail) for _ in range(2)] == [True, False]
    clock.advance(timedelta(hours=13))
    Upkeep(mailed.trail)._round()
    first, second = outbox.to(TO)
    assert note_in(first.text) != note_in(second.text)
    records = [entry.event for entry in mailed.entries(type="audit.mailed")]
    assert [each.details["address"] for each in records if each] == [TO, TO]


def test_without_the_setting_nothing_is_mailed(desk: Desk, outbox: Outbox) -> None:
    desk.acts(1)
    desk.things()
    assert not mail_if_due(desk.trail)
    assert not outbox.to(TO)


def saved(outbox: Outbox, how: str) -> str:
    mail = outbox.to(TO)[-1]
    if how == "text":
        return str(mail.text)
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = "site@example.org", "as it came"
    text = mail.text if how == "message" else mail.text.replace("A", "A\n ")
    message.set_content(text, cte="quoted-printable")
    return message.as_string()


@pytest.mark.parametrize("how", ["text", "message", "broken lines"])
def test_the_mail_as_it_was_saved_finds_a_rewrite_of_everything(
    mailed: Desk, outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The house's own keys signed what is there now, and the file beside it went as well."""
    mail_if_due(mailed.trail)
    file = tmp_path / "mail"
    file.write_text(saved(outbox, how), "utf-8")
    assert checked(mailed, file) == 0
    rewritten(mailed, monkeypatch)
    assert mailed.verified().sound
    assert checked(mailed, file) == 1


def checked(desk: Desk, file: Path) -> int:
    group: Any = audit_group(desk.runtime.house)
    return CliRunner().invoke(group, ["verify", "--checkpoint", str(file)]).exit_code


def rewritten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it begun anew under the same name, and the file beside the database removed."""
    with desk.trail.store.write() as unit:
        suffix = unit.execute(select(log.c.origin)).scalar_one().rpartition("/")[2]
        for name in TABLES:
            unit.execute(delete(metadata.tables[name]))
    desk.trail.kept.path.unlink()
    monkeypatch.setattr(secrets, "token_hex", lambda _bytes: suffix)
    desk.acts(9)
    desk.things()


def test_a_file_that_holds_no_checkpoint_is_left_as_it_is() -> None:
    for text in ("", "origin\n3\nroot\n\n— a b\n", "x" * 500, "From: a\n\nnothing"):
        assert note_in(text) == text
