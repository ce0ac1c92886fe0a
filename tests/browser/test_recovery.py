"""Somebody makes recovery codes, loses the phone, and comes back with one of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from ostiary.testing import looking
from ostiary.testing.browsers import axe
from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.serving import Server
from tests.browser.people import STEP, Meet, Person


@pytest.fixture
def server(make_runtime: Houses, serve: Serve) -> Server:
    """A house with recovery codes, and something to lose."""
    # Ten hashes are made in one step, and tests are many on few processors.
    return serve(make_runtime("password", "totp", "recovery", generous=True, step_timeout="60s"))


def shown(person: Person) -> list[str]:
    """The codes that the page shows, and that none is missing."""
    found = person.page.locator("main ol code").all_inner_texts()
    assert len(found) == 10
    return found


def type_code(person: Person, code: str) -> None:
    person.at("One more step")
    person.hands.follow("Use a recovery code")
    person.hands.fill("Recovery code", code)
    person.hands.press("Continue")


def keep(person: Person) -> None:
    person.hands.press("I have kept these codes")
    person.told("“Recovery codes” was added.")
    expect(person.page.locator("main")).to_contain_text("10 codes are left.")


def test_the_way_back(meet: Meet) -> None:
    """Confined to adding until two kinds were answered; each code once, each sheet until the next.

    With the keyboard alone.
    """
    ada = meet(way="keyboard")
    ada.register()
    ada.confirm_address()
    ada.add_app()
    expect(ada.page.locator("main")).to_contain_text("you would be shut out")
    ada.hands.follow("Add recovery codes")
    ada.at("Add recovery codes")
    axe(ada.page)
    codes = shown(ada)
    keep(ada)
    ada.sign_out()

    # The phone is lost.
    ada.give_password()
    type_code(ada, codes[0].upper().replace("-", " "))
    ada.at("Add a new way to sign in")
    ada.told("You used a recovery code. 9 codes are left.")
    assert "A way back into your account was used" in [
        mail.subject for mail in ada.outbox.to(ada.address)
    ]
    axe(ada.page)
    ada.open("/account/sessions")
    ada.at("Add a new way to sign in")
    ada.hands.follow("Add authenticator app")
    ada.secret = ada.page.inner_text("main code").replace(" ", "")
    ada.hands.fill("Code", ada.code)
    ada.hands.press("Add authenticator app")
    ada.open("/account/sessions")
    ada.at("Add a new way to sign in")
    ada.hands.follow("Show two ways")
    ada.clock.advance(STEP)
    ada.give_code()
    ada.at("Your account")
    ada.open("/account/sessions")
    ada.at("Sessions")

    # The sheet may have been seen: new codes kill the old ones.
    ada.hands.follow("Security")
    ada.hands.follow("Make new recovery codes")
    new = shown(ada)
    assert not set(new) & set(codes)
    keep(ada)
    ada.sign_out()
    ada.give_password()
    type_code(ada, codes[1])
    ada.refused("not right, or was used already")
    ada.hands.fill("Recovery code", new[0])
    ada.hands.press("Continue")
    ada.at("Add a new way to sign in")
    ada.sign_out()
    ada.give_password()
    type_code(ada, new[0])
    ada.refused("not right, or was used already")


def test_codes_are_copied_downloaded_and_printed(meet: Meet, tmp_path: Path) -> None:
    """What is printed is the codes, whose, for which site and from when, and nothing else."""
    ada = meet(permissions=["clipboard-read", "clipboard-write"])
    ada.register()
    ada.open("/account/security/add/recovery")
    codes, page = shown(ada), ada.page
    heading = f"Recovery codes of ada for Ostiary, made on {ada.clock().date()}"

    page.get_by_role("button", name=f"Copy: {heading}").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").split() == codes

    with page.expect_download() as downloading:
        ada.hands.press("Download the codes")
    assert downloading.value.suggested_filename == "recovery-codes-localhost.txt"
    downloading.value.save_as(tmp_path / "codes.txt")
    lines = (tmp_path / "codes.txt").read_text("utf-8").splitlines()
    assert lines[:2] == [heading, ada.url]
    assert [line for line in lines if line in codes] == codes
    page.get_by_role("status").filter(has_text="The codes were downloaded.").wait_for()

    page.evaluate("window.print = () => { document.body.dataset.printed = 'yes'; }")
    ada.hands.press("Print the codes")
    assert page.get_attribute("body", "data-printed") == "yes"
    page.emulate_media(media="print")
    printed = page.evaluate("document.body.innerText").split("\n")
    assert [line for line in printed if line.strip()] == [heading, *codes]
    looking.fits(page)
