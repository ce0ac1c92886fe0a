"""Migrations: each package by itself, all of a run or nothing, on both databases."""

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    Column,
    LargeBinary,
    MetaData,
    String,
    Table,
    column,
    delete,
    event,
    inspect,
    select,
    table,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from ostiary.contracts import Migrations, StoreError
from ostiary.plugins import slug
from ostiary.store import (
    KeyRing,
    Revision,
    Store,
    Unit,
    check_schema,
    migrate,
    packages,
    purge,
    revisions,
    rotate,
    sealed,
)
from ostiary.store.sql import alone
from ostiary.store.tables import CORE_TABLES, metadata, schema

HEAD = packages.packages(())[0].head

Plugin = tuple[str, Migrations]
MakePlugin = Callable[..., Plugin]


@pytest.fixture
def make_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakePlugin:
    """Write a package with revisions: each is what its ``upgrade`` does."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    # A revision that is written twice within a second would be taken from the first's cache.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def make(
        name: str,
        *upgrades: str,
        tables: tuple[str, ...] | None = None,
        core: str = "0001",
        folder: str = "migrations",
    ) -> Plugin:
        package = f"stranger_{slug(name)}"
        # Another test's package of this name may still be there.
        monkeypatch.delitem(sys.modules, package, raising=False)
        versions = tmp_path / "site" / package / "migrations" / "versions"
        versions.mkdir(parents=True, exist_ok=True)
        (versions.parent.parent / "__init__.py").touch()
        for n, upgrade in enumerate(upgrades, 1):
            body = textwrap.indent(textwrap.dedent(upgrade).strip(), "    ")
            down = f"{n - 1:04}" if n > 1 else None
            (versions / f"{n:04}_it.py").write_text(
                "import sqlalchemy as sa\nfrom alembic import op\n\n"
                f"revision = '{n:04}'\ndown_revision = {down!r}\n\n"
                f"def upgrade():\n{body}\n"
            )
        owned = (f"ostiary_{slug(name)}_thing",) if tables is None else tables
        return name, Migrations(f"{package}:{folder}", owned, core)

    return make


def create(table: str, *columns: str) -> str:
    more = "".join(f", {column}" for column in columns)
    return f"op.create_table({table!r}, sa.Column('id', sa.String(36), primary_key=True){more})"


def tables(store: Store) -> set[str]:
    with store.read() as connection:
        return set(inspect(connection).get_table_names())


ALL_CORE = {*CORE_TABLES, "ostiary_version_core"}


def test_the_revisions_and_the_tables_agree(empty_store: Store) -> None:
    """The partial unique index and every constraint's name included."""
    migrate(empty_store)

    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in CORE_TABLES

    with empty_store.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours})
        core = MetaData(naming_convention=metadata.naming_convention)
        for name in CORE_TABLES:
            metadata.tables[name].to_metadata(core)
        differences = compare_metadata(context, core)
        unique = connection.execute(text(INDEX[empty_store.dialect])).scalar_one()
    assert differences == []
    assert "UNIQUE" in unique
    assert "verified_at IS NOT NULL" in unique


INDEX = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE name = 'ostiary_address_verified'",
    "postgresql": "SELECT indexdef FROM pg_indexes WHERE indexname = 'ostiary_address_verified'",
}


def test_constraints_have_the_names_of_the_convention(empty_store: Store) -> None:
    """A later revision must be able to name what it changes, also on SQLite."""
    migrate(empty_store)
    with empty_store.read() as connection:
        inspector = inspect(connection)
        for name in CORE_TABLES:
            declared = metadata.tables[name]
            found = {
                inspector.get_pk_constraint(name)["name"],
                *(key["name"] for key in inspector.get_foreign_keys(name)),
                *(key["name"] for key in inspector.get_unique_constraints(name)),
            }
            assert found == {str(c.name) for c in declared.constraints}


def test_migrating_twice_does_nothing_the_second_time(empty_store: Store) -> None:
    assert migrate(empty_store) == (f"core: nothing -> {HEAD}",)
    assert migrate(empty_store) == ()
    assert tables(empty_store) == ALL_CORE
    check_schema(empty_store)


