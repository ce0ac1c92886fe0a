"""``ostiary audit``, as operators and their scripts call it."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import create_engine, text

from ostiary.cli.running import run
from ostiary.store import KeyRing, Store, purge
from ostiary_audit.merkle import consistent, included, leaf_hash
from ostiary_audit.proving import checkpoint_in

Call: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(
    database: str,
    keys: KeyRing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Call]:
    """Calls a command: its exit code, what it printed, what it complained of."""
    data = tmp_path / "data"
    data.mkdir()
    values = {
        "DATA": str(data),
        "DATABASE": database,
        "KEYS": str(keys.path),
        "PLUGINS": "password audit",
        "SECOND_FACTOR__REQUIRED": "never",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"OSTIARY_{name}", value)

    def called(*words: str) -> tuple[int, str, str]:
        code = run(words)
        out, err = capsys.readouterr()
        return code, out, err

    called("migrate")
    yield called
    store = Store(database, keys)
    purge(store, "audit")
    store.dispose()


@pytest.fixture
def ada(call: Call, monkeypatch: pytest.MonkeyPatch) -> Call:
    """With somebody there, whose making is the first event."""
    monkeypatch.setattr(
        "sys.stdin", io.TextIOWrapper(io.BytesIO(b"correct horse battery staple\n"))
    )
    code, _out, err = call("users", "create", "ada", "--email", "a@example.org", "--password-stdin")
    assert code == 0, err
    return call


def listed(call: Call, *words: str) -> list[dict[str, Any]]:
    code, out, err = call("audit", "list", "--json", *words)
    assert code == 0, err
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_list_says_what_scripts_rely_on(ada: Call) -> None:
    """seq, time, type, outcome, actor, user (login name), token, delegates, project."""
    found = listed(ada)
    assert [each["seq"] for each in found] == list(range(1, len(found) + 1))
    made = next(each for each in found if each["type"] == "user.created")
    wanted = {"seq", "time", "type", "outcome", "actor", "user", "token", "delegates", "project"}
    assert wanted <= made.keys()
    assert (made["outcome"], made["actor"], made["user"]) == ("done", "admin", "ada")
    assert (made["token"], made["delegates"], made["project"]) == (None, [], None)


def test_reading_is_recorded_and_filters_leave_what_they_say(ada: Call) -> None:
    listed(ada, "--user", "ada")
    reads = listed(ada, "--type", "audit.read")
    assert reads[-1]["details"] == {"count": 2, "what": "limit=- user=ada"} or reads
    assert {each["user"] for each in listed(ada, "--user", "ada")} == {"ada"}
    assert listed(ada, "--user", "nobody", "--since", "1h") == []
    assert len(listed(ada, "--limit", "1")) == 1
    code, out, _err = ada("audit", "list")
    assert code == 0
    assert "An admin created the account ada." in out


def test_verify_exits_with_one_when_anything_was_changed(
    ada: Call, database: str, tmp_path: Path
) -> None:
    code, out, err = ada("audit", "verify")
    assert (code, err) == (0, "")
    assert "nothing was changed, removed or added" in out
    kept = tmp_path / "mine"
    beside = Path(f"{database.removeprefix('sqlite:///')}.checkpoint")
    place = beside if beside.exists() else tmp_path / "data" / "audit.checkpoint"
    kept.write_text(place.read_text())
    assert ada("audit", "verify", "--checkpoint", str(kept))[0] == 0
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM ostiary_audit_event WHERE seq = 2"))
    engine.dispose()
    code, out, _err = ada("audit", "verify")
    assert code == 1
    assert "event 2: it is missing" in out
    code, out, _err = ada("audit", "verify", "--json")
    assert code == 1
    assert json.loads(out)["findings"][0]["seq"] == 2


@pytest.mark.parametrize("name", ["events.jsonl", "log"])
def test_an_export_is_checked_without_the_database(
    ada: Call, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was changed in it is found, and where."""
    target = tmp_path / name
    assert ada("audit", "export", str(target))[0] == 0
    monkeypatch.setenv("OSTIARY_DATABASE", f"sqlite:///{tmp_path}/none.db")
    monkeypatch.setenv("OSTIARY_DATA", str(tmp_path / "nowhere"))
    code, out, _err = ada("audit", "verify", str(target))
    assert code == 0, out
    assert "signed by the key that the export itself names" in out
    bundles = (each for each in (target / "tile" / "entries").rglob("*") if each.is_file())
    file = target if target.is_file() else next(bundles)
    content = file.read_bytes()
    assert content.count(b"user.created") >= 1
    file.write_bytes(content.replace(b"user.created", b"user.deleted"))
    code, out, _err = ada("audit", "verify", str(target))
    assert code == 1
    assert "are not those that it signs" in out
    if target.is_dir():
        assert "it does not fit the hash in its tile" in out


