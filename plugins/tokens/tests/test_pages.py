"""One's own tokens in a browser: made, shown once, listed, revoked."""

from __future__ import annotations

import configparser
from datetime import timedelta
from types import SimpleNamespace

import argon2
import pytest
from pyramid.config import Configurator

from ostiary.contracts import Enrolled, House
from ostiary.hookspecs import API, hookimpl
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events, plugin_of
from ostiary.testing.outbox import Outbox
from ostiary.testing.untranslated import untranslated
from ostiary.testing.visiting import Visitor
from plugins.tokens.tests.conftest import (
    Desk,
    MakeDesk,
    enter,
    narrowed,
    version,
    with_address,
)

OWNED = {"ada": ("7",), "bob": ("7",)}
PASSWORD = "correct horse battery staple"


def make(browser: Visitor, **fields: str) -> str:
    browser.get("/account/tokens/new")
    browser.submit("name", **{"name": "release job", **fields})
    assert browser.page.status_int == 200, browser.text
    return str(browser.page.html.find("main").find("code").get_text())


def test_a_token_is_made_with_its_limits_and_shown_once(desk: Desk) -> None:
    browser = enter(desk)
    assert "You have no tokens." in browser.get("/account/tokens").text
    token = make(browser, on="project:acme\nproject:tools-*", networks="192.0.2.0/24", expires="1d")
    assert browser.page.headers["Cache-Control"] == "no-store"
    assert desk.present(token).user == desk.user().id
    browser.get("/account/tokens")
    for said in (
        "release job",
        "Only for: Project acme, Project tools-*",
        "Only from 192.0.2.0/24",
        "Last used never",
    ):
        assert said in browser.text
    assert token not in browser.page.text


def test_ticked_actions_are_its_only_ones(desk: Desk) -> None:
    browser = enter(desk)
    browser.get("/account/tokens/new")
    form = browser.form("name", "may")
    assert "Delete the project" not in browser.text
    form["name"], form["may"] = "ci", True
    form.submit()
    (listed,) = desk.keeper.of(desk.user().id)
    assert [str(each) for each in listed.limits][:1] == ["Only to: Upload files"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "Enter a name."),
        ({"on": "acme"}, "Give KIND:NAME"),
        ({"on": "project:Acme*"}, "“Acme1” is written “acme1” here."),
        ({"networks": "home"}, "Give addresses or networks"),
        ({"expires": "soon"}, "such as 12h or 90d"),
        ({"expires": "2020-01-01"}, "This time is over."),
        ({"not_before": "later"}, "such as 12h or 90d"),
        ({"not_before": "365d"}, "It would end before it begins."),
        ({"uses": "0"}, "Give a number of uses from 1"),
        ({"uses": "many"}, "Give a whole number."),
        ({"uses": "٣"}, "Give a whole number."),
        ({"uses": "9" * 5000}, "Give a whole number."),
    ],
)
def test_a_field_that_means_nothing_is_said_beside_it_and_kept(
    desk: Desk, fields: dict[str, str], said: str
) -> None:
    browser = enter(desk)
    browser.get("/account/tokens/new")
    browser.submit("name", **{"name": "ci", **fields})
    assert browser.page.status_int == 422
    assert said in browser.text
    ((name, typed),) = fields.items()
    assert browser.form("name")[name].value == typed
    assert desk.keeper.of(desk.user().id) == ()


def test_the_form_makes_every_limit_that_it_has_a_field_for(make_desk: MakeDesk) -> None:
    desk = make_desk(plugin_of(resource_types=[version()]))
    browser = enter(desk)
    make(
        browser,
        expires="2d",
        not_before="1d",
        uses="1",
        version="1.2",
        create="project:new",
        on="project:acme",
    )
    (listed,) = desk.keeper.of(desk.user().id)
    day = f"{desk.runtime.now() + timedelta(days=1):%Y-%m-%d %H:%M} UTC"
    assert [str(each) for each in listed.limits] == [
        "Only for: Project acme, Project new, which it may create",
        "Only for: Version 1.2",
        f"From {day}",
        f"Until {desk.runtime.now() + timedelta(days=2):%Y-%m-%d %H:%M} UTC",
        "For a single use",
    ]


def folded(browser: Visitor) -> tuple[bool, set[str]]:
    """Whether the rare limits are out of sight, and which fields they are."""
    details = browser.page.html.find("main").find("details")
    named = details.find_all(["input", "textarea"], attrs={"name": True})
    return "open" not in details.attrs, {each["name"] for each in named}


def test_only_rare_limits_are_folded(make_desk: MakeDesk) -> None:
    """What everybody is asked stands before them: name, what for, until when."""
    desk = make_desk(plugin_of(resource_types=[version()]), owned={"ada": ("acme",)})
    browser = enter(desk)
    browser.get("/account/tokens/new")
    shut, rare = folded(browser)
    assert shut
    assert rare == {"on", "version", "create", "not_before", "uses", "networks"}
    order = [name for name in browser.form("name").fields if name and name not in rare]
    assert order == ["csrf_token", "name", "may", "resource", "expires"]


