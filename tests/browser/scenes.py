"""Every page, and how one comes to see it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

import pyotp
from playwright.sync_api import Page

from ostiary.accounts import address, login_name
from ostiary.audit import COMMAND
from ostiary.contracts import JSON, Assurance, Client, Enrolled, Kind, Proof, Strength, User
from ostiary.runtime import Runtime
from ostiary.signin.commanding import Commanding
from ostiary.signin.keeping import MAX_FORMS, Holder, Keeping, KeptForm
from ostiary.store.ids import uuid7
from ostiary.testing.visiting import Visitor
from ostiary_tokens.keeper import Keeper
from ostiary_tokens.parts import Parts
from ostiary_tokens.settings import TokenSettings
from tests.browser.people import PASSWORD, STEP, Person

LONG = "Telephone-of-my-grandmother-" + "w" * 72
NAME = "ada-" + "lovelace" * 7
OTHER_ADDRESS = "work@example.org"
LONG_ADDRESS = f"{'long.' * 11}address@{'example' * 8}.{'example.' * 5}org"
SECRET = pyotp.random_base32()
PASSKEY: JSON = {
    "handle": "AAAA",
    "aaguid": "fbfc3007-154e-4ecc-8c0b-6e020557d7bd",
    "transports": ["internal", "hybrid"],
    "backup_eligible": True,
    "backed_up": False,
    "user_verified": False,
    "passkey": False,
}
ELSEWHERE = "2001:db8:1234:5678:9abc:def0:1234:"
# Addresses of people, in the other sense.
NETWORK = ("192.0.2.1", "192.0.2.9", f"{ELSEWHERE}1", f"{ELSEWHERE}2")


@dataclass
class Scene:
    """A person at a server, and shortcuts to how things stand there."""

    person: Person
    runtime: Runtime
    language: str
    user: User = field(init=False)

    @property
    def page(self) -> Page:
        return self.person.page

    def open(self, path: str) -> None:
        self.person.open(path)

    def send(self, selector: str = "main form button.o-primary", /, **fields: str) -> None:
        """Fill in fields by their names, whatever the language, and send the form."""
        for name, value in fields.items():
            self.page.fill(f"main [name={name}]", value)
        self.page.click(selector)

    def account(self, *factors: str, confirmed: bool = True) -> None:
        """There is an account with a password and these factors."""
        visitor = Visitor(self.runtime, language=self.language)
        visitor.get("/register")
        visitor.submit(name=NAME, address="ada@example.org", password=PASSWORD)
        if confirmed:
            visitor.get(self.person.outbox.last.link)
            visitor.submit("token")
        found = self.runtime.directory.named(NAME)
        assert found is not None
        self.user = found
        for name in factors:
            self.credential(name)
        self.person.secret = SECRET

    def credential(self, name: str, label: str = "") -> str:
        """The account has a factor, or another of its kind."""
        runtime, factor = self.runtime, self.runtime.plugins.factors[name]
        enrolled = Enrolled(label=factor.title, secret=SECRET.encode() if name == "totp" else b"")
        if name == "webauthn":
            lookup = secrets.token_urlsafe(32)
            enrolled = Enrolled(label=factor.title, public=PASSKEY, lookup=lookup)
        with runtime.store.write() as unit:
            return runtime.rows.insert(
                unit,
                "factor",
                name,
                factor.title,
                factor.properties,
                self.user.id,
                enrolled,
                label or f"{name} {LONG}"[:100],
                runtime.now(),
            ).credential.id

    def signed_in(self, *factors: str, confirmed: bool = True) -> None:
        """Somebody is signed in who proved everything just now."""
        self.account(*factors, confirmed=confirmed)
        runtime, now = self.runtime, self.runtime.now()
        proofs = [
            Proof("any", None, Strength(frozenset({kind})), now) for kind in (Kind.KNOW, Kind.HAVE)
        ]
        with runtime.store.write() as unit:
            cookie = runtime.sessions.open(
                unit, self.user.id, tuple(proofs), Client("192.0.2.1", "test"), None, now
            )
        self.page.context.add_cookies(
            [{"name": "ostiary_session", "value": cookie, "url": self.person.url}]
        )

    def halfway(self, *factors: str) -> None:
        """The password was given, and a second step is asked for."""
        self.account(*factors)
        self.open("/sign-in")
        self.send(name=NAME, password=PASSWORD)
        self.page.wait_for_url("**/sign-in/verify")

    def labels(self) -> list[str]:
        """What the account's factors are called by their owner, if there is an account."""
        user = getattr(self, "user", None)
        stored = self.runtime.signin.parts.credentials(user.id) if user else ()
        return [each.credential.label for each in stored]

    def credentials(self) -> list[str]:
        return [each.credential.id for each in self.runtime.signin.parts.credentials(self.user.id)]