def test_a_plugin_comes_goes_and_comes_back(empty_store: Store, make_plugin: MakePlugin) -> None:
    first = make_plugin("one", create("ostiary_one_thing"))
    second = make_plugin("two", create("ostiary_two_thing"))
    migrate(empty_store)
    assert migrate(empty_store, [first, second]) == (
        "one: nothing -> 0001",
        "two: nothing -> 0001",
    )
    # Without the first, everything else still works, and the next revision of the second runs.
    second = make_plugin(
        "two",
        create("ostiary_two_thing"),
        "op.add_column('ostiary_two_thing', sa.Column('more', sa.Integer()))",
    )
    assert migrate(empty_store, [second]) == ("two: 0001 -> 0002",)
    assert revisions(empty_store, [second])[1:] == (
        Revision("two", "0002", "0002", ("ostiary_two_thing",)),
        Revision("one", "0001", None, ("ostiary_one_thing",)),
    )
    assert [r.package for r in revisions(empty_store, [second]) if r.orphan] == ["one"]
    check_schema(empty_store, [second])
    assert migrate(empty_store, [first, second]) == ()


def test_a_purged_plugin_leaves_nothing_also_when_uninstalled(
    empty_store: Store, make_plugin: MakePlugin
) -> None:
    """Its tables may refer to each other in a circle."""
    refers = "sa.Column('thing', sa.String(36), sa.ForeignKey('ostiary_one_thing.id'))"
    upgrade = f"""
        {create("ostiary_one_thing")}
        {create("ostiary_one_other", refers)}
        with op.batch_alter_table("ostiary_one_thing") as batch:
            batch.add_column(sa.Column("other", sa.String(36)))
            batch.create_foreign_key("fk_back", "ostiary_one_other", ["other"], ["id"])
        """
    one = make_plugin("one", upgrade, tables=("ostiary_one_thing", "ostiary_one_other"))
    migrate(empty_store, [one])
    assert purge(empty_store, "one") == (
        "one: dropped ostiary_one_thing",
        "one: dropped ostiary_one_other",
        "one: dropped ostiary_version_one",
    )
    assert tables(empty_store) == ALL_CORE
    assert [r.package for r in revisions(empty_store)] == ["core"]
    assert migrate(empty_store, [one]) == ("one: nothing -> 0001",)


def test_the_core_is_never_purged(empty_store: Store) -> None:
    migrate(empty_store)
    with pytest.raises(StoreError, match="core"):
        purge(empty_store, "core")
    assert tables(empty_store) == ALL_CORE


def test_an_unknown_plugin_cannot_be_purged(empty_store: Store, make_plugin: MakePlugin) -> None:
    with pytest.raises(StoreError, match=r"'ghost'.*found: none"):
        purge(empty_store, "ghost")
    migrate(empty_store, [make_plugin("one", create("ostiary_one_thing"))])
    with pytest.raises(StoreError, match=r"'ghost'.*found: one"):
        purge(empty_store, "ghost")


def test_what_another_plugin_refers_to_is_not_purged(
    empty_store: Store, make_plugin: MakePlugin
) -> None:
    one = make_plugin("one", create("ostiary_one_thing"))
    refers = "sa.Column('one', sa.String(36), sa.ForeignKey('ostiary_one_thing.id'))"
    two = make_plugin("two", create("ostiary_two_thing", refers))
    migrate(empty_store, [one, two])
    with pytest.raises(StoreError, match="'ostiary_two_thing' refers to 'ostiary_one_thing'"):
        purge(empty_store, "one")
    assert {"ostiary_one_thing", "ostiary_version_one"} <= tables(empty_store)
    purge(empty_store, "two")
    purge(empty_store, "one")
    assert tables(empty_store) == ALL_CORE


@pytest.mark.parametrize("fault", ["raise ValueError('hunter2')", "op.execute('no statement')"])
def test_a_run_that_fails_leaves_nothing_and_can_be_repeated(
    empty_store: Store, make_plugin: MakePlugin, fault: str
) -> None:
    """Not the core's tables either, nor the first plugin's, nor the first revision's."""
    one = make_plugin("one", create("ostiary_one_thing"))
    rows = "op.execute(\"INSERT INTO ostiary_two_thing VALUES ('1')\")"
    broken = make_plugin("two", f"{create('ostiary_two_thing')}\n{rows}", fault)
    with pytest.raises(StoreError, match=r"'two' failed with .*nothing was changed") as caught:
        migrate(empty_store, [one, broken])
    assert "hunter2" not in str(caught.value)
    assert tables(empty_store) == set()
    mended = make_plugin("two", f"{create('ostiary_two_thing')}\n{rows}", "pass")
    assert len(migrate(empty_store, [one, mended])) == 3
    with empty_store.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ostiary_two_thing")) == 1