def test_where_nothing_can_be_ticked_names_are_asked_for_like_the_rest(desk: Desk) -> None:
    browser = enter(desk)
    browser.get("/account/tokens/new?project=acme")
    shut, rare = folded(browser)
    assert shut
    assert rare == {"not_before", "uses", "networks"}
    assert browser.form("name")["on"].value == "project:acme"


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("?project=else", {}),
        ("", {"name": "", "uses": "3"}),
        ("", {"name": "ci", "networks": "home"}),
        ("", {"name": "ci", "on": "acme"}),
    ],
)
def test_a_rare_limit_that_was_given_is_never_out_of_sight(
    make_desk: MakeDesk, query: str, fields: dict[str, str]
) -> None:
    """By the address, beside a problem of another field, or with a problem of its own."""
    desk = make_desk(owned={"ada": ("acme",)})
    browser = enter(desk)
    browser.get(f"/account/tokens/new{query}")
    if fields:
        browser.submit("name", **fields)
        assert browser.page.status_int == 422
    assert not folded(browser)[0]


def test_a_problem_elsewhere_unfolds_nothing(make_desk: MakeDesk) -> None:
    desk = make_desk(owned={"ada": ("acme",)})
    browser = enter(desk)
    browser.get("/account/tokens/new")
    browser.submit("name", name="ci", expires="soon")
    assert browser.page.status_int == 422
    assert folded(browser)[0]


def test_fields_for_what_a_host_does_not_have_are_left_out(desk: Desk) -> None:
    browser = enter(desk)
    browser.get("/account/tokens/new")
    assert {"version", "create"}.isdisjoint(browser.form("name").fields)


def test_what_one_has_can_be_ticked_and_what_the_address_names_is(make_desk: MakeDesk) -> None:
    """A name that one does not have is a line to be looked at; it gives nobody anything."""
    desk = make_desk(owned={"ada": ("acme", "zeta"), "bob": ("secret-plan",)})
    browser = enter(desk)
    browser.get("/account/tokens/new?project=acme&project=else&unheard=x&project=")
    assert "secret-plan" not in browser.text
    form = browser.form("name")
    boxes = {box.id: box.checked for box in form.fields["resource"]}
    assert list(boxes.values()) == [True, False]
    assert form["on"].value == "project:else"
    form["name"], form["on"] = "ci", ""
    form.submit()
    (listed,) = desk.keeper.of(desk.user().id)
    assert str(listed.limits[0]) == "Only for: Project acme"


def test_of_very_many_resources_none_is_offered_and_none_lost(make_desk: MakeDesk) -> None:
    desk = make_desk(owned={"ada": tuple(f"p{number}" for number in range(51))})
    browser = enter(desk)
    browser.get("/account/tokens/new?project=p7")
    form = browser.form("name")
    assert "resource" not in form.fields
    assert form["on"].value == "project:p7"


def test_what_was_ticked_stays_ticked_when_something_else_is_wrong(make_desk: MakeDesk) -> None:
    desk = make_desk(owned={"ada": ("acme", "zeta")})
    browser = enter(desk)
    browser.get("/account/tokens/new")
    form = browser.form("name")
    form["uses"], form["may"] = "x", True
    form.fields["resource"][1].checked = True
    browser.page = form.submit(status=422)
    again = browser.form("name")
    assert [box.checked for box in again.fields["resource"]] == [False, True]
    assert (again["may"].checked, again["uses"].value) == (True, "x")


def test_the_form_comes_back_filled_in_after_a_further_proof(
    make_desk: MakeDesk, clock: Clock
) -> None:
    desk = make_desk("password", owned={"ada": ("acme",)})
    browser = enter(desk)
    factor = desk.runtime.plugins.factors["password"]
    with desk.runtime.store.write() as unit:
        desk.runtime.rows.insert(
            unit,
            "factor",
            "password",
            factor.title,
            factor.properties,
            desk.user().id,
            Enrolled(label=factor.title, secret=argon2.PasswordHasher().hash(PASSWORD).encode()),
            "Password",
            clock(),
        )
    browser.get("/account/tokens/new")
    form = browser.form("name")
    form["name"], form["uses"], form["may"] = "release job", "3", True
    form["resource"] = True
    clock.advance(timedelta(minutes=20))
    browser.page = form.submit(status="*").maybe_follow()
    assert browser.path.startswith("/step-up")
    browser.submit(password=PASSWORD)
    assert browser.path == "/account/tokens/new", browser.text
    again = browser.form("name")
    assert (again["name"].value, again["uses"].value) == ("release job", "3")
    assert again["may"].checked
    assert again["resource"].checked
    again.submit(status=200)
    assert len(desk.keeper.of(desk.user().id)) == 1