Sight: TypeAlias = Callable[[Scene], None]

SIGHTS: dict[str, Sight] = {}
ERRORS: set[str] = set()
"""Those that show what is wrong with a form."""


def sight(function: Sight) -> Sight:
    SIGHTS[function.__name__] = function
    return function


def error(function: Sight) -> Sight:
    ERRORS.add(function.__name__)
    return sight(function)


@sight
def home(scene: Scene) -> None:
    scene.open("/")


@sight
def help_with_signing_in(scene: Scene) -> None:
    scene.open("/help")


@sight
def accessibility(scene: Scene) -> None:
    scene.open("/accessibility")


@sight
def register(scene: Scene) -> None:
    scene.open("/register")


@error
def register_empty(scene: Scene) -> None:
    scene.open("/register")
    scene.send()


@error
def register_taken(scene: Scene) -> None:
    scene.account()
    scene.open("/register")
    scene.send(name=NAME, address="bob@example.org", password=PASSWORD)


@sight
def registered(scene: Scene) -> None:
    scene.open("/register")
    scene.send(name=NAME, address="ada@example.org", password=PASSWORD)


@sight
def verify_address(scene: Scene) -> None:
    scene.account(confirmed=False)
    scene.page.goto(scene.person.outbox.last.link)


@sight
def verify_address_too_late(scene: Scene) -> None:
    scene.open("/verify-address?token=none")


@sight
def sign_in(scene: Scene) -> None:
    scene.open("/sign-in?next=/account/security")


@error
def sign_in_empty(scene: Scene) -> None:
    scene.open("/sign-in")
    scene.send()


@error
def sign_in_wrong(scene: Scene) -> None:
    scene.open("/sign-in")
    scene.send(name=NAME, password="wrong")


@sight
def verify_code(scene: Scene) -> None:
    scene.halfway("totp")


@error
def verify_code_wrong(scene: Scene) -> None:
    scene.halfway("totp")
    scene.send(code="1")


@sight
def verify_expired(scene: Scene) -> None:
    scene.halfway("totp")
    scene.person.clock.advance(timedelta(hours=1))
    scene.send(code="1")


@sight
def verify_with_choices(scene: Scene) -> None:
    scene.halfway("totp", "mailed-code", "push", "key", "elsewhere")


@sight
def verify_mailed(scene: Scene) -> None:
    scene.halfway("mailed-code", "totp")
    scene.open("/sign-in/verify?with=mailed-code")


@sight
def verify_waiting(scene: Scene) -> None:
    scene.halfway("push")


@sight
def verify_still_waiting(scene: Scene) -> None:
    scene.halfway("push")
    scene.send()
    scene.page.wait_for_selector("main .o-notice >> nth=1")


@error
def verify_refused_there(scene: Scene) -> None:
    scene.halfway("push")
    handle = scene.page.get_attribute("[name=challenge]", "value")
    assert handle
    assert scene.runtime.house.deliver(handle, {"agreed": False})
    scene.page.wait_for_selector("[role=alert]")


@sight
def verify_ceremony(scene: Scene) -> None:
    scene.halfway("key")


@sight
def verify_elsewhere(scene: Scene) -> None:
    scene.halfway("elsewhere")


