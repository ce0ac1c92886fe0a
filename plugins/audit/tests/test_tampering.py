"""Everything that can be done to a trail behind its back is found, and it is said where."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from ostiary.store import KeyRing, Unit
from ostiary.testing.houses import Houses
from ostiary_audit.canonical import canonical, read
from ostiary_audit.merkle import Tree, leaf_hash
from ostiary_audit.notes import Checkpoint, Signer
from ostiary_audit.tables import (
    TABLES,
    checkpoint,
    delegate,
    dropped,
    event,
    log,
    party,
    record,
    tile,
)
from ostiary_audit.verify.erased import EVENT, PLACE
from plugins.audit.tests.conftest import PROJECT, Desk, MakeDesk

COUNT = 20
RECORDS = select(record).join(event, event.c.n == record.c.n).order_by(event.c.seq)
Tamper = Callable[[Unit], object]


@pytest.fixture
def signed(desk: Desk) -> Desk:
    """A trail with some events, all of them signed, and found sound."""
    who = desk.who(means="tokens", credential="t-1", delegates=("ci", "deploy"))
    desk.act(who=who, resource=PROJECT, before={"color": "red"}, after={"color": "blue"})
    desk.acts(COUNT)
    desk.things()
    report = desk.verified()
    assert report.sound, report.findings
    return desk


def told(desk: Desk, *outside: tuple[str, str]) -> str:
    """What a check says; that it says nothing is a failure."""
    report = desk.verified(*outside)
    assert not report.sound
    return "\n".join(str(each) for each in report.findings)


def by(table: Any, **values: Any) -> Tamper:
    """Change a column of the event 5 and nothing else."""
    return lambda unit: unit.execute(update(table).where(table.c.seq == 5).values(**values))


CHANGED = {
    "time": by(event, time=datetime(2020, 1, 1, tzinfo=UTC)),
    "type": by(event, type="thing.undone"),
    "outcome": by(event, outcome="refused"),
    "reason": by(event, reason="because"),
    "actor": by(event, actor="system"),
    "means": by(event, means="command"),
    "user_id": by(event, user_id="id-eve"),
    "subject": by(event, subject="id-eve"),
    "token": by(event, token="t-9"),
    "shown": by(event, shown="x"),
    "delegates": by(event, delegates='["eve"]'),
    "resource_kind": by(event, resource_kind="door"),
    "resource_name": by(event, resource_name="other"),
    "request": by(event, request="other"),
    "session": by(event, session="other"),
    "address": by(event, address="198.51.100.1"),
    "id": by(event, id="other"),
}


@pytest.mark.parametrize("column", CHANGED)
def test_a_changed_column_is_found(signed: Desk, column: str) -> None:
    """1: edit a field of what people are shown."""
    with signed.trail.store.write() as unit:
        CHANGED[column](unit)
    assert told(signed) == f"event 5: its row says something else than was recorded: {column}"


@pytest.mark.parametrize("name", ["payload", "place", "person"])
def test_a_changed_record_is_found(signed: Desk, name: str) -> None:
    """2: edit a field of the record itself, address and names included; every bit of it."""
    with signed.trail.store.read() as connection:
        n = connection.execute(select(event.c.n).where(event.c.seq == 5)).scalar_one()
        whole = bytes(
            connection.execute(select(record.c[name]).where(record.c.n == n)).scalar_one()
        )
    for at in (0, len(whole) // 2, len(whole) - 1):
        bent = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        with signed.trail.store.write() as unit:
            unit.execute(update(record).where(record.c.n == n).values({name: bent}))
        assert "event 5: " in told(signed)
    with signed.trail.store.write() as unit:
        unit.execute(update(record).where(record.c.n == n).values({name: whole}))
    assert signed.verified().sound


def test_a_record_and_its_row_changed_together_are_found(signed: Desk) -> None:
    """3: the field in both places, so that they agree."""
    with signed.trail.store.write() as unit:
        row = unit.execute(RECORDS.where(event.c.seq == 5)).one()
        payload = {**read(bytes(row.payload)), "outcome": "refused"}
        unit.execute(update(record).where(record.c.n == row.n).values(payload=canonical(payload)))
        unit.execute(update(event).where(event.c.seq == 5).values(outcome="refused"))
    assert "event 5: it is not what was signed" in told(signed)


@pytest.mark.parametrize("seq", [1, 9, COUNT], ids=["first", "middle", "late"])
@pytest.mark.parametrize("also", [(), (record,)], ids=["row", "record"])
def test_a_deleted_event_is_found(signed: Desk, seq: int, also: tuple[Any, ...]) -> None:
    """4 to 6: delete the first, one in the middle, one of the last."""
    with signed.trail.store.write() as unit:
        n = unit.execute(select(event.c.n).where(event.c.seq == seq)).scalar_one()
        for table in (event, party, delegate):
            unit.execute(delete(table).where(table.c.seq == seq))
        for table in also:
            unit.execute(delete(table).where(table.c.n == n))
    assert told(signed) == f"event {seq}: it is missing"


def cut(unit: Unit, size: int, desk: Desk) -> None:
    """Cut the tail of every table, as somebody would who knows them all."""
    numbers = unit.execute(select(event.c.n).where(event.c.seq > size)).scalars().all()
    for table in (event, party, delegate):
        unit.execute(delete(table).where(table.c.seq > size))
    unit.execute(delete(record).where(record.c.n.in_(numbers)))
    rows = unit.execute(
        select(record.c.payload).join(event, event.c.n == record.c.n).order_by(event.c.seq)
    )
    leaves = [leaf_hash(bytes(each)) for (each,) in rows]
    unit.execute(delete(tile))
    for (level, number), hashes in Tree(0, lambda *_: b"").extended(leaves).items():
        unit.execute(insert(tile).values(level=level, number=number, hashes=hashes))
    unit.execute(update(log).values(size=size))


def test_a_cut_tail_is_found(signed: Desk) -> None:
    """7: the newest events gone from every table; only the signature cannot be made."""
    with signed.trail.store.write() as unit:
        cut(unit, COUNT - 5, signed)
    assert "the last checkpoint is of" in told(signed)


def test_a_cut_tail_with_an_old_checkpoint_is_found_by_the_one_kept_outside(signed: Desk) -> None:
    """8: the same, with a checkpoint of that size that was once signed."""
    with signed.trail.store.read() as connection:
        old = connection.execute(select(checkpoint)).first()
        origin = connection.execute(select(log.c.origin)).scalar_one()
    assert old is not None
    with signed.trail.store.write() as unit:
        cut(unit, COUNT - 5, signed)
        hashes = {
            (row.level, row.number): bytes(row.hashes) for row in unit.execute(select(tile)).all()
        }
        root = Tree(COUNT - 5, lambda *at: hashes.get(at, b"")).root()
        # As it was signed when the log was that long.
        note = signed.trail.keys.signer(origin).sign(str(Checkpoint(origin, COUNT - 5, root)))
        unit.execute(update(checkpoint).values(size=COUNT - 5, note=note))
    found = told(signed)
    assert "the newest were cut off, or an older copy was put back" in found
    assert str(signed.trail.kept.path) in found


def test_an_inserted_event_is_found(signed: Desk) -> None:
    """9: a row of an event that never was, at the end and before the beginning."""
    with signed.trail.store.write() as unit:
        row = dict(unit.execute(select(event).where(event.c.seq == 5)).one()._mapping)
        for seq, n in ((0, 90_000), (COUNT * 9, 90_001)):
            made = {**row, "seq": seq, "n": n, "id": f"made-{seq}"}
            unit.execute(insert(event).values(made))
    found = told(signed)
    for seq in (0, COUNT * 9):
        assert f"event {seq}: it was inserted, or its place changed" in found


def test_a_record_that_nobody_of_ours_wrote_is_found_and_gets_no_place(
    signed: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """10: a forged record, for the sequencer to sign."""
    with signed.trail.store.write() as unit:
        row = unit.execute(select(record)).first()
        assert row is not None
        payload = canonical({**read(bytes(row.payload)), "id": "forged"})
        unit.execute(insert(record).values(payload=payload, mac=bytes(row.mac)))
    before = len(signed.entries())
    assert len(signed.entries()) == before
    assert "was not written by the house" in caplog.text
    assert "was not written by this house" in told(signed)


def test_a_record_that_is_there_twice_is_found_and_gets_no_second_place(signed: Desk) -> None:
    """11: duplicate a true one."""
    before = len(signed.entries())
    with signed.trail.store.write() as unit:
        row = unit.execute(RECORDS.where(event.c.seq == 5)).one()
        values = {name: getattr(row, name) for name in ("payload", "place", "person", "mac")}
        unit.execute(insert(record).values(values))
        unit.execute(insert(record).values(values))
    assert len(signed.entries()) == before
    found = told(signed)
    assert found.count("event 5: record ") == 2
    assert "is a copy of it" in found


@pytest.mark.parametrize("whole", [False, True], ids=["rows", "everything"])
def test_swapped_events_are_found(signed: Desk, whole: bool) -> None:
    """12: two events change places; their histories too."""
    tables = (event, party, delegate) if whole else (event,)
    with signed.trail.store.write() as unit:
        for table in tables:
            for old, new in ((5, -5), (6, 5), (-5, 6)):
                unit.execute(update(table).where(table.c.seq == old).values(seq=new))
    found = told(signed)
    for seq in (5, 6):
        assert f"event {seq}: it is not what was signed" in found


def test_renumbered_events_are_found(signed: Desk) -> None:
    """13: one removed, and those after it moved up, so that no number is missing."""
    with signed.trail.store.write() as unit:
        for table in (event, party, delegate):
            unit.execute(delete(table).where(table.c.seq == 5))
            for seq in range(6, COUNT * 2):
                unit.execute(update(table).where(table.c.seq == seq).values(seq=seq - 1))
    found = told(signed)
    assert "event 5: it is not what was signed" in found
    assert "it is missing" in found


def test_a_tile_that_was_changed_is_found(signed: Desk) -> None:
    """14: the tree, and not the events."""
    with signed.trail.store.write() as unit:
        hashes = bytes(unit.execute(select(tile.c.hashes)).scalar_one())
        unit.execute(update(tile).values(hashes=bytes(32) + hashes[32:]))
    assert told(signed) == "event 1: the hash in its tile was changed"
    with signed.trail.store.write() as unit:
        unit.execute(update(tile).values(hashes=hashes[:-32]))
    assert "has" in told(signed)


def test_a_replaced_checkpoint_is_found(signed: Desk) -> None:
    """15: by one of another key, of nothing at all, of another log; or none is left."""
    with signed.trail.store.read() as connection:
        state = connection.execute(select(log)).one()
        note = connection.execute(select(checkpoint.c.note)).scalar_one()
    strange = Signer(state.origin, b"x" * 32).sign(note.partition("\n\n")[0] + "\n")
    other = signed.trail.keys.signer("elsewhere/audit").sign(
        str(Checkpoint("elsewhere/audit", state.size, bytes(32)))
    )
    for bad in (strange, "nothing", other, note.replace(f"\n{state.size}\n", "\n1\n")):
        with signed.trail.store.write() as unit:
            unit.execute(update(checkpoint).values(note=bad))
        assert "the last checkpoint" in told(signed)
    with signed.trail.store.write() as unit:
        unit.execute(delete(checkpoint))
    assert "nothing says that these events are the real ones" in told(signed)


def test_everything_rewritten_with_the_rights_of_the_database_is_found(signed: Desk) -> None:
    """16: a whole false log, made as ours is, with keys of its own."""
    with signed.trail.store.write() as unit:
        origin = unit.execute(select(log.c.origin)).scalar_one()
        rows = unit.execute(
            select(record).join(event, event.c.n == record.c.n).order_by(event.c.seq)
        )
        leaves = []
        for row in rows.all():
            payload = canonical({**read(bytes(row.payload)), "reason": "rewritten"})
            unit.execute(update(record).where(record.c.n == row.n).values(payload=payload))
            leaves.append(leaf_hash(payload))
        unit.execute(update(event).values(reason="rewritten"))
        tiles = Tree(0, lambda *_: b"").extended(leaves)
        for (level, number), hashes in tiles.items():
            at = (tile.c.level == level, tile.c.number == number)
            unit.execute(update(tile).where(*at).values(hashes=hashes))
        root = Tree(len(leaves), lambda *at: tiles.get(at, b"")).root()
        note = Signer(origin, b"y" * 32).sign(str(Checkpoint(origin, len(leaves), root)))
        unit.execute(update(checkpoint).values(note=note))
    assert "was not signed by a key of this trail" in told(signed)


def test_an_old_copy_put_back_is_found_also_once_it_went_on(
    make_desk: MakeDesk, make_runtime: Houses, database: str, tmp_path: Path
) -> None:
    """17: the whole database as it was; what is kept outside does not fit, and stays as it is."""
    desk = make_desk()
    desk.acts(5)
    desk.things()
    copy = saved(desk, database, tmp_path)
    desk.acts(5)
    desk.things()
    kept = desk.trail.kept.read()
    put_back(desk, copy, database)
    again = make_desk()
    assert "an older copy was put back" in told(again)
    again.acts(30)
    again.things()
    assert again.trail.kept.read() == kept
    assert "are not those that it signs" in told(again)


def saved(desk: Desk, database: str, folder: Path) -> Any:
    """A copy of everything that the trail has in its database."""
    if database.startswith("sqlite"):
        desk.runtime.store.dispose()
        target = folder / "copy.db"
        shutil.copy(database.removeprefix("sqlite:///"), target)
        return target
    from ostiary.store.tables import metadata

    with desk.trail.store.read() as connection:
        return {
            name: [dict(r._mapping) for r in connection.execute(select(metadata.tables[name]))]
            for name in TABLES
        }


def put_back(desk: Desk, copy: Any, database: str) -> None:
    if isinstance(copy, Path):
        desk.runtime.store.dispose()
        place = Path(database.removeprefix("sqlite:///"))
        for suffix in ("-wal", "-shm"):
            place.with_name(place.name + suffix).unlink(missing_ok=True)
        shutil.copy(copy, place)
        return
    from ostiary.store.tables import metadata

    with desk.trail.store.write() as unit:
        for name, rows in copy.items():
            unit.execute(delete(metadata.tables[name]))
            if rows:
                unit.execute(insert(metadata.tables[name]), rows)


def test_a_trail_that_was_emptied_is_found(signed: Desk) -> None:
    """18: all of it gone; a new one that begins is not taken for the old one."""
    with signed.trail.store.write() as unit:
        for table in (event, record, party, delegate, tile, checkpoint, log):
            unit.execute(delete(table))
    assert "everything was deleted" in told(signed)
    signed.acts(50)
    signed.things()
    assert "is of another trail" in told(signed)


def test_another_key_ring_is_found(signed: Desk, make_runtime: Houses, tmp_path: Path) -> None:
    """19: change the key that signs."""
    KeyRing.create(tmp_path / "other" / "keys.json")
    shutil.copy(tmp_path / "other" / "keys.json", tmp_path / "keys" / "keys.json")
    assert "was not signed by a key of this trail" in told(signed)


def test_histories_that_were_changed_are_found(signed: Desk) -> None:
    """20: an event taken out of somebody's history, or put into another's."""
    with signed.trail.store.write() as unit:
        unit.execute(delete(party).where(party.c.seq == 1, party.c.user_id == "id-bob"))
        unit.execute(insert(party).values(seq=7, user_id="id-eve"))
        unit.execute(update(delegate).where(delegate.c.name == "ci").values(name="eve"))
        unit.execute(insert(party).values(seq=COUNT * 9, user_id="id-eve"))
    found = told(signed)
    for seq in (1, 7):
        assert f"event {seq}: it is in other histories than it belongs to" in found
    assert "event 1: it is listed for other delegates than were recorded" in found
    assert "ostiary_audit_party has rows of events that do not exist" in found


@pytest.mark.parametrize("name", ["place", "person"])
def test_what_was_erased_without_a_record_is_found(signed: Desk, name: str) -> None:
    """21: an address or a name taken out."""
    with signed.trail.store.write() as unit:
        unit.execute(update(record).values({name: None}))
        if name == "place":
            unit.execute(update(event).values(address=None))
    assert "event 5: " in told(signed)
    assert "were erased, and that is not on record" in told(signed)


@pytest.mark.parametrize("what", [EVENT, PLACE])
def test_what_is_only_said_to_have_been_pruned_is_found(signed: Desk, what: str) -> None:
    """22: removed as ``prune`` would, with no record of it."""
    with signed.trail.store.write() as unit:
        n = unit.execute(select(event.c.n).where(event.c.seq == 5)).scalar_one()
        if what == EVENT:
            for table in (event, party, delegate):
                unit.execute(delete(table).where(table.c.seq == 5))
            unit.execute(delete(record).where(record.c.n == n))
        else:
            unit.execute(update(record).where(record.c.n == n).values(place=None))
            unit.execute(update(event).where(event.c.n == n).values(address=None))
        unit.execute(insert(dropped).values(run="made-up", what=what, first=5, last=5))
    assert "is not what was recorded" in told(signed)


def test_a_log_that_is_told_to_look_no_further_is_found(signed: Desk, clock: Any) -> None:
    """23: what happens from now on would never get a place, and nobody would miss it."""
    with signed.trail.store.write() as unit:
        unit.execute(update(log).values(high=10**9))
    signed.acts(1)
    clock.advance(timedelta(hours=2))
    assert "was never put in order" in told(signed)


def test_a_checkpoint_from_elsewhere_is_held_against_the_trail(signed: Desk) -> None:
    """One that somebody kept: the same trail, goes on; another one, does not."""
    note = signed.trail.kept.read()
    assert note is not None
    signed.acts(300)
    signed.things()
    assert signed.verified(("mine", note)).sound
    origin = note.partition("\n")[0]
    forged = signed.trail.keys.signer(origin).sign(str(Checkpoint(origin, 3, bytes(32))))
    assert "mine does not fit: the first 3 events are not" in told(signed, ("mine", forged))
    assert "mine was not signed" in told(
        signed, ("mine", Signer(origin, b"z" * 32).sign(str(Checkpoint(origin, 3, bytes(32)))))
    )


def test_a_tampered_edge_is_not_signed_again(
    signed: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Else the sequencer itself would make the false tree a true one."""
    with signed.trail.store.write() as unit:
        hashes = bytes(unit.execute(select(tile.c.hashes)).scalar_one())
        unit.execute(update(tile).values(hashes=hashes[:-32] + bytes(32)))
        note = unit.execute(select(checkpoint.c.note)).scalar_one()
    signed.acts(1)
    signed.trail.sequencer.catch_up()
    assert "stands still" in caplog.text
    with signed.trail.store.read() as connection:
        assert connection.execute(select(checkpoint.c.note)).scalar_one() == note


def test_keys_that_were_rotated_are_no_tampering(signed: Desk, keys: KeyRing) -> None:
    """New checkpoints are signed by the new key, and the log says so; the old ones stay good."""
    with signed.trail.store.read() as connection:
        old = connection.execute(select(checkpoint.c.note)).scalar_one()
    rotated = signed.runtime.keys.rotated()
    rotated.save()
    signed.acts(1)
    signed.things()
    report = signed.verified(("from before", old))
    assert report.sound, report.findings
    assert len(signed.entries(type="audit.key")) == 2


def test_a_key_that_is_gone_leaves_its_checkpoints_good(signed: Desk, clock: Any) -> None:
    """The log itself, which is signed by the new key, says which key it was."""
    clock.advance(timedelta(hours=1))
    signed.acts(1)
    signed.things()
    ring = signed.runtime.keys.rotated()
    ring.save()
    clock.advance(timedelta(hours=1))
    signed.acts(1)
    signed.things()
    ring.without(ring.ids[1:]).save()
    signed.acts(1)
    signed.things()
    with signed.trail.store.read() as connection:
        assert len(connection.execute(select(checkpoint)).all()) == 3
    kept = signed.verified()
    assert kept.sound, kept.findings
