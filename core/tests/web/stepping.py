"""A host whose views ask for proofs, and people who have proved some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, TypeAlias

from pyramid.authorization import Allow, Authenticated
from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy import func, select
from webtest import TestApp

from ostiary.accounts import Limit, login_name
from ostiary.contracts import (
    Assurance,
    Challenge,
    Client,
    CodeFactor,
    Credential,
    Enrolled,
    Field,
    First,
    Form,
    Kind,
    Pending,
    Proof,
    Properties,
    Refused,
    Step,
    Strength,
    Text,
    User,
    Verified,
)
from ostiary.runtime import Runtime
from ostiary.store.tables import kept
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events
from ostiary.web import includeme, kept_form
from ostiary.web.mount import RUNTIME

HTML = {"Accept": "text/html"}
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
FRESH = Assurance(within=QUARTER)
TWO = Assurance(proofs=2)
RESISTANT = Assurance(phishing_resistant=True)

KNOW = Strength(frozenset({Kind.KNOW}))
HAVE = Strength(frozenset({Kind.HAVE}))
KEY = Strength(frozenset({Kind.HAVE}), phishing_resistant=True)


def words(english: str) -> Text:
    return Text("tests", english)


class Typed(CodeFactor):
    """The right answer is the credential's secret, which is the factor's name."""

    code_text = words("Prove it")

    def __init__(self, name: str, strength: Strength, **properties: Any) -> None:
        self.name, self.title = name, words(name.title())
        self.properties = Properties(strength, single_use=False, **properties)
        self.code_field = Field("answer", words("Answer"))

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        return Form(text=words("Say it once"), fields=(self.code_field,))

    def finish_enrolment(
        self, step: Step, answer: Any, /
    ) -> Enrolled | Challenge | Pending | Refused:
        return Enrolled(label=self.title, secret=answer["answer"].encode())

    def match(self, step: Step, credential: Credential, code: str, /) -> Verified | Refused:
        if credential.secret == code.encode():
            return Verified(credential=credential)
        return Refused("wrong-answer", words("That is wrong."))

    def decoy(self) -> Credential:
        return Credential("decoy", "", "Decoy", secret=b"nothing")


PIN = Typed("pin", KNOW, first=First.AFTER_NAME, second=False)
CARD = Typed("card", HAVE)
SCRATCH = Typed("scratch", HAVE, recovery=True)
SEAL = Typed("seal", KEY)


class Root:
    """Whoever is somebody may write and keep."""

    __acl__: ClassVar = [(Allow, Authenticated, ("write", "keep"))]

    def __init__(self, request: Request) -> None:
        pass


def _filled_in(request: Request) -> dict[str, Any]:
    """A form that is shown as it was typed, in two lines."""
    typed = kept_form(request) or request.POST
    return {"page": request.method, "typed": list(typed.items())}


def _plain(request: Request) -> dict[str, Any]:
    return {"page": request.method, "typed": list(request.POST.items())}


def host(asked: Any = FRESH, *, wild: bool = False) -> Callable[[Configurator], None]:
    """Views of all kinds that ask for this."""

    def include(config: Configurator) -> None:
        for name in ("note", "plain", "send", "split", "open", "guarded", "bare", "token"):
            config.add_route(name, f"/{name}", factory=Root)
        public = {"permission": NO_PERMISSION_REQUIRED, "renderer": "json"}
        config.add_view(_filled_in, route_name="note", assurance=asked, **public)
        config.add_view(_plain, route_name="plain", assurance=asked, **public)
        post = {"request_method": "POST", "assurance": asked}
        config.add_view(_plain, route_name="send", assurance_secrets=("shade",), **post, **public)
        config.add_view(_filled_in, route_name="split", request_method="GET", **public)
        config.add_view(_plain, route_name="split", assurance_returns=True, **post, **public)
        config.add_view(
            _filled_in, route_name="open", require_csrf=False, assurance=asked, **public
        )
        config.add_view(
            _plain, route_name="guarded", permission="write", assurance=asked, renderer="json"
        )
        config.add_view(_plain, route_name="bare", permission="keep", renderer="json")
        config.add_view(
            lambda request: Response(get_csrf_token(request)),
            route_name="token",
            permission=NO_PERMISSION_REQUIRED,
        )
        if wild:
            config.add_route("wild", "/*path")
            config.add_view(_filled_in, route_name="wild", assurance=asked, **public)

    return include


@dataclass
class Browser:
    """Somebody at the host, without scripts."""

    app: TestApp
    user: User
    page: Any = None
    headers: dict[str, str] = field(default_factory=lambda: dict(HTML))

    @property
    def token(self) -> str:
        return str(self.app.get("/token", headers=HTML).text)

    def get(self, path: str, **more: Any) -> Any:
        self.page = self.app.get(path, headers=self.headers, status="*", **more)
        return self.page

    def post(
        self,
        path: str,
        fields: Iterable[tuple[str, str]] = (),
        *,
        token: str | None = "",
        **more: Any,
    ) -> Any:
        """Send a form; with the right token, unless another is given."""
        known = self.token if token == "" else token
        sent = [*fields, *([("csrf_token", known)] if known is not None else [])]
        headers = {**self.headers, **more.pop("headers", {})}
        self.page = self.app.post(path, sent, headers=headers, status="*", **more)
        return self.page

    def prove(self, answer: str = "pin", *, wish: str | None = None) -> Any:
        """Answer the question of the step-up; the redirect that follows."""
        page = self.app.get(f"/step-up?with={wish or answer}", headers=HTML)
        form = next(each for each in page.forms.values() if "answer" in each.fields)
        form["answer"] = answer
        self.page = form.submit(headers=HTML, status="*")
        return self.page

    def follow(self) -> Any:
        """Where the last answer leads."""
        self.page = self.page.follow(headers=HTML, status="*")
        return self.page

    def click(self, text: str) -> Any:
        """Where a link of the page leads."""
        (link,) = [a for a in self.page.html.find_all("a") if a.get_text(strip=True) == text]
        return self.get(link["href"])

    @property
    def to(self) -> str:
        """The path that the last answer leads to."""
        assert self.page.status_int == 303, (self.page.status, self.page.html.find("main"))
        return str(self.page.location).removeprefix("http://localhost:6543")


@dataclass
class Desk:
    """The running host."""

    runtime: Runtime
    clock: Clock
    events: Events
    include: Callable[[Configurator], None]

    def application(self) -> Any:
        config = Configurator(settings={})
        config.registry[RUNTIME] = self.runtime
        config.include(includeme)
        config.include(self.include)
        return config.make_wsgi_app()

    def nobody(self) -> TestApp:
        """A browser of nobody's."""
        environ = {"REMOTE_ADDR": "192.0.2.9", "HTTP_HOST": "localhost:6543"}
        return TestApp(self.application(), extra_environ=environ)

    def user(self, name: str, *factors: Typed) -> User:
        accounts = self.runtime.accounts
        assert accounts is not None
        with self.runtime.store.write() as unit:
            user = accounts.create(unit, f"id-{name}", login_name(name))
            for factor in factors:
                self.runtime.rows.insert(
                    unit,
                    "factor",
                    factor.name,
                    factor.title,
                    factor.properties,
                    user.id,
                    Enrolled(label=factor.title, secret=factor.name.encode()),
                    factor.name,
                    self.clock(),
                )
        return user

    def credential(self, user: User, label: str) -> str:
        """The id of the credential that is called so."""
        (found,) = [
            stored.credential.id
            for stored in self.runtime.signin.parts.credentials(user.id)
            if stored.credential.label == label
        ]
        return found

    def session(
        self, user: User, *proofs: Typed, limit: Limit | None = None, ago: timedelta = HOUR
    ) -> str:
        """A session in which these were proved so long ago."""
        now = self.clock()
        given = tuple(
            Proof(f.name, None, f.properties.strength, now - ago, f.properties.recovery)
            for f in proofs
        )
        client = Client("192.0.2.9", "test")
        with self.runtime.store.write() as unit:
            return self.runtime.sessions.open(unit, user.id, given, client, limit, now)

    def browser(self, user: User, *proofs: Typed, **more: Any) -> Browser:
        """A browser in which somebody proved these, too long ago for FRESH."""
        app = self.nobody()
        app.get("/account/security", status="*")  # It has its cookie, as any that saw a page.
        app.set_cookie("ostiary_session", self.session(user, *proofs, **more))
        return Browser(app, user)

    def kept(self) -> int:
        """How many forms are kept."""
        with self.runtime.store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(kept)).scalar_one())


Opens: TypeAlias = Callable[..., Desk]
