"""What views and operators ask for: of sessions, of credentials, of programs, of whoever cannot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.accounts import Limit
from ostiary.contracts import (
    Assurance,
    Claim,
    CredentialVerifier,
    First,
    Identity,
    Permission,
    Presented,
    Proof,
    ResourceType,
    SettingsError,
)
from ostiary.testing.houses import plugin_of

from .conftest import ORIGIN
from .stepping import (
    CARD,
    FRESH,
    HTML,
    PIN,
    QUARTER,
    RESISTANT,
    SCRATCH,
    SEAL,
    TWO,
    Opens,
    Root,
    Typed,
    words,
)

MINUTE = timedelta(minutes=1)


class Tokens(CredentialVerifier):
    """``Bearer t`` speaks for Ada, and has proved these just now."""

    name = "tokens"
    claims = (Claim("bearer"),)

    def __init__(self, *proved: Typed) -> None:
        self.proved = proved

    def verify(self, presented: Presented, /) -> Identity:
        proofs = tuple(
            Proof(each.name, None, each.properties.strength, presented.now) for each in self.proved
        )
        return Identity("id-ada", self.name, proofs=proofs)


PAPER = ResourceType(
    "paper",
    words("Paper"),
    (
        Permission("write", words("Write"), delegable=True),
        Permission("keep", words("Keep"), delegable=True),
        Permission("shred", words("Shred")),
    ),
    str,
    lambda _user: (),
)
BEARER = {"Authorization": "Bearer t"}


def tokens(*proved: Typed) -> object:
    return plugin_of(credential_verifiers=[Tokens(*proved)], resource_types=[PAPER])


# What counts.


@pytest.mark.parametrize(
    ("asked", "proved", "enough"),
    [
        (FRESH, (PIN,), False),
        (Assurance(within=2 * QUARTER * 4), (PIN,), True),
        (TWO, (PIN,), False),
        (TWO, (PIN, PIN), False),
        (TWO, (PIN, CARD), True),
        (RESISTANT, (PIN, CARD), False),
        (RESISTANT, (SEAL,), True),
        ((TWO, RESISTANT), (PIN, SEAL), True),
        ((TWO, FRESH), (PIN, CARD), False),
        (lambda _request: (TWO,), (PIN, CARD), True),
        (lambda _request: (TWO,), (PIN,), False),
        (TWO, (PIN, SCRATCH), False),
        (Assurance(), (SCRATCH,), False),
    ],
)
def test_a_view_asks_for_what_it_says(
    opens: Opens, asked: Any, proved: tuple[Typed, ...], *, enough: bool
) -> None:
    """Kinds, not answers; and what came by recovery is none."""
    desk = opens(asked)
    ada = desk.browser(desk.user("ada", PIN, CARD, SEAL), *proved)
    for path in ("/note", "/guarded"):
        assert ada.get(path).status_int == (200 if enough else 303)
    assert ada.get("/bare").status_int == 200


def test_recovery_is_never_asked_at_a_step_up(opens: Opens) -> None:
    desk = opens(TWO)
    ada = desk.browser(desk.user("ada", PIN, CARD, SCRATCH), PIN)
    ada.get("/note")
    page = ada.app.get("/step-up?with=scratch", headers=HTML)
    assert "scratch" not in page.text.lower()
    ada.prove("card")
    assert ada.to == "/note"


def test_a_session_that_may_only_add_factors_may_nothing_else(opens: Opens) -> None:
    desk = opens(Assurance())
    for limit in Limit:
        ada = desk.browser(desk.user(limit.value, PIN), PIN, limit=limit)
        assert ada.get("/note").status_int == 403
        assert ada.post("/note").status_int == 403
        assert desk.kept() == 0


def test_nobody_is_led_to_the_sign_in_and_back(opens: Opens) -> None:
    app = opens().nobody()
    to = f"{ORIGIN}/sign-in?next=%2Fnote%3Fa%3D1"
    assert app.get("/note?a=1", headers=HTML).location == to
    # What was sent cannot be sent again by a link.
    assert app.post("/send", headers=HTML).location == f"{ORIGIN}/sign-in"
    assert app.get("/note", headers={"Accept": "*/*"}, status=401)


# Programs.


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "*/*"},
        {"Accept": "application/json"},
        {"Accept": "text/html", "Sec-Fetch-Mode": "cors"},
        {"Accept": "text/html", "Sec-Fetch-Mode": "same-origin"},
    ],
)
def test_a_script_is_told_where_its_person_can_go(opens: Opens, headers: dict[str, str]) -> None:
    """403 and an address; a redirect would be followed to a page that no script can answer."""
    desk = opens((TWO, FRESH))
    ada = desk.browser(desk.user("ada", PIN, CARD), PIN)
    given = {**headers, "Referer": f"{ORIGIN}/note?a=1"}
    answer = ada.post("/send", [("title", "x")], headers=given)
    assert (answer.status_int, answer.content_type, desk.kept()) == (403, "application/json", 0)
    assert "ostiary_flow" not in ada.app.cookies
    told = answer.json
    assert told["error"] == "step-up-required"
    assert told["needs"] == [
        {"proofs": 2, "within": None, "phishing_resistant": False},
        {"proofs": 1, "within": 900, "phishing_resistant": False},
    ]
    assert told["step_up"].startswith(f"{ORIGIN}/step-up?ask=")
    ada.get(told["step_up"].removeprefix(ORIGIN))
    assert ada.to == "/step-up"
    ada.prove("card")
    assert ada.to == "/note?a=1"


def test_other_methods_and_other_bodies_are_programs(opens: Opens) -> None:
    desk = opens()
    ada = desk.browser(desk.user("ada", PIN), PIN)
    headers = {**HTML, "X-CSRF-Token": ada.token}
    assert ada.app.put("/note", headers=headers, status=403).json["error"] == "step-up-required"
    sent = ada.app.post_json("/note", {"a": 1}, headers=headers, status=403)
    assert sent.json["error"] == "step-up-required"


def test_an_address_that_asks_for_proofs_is_for_the_session_that_was_told(opens: Opens) -> None:
    """It cannot be made up, moved, changed or kept for later, and leads nowhere else."""
    desk = opens()
    ada = desk.browser(desk.user("ada", PIN), PIN)
    bob = desk.browser(desk.user("bob", PIN), PIN)
    evil = {"Accept": "*/*", "Referer": "https://evil.example/note"}
    told = ada.app.get("/note", headers=evil, status=403).json
    address = told["step_up"].removeprefix(ORIGIN)
    desk.clock.advance(9 * MINUTE)
    begun = ada.app.get(address, headers=HTML)
    assert begun.location == f"{ORIGIN}/step-up"
    ada.prove()
    assert ada.to == "/account"
    assert ada.get(address).location == f"{ORIGIN}/account"
    for broken in (address, address[:-4] + "AAAA", "/step-up?ask=", "/step-up?ask=%C3%A4"):
        assert bob.get(broken).status_int == 403
    desk.clock.advance(2 * MINUTE)
    assert ada.get(address).status_int == 403


# What cannot be proved.


def test_what_no_factor_of_the_account_can_prove_is_said_with_what_would_help(
    opens: Opens,
) -> None:
    """A page with the way to add it; neither a loop nor a question that is of no use."""
    desk = opens(RESISTANT)
    ada = desk.browser(desk.user("ada", PIN, CARD, SCRATCH), PIN, CARD, ago=MINUTE)
    page = ada.post("/note", [("a", "b")])
    assert (page.status_int, desk.kept()) == (403, 0)
    assert "stronger proof of who you are than your account can give" in page.text
    links = [a["href"] for a in page.html.select("main .o-choices a")]
    assert links == ["/account/security/add/seal"]
    assert page.html.select_one('main a[href="/account/security"]')
    assert "Add: Seal" in page.text
    told = ada.app.get("/note", headers={"Accept": "*/*"}, status=403).json
    assert (told["error"], told["security"]) == ("out-of-reach", f"{ORIGIN}/account/security")
    assert ada.get("/account/security/add/seal").status_int == 200


def test_a_factor_whose_plugin_is_away_is_the_operators_to_mend(opens: Opens) -> None:
    desk = opens(RESISTANT)
    away = Typed("away", SEAL.properties.strength)
    ada = desk.browser(desk.user("ada", PIN, away), PIN)
    page = ada.get("/note")
    assert page.status_int == 503
    assert "contact the operator" in page.text


def test_where_the_site_has_no_such_factor_its_operator_is_named(opens: Opens) -> None:
    desk = opens(Assurance(phishing_resistant=True, proofs=2))
    ada = desk.browser(desk.user("ada", SEAL), SEAL)
    links = [a["href"] for a in ada.get("/note").html.select("main .o-choices a")]
    assert links == ["/account/security/add/pin"]
    lonely = Typed("lonely", PIN.properties.strength)
    runtime = desk.runtime
    object.__setattr__(runtime.signin.parts, "factors", {"lonely": lonely})
    page = desk.browser(desk.user("bob", lonely), lonely).get("/note")
    assert (page.status_int, "operator" in page.text) == (403, True)


# Minimums of the operator.


def test_a_minimum_is_added_to_what_a_view_asks_for(opens: Opens) -> None:
    desk = opens(assurance__write="phishing_resistant")
    ada = desk.browser(desk.user("ada", PIN, CARD, SEAL), PIN, CARD, ago=MINUTE)
    assert ada.get("/note").status_int == 200
    ada.get("/guarded?a=1")
    assert ada.to == "/step-up"
    ada.prove("seal")
    assert ada.to == "/guarded?a=1"
    assert ada.follow().status_int == 200


def test_a_minimum_is_enforced_where_a_view_asks_for_nothing(opens: Opens) -> None:
    desk = opens(assurance__keep="proofs=2; within=15m")
    ada = desk.browser(desk.user("ada", PIN, CARD), PIN, CARD)
    ada.post("/bare", [("a", "1"), ("a", "2")])
    assert (ada.to, desk.kept()) == ("/step-up", 1)
    ada.prove("pin")
    ada.follow()
    assert ada.follow().html.find("input", attrs={"name": "a"})["value"] == "1"
    assert ada.get("/bare").status_int == 200
    # The access control list is asked first.
    assert desk.nobody().get("/bare", headers=HTML, status="*").status_int == 403


@pytest.mark.parametrize(
    ("settings", "proved", "status"),
    [
        ({}, (), 200),
        ({"assurance__keep": "proofs=1"}, (), 403),
        ({"assurance__keep": "proofs=1, within=1m"}, (CARD,), 200),
        ({"assurance__keep": "phishing_resistant"}, (CARD,), 403),
        ({"assurance__shred": "phishing_resistant"}, (), 200),
    ],
)
def test_a_credential_that_proves_too_little_is_refused_and_never_led(
    opens: Opens, settings: dict[str, str], proved: tuple[Typed, ...], status: int
) -> None:
    desk = opens(FRESH, tokens(*proved), **settings)
    desk.user("ada", PIN)
    app = desk.nobody()
    answer = app.get("/bare", headers={**BEARER, **HTML}, status="*")
    assert answer.status_int == status
    refused = [e.reason for e in desk.events.of("credential.refused")]
    assert refused == (["assurance"] if status == 403 else [])


def test_a_credential_is_held_to_what_a_view_asks_for(opens: Opens) -> None:
    for proved, status in (((), 403), ((CARD,), 200)):
        desk = opens(FRESH, tokens(*proved))
        if not proved:
            desk.user("ada", PIN)
        app = desk.nobody()
        assert app.get("/guarded", headers={**BEARER, **HTML}, status="*").status_int == status


@pytest.mark.parametrize("name", ["wirte", "account", "account.chance", "shread"])
def test_a_minimum_for_what_there_is_not_stops_the_start(opens: Opens, name: str) -> None:
    """Else a typing error would leave a view without its protection."""
    desk = opens(FRESH, tokens(), **{f"assurance__{name}": "proofs=2"})
    with pytest.raises(SettingsError, match=f"^ostiary.assurance.{name} is for a permission that"):
        desk.application()


def test_whatever_declares_a_permission_will_do(opens: Opens) -> None:
    """A view, a resource type, the core; also an application's default permission."""
    names = ("write", "shred", "account.change")
    opens(FRESH, tokens(), **{f"assurance__{n}": "proofs=2" for n in names}).application()