def test_all_tokens_are_revoked_after_a_question_and_told_of_once(
    desk: Desk, events: Events, outbox: Outbox
) -> None:
    with_address(desk)
    tokens = [desk.token(name=name) for name in ("a", "b", "c")]
    others = desk.token(user="bob")
    browser = enter(desk)
    browser.get("/account/tokens/revoke-all")
    assert "You have 3 tokens." in browser.text
    before = len(outbox.to("ada@example.org"))
    browser.submit()
    assert browser.path == "/account/tokens"
    assert "3 tokens were revoked." in browser.text
    for token in tokens:
        with pytest.raises(Exception, match="token-unknown"):
            desk.present(token)
    assert desk.present(others).user == desk.user("bob").id
    assert len(events.of("token.revoked")) == 3
    assert len(outbox.to("ada@example.org")) == before + 1
    assert outbox.last.subject == "All API tokens revoked"
    browser.get("/account/tokens/revoke-all")
    assert "You have no tokens." in browser.text
    browser.app.get("/account/tokens/revoke-all")
    assert outbox.last.subject == "All API tokens revoked"


def test_settings_for_programs_hold_the_address_that_the_host_has(make_desk: MakeDesk) -> None:
    """And none is made up where it has none."""

    @hookimpl
    def include(config: Configurator, house: House) -> None:
        config.add_route("legacy", "/legacy/")

    indexes = SimpleNamespace(
        OSTIARY_API=API, OSTIARY_PATHS=("/legacy",), ostiary_includeme=include
    )
    desk = make_desk(indexes)
    browser = enter(desk)
    token = make(browser)
    texts = [each.get_text() for each in browser.page.html.find("main").find_all("pre")]
    url = f"{desk.runtime.settings.public_url.origin}/legacy/"
    assert len(texts) == 4
    assert all(url in each for each in texts)
    # What goes into a repository names a secret there, and is none.
    assert [token in each for each in texts] == [True, True, False, False]
    pypirc = configparser.ConfigParser()
    pypirc.read_string(texts[0])
    (name,) = pypirc["distutils"]["index-servers"].split()
    assert dict(pypirc[name]) == {"repository": url, "username": "__token__", "password": token}


def test_without_an_address_for_uploads_a_neutral_sentence_stands_there(desk: Desk) -> None:
    browser = enter(desk)
    make(browser)
    assert "/legacy/" not in browser.page.text
    assert "Authorization: Bearer" in browser.text


def test_a_token_is_revoked_after_a_question(desk: Desk) -> None:
    browser = enter(desk)
    token = make(browser)
    (listed,) = desk.keeper.of(desk.user().id)
    browser.get(f"/account/tokens/{listed.id}/revoke")
    assert "cannot be had back" in browser.text
    browser.submit()
    assert browser.path == "/account/tokens"
    assert "You have no tokens." in browser.text
    browser.get(f"/account/tokens/{listed.id}/revoke")
    assert browser.path == "/account/tokens"
    with pytest.raises(Exception, match="token-unknown"):
        desk.present(token)


def test_nobody_sees_or_revokes_anothers_token(desk: Desk) -> None:
    desk.token()
    (listed,) = desk.keeper.of(desk.user().id)
    bob = enter(desk, "bob")
    assert "You have no tokens." in bob.get("/account/tokens").text
    bob.get(f"/account/tokens/{listed.id}/revoke")
    assert bob.path == "/account/tokens"
    assert len(desk.keeper.of(desk.user().id)) == 1


def test_a_token_makes_and_sees_no_tokens(desk: Desk) -> None:
    app = Visitor(desk.runtime).app
    headers = {"Authorization": f"Bearer {narrowed(desk.token(), ['delegate', 'a'])}"}
    for path in ("/account/tokens", "/account/tokens/new"):
        assert app.get(path, headers=headers, status="*").status_int == 403


def test_whoever_is_not_signed_in_is_led_there(desk: Desk) -> None:
    browser = Visitor(desk.runtime)
    for path in ("/account/tokens", "/account/tokens/new"):
        browser.get(path)
        assert browser.path == "/sign-in"


def test_an_old_proof_makes_no_token(make_desk: MakeDesk, clock: Clock) -> None:
    desk = make_desk("password")
    browser = enter(desk)
    clock.advance(timedelta(hours=1))
    browser.get("/account/tokens")
    assert browser.path == "/account/tokens"
    browser.get("/account/tokens/new")
    assert browser.path != "/account/tokens/new" or browser.page.status_int != 200


def test_every_word_of_the_pages_can_be_translated(make_desk: MakeDesk) -> None:
    desk = make_desk(plugin_of(resource_types=[version()]), pseudo=True, owned=OWNED)
    browser = enter(desk, language="en-XA")
    desk.token(name="42")
    desk.token(name="43", user="bob")
    (listed,) = desk.keeper.of(desk.user().id)
    assert desk.keeper.stop(listed.credential, ("1", "2"))
    for path in (
        "",
        "/new",
        "/revoke-all",
        f"/{listed.id}",
        f"/{listed.id}?act=upload&on=project:7",
        f"/{listed.id}/revoke",
        "/project/7",
    ):
        browser.get(f"/account/tokens{path}")
        assert browser.page.status_int == 200
        # What somebody typed is shown as they did.
        assert set(untranslated(browser.page.html)) <= {"project:7"}, path
