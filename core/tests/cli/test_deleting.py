"""Deleting accounts at the command line, on both databases."""

from __future__ import annotations

import pytest

from ostiary.runtime import Runtime

from .conftest import CLI, events


def create(cli: CLI, *more: str) -> None:
    assert cli("users", "create", "Ada", "--email", "ada@example.org", *more).code == 0


def test_an_account_goes_after_the_delay_and_can_be_kept(installed: CLI, runtime: Runtime) -> None:
    create(installed)
    done = installed("users", "delete", "ada", "--reason", "asked  by letter")
    assert done.code == 0
    assert done.out.startswith("Ada goes at ")
    (event,) = events(done)
    assert (event["type"], event["reason"]) == ("user.deletion-asked", "asked by letter")
    assert (event["actor"]["kind"], event["actor"]["means"]) == ("admin", "command")
    assert runtime.directory.named("ada") is not None
    assert '"delete_at": "2' in installed("users", "list", "--json").out
    again = installed("users", "delete", "ada", "--reason", "again")
    assert again.code == 1
    assert "is going to be deleted already" in again.err
    kept = installed("users", "keep", "ada", "--reason", "a mistake")
    assert (kept.code, kept.out) == (0, "Ada is kept.\n")
    assert [(e["type"], e["reason"]) for e in events(kept)] == [
        ("user.deletion-cancelled", "a mistake")
    ]
    assert '"delete_at": null' in installed("users", "list", "--json").out
    assert installed("users", "keep", "ada", "--reason", "x").out == (
        "Ada was not going to be deleted.\n"
    )


@pytest.mark.parametrize("asked", [False, True])
def test_an_account_goes_at_once(installed: CLI, runtime: Runtime, asked: bool) -> None:
    """Also one that had time left."""
    create(installed)
    if asked:
        installed("users", "delete", "ada", "--reason", "old")
    done = installed("users", "delete", "ada", "--reason", "spam", "--now")
    assert (done.code, done.out) == (0, "Ada is deleted.\n")
    assert [e["type"] for e in events(done)] == ["user.deletion-asked", "user.deleted"]
    assert runtime.directory.named("ada") is None


def test_the_last_admin_stays(installed: CLI, runtime: Runtime) -> None:
    create(installed, "--admin")
    done = installed("users", "delete", "ada", "--reason", "x", "--now")
    assert (done.code, done.out) == (1, "")
    assert "Nobody else administers this site" in done.err
    assert runtime.directory.named("ada") is not None


@pytest.mark.parametrize("command", ["delete", "keep"])
def test_a_name_and_a_reason_are_needed(installed: CLI, command: str) -> None:
    create(installed)
    assert installed("users", command, "ada").code == 2
    assert installed("users", command, "ada", "--reason", "  ").code == 2
    nobody = installed("users", command, "eve", "--reason", "x")
    assert nobody.code == 1
    assert "there is no account 'eve'" in nobody.err