def test_an_applications_default_permission_counts(opens: Opens) -> None:
    desk = opens(assurance__write="proofs=2")
    include = desk.include

    def with_default(config: Any) -> None:
        include(config)
        config.set_default_permission("write")
        config.add_route("default", "/default", factory=Root)
        config.add_view(lambda _request: {}, route_name="default", renderer="json")
        config.add_route("free", "/free")
        config.add_view(
            lambda _request: {},
            route_name="free",
            renderer="json",
            permission=NO_PERMISSION_REQUIRED,
        )

    desk.include = with_default
    ada = desk.browser(desk.user("ada", PIN, CARD), PIN)
    assert ada.get("/default").status_int == 303
    assert ada.get("/free").status_int == 200


# The core's own changes.


def test_operators_ask_for_more_where_an_account_is_changed(opens: Opens) -> None:
    """Renaming asks for it, and the name that was typed is still there."""
    desk = opens(assurance__account__change="phishing_resistant")
    user = desk.user("ada", PIN, CARD, SEAL)
    ada = desk.browser(user, PIN, CARD, ago=MINUTE)
    card = desk.credential(user, "card")
    path = f"/account/security/{card}/rename"
    ada.post(path, [("label", "My <card>")])
    assert ada.to == "/step-up"
    ada.prove("seal")
    assert ada.to.startswith(f"{path}?ostiary_kept=")
    form = next(each for each in ada.follow().forms.values() if "label" in each.fields)
    assert form["label"].value == "My <card>"
    form.submit(headers=HTML)
    assert desk.credential(user, "My <card>") == card


