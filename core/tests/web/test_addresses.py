"""The pages of addresses and of the account's end, without a browser: attacks and corners."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ostiary.accounts import Account, Address, Limit, address
from ostiary.contracts import User
from ostiary.testing.visiting import Visitor

from .conftest import Place, Starter

PAGES = ("/account/addresses", "/account/addresses/add", "/account/delete", "/account/keep")


def account_of(place: Place, user: User) -> Account:
    assert place.runtime.accounts is not None
    account = place.runtime.accounts.get(user.id)
    assert account is not None
    return account


def one(place: Place, user: User, shown: str) -> Address:
    (found,) = [each for each in account_of(place, user).addresses if each.address == shown]
    return found


def with_addresses(place: Place, name: str, *verified: str, claimed: str | None = None) -> User:
    user, accounts = place.user(name), place.runtime.accounts
    assert accounts is not None
    with place.runtime.store.write() as unit:
        for each in verified:
            accounts.add_address(unit, user.id, address(each), verified=True)
        if claimed is not None:
            accounts.add_address(unit, user.id, address(claimed))
    return user


def browser(place: Place, user: User, limit: Limit | None = None) -> Visitor:
    cookies = {"ostiary_session": place.session(user, limit=limit)}
    return Visitor(place.runtime, cookies=cookies)


def press(at: Visitor, path: str) -> Any:
    """Open a page that asks whether to go on, and go on."""
    at.get(path)
    (form,) = [each for each in at.page.forms.values() if each.action == path]
    at.page = form.submit(status="*").maybe_follow()
    return at.page


@pytest.fixture
def ada(place: Place) -> User:
    return with_addresses(
        place, "ada", "ada@example.org", "work@example.org", claimed="new@example.org"
    )


@pytest.fixture
def at(place: Place, ada: User) -> Visitor:
    return browser(place, ada)


def test_what_was_typed_stays_in_the_form_and_the_problem_stands_at_the_field(
    at: Visitor,
) -> None:
    at.get("/account/addresses/add")
    page = at.submit(address="ADA @example")
    assert page.status_int == 400
    assert at.form("address")["address"].value == "ADA @example"
    field = page.html.find(id="field-address")
    assert field["aria-invalid"] == "true"
    assert "field-address-problem" in field["aria-describedby"]
    assert at.submit(address="ada@example.org").status_int == 409
    assert "already" in at.text


def test_an_address_is_added_preferred_and_removed(place: Place, ada: User, at: Visitor) -> None:
    at.get("/account/addresses/add")
    at.submit(address="more@example.org")
    assert at.path == "/account/addresses"
    assert "We sent you a message" in at.text
    assert "more@example.org" in at.text
    work = one(place, ada, "work@example.org")
    press(at, f"/account/addresses/{work.id}/primary")
    assert account_of(place, ada).user.address == "work@example.org"
    assert at.get(f"/account/addresses/{work.id}/primary").request.path == "/account/addresses"
    assert press(at, f"/account/addresses/{work.id}/remove").status_int == 409
    old = one(place, ada, "ada@example.org")
    press(at, f"/account/addresses/{old.id}/remove")
    assert "The address was removed." in at.text
    assert "ada@example.org" not in at.text


def test_a_claimed_address_cannot_be_the_primary_one_whatever_is_sent(
    place: Place, ada: User, at: Visitor
) -> None:
    new = one(place, ada, "new@example.org")
    assert press(at, f"/account/addresses/{new.id}/primary").status_int == 409
    assert account_of(place, ada).user.address == "ada@example.org"


@pytest.mark.parametrize("act", ["confirm", "primary", "remove"])
def test_addresses_of_others_are_not_found(place: Place, at: Visitor, act: str) -> None:
    """IDOR: neither shown nor changed, and told apart from no address by nothing."""
    bob = with_addresses(place, "bob", "bob@example.org", "b2@example.org", claimed="b3@x.org")
    token = at.get("/account/addresses/add").html.find("input", {"name": "csrf_token"})["value"]
    before, answers = account_of(place, bob), set()
    for each in (*[a.id for a in before.addresses], "no-such-id"):
        path = f"/account/addresses/{each}/{act}"
        answers.add(at.app.get(path, status="*").status_int)
        answers.add(at.app.post(path, {"csrf_token": token}, status="*").status_int)
    assert answers == {404}
    assert account_of(place, bob) == before


def test_forms_without_their_token_change_nothing(place: Place, ada: User, at: Visitor) -> None:
    before = account_of(place, ada)
    paths = ["/account/addresses/add", "/account/delete", "/account/keep"]
    paths += [
        f"/account/addresses/{each.id}/{act}"
        for each in before.addresses
        for act in ("confirm", "primary", "remove")
    ]
    for path in paths:
        typed = {"address": "evil@example.org", "name": "ada"}
        assert at.app.post(path, typed, status="*").status_int in {400, 403}, path
    assert account_of(place, ada) == before


def test_whoever_proved_too_little_of_late_changes_nothing(
    place: Place, ada: User, at: Visitor
) -> None:
    """A session that was left open is enough to look, and to keep the account."""
    before = account_of(place, ada)
    pages = ["/account/addresses/add", "/account/delete"]
    pages += [
        f"/account/addresses/{one(place, ada, 'work@example.org').id}/{act}"
        for act in ("primary", "remove")
    ]
    token = at.get("/account/addresses/add").html.find("input", {"name": "csrf_token"})["value"]
    place.pass_time(timedelta(minutes=16))
    typed = {"address": "evil@example.org", "name": "ada", "csrf_token": token}
    for page in pages:
        # Without any factor there is nothing to step up with: it leads nowhere but to a no.
        assert at.app.get(page, status="*").status_int != 200, page
        assert at.app.post(page, typed, status="*").status_int != 200, page
    assert account_of(place, ada) == before
    assert at.get("/account/addresses").status_int == 200


def test_nobody_is_taken_to_the_sign_in(place: Place) -> None:
    stranger = Visitor(place.runtime)
    for page in PAGES:
        stranger.get(page)
        assert stranger.path == "/sign-in"


def test_sending_a_message_again_is_a_form_and_only_for_what_is_not_confirmed(
    place: Place, ada: User, at: Visitor
) -> None:
    account = account_of(place, ada)
    for each in account.addresses:
        assert at.app.get(f"/account/addresses/{each.id}/confirm", status="*").status_int == 404
    token = at.get("/account/addresses/add").html.find("input", {"name": "csrf_token"})["value"]
    done = f"/account/addresses/{account.addresses[0].id}/confirm"
    assert at.app.post(done, {"csrf_token": token}, status="*").status_int == 404
    at.get("/account/addresses")
    new = f"/account/addresses/{one(place, ada, 'new@example.org').id}/confirm"
    (form,) = [each for each in at.page.forms.values() if each.action == new]
    at.page = form.submit().maybe_follow()
    assert "We sent you a message" in at.text


def test_an_account_is_given_up_and_kept(place: Place, ada: User, at: Visitor) -> None:
    """Every page of the account says so, and offers the way back."""
    at.get("/account")
    assert "Delete your account" in at.text
    at.get("/account/delete")
    assert "The record of what happened in your account stays" in at.text
    assert at.submit(name="not me").status_int == 400
    assert at.form("name")["name"].value == "not me"
    at.submit(name="ADA")
    assert at.path == "/account"
    for page in ("/account", "/account/security", "/account/addresses", "/account/keep"):
        at.get(page)
        assert "Your account will be deleted at this time: 2026-05-11 12:00 UTC" in at.text
        assert at.page.html.find("form", {"action": "/account/keep"}) is not None
    assert at.get("/account/delete").request.path == "/account"
    assert "Delete your account" not in at.text
    press(at, "/account/keep")
    assert "Your account is kept." in at.text
    assert account_of(place, ada).delete_at is None
    assert at.get("/account/keep").request.path == "/account"
    assert "Your account is kept." not in at.text


def test_a_deletion_that_was_asked_for_in_two_tabs_is_one(
    place: Place, ada: User, at: Visitor
) -> None:
    at.get("/account/delete")
    form = at.form("name")
    form["name"] = "ada"
    form.submit()
    due = account_of(place, ada).delete_at
    place.pass_time(timedelta(minutes=1))
    assert form.submit(status="*").maybe_follow().request.path == "/account"
    assert account_of(place, ada).delete_at == due


def test_the_last_admin_reads_why_not(start: Starter) -> None:
    place = start(**{"second_factor.required": "never"})
    user = place.user("root", admin=True)
    at = browser(place, user)
    at.get("/account/delete")
    assert at.submit(name="root").status_int == 409
    assert "Nobody else administers this site" in at.text
    assert account_of(place, user).delete_at is None


def test_a_limited_session_sees_the_way_back_and_takes_it(place: Place, ada: User) -> None:
    """Whoever has just got in by recovery may have to stop a thief's deletion."""
    accounts = place.runtime.accounts
    assert accounts is not None
    with place.runtime.store.write() as unit:
        accounts.schedule_deletion(unit, ada.id, place.clock[0] + timedelta(days=7))
    at = browser(place, ada, Limit.RECOVERY)
    for page in ("/account/delete", "/account/addresses/add"):
        at.get(page)
        assert at.path not in {"/account/delete", "/account/addresses/add"}
    press(at, "/account/keep")
    assert account_of(place, ada).delete_at is None