@sight
def account(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open("/account")


@sight
def account_unconfirmed(scene: Scene) -> None:
    scene.signed_in(confirmed=False)
    scene.open("/account")


def _addresses(scene: Scene) -> list[str]:
    """Somebody signed in has another confirmed address, and one that is not; their ids."""
    scene.signed_in("totp")
    accounts = scene.runtime.accounts
    assert accounts is not None
    with scene.runtime.store.write() as unit:
        return [
            accounts.add_address(unit, scene.user.id, address(each), verified=verified)
            for each, verified in ((OTHER_ADDRESS, True), (LONG_ADDRESS, False))
        ]


@sight
def addresses(scene: Scene) -> None:
    _addresses(scene)
    scene.open("/account/addresses")


@sight
def add_address(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/addresses/add")


@error
def add_address_wrong(scene: Scene) -> None:
    add_address(scene)
    scene.send(address="ada@192.0.2.1")


@sight
def primary_address(scene: Scene) -> None:
    scene.open(f"/account/addresses/{_addresses(scene)[0]}/primary")


@sight
def remove_address(scene: Scene) -> None:
    scene.open(f"/account/addresses/{_addresses(scene)[1]}/remove")


@sight
def delete_account(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open("/account/delete")


@error
def delete_account_wrong(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/delete")
    scene.send("main form button.o-danger", name="Bob")


@sight
def account_given_up(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/delete")
    scene.send("main form button.o-danger", name=NAME)


@sight
def keep_account(scene: Scene) -> None:
    account_given_up(scene)
    scene.open("/account/keep")


@sight
def security_bare(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security")


@sight
def security_full(scene: Scene) -> None:
    scene.signed_in("totp", "push", "key")
    factors = dict(scene.runtime.plugins.factors)
    scene.credential("totp", LONG)
    scene.open("/account/security")
    assert set(factors) >= {"password", "totp"}


@sight
def step_up(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.person.clock.advance(timedelta(minutes=16))
    scene.open(f"/account/security/{scene.credentials()[0]}/remove")


@error
def step_up_wrong(scene: Scene) -> None:
    step_up(scene)
    scene.open("/step-up?with=totp")
    scene.send(code="1")


@sight
def add_app(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security/add/totp")


@sight
def add_passkey(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security/add/webauthn")


@sight
def verify_passkey(scene: Scene) -> None:
    scene.halfway("totp", "webauthn")
    scene.open("/sign-in/verify?with=webauthn")


@error
def verify_passkey_wrong(scene: Scene) -> None:
    verify_passkey(scene)
    scene.page.evaluate("""() => {
        document.querySelector("[name=answer]").value = "{}";
        document.querySelector("main form").submit();
    }""")
    scene.page.wait_for_selector("[role=alert]")


@sight
def security_passkey(scene: Scene) -> None:
    scene.signed_in("webauthn", "totp")
    scene.open("/account/security")


@sight
def add_codes(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open("/account/security/add/recovery")


@sight
def verify_recovery(scene: Scene) -> None:
    scene.halfway("totp", "recovery")
    scene.open("/sign-in/verify?with=recovery")


@error
def add_app_wrong(scene: Scene) -> None:
    add_app(scene)
    scene.send(code="1", label=LONG)


@sight
def add_at_once(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security/add/push")


@sight
def added(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security/add/push")
    scene.send(label=LONG)


@sight
def add_further(scene: Scene) -> None:
    """A factor asks more once the first was answered."""
    scene.signed_in()
    scene.open("/account/security/add/letter")
    scene.send(street="Hohe Straße 5")


@sight
def change_password(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security/add/password")


@error
def change_password_wrong(scene: Scene) -> None:
    change_password(scene)
    scene.send(password="short")


@sight
def tokens_empty(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/tokens")


@sight
def tokens_new(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/tokens/new")


@sight
def tokens_new_unfolded(scene: Scene) -> None:
    tokens_new(scene)
    scene.page.click("main summary")


@error
def tokens_new_wrong(scene: Scene) -> None:
    tokens_new(scene)
    scene.send(name=NAME, expires="soon")


@error
def tokens_new_wrong_folded(scene: Scene) -> None:
    tokens_new_unfolded(scene)
    scene.send(name=NAME, uses="many")


@sight
def token_made(scene: Scene) -> None:
    tokens_new_unfolded(scene)
    scene.page.check("main [name=resource] >> nth=0")
    scene.send(name=NAME, networks="192.0.2.1")
    for snippet in scene.page.locator("main details").all():
        snippet.locator("summary").click()


@sight
def tokens(scene: Scene) -> None:
    token_made(scene)
    scene.open("/account/tokens")


@sight
def token_revoke(scene: Scene) -> None:
    tokens(scene)
    scene.page.click("main li a[href$=revoke]")


@sight
def tokens_revoke_all(scene: Scene) -> None:
    tokens(scene)
    scene.page.click("main a[href$=revoke-all]")


@sight
def token_delegates(scene: Scene) -> None:
    """One is stopped, another has it from them; and a dry run was asked for."""
    tokens(scene)
    scene.page.click(".o-card a >> nth=0")
    for chain in ("a > b", "a"):
        scene.page.fill("main input[name=chain]:visible", chain)
        scene.page.click("main .o-form button[value=stop]")
        scene.page.wait_for_url("**/account/tokens/*")
    scene.page.check("main [name=act] >> nth=0")
    scene.send("main form:has([name=act]) button")


@error
def token_delegate_wrong(scene: Scene) -> None:
    tokens(scene)
    scene.page.click(".o-card a >> nth=0")
    scene.send("main .o-form button[value=stop]", chain="a b")


@sight
def tokens_reaching(scene: Scene) -> None:
    """One's own, and that of somebody else, which is shut out."""
    tokens(scene)
    other, runtime = f"id-{LONG}", scene.runtime
    assert runtime.accounts is not None
    with runtime.store.write() as unit:
        runtime.accounts.create(unit, other[:36], login_name("a-b"))
    keeper = Keeper(runtime.house, TokenSettings.from_mapping({}), Parts(runtime.house).kinds)
    keeper.create(other[:36], LONG, ())
    scene.page.click("main .o-choices a >> nth=0")
    scene.send("main form button")


@sight
def rename(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open(f"/account/security/{scene.credentials()[-1]}/rename")


@error
def rename_empty(scene: Scene) -> None:
    rename(scene)
    scene.send(label="")


@sight
def remove(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open(f"/account/security/{scene.credentials()[-1]}/remove")


@sight
def remove_refused(scene: Scene) -> None:
    scene.signed_in()
    scene.open(f"/account/security/{scene.credentials()[0]}/remove")
    scene.send("main button.o-danger")


def signed_in_elsewhere(scene: Scene) -> list[str]:
    """The account's other sessions, by browsers that say who they are, and one that does not."""
    agents = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1",
        "<b>Nobody</b>",
    )
    runtime, ids = scene.runtime, []
    with runtime.store.write() as unit:
        for number, agent in enumerate(agents, 1):
            client = Client(f"{ELSEWHERE}{number}", agent)
            ids.append(uuid7(runtime.now()))
            runtime.sessions.open(
                unit, scene.user.id, (), client, None, runtime.now(), session_id=ids[-1]
            )
            token = runtime.devices.keep(unit, None, scene.user.id, client, runtime.now())
            until = runtime.now() + timedelta(days=30)
            runtime.devices.remember(unit, token, scene.user.id, until)
    return ids


@sight
def sessions(scene: Scene) -> None:
    scene.signed_in("totp")
    signed_in_elsewhere(scene)
    scene.open("/account/sessions")


@sight
def sessions_one(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/sessions")


@sight
def end_session(scene: Scene) -> None:
    scene.signed_in()
    scene.open(f"/account/sessions/{signed_in_elsewhere(scene)[0]}/end")


@sight
def session_ended(scene: Scene) -> None:
    end_session(scene)
    scene.send("main button.o-danger")


@sight
def end_others(scene: Scene) -> None:
    scene.signed_in()
    signed_in_elsewhere(scene)
    scene.open("/account/sessions/end")


@sight
def end_others_none(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/sessions/end")


@sight
def extend(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/sessions/extend")


@sight
def extend_no_longer(scene: Scene) -> None:
    scene.signed_in()
    for _ in range(10):
        scene.person.clock.advance(timedelta(hours=1, minutes=5))
        scene.open("/account/sessions/extend")


@sight
def renew_session(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/sessions/renew")


@sight
def ends_soon(scene: Scene) -> None:
    """A page whose session is about to end, as its browser's clock says."""
    scene.page.clock.install()
    scene.signed_in()
    scene.open("/account/security")
    scene.page.clock.fast_forward(timedelta(hours=1, minutes=56).seconds * 1000)
    scene.page.wait_for_selector(".o-ending:not([hidden])")


def mailed(scene: Scene) -> None:
    """Open the link of the last mail."""
    scene.page.goto(scene.person.outbox.last.link)


@sight
def reset(scene: Scene) -> None:
    scene.open("/reset-password")


@error
def reset_empty(scene: Scene) -> None:
    scene.open("/reset-password")
    scene.send()


@sight
def reset_asked(scene: Scene) -> None:
    scene.account()
    scene.open("/reset-password")
    scene.send(name=NAME)


@sight
def reset_link(scene: Scene) -> None:
    reset_asked(scene)
    mailed(scene)


@sight
def reset_link_elsewhere(scene: Scene) -> None:
    scene.signed_in()
    mine = scene.page.context.cookies()
    scene.open("/reset-password")
    scene.send(name=NAME)
    other = scene.runtime.accounts
    assert other is not None
    with scene.runtime.store.write() as unit:
        user = other.create(unit, "another", login_name("bob"))
        cookie = scene.runtime.sessions.open(
            unit, user.id, (), Client("192.0.2.1", "test"), None, scene.runtime.now()
        )
    assert mine
    scene.page.context.add_cookies(
        [{"name": "ostiary_session", "value": cookie, "url": scene.person.url}]
    )
    mailed(scene)


@sight
def reset_too_late(scene: Scene) -> None:
    scene.open("/reset-password/link?token=none")


@sight
def reset_renew(scene: Scene) -> None:
    reset_link(scene)
    scene.send()


@error
def reset_renew_short(scene: Scene) -> None:
    reset_renew(scene)
    scene.send(password="short")


@sight
def reset_done(scene: Scene) -> None:
    reset_renew(scene)
    scene.send(password=PASSWORD + " again")


@error
def reset_second_mailed(scene: Scene) -> None:
    scene.account("mailed-code", "totp")
    scene.open("/reset-password")
    scene.send(name=NAME)
    mailed(scene)
    scene.send()
    scene.open("/sign-in/verify?with=mailed-code")


@sight
def regain(scene: Scene) -> None:
    scene.halfway("totp")
    scene.open("/regain")


@error
def regain_empty(scene: Scene) -> None:
    regain(scene)
    scene.send()


@sight
def regain_asked(scene: Scene) -> None:
    regain(scene)
    scene.send(note="My phone fell into the lake.")


@sight
def regain_granted(scene: Scene) -> None:
    regain_asked(scene)
    (request,) = scene.runtime.regaining.open_requests()
    assert scene.runtime.regaining.grant(request.id, COMMAND, "known by voice")
    scene.open("/regain")


@sight
def regain_cancel(scene: Scene) -> None:
    regain_asked(scene)
    mailed(scene)


@sight
def regain_cancel_late(scene: Scene) -> None:
    regain_granted(scene)
    scene.person.clock.advance(scene.runtime.settings.regain_wait)
    assert scene.runtime.regaining.carry_out() == 1
    mailed(scene)


@sight
def regain_over(scene: Scene) -> None:
    scene.open("/regain/cancel?token=none")


@sight
def recovering(scene: Scene) -> None:
    scene.account("totp")
    Commanding(scene.runtime.signin.parts).reset_factors(scene.user, "lost")
    scene.open("/sign-in")
    scene.send(name=NAME, password=PASSWORD)
    scene.open("/account/security")


@sight
def recovering_with_two(scene: Scene) -> None:
    recovering(scene)
    scene.credential("totp")
    scene.open("/account/sessions")


def as_admin(scene: Scene) -> User:
    """An admin is signed in, and there is somebody to look after."""
    scene.signed_in("totp")
    accounts, runtime = scene.runtime.accounts, scene.runtime
    assert accounts is not None
    with runtime.store.write() as unit:
        accounts.set_admin(unit, scene.user.id, True)
        other = accounts.create(unit, uuid7(runtime.now()), login_name("Ostiary"))
        accounts.add_address(unit, other.id, address(OTHER_ADDRESS), verified=True)
        accounts.add_address(unit, other.id, address(LONG_ADDRESS))
    return other


@sight
def admin_users(scene: Scene) -> None:
    other, accounts = as_admin(scene), scene.runtime.accounts
    assert accounts is not None
    with scene.runtime.store.write() as unit:
        accounts.set_disabled(unit, other.id, True)
        scene.runtime.signin.parts.regains.ask(unit, other.id, LONG, scene.runtime.now())
    scene.open("/admin/users")


@sight
def admin_users_none(scene: Scene) -> None:
    as_admin(scene)
    scene.open("/admin/users?q=%25")


@sight
def admin_user(scene: Scene) -> None:
    """The other person is looked at with everything that one can have."""
    admin, other = scene, as_admin(scene)
    mine, scene.user = admin.user, other
    for name in ("password", "totp"):
        scene.credential(name)
    signed_in_elsewhere(scene)
    regains = scene.runtime.signin.parts.regains
    with scene.runtime.store.write() as unit:
        regains.ask(unit, other.id, LONG, scene.runtime.now())
    scene.open(f"/admin/users/view?user={other.id}")
    assert mine.id != other.id


@sight
def admin_user_oneself(scene: Scene) -> None:
    as_admin(scene)
    scene.open(f"/admin/users/view?user={scene.user.id}")


@sight
def admin_act(scene: Scene) -> None:
    scene.open(f"/admin/users/act/disable?user={as_admin(scene).id}")


@error
def admin_act_without_reason(scene: Scene) -> None:
    admin_act(scene)
    scene.send("main form button.o-danger")


@sight
def admin_decides(scene: Scene) -> None:
    other, regains = as_admin(scene), scene.runtime.signin.parts.regains
    with scene.runtime.store.write() as unit:
        asked = regains.ask(unit, other.id, LONG, scene.runtime.now())
    scene.open(f"/admin/users/act/refuse-way-back?user={other.id}&request={asked.id}")


def made_admin(scene: Scene) -> None:
    """Somebody who was made an admin just now, and has no second factor."""
    scene.signed_in()
    accounts, parts = scene.runtime.accounts, scene.runtime.signin.parts
    assert accounts is not None
    Commanding(parts).set_admin(accounts, scene.user, granted=True)


@sight
def required(scene: Scene) -> None:
    made_admin(scene)
    scene.open("/account/sessions")


@sight
def account_limited(scene: Scene) -> None:
    made_admin(scene)
    scene.open("/account")


@sight
def sign_out(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/sign-out")


@sight
def signed_out(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/sign-out")
    scene.send()


def keep(scene: Scene, *fields: tuple[str, str], **left_out: tuple[str, ...]) -> str:
    """A form that somebody sent before they had proved enough; its token."""
    runtime, cookies = scene.runtime, scene.person.cookies()
    with runtime.store.write() as unit:
        session = runtime.sessions.load(unit, cookies["ostiary_session"], runtime.now())
        assert session is not None
        holder = Holder(scene.user.id, session.id, cookies["ostiary_browser"])
        keeping = Keeping(runtime.keys, runtime.now, timedelta(minutes=10))
        return keeping.put(unit, holder, KeptForm("/account", fields, **left_out))


@sight
def form_shown_again(scene: Scene) -> None:
    account(scene)
    fields = (("title", NAME), ("tag", LONG), ("tag", ""), ("n" * 90, LONG), ("text", "a\r\nb"))
    token = keep(scene, *fields, secrets=("password",), files=("file",))
    scene.open(f"/step-up/form?ostiary_kept={token}")


@sight
def form_shown_already(scene: Scene) -> None:
    account(scene)
    scene.open("/step-up/form?ostiary_kept=none")


@sight
def form_not_kept(scene: Scene) -> None:
    rename(scene)
    scene.person.clock.advance(timedelta(minutes=16))
    for _ in range(MAX_FORMS):
        keep(scene)
    scene.send(label="x")


@sight
def account_too_weak(scene: Scene) -> None:
    scene.signed_in("totp")
    minimums = {"account.change": (Assurance(phishing_resistant=True),)}
    object.__setattr__(scene.runtime.settings, "minimums", minimums)
    scene.open(f"/account/security/{scene.credentials()[-1]}/rename")


__all__ = ["ERRORS", "LONG", "LONG_ADDRESS", "NAME", "OTHER_ADDRESS", "SIGHTS", "STEP", "Scene"]
