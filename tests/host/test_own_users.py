"""A host that keeps its own users: Ostiary keeps their factors, by ids that mean nothing to it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine, func, select
from webtest import TestApp

from ostiary import contracts as c
from ostiary.runtime import Runtime
from ostiary.store.tables import addresses, credentials, sessions, users
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox

from .conftest import PASSWORD, PUBLIC, Host

staff = Table(
    "staff",
    MetaData(),
    Column("number", String, primary_key=True),
    Column("nick", String),
    Column("mail", String),
    Column("left", String),
)


class Staff:
    """The host's table of users."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        staff.metadata.create_all(self.engine)
        with self.engine.begin() as connection:
            connection.execute(staff.insert().values(number="#7/é", nick="ada", mail="a@b.example"))

    def get(self, user_id: str, /) -> c.User | None:
        return self._one(staff.c.number == user_id)

    def named(self, name: str, /) -> c.User | None:
        return self._one((staff.c.nick == name) | (staff.c.mail == name))

    def _one(self, condition: Any) -> c.User | None:
        with self.engine.connect() as connection:
            row = connection.execute(select(staff).where(condition)).one_or_none()
        if row is None:
            return None
        return c.User(row.number, row.nick, row.mail, active=row.left is None)


class Plugin:
    """The host's plugin object."""

    OSTIARY_API = 1

    def __init__(self, directory: Staff) -> None:
        from ostiary.hookspecs import hookimpl

        @hookimpl
        def ostiary_register_user_directory(house: c.House) -> Staff:
            return directory

        self.ostiary_register_user_directory = ostiary_register_user_directory


@pytest.fixture
def runtime(make_runtime: Houses, settings: dict[str, Any], tmp_path: Any) -> Runtime:
    directory = Staff(f"sqlite:///{tmp_path / 'host.db'}")
    runtime = make_runtime("password", Plugin(directory), **settings)
    _enrol(runtime)
    return runtime


def _enrol(runtime: Runtime) -> None:
    """Give Ada a password, as a host's import of its old users would."""
    factor = runtime.plugins.factors["password"]
    user = runtime.directory.get("#7/é")
    assert user is not None
    with runtime.store.write() as unit:
        runtime.rows.insert(
            unit,
            "factor",
            "password",
            factor.title,
            factor.properties,
            user.id,
            _chosen(runtime, factor, user),
            "Password",
            runtime.now(),
        )


def _chosen(runtime: Runtime, factor: c.Factor, user: c.User) -> c.Enrolled:
    step = c.Step(
        purpose=c.Purpose.ENROL,
        user=user,
        credentials=(),
        find=lambda _lookup: None,
        now=runtime.now(),
        site=runtime.settings.site,
        client=c.Client(),
        handle="",
        return_url="",
        state={},
    )
    said = factor.finish_enrolment(step, {"password": PASSWORD})
    assert isinstance(said, c.Enrolled)
    return said


@pytest.fixture
def app(host: Host, runtime: Runtime) -> TestApp:
    return host(runtime)


def sign_in(app: TestApp, name: str) -> Any:
    page = app.get("/auth/sign-in")
    assert "register" not in page.text
    form = next(f for f in page.forms.values() if "password" in f.fields)
    form["name"], form["password"] = name, PASSWORD
    return form.submit(status="*")


@pytest.mark.parametrize("name", ["ada", "a@b.example"])
def test_people_of_the_host_sign_in(app: TestApp, runtime: Runtime, name: str) -> None:
    assert sign_in(app, name).location == f"{PUBLIC}/auth/account"
    assert app.get("/order/rye").json == {"user": "#7/é", "means": "session", "login": "ada"}
    assert app.get("/auth/account").status_int == 200
    assert app.get("/auth/account/security").status_int == 200


def test_accounts_are_not_made_here(app: TestApp) -> None:
    for path in ("/register", "/verify-address?token=x", "/account/addresses/x/confirm"):
        app.get(f"/auth{path}", status=404)
        app.post(f"/auth{path}", status=404)


def test_nothing_is_written_of_who_exists(app: TestApp, runtime: Runtime) -> None:
    sign_in(app, "ada")
    with runtime.store.read() as connection:
        count = {
            t.name: connection.scalar(select(func.count()).select_from(t))
            for t in (users, addresses, credentials, sessions)
        }
    assert count == {users.name: 0, addresses.name: 0, credentials.name: 1, sessions.name: 1}


def test_whoever_left_is_out_at_once(app: TestApp, runtime: Runtime) -> None:
    sign_in(app, "ada")
    directory: Any = runtime.plugins.directory
    with directory.engine.begin() as connection:
        connection.execute(staff.update().values(left="yesterday"))
    assert app.get("/order/rye").location.startswith(f"{PUBLIC}/auth/sign-in")
    app.reset()
    assert sign_in(app, "ada").status_int != 303


def test_mail_goes_to_the_address_that_the_host_gives(app: TestApp, outbox: Outbox) -> None:
    sign_in(app, "ada")
    page = app.get("/auth/account/security/add/password")
    form = next(f for f in page.forms.values() if "password" in f.fields)
    form["password"] = "another horse, another battery"
    form.submit()
    assert outbox.last.to == "a@b.example"