def test_the_first_factor_that_a_minimum_asks_for_can_be_added(opens: Opens) -> None:
    """By whoever proves as much as the account can; other changes wait until it is there."""
    desk = opens(assurance__account__change="proofs=2, within=15m, phishing_resistant")
    user = desk.user("ada", PIN, CARD)
    ada = desk.browser(user, PIN, CARD)
    ada.get("/account/security/add/seal")
    assert ada.to == "/step-up"
    ada.prove("card")
    ada.prove("pin")
    assert ada.to == "/account/security/add/seal"
    assert ada.follow().status_int == 200
    card = desk.credential(user, "card")
    assert ada.get(f"/account/security/{card}/remove").status_int == 403


PHRASE = Typed("phrase", PIN.properties.strength, first=First.AFTER_NAME, second=False, most=1)


@pytest.mark.parametrize(
    ("has", "limit", "status"),
    [
        ((PIN, CARD), None, 200),
        ((PHRASE, CARD), None, 403),
        ((PHRASE,), Limit.ENROL, 403),
        ((PHRASE, CARD), Limit.RECOVERY, 403),
    ],
)
def test_to_replace_a_factor_is_a_change_of_the_account(
    opens: Opens, has: tuple[Typed, ...], limit: Limit | None, status: int
) -> None:
    """Where there may be only one of it; whoever came by recovery may add, and replace nothing."""
    desk = opens(FRESH, PHRASE, assurance__account__change="phishing_resistant")
    ada = desk.browser(desk.user("ada", *has), *has, limit=limit, ago=MINUTE)
    assert ada.get("/account/security/add/phrase").status_int == status
    assert ada.get("/account/security/add/seal").status_int == 200


