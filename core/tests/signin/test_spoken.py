"""In which language somebody has mails who chose none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from ostiary.runtime import Runtime
from ostiary.store.tables import users
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor

PASSWORD = "correct horse battery staple"
ADDRESS = "ada@example.org"

Spoken = Callable[[], str | None]


@pytest.fixture
def runtime(make_runtime: Houses) -> Runtime:
    return make_runtime("password", pseudo=True, generous=True)


@pytest.fixture
def ada(runtime: Runtime, outbox: Outbox) -> Visitor:
    """Ada has registered in en-XA, with a confirmed address."""
    visitor = Visitor(runtime, language="en-XA")
    visitor.get("/register")
    visitor.submit(name="ada", address=ADDRESS, password=PASSWORD)
    visitor.get(outbox.last.link)
    visitor.submit("token")
    return visitor


@pytest.fixture
def spoken(runtime: Runtime) -> Spoken:
    def asked() -> str | None:
        with runtime.store.read() as connection:
            found: str | None = connection.execute(select(users.c.spoken)).scalar_one()
        return found

    return asked


def sign_in(visitor: Visitor, password: str = PASSWORD) -> None:
    visitor.get("/sign-in")
    visitor.submit(name="ada", password=password)


def languages(outbox: Outbox) -> list[str]:
    return [str(each.raw["Content-Language"]) for each in outbox.to(ADDRESS)]


def test_a_first_mail_is_in_the_language_of_the_registration(
    ada: Visitor, outbox: Outbox, spoken: Spoken
) -> None:
    assert languages(outbox) == ["en-XA"]
    assert spoken() == "en-XA"


def test_a_warning_is_never_in_the_language_of_whom_it_warns_of(
    runtime: Runtime, ada: Visitor, outbox: Outbox, spoken: Spoken
) -> None:
    """The sign-in of a browser that the account does not know leaves the language as it was."""
    sign_in(Visitor(runtime, language="ar-XB"))
    assert languages(outbox) == ["en-XA", "en-XA"]
    assert spoken() == "en-XA"


def test_who_reads_another_language_now_has_mails_in_it(
    runtime: Runtime, ada: Visitor, spoken: Spoken
) -> None:
    """Once they come back in a browser that the account knows."""
    known: dict[str, str] = {}
    for kept in ("en-XA", "ar-XB"):
        browser = Visitor(runtime, language="ar-XB", cookies=known)
        sign_in(browser)
        assert spoken() == kept
        known = {name: value for name, value in browser.app.cookies.items() if "device" in name}


def test_what_a_stranger_tries_changes_nothing(
    runtime: Runtime, ada: Visitor, outbox: Outbox, spoken: Spoken
) -> None:
    stranger = Visitor(runtime, language="ar-XB")
    sign_in(stranger, "wrong")
    stranger.get("/reset-password")
    stranger.submit(name="ada")
    assert set(languages(outbox)) == {"en-XA"}
    assert spoken() == "en-XA"


def test_a_chosen_language_comes_first(runtime: Runtime, ada: Visitor, outbox: Outbox) -> None:
    assert runtime.accounts is not None
    user = runtime.directory.named("ada")
    assert user is not None
    with runtime.store.write() as unit:
        runtime.accounts.prefer(unit, user.id, "ar-XB", None)
    sign_in(Visitor(runtime, language="en"))
    assert languages(outbox)[-1] == "ar-XB"


def test_a_house_of_one_language_keeps_none(make_runtime: Houses) -> None:
    runtime = make_runtime("password", generous=True)
    visitor = Visitor(runtime, language="de")
    visitor.get("/register")
    visitor.submit(name="ada", address=ADDRESS, password=PASSWORD)
    with runtime.store.read() as connection:
        assert connection.execute(select(users.c.spoken)).scalar_one() is None