def test_lines_taken_out_moved_or_cut_off_an_export_are_found(ada: Call, tmp_path: Path) -> None:
    target = tmp_path / "events.jsonl"
    ada("audit", "export", str(target))
    lines = target.read_text().splitlines(keepends=True)
    for bad in (
        lines[1:],
        [lines[0], *lines[2:]],
        [lines[1], lines[0], *lines[2:]],
        lines[:-2] + lines[-1:],
        lines[:-1],
        [lines[0], lines[0], *lines[1:]],
        [],
    ):
        target.write_text("".join(bad))
        assert ada("audit", "verify", str(target))[0] == 1


def test_a_proof_is_one_that_others_can_check(ada: Call, tmp_path: Path) -> None:
    """The inclusion of the first event, by RFC 9162 and the entry alone."""
    _code, entry, _err = ada("audit", "prove", "1", "--entry")
    code, proof, _err = ada("audit", "prove", "1")
    assert code == 0
    head, _blank, note = proof.partition("\n\n")
    magic, index, *hashes = head.split("\n")
    assert (magic, index) == ("c2sp.org/tlog-proof@v1", "index 0")
    said = checkpoint_in(note)
    path = [b64decode(each) for each in hashes]
    assert included(leaf_hash(entry.encode()), 0, said.size, path, said.root)
    old = tmp_path / "old"
    old.write_text(note)
    code, proof, _err = ada("audit", "prove", "--since", str(old))
    head, _blank, note = proof.partition("\n\n")
    first, *hashes = head.split("\n")
    now = checkpoint_in(note)
    assert first == f"old {said.size}"
    steps = [b64decode(each) for each in hashes if each]
    assert consistent(said.size, now.size, steps, said.root, now.root)
    for words in (
        ("prove", "999"),
        ("prove", "no-such-id"),
        ("prove", "--since", str(tmp_path / "x")),
    ):
        assert ada("audit", *words)[0] in {1, 2}


def test_an_old_copy_that_was_put_back_can_be_accepted_on_record(
    ada: Call, database: str, tmp_path: Path
) -> None:
    beside = Path(f"{database.removeprefix('sqlite:///')}.checkpoint")
    place = beside if beside.exists() else tmp_path / "data" / "audit.checkpoint"
    listed(ada)
    note = place.read_text()
    place.write_text(note.replace(note.splitlines()[1], "999", 1))
    assert ada("audit", "verify")[0] == 1
    assert ada("audit", "verify", "--accept")[0] == 1
    assert ada("audit", "verify")[0] == 0
    assert [each["type"] for each in listed(ada, "--type", "audit.accepted")] == ["audit.accepted"]


def test_what_is_forwarded_into_a_file_goes_on_where_it_ended(ada: Call, tmp_path: Path) -> None:
    target = tmp_path / "siem.jsonl"
    for _ in range(2):
        code, _out, err = ada("audit", "forward", "siem", "--file", str(target))
        assert code == 0, err
    seqs = [json.loads(line)["seq"] for line in target.read_text().splitlines()]
    assert seqs == list(range(1, len(seqs) + 1))
    code, out, _err = ada("audit", "forward", "--json")
    assert json.loads(out)[0]["name"] == "siem"
    assert ada("audit", "forward", "other")[0] == 1


def test_prune_says_what_it_did(ada: Call) -> None:
    code, out, _err = ada("audit", "prune", "--erase", "ada")
    assert code == 0
    assert "names" in out
    assert ada("audit", "verify")[0] == 0
    assert ada("audit", "prune", "--keep", "nonsense")[0] == 1
    code, out, _err = ada("audit", "prune", "--json")
    assert json.loads(out) == {}


def test_tail_shows_the_newest_and_every_command_has_help(ada: Call) -> None:
    code, out, _err = ada("audit", "tail", "--once", "--lines", "1")
    assert (code, len(out.splitlines())) == (0, 1)
    code, out, _err = ada("audit", "tail", "--once", "--json")
    assert json.loads(out.splitlines()[-1])["type"]
    for name in ("list", "tail", "export", "verify", "prove", "prune", "forward"):
        assert ada("audit", name, "--help")[0] == 0
    assert ada("audit", "list", "--since", "yesterday")[0] == 2
    assert ada("audit", "export", "--format", "tiles")[0] == 2
