"""People's accounts at the command line, on both databases."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text, update

from ostiary.contracts import Client, Purpose, Verified
from ostiary.runtime import Runtime
from ostiary.signin import Visitor
from ostiary.signin.commanding import Commanding
from ostiary.store.tables import addresses, credentials, devices, flows, outbox, sessions

from .conftest import CLI, WORD, Result, Shelf, events


def create(cli: CLI, name: str = "Ada", *more: str, stdin: bytes = b"") -> Result:
    return cli("users", "create", name, "--email", f"{name}@example.org", *more, stdin=stdin)


def test_an_account_is_made_with_its_factor_verified_address_and_events(
    installed: CLI, runtime: Runtime
) -> None:
    made = create(installed, "Ada", "--admin", "--word-stdin", stdin=b"open\r\nnot read")
    assert (made.code, made.out) == (0, "Created Ada, an admin.\n")
    user = runtime.directory.named("ada@example.org")
    assert user is not None
    assert user.privileged
    (stored,) = runtime.signin.parts.credentials(user.id)
    assert (stored.name, stored.credential.secret) == ("word", b"open")
    assert [(e["type"], e["subject"]) for e in events(made)] == [
        ("user.created", user.id),
        ("factor.added", user.id),
    ]
    assert {(e["actor"]["kind"], e["actor"]["means"]) for e in events(made)} == {
        ("admin", "command")
    }
    assert "open" not in made.out + made.err


def test_every_option_reads_a_line_of_its_own_in_the_order_of_the_list(
    installed: CLI, runtime: Runtime
) -> None:
    assert create(installed, "Ada", "--bell-stdin", "--word-stdin", stdin=b"1\n2\n").code == 0
    user = runtime.directory.named("ada")
    assert user is not None
    found = {c.name: c.credential.secret for c in runtime.signin.parts.credentials(user.id)}
    assert found == {"word": b"1", "bell": b"2"}


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        (b"\n", "Word must be filled in."),
        (b"x" * 41 + b"\n", "Word may hold at most 40 characters."),
        (b"Ada\n", "Not your own name."),
        (b"Ada@example.org\n", "Not your own name."),
        (b"sesame\n", "Everybody knows it."),
        (b"raise\n", "does not work at the moment"),
        (b"nothing\n", "does not work at the moment"),
        (b"more\n", "does not work at the moment"),
    ],
)
def test_what_the_web_would_refuse_is_refused_and_leaves_nothing(
    installed: CLI, stdin: bytes, said: str
) -> None:
    made = create(installed, "Ada", "--word-stdin", stdin=stdin)
    assert made.code == 1
    assert said in made.err.splitlines()[-1]
    assert "secret" not in made.err
    assert json.loads(installed("users", "list", "--json").out) == []


@pytest.mark.parametrize(
    ("stdin", "said"),
    [(b"", "no line"), (b"x" * 70_000, "without an end"), (b"\xff\n", "not UTF-8")],
)
def test_standard_input_that_is_no_line_is_wrong_use(
    installed: CLI, stdin: bytes, said: str
) -> None:
    made = create(installed, "Ada", "--word-stdin", stdin=stdin)
    assert made.code == 2
    assert said in made.err


ENROLMENTS = {
    "c.Refused('not-now', _('Not now.'))": "Not now.",
    "c.Enrolled(label=_('Word'))": "does not work at the moment",
    "c.Wait(text=_('Wait.'))": "does not work at the moment",
    "c.Form(text=_('Two.'), fields=(self.code_field, c.Field('other', _('Other'))))": "not work",
    "c.Form(text=_('None.'), fields=())": "does not work at the moment",
    "c.Form(text=_('Sent.'), fields=(self.code_field,), send=print)": "not work",
    "c.Form(text=_('Sent.'), fields=(self.code_field,), mail=c.Mail(_('M'), ()))": "not work",
}


@pytest.mark.parametrize("asked", ENROLMENTS)
def test_an_enrolment_that_one_line_cannot_answer_is_refused(
    asked: str, installed: CLI, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the factor would do at the end, nobody has answered what it asks."""
    form = "c.Form(text=self.code_text, fields=(self.code_field,))"
    shelf.install(
        "odd", WORD.replace(f"return {form}\n    def finish", f"return {asked}\n    def finish")
    )
    monkeypatch.setenv("OSTIARY_PLUGINS", "odd")
    made = create(installed, "Ada", "--word-stdin", stdin=b"open\n")
    assert made.code == 1
    assert ENROLMENTS[asked] in made.err.splitlines()[-1]
    assert json.loads(installed("users", "list", "--json").out) == []