def test_a_rebuilt_table_keeps_the_rows_that_refer_to_it(
    empty_store: Store, make_plugin: MakePlugin
) -> None:
    """On SQLite a batch drops the old table; with foreign keys on, that would cascade."""
    refers = "sa.ForeignKey('ostiary_one_thing.id', ondelete='CASCADE')"
    first = "\n".join(
        [
            create("ostiary_one_thing", "sa.Column('n', sa.Integer())"),
            create("ostiary_one_part", f"sa.Column('thing', sa.String(36), {refers})"),
            "op.execute(\"INSERT INTO ostiary_one_thing VALUES ('1', 7)\")",
            "op.execute(\"INSERT INTO ostiary_one_part VALUES ('2', '1')\")",
        ]
    )
    rebuild = """
        with op.batch_alter_table("ostiary_one_thing", recreate="auto") as batch:
            batch.alter_column("n", type_=sa.BigInteger())
        """
    owned = ("ostiary_one_thing", "ostiary_one_part")
    migrate(empty_store, [make_plugin("one", first, tables=owned)])
    migrate(empty_store, [make_plugin("one", first, rebuild, tables=owned)])
    with empty_store.read() as connection:
        assert connection.scalar(text("SELECT thing FROM ostiary_one_part")) == "1"


def test_a_run_that_leaves_references_to_nothing_fails(
    empty_store: Store, make_plugin: MakePlugin
) -> None:
    refers = "sa.Column('user', sa.String(36), sa.ForeignKey('ostiary_user.id'))"
    row = "op.execute(\"INSERT INTO ostiary_one_thing VALUES ('1', 'nobody')\")"
    upgrade = "\n".join([create("ostiary_one_thing", refers), row])
    with pytest.raises(StoreError, match="nothing was changed"):
        migrate(empty_store, [make_plugin("one", upgrade)])
    assert tables(empty_store) == set()


@pytest.mark.parametrize(
    ("upgrade", "owned", "fault"),
    [
        (create("ostiary_one_hidden"), (), "made ostiary_one_hidden"),
        ("op.drop_table('ostiary_spent')", (), "dropped ostiary_spent"),
        ("pass", ("ostiary_one_thing",), "did not make ostiary_one_thing"),
    ],
)
def test_a_plugin_is_held_to_its_own_tables(
    empty_store: Store,
    make_plugin: MakePlugin,
    upgrade: str,
    owned: tuple[str, ...],
    fault: str,
) -> None:
    with pytest.raises(StoreError, match=f"'one' {fault}"):
        migrate(empty_store, [make_plugin("one", upgrade, tables=owned)])
    assert tables(empty_store) == set()


@pytest.mark.parametrize(
    "name", ["core", "version", "One", "one_two", "-one", "1st", "", "one two", "o" * 41]
)
def test_a_name_that_is_not_a_plugins_to_take_is_refused(
    keys_only: Store, make_plugin: MakePlugin, name: str
) -> None:
    plugin = make_plugin("fine", create("ostiary_fine_thing"))
    with pytest.raises(StoreError, match="cannot be named"):
        migrate(keys_only, [(name, plugin[1])])


def test_a_plugin_with_a_hyphen_comes_and_goes(empty_store: Store, make_plugin: MakePlugin) -> None:
    """Its tables have underscores where its name, as the loader allows it, has hyphens."""
    plugin = make_plugin("one-two", create("ostiary_one_two_thing"))
    assert migrate(empty_store, [plugin])[-1] == "one-two: nothing -> 0001"
    check_schema(empty_store, [plugin])
    assert {"ostiary_one_two_thing", "ostiary_version_one_two"} <= tables(empty_store)
    assert migrate(empty_store, [plugin]) == ()
    orphan = Revision("one-two", "0001", None, ("ostiary_one_two_thing",))
    assert revisions(empty_store)[1:] == (orphan,)
    assert len(purge(empty_store, "one-two")) == 2
    assert tables(empty_store) == ALL_CORE