def test_a_limited_session_adds_factors_whatever_the_minimum(opens: Opens) -> None:
    desk = opens(assurance__account__change="phishing_resistant")
    user = desk.user("ada", PIN, SEAL, SCRATCH)
    ada = desk.browser(user, PIN, SCRATCH, limit=Limit.RECOVERY, ago=MINUTE)
    assert ada.get("/account/security/add/seal").status_int == 200


@pytest.mark.parametrize("path", ["/account/security/required", "/account/security/add/seal"])
def test_who_has_to_add_a_factor_proves_two_kinds_without_recovery(opens: Opens, path: str) -> None:
    """Codes that they made in that very session are none; once both are proved, they go on."""
    desk = opens()
    user = desk.user("ada", PIN, CARD, SCRATCH)
    ada = desk.browser(user, PIN, SCRATCH, limit=Limit.ENROL, ago=MINUTE)
    ada.get(path)
    assert ada.to == "/step-up"
    ada.prove("card")
    assert ada.to == path
    assert ada.get("/account/sessions").status_int == 200


def test_a_session_that_the_page_lets_go_on_is_recorded(opens: Opens) -> None:
    """Its second kind was proved before the account had it to ask for."""
    desk = opens(second_factor__required="everyone")
    ada = desk.browser(desk.user("ada", PIN, CARD), PIN, CARD, limit=Limit.ENROL)
    for _again in range(2):
        ada.get("/account/security/required")
        assert ada.to == "/account"
    (event,) = desk.events.of("session.unlimited")
    assert event.subject == "id-ada"