@pytest.mark.parametrize(
    ("name", "email", "said"),
    [
        ("ADA", "other@example.org", "the name ADA is taken"),
        ("bob", "ada@EXAMPLE.org", "another account has proved"),
        ("a@b", "b@example.org", "A user name holds no @"),
        ("bob", "nonsense", "Enter an email address"),
    ],
)
def test_a_name_or_address_that_cannot_be_had_is_one_line(
    installed: CLI, name: str, email: str, said: str
) -> None:
    assert create(installed, "ada").code == 0
    made = installed("users", "create", name, "--email", email)
    assert made.code == 1
    assert len(made.err.splitlines()) == 1
    assert said in made.err


def test_without_an_address_nothing_is_made(installed: CLI) -> None:
    made = installed("users", "create", "Ada")
    assert made.code == 2
    assert made.err.splitlines() == [
        "ostiary users create: Missing option '--email'. See `ostiary users create --help`."
    ]


def test_the_list_names_factors_and_states_for_people_and_programs(installed: CLI) -> None:
    create(installed, "Bob")
    create(installed, "ada", "--admin", "--word-stdin", stdin=b"x\n")
    installed("users", "disable", "bob")
    ada, bob = json.loads(installed("users", "list", "--json").out)
    assert (ada["login"], ada["admin"], ada["factors"]) == ("ada", True, ["word"])
    assert (ada["address"], ada["verified"], ada["disabled"]) == ("ada@example.org", True, False)
    assert (bob["login"], bob["disabled"], bob["factors"]) == ("Bob", True, [])
    lines = installed("users", "list").out.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["ada", "ada@example.org", "word", "admin"],
        ["Bob", "Bob@example.org", "-", "disabled"],
    ]


def open_session(runtime: Runtime, user_id: str) -> None:
    with runtime.store.write() as unit:
        runtime.sessions.open(unit, user_id, (), Client(), limit=None, now=runtime.now())
        runtime.devices.keep(unit, None, user_id, Client(), runtime.now())


def count(runtime: Runtime, table: object, user_id: str) -> int:
    with runtime.store.read() as connection:
        found = connection.execute(select(table).where(table.c.user_id == user_id))  # type: ignore[attr-defined, call-overload]
        return len(found.all())


def test_disabling_ends_every_session_and_is_recorded_once(
    installed: CLI, runtime: Runtime
) -> None:
    create(installed, "Ada")
    user = runtime.directory.named("ada")
    assert user is not None
    open_session(runtime, user.id)
    done = installed("users", "disable", "ada")
    assert (done.code, done.out) == (0, "Ada is disabled.\n")
    assert [e["type"] for e in events(done)] == ["user.disabled"]
    assert count(runtime, sessions, user.id) == 0
    again = installed("users", "disable", "ada")
    assert (again.out, events(again)) == ("Ada was disabled already.\n", [])
    back = installed("users", "disable", "ada", "--enable")
    assert (back.out, events(back)[0]["type"]) == ("Ada is enabled.\n", "user.enabled")
    found = runtime.directory.named("ada")
    assert found is not None
    assert found.active


def test_a_name_that_nobody_has_is_one_line(installed: CLI) -> None:
    for command in (["disable", "eve"], ["reset-factors", "eve", "--reason", "lost"]):
        done = installed("users", *command)
        assert done.code == 1
        assert "there is no account 'eve'" in done.err
        assert len(done.err.splitlines()) == 1