def test_a_purge_that_cannot_be_recorded_drops_nothing(
    empty_store: Store, make_plugin: MakePlugin
) -> None:
    migrate(empty_store, [make_plugin("one", create("ostiary_one_thing"))])
    before = tables(empty_store)

    def refuse(_unit: Unit) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        purge(empty_store, "one", refuse)
    assert tables(empty_store) == before
    purge(empty_store, "one", lambda unit: unit.execute(delete(schema)))
    assert revisions(empty_store)[0].current == HEAD


@pytest.fixture
def keys_only(tmp_path: Path, keys: KeyRing) -> Store:
    """A store that must not be opened: its directory does not exist."""
    return Store(f"sqlite:///{tmp_path}/nowhere/ostiary.db", keys)


def test_a_plugin_given_twice_is_refused(keys_only: Store, make_plugin: MakePlugin) -> None:
    one = make_plugin("one", create("ostiary_one_thing"))
    with pytest.raises(StoreError, match="given once"):
        migrate(keys_only, [one, one])


@pytest.mark.parametrize("table", ["ostiary_user", "ostiary_onething", "things", "ostiary_one"])
def test_a_table_without_the_plugins_name_is_refused(
    keys_only: Store, make_plugin: MakePlugin, table: str
) -> None:
    with pytest.raises(StoreError, match=r"must be named ostiary_one_\*"):
        migrate(keys_only, [make_plugin("one", "pass", tables=(table,))])


def test_a_table_that_two_plugins_declare_is_refused(
    keys_only: Store, make_plugin: MakePlugin
) -> None:
    """``one`` and ``one-two`` can both name it."""
    table = ("ostiary_one_two_thing",)
    both = [make_plugin("one-two", "pass", tables=table), make_plugin("one", "pass", tables=table)]
    with pytest.raises(StoreError, match=r"'one' declares .* belongs to 'one-two'"):
        migrate(keys_only, both)


def test_a_table_of_a_plugin_that_is_not_listed_any_more_is_refused(
    empty_store: Store, make_plugin: MakePlugin
) -> None:
    table = ("ostiary_one_two_thing",)
    migrate(empty_store, [make_plugin("one-two", create(*table), tables=table)])
    with pytest.raises(StoreError, match=r"belongs to 'one-two'.*--purge one-two"):
        migrate(empty_store, [make_plugin("one", create(*table), tables=table)])


@pytest.mark.parametrize(
    "location",
    ["nowhere_at_all:migrations", "stranger_one:nowhere", "stranger_one", "stranger_one:", ":x"],
)
def test_revisions_that_are_not_there_are_refused(
    keys_only: Store, make_plugin: MakePlugin, location: str
) -> None:
    make_plugin("one", "pass")
    with pytest.raises(StoreError, match=rf"{location!r}.*PACKAGE:FOLDER"):
        migrate(keys_only, [("one", Migrations(location, (), "0001"))])


@pytest.mark.parametrize("folder", ["migrations", "migrations/versions"])
def test_the_folder_may_be_named_with_or_without_versions(
    empty_store: Store, make_plugin: MakePlugin, folder: str
) -> None:
    plugin = make_plugin("one", create("ostiary_one_thing"), folder=folder)
    assert migrate(empty_store, [plugin])[1:] == ("one: nothing -> 0001",)


def test_revisions_without_one_end_are_refused(
    empty_store: Store, make_plugin: MakePlugin, tmp_path: Path
) -> None:
    one = make_plugin("one")
    with pytest.raises(StoreError, match="'one' must end in one revision, found none"):
        migrate(empty_store, [one])
    one = make_plugin("one", create("ostiary_one_thing"))
    versions = tmp_path / "site" / "stranger_one" / "migrations" / "versions"
    branch = (versions / "0001_it.py").read_text().replace("'0001'", "'0001b'")
    (versions / "0001b_it.py").write_text(branch)
    with pytest.raises(StoreError, match="found 0001, 0001b"):
        revisions(empty_store, [one])