class TestResettingFactors:
    """The way back for somebody who lost every second factor."""

    @pytest.fixture
    def ada(self, installed: CLI, runtime: Runtime) -> str:
        create(installed, "Ada", "--bell-stdin", "--word-stdin", stdin=b"1\n2\n")
        user = runtime.directory.named("ada")
        assert user is not None
        open_session(runtime, user.id)
        with runtime.store.write() as unit:
            # A sign-in under way.
            visitor = Visitor(Client(), "browser")
            runtime.signin.parts.flows.open(unit, visitor, Purpose.SIGN_IN, user_id=user.id)
        return user.id

    def test_second_factors_go_and_the_first_proof_stays(
        self, installed: CLI, runtime: Runtime, ada: str
    ) -> None:
        done = installed("users", "reset-factors", "Ada", "--reason", " lost\n phone ")
        assert done.code == 0
        assert "Bell (Word (2))" in done.out
        assert [c.name for c in runtime.signin.parts.credentials(ada)] == ["word"]
        assert [count(runtime, t, ada) for t in (sessions, flows)] == [0, 0]
        with runtime.store.read() as connection:
            row = connection.execute(select(devices.c.token_hash, devices.c.id)).one()
        assert row.token_hash == row.id, "no browser's cookie leads to it any more"
        (event,) = events(done)
        assert (event["type"], event["reason"]) == ("user.factors-reset", "lost phone")
        assert event["details"] == {"count": 1, "factors": "bell"}

    def test_the_owner_is_told_by_mail(self, installed: CLI, runtime: Runtime, ada: str) -> None:
        installed("users", "reset-factors", "Ada", "--reason", "lost")
        assert runtime.mailroom.deliver_due() == 1
        (letter,) = runtime.settings.mail.folder.glob("*.eml")
        assert "Subject: Your second factors were removed" in letter.read_text()

    def test_factors_of_absent_plugins_and_sealed_with_lost_keys_go_too(
        self, installed: CLI, runtime: Runtime, ada: str
    ) -> None:
        with runtime.store.write() as unit:
            unit.execute(
                update(credentials)
                .where(credentials.c.name == "bell")
                .values(name="long-gone", secret=b"does not open")
            )
        done = installed("users", "reset-factors", "Ada", "--reason", "lost")
        assert done.code == 0
        assert [c.name for c in runtime.signin.parts.credentials(ada)] == ["word"]

    def test_recovery_factors_go_and_those_of_others_stay(
        self, installed: CLI, runtime: Runtime, ada: str
    ) -> None:
        create(installed, "Bob", "--bell-stdin", stdin=b"1\n")
        with runtime.store.write() as unit:
            unit.execute(update(credentials).values(second=False, recovery=True))
        installed("users", "reset-factors", "Ada", "--reason", "lost")
        assert count(runtime, credentials, ada) == 0
        with runtime.store.read() as connection:
            assert len(connection.execute(select(credentials)).all()) == 1

    def test_where_there_is_nothing_to_remove_nothing_happens(
        self, installed: CLI, runtime: Runtime, ada: str
    ) -> None:
        installed("users", "reset-factors", "Ada", "--reason", "lost")
        open_session(runtime, ada)
        runtime.mailroom.deliver_due()
        done = installed("users", "reset-factors", "Ada", "--reason", "again")
        assert (done.code, events(done)) == (0, [])
        assert "nothing was changed" in done.out
        assert count(runtime, sessions, ada) == 1
        with runtime.store.read() as connection:
            assert connection.execute(select(outbox)).all() == []

    @pytest.mark.parametrize("reason", [[], ["--reason", "  "]])
    def test_a_reason_must_be_given(
        self, installed: CLI, runtime: Runtime, ada: str, reason: list[str]
    ) -> None:
        assert installed("users", "reset-factors", "Ada", *reason).code == 2
        assert len(runtime.signin.parts.credentials(ada)) == 2

    def test_whoever_has_no_verified_address_cannot_be_told(
        self, installed: CLI, runtime: Runtime, ada: str
    ) -> None:
        with runtime.store.write() as unit:
            unit.execute(update(addresses).values(verified_at=None))
        done = installed("users", "reset-factors", "Ada", "--reason", "lost")
        assert "there is no address to tell them at" in done.out
        assert runtime.mailroom.deliver_due() == 0

    def test_a_sign_in_at_the_same_moment_leaves_no_session(
        self, runtime: Runtime, ada: str
    ) -> None:
        """The factor was accepted and its session opened, but both not yet committed."""
        parts = runtime.signin.parts
        user = runtime.directory.get(ada)
        assert user is not None
        bell = next(c for c in parts.credentials(ada) if c.name == "bell")
        with ThreadPoolExecutor(1) as pool:
            with runtime.store.write() as unit:
                assert runtime.rows.accept(
                    unit, bell, Verified(credential=bell.credential, mark=1), runtime.now()
                )
                runtime.sessions.open(unit, ada, (), Client(), limit=None, now=runtime.now())
                resetting = pool.submit(Commanding(parts).reset_factors, user, "lost")
                if runtime.store.dialect == "postgresql":
                    until_waiting(runtime, resetting)
            assert [stored.name for stored in resetting.result()] == ["bell"]
        assert count(runtime, sessions, ada) == 0
        assert count(runtime, credentials, ada) == 1


def until_waiting(runtime: Runtime, later: Future[Any]) -> None:
    """Until the other transaction waits for ours, or is through, which a test may find wrong."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while not later.done():
        with runtime.store.engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return


def test_an_admin_is_made_and_unmade_and_the_last_one_stays(
    installed: CLI, runtime: Runtime
) -> None:
    create(installed, "ada", "--admin")
    create(installed, "bob")
    made = installed("users", "admin", "bob")
    assert (made.code, made.out) == (0, "bob is an admin now.\n")
    assert [(e["type"], e["actor"]["means"]) for e in events(made)] == [
        ("admin.granted", "command")
    ]
    assert installed("users", "admin", "bob").out == "bob was an admin already.\n"
    assert installed("users", "admin", "ada", "--revoke").out == "ada is no admin any more.\n"
    assert installed("users", "admin", "ada", "--revoke").out == "ada was no admin.\n"
    kept = installed("users", "admin", "bob", "--revoke")
    assert kept.code == 1
    assert "bob is the only admin: make another one first" in kept.err
    assert installed("users", "admin", "nobody").code == 1
    admins = [
        user for user in json.loads(installed("users", "list", "--json").out) if user["admin"]
    ]
    assert [user["login"] for user in admins] == ["bob"]