def test_revisions_that_cannot_be_read_are_named(
    empty_store: Store, make_plugin: MakePlugin
) -> None:
    with pytest.raises(StoreError, match=r"'one' cannot be read \(SyntaxError\)"):
        migrate(empty_store, [make_plugin("one", "def")])
    assert tables(empty_store) == set()


@pytest.mark.parametrize("needed", ["0999", "000", "", "head", "base"])
def test_a_plugin_that_needs_a_newer_core_is_refused(
    empty_store: Store, make_plugin: MakePlugin, needed: str
) -> None:
    plugin = make_plugin("one", create("ostiary_one_thing"), core=needed)
    with pytest.raises(StoreError, match=f"'one' needs revision '{needed}' of the core"):
        migrate(empty_store, [plugin])
    assert tables(empty_store) == set()


def test_a_database_that_is_behind_says_what_to_run(
    empty_store: Store, make_plugin: MakePlugin
) -> None:
    with pytest.raises(StoreError, match=f"core is at nothing, not {HEAD}.*`ostiary migrate`"):
        check_schema(empty_store)
    migrate(empty_store)
    one = make_plugin("one", create("ostiary_one_thing"))
    with pytest.raises(StoreError, match=r"one is at nothing, not 0001.*`ostiary migrate`"):
        check_schema(empty_store, [one])
    assert revisions(empty_store, [one])[1].current is None


@pytest.mark.parametrize(("package", "named"), [("core", "ostiary"), ("one", "the plugin 'one'")])
def test_a_database_that_is_ahead_is_left_alone(
    empty_store: Store, make_plugin: MakePlugin, package: str, named: str
) -> None:
    one = make_plugin("one", create("ostiary_one_thing"))
    migrate(empty_store, [one])
    with empty_store.write() as unit:
        versions = table(f"ostiary_version_{package}", column("version_num"))
        unit.execute(update(versions).values(version_num="0998"))
    for refuse in (check_schema, migrate):
        with pytest.raises(StoreError, match=f"ahead: it is at revision 0998 of {named}"):
            refuse(empty_store, [one])


def test_what_a_plugin_seals_is_recorded_for_when_it_is_gone(
    empty_store: Store, make_plugin: MakePlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = Table(
        "ostiary_one_thing",
        MetaData(),
        Column("id", String(36), primary_key=True),
        Column("secret", LargeBinary),
    )
    registered = sealed.SealedColumns()
    registered.register(things.c.secret)
    monkeypatch.setattr("ostiary.store.runner.sealed_columns", registered)
    column = "sa.Column('secret', sa.LargeBinary())"
    migrate(empty_store, [make_plugin("one", create("ostiary_one_thing", column))])
    with empty_store.write() as unit:
        recorded = unit.execute(select(schema.c.sealed).where(schema.c.package == "one"))
        assert recorded.scalar_one() == [["ostiary_one_thing", "id", "secret"]]
        value = empty_store.keys.seal(b"seed", "ostiary_one_thing", "1", "secret")
        unit.execute(things.insert().values(id="1", secret=value))
    # Nothing registers it now, as after an uninstallation.
    assert rotate(empty_store, tmp_path / "keys" / "keys.json").resealed == 1


def test_of_processes_that_migrate_at_once_one_does_and_the_others_wait(
    empty_url: str, empty_store: Store
) -> None:
    program = (
        "import sys; from ostiary.store import *; s = Store(sys.argv[1], KeyRing.ephemeral());"
        "sys.stdin.readline(); print(*migrate(s))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate("go\n")[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(said) == ["", "", f"core: nothing -> {HEAD}"]
    check_schema(empty_store)


def test_a_migration_waits_for_another(empty_store: Store) -> None:
    """Deterministic where the race above is not: the second cannot go on while the first is in."""
    other = Store(empty_store.engine.url.render_as_string(hide_password=False), empty_store.keys)
    give_up = {"sqlite": "PRAGMA busy_timeout=1", "postgresql": "SET lock_timeout = '1ms'"}

    def impatient(connection: object, _record: object) -> None:
        connection.cursor().execute(give_up[other.dialect])  # type: ignore[attr-defined]

    event.listen(other.engine, "connect", impatient)
    with empty_store.migrating() as unit:
        alone(unit)
        with pytest.raises(DBAPIError, match="lock"):
            migrate(other)
    assert len(migrate(other)) == 1
    other.dispose()
