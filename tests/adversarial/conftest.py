"""A browser over real HTTP, ways to misbehave, and parts of a plugin that do so."""

from __future__ import annotations

import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Event as Signal
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup

from ostiary import contracts as c
from ostiary.accounts import login_name
from ostiary.runtime import Runtime
from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Events, Houses, plugin_of
from ostiary.testing.serving import Server
from ostiary.text import translations

_, _n, _p, _np = translations("stray")

SECRET = "hunter2-of-ada"
RIGHT = "open sesame"


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite alone, where a writer that hangs stops all others: the harder of the two."""
    path = tmp_path / "ostiary.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


class Odd(c.CodeFactor):
    """A code factor whose answers can be replaced; by itself it takes one code."""

    title = _("Odd factor")
    code_text = _("Give the code.")
    code_field = c.Field("code", _("Code"), "password")

    def __init__(self, name: str, first: c.First, kind: c.Kind) -> None:
        self.name = name
        self.properties = c.Properties(
            c.Strength(frozenset({kind})), first, second=first is c.First.NO, single_use=False
        )
        self.answer: Callable[..., Any] | None = None
        self.begin: Callable[..., Any] | None = None

    def begin_enrolment(self, step: c.Step, /) -> c.Enrolled:
        return c.Enrolled(label=self.title)

    def finish_enrolment(self, step: c.Step, answer: Mapping[str, str], /) -> c.Enrolled:
        return c.Enrolled(label=self.title)

    def begin_challenge(self, step: c.Step, /) -> c.Challenge | c.Refused:
        return super().begin_challenge(step) if self.begin is None else self.begin(step)

    def match(self, step: c.Step, credential: c.Credential, code: str, /) -> Any:
        if code == RIGHT:
            return c.Verified(credential=credential)
        return c.Refused("wrong", _("That is not the code."))

    def answer_challenge(self, step: c.Step, answer: Mapping[str, str], /) -> Any:
        if self.answer is not None:
            return self.answer(step, answer)
        return super().answer_challenge(step, answer)

    def decoy(self) -> c.Credential:
        return c.Credential("decoy", "", "")


class Verifier(c.CredentialVerifier):
    """Answers for ``Bearer odd-``."""

    name = "odd-verifier"
    claims = (c.Claim("bearer", "odd-"),)

    def __init__(self) -> None:
        self.answer: Callable[..., Any] = lambda *_: c.Identity("id-ada", self.name)

    def verify(self, presented: c.Presented, /) -> Any:
        return self.answer(presented)


class Guard(c.SignInGuard):
    """Has no objection."""

    name = "odd-guard"

    def __init__(self) -> None:
        self.answer: Callable[..., Any] = lambda *_: None

    def check_attempt(self, attempt: c.Attempt, /) -> Any:
        return self.answer(attempt)


class Sink(c.AuditSink):
    """Keeps nothing."""

    def __init__(self, *, transactional: bool) -> None:
        self.name = "odd-inside" if transactional else "odd-after"
        self.transactional = transactional
        self.answer: Callable[..., Any] = lambda *_: None

    def write(self, events: Sequence[c.Event], execute: Any, /) -> None:
        self.answer(events, execute)


class Directory:
    """Ada and Bob."""

    people: ClassVar = {"id-ada": c.User("id-ada", "ada"), "id-bob": c.User("id-bob", "bob")}

    def __init__(self) -> None:
        self.answer: Callable[..., Any] | None = None

    def get(self, user_id: str, /) -> Any:
        return self.people.get(user_id) if self.answer is None else self.answer(user_id)

    def named(self, name: str, /) -> Any:
        return self.people.get(f"id-{name}") if self.answer is None else self.answer(name)


class Language:
    """Speaks loudly."""

    locales = ("en", "x-loud")

    def __init__(self) -> None:
        self.answer: Callable[..., Any] | None = None

    def negotiate(self, accept_language: str, preferred: str | None, /) -> Any:
        return "x-loud" if self.answer is None else self.answer(accept_language)

    def say(self, text: c.Text, locale: str, /) -> Any:
        return str(text).upper() if self.answer is None else self.answer(text)

    def direction(self, locale: str, /) -> Any:
        return "ltr" if self.answer is None else self.answer(locale)


@dataclass
class Answered:
    """What the server said."""

    status: int
    text: str
    location: str | None
    cookies: list[str]

    @property
    def words(self) -> str:
        """What a person reads."""
        page = BeautifulSoup(self.text, "html.parser")
        return " ".join((page.find("main") or page).get_text(" ").split())


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_told: Any) -> None:
        """Follow nothing: where it leads is looked at."""


@dataclass
class Browser:
    """Keeps cookies and the forms of the last page."""

    url: str
    jar: CookieJar = field(default_factory=CookieJar)
    page: Answered | None = None

    def get(self, path: str, **headers: str) -> Answered:
        return self._open(urllib.request.Request(self.url + path, headers=headers))  # noqa: S310 - ours.

    def post(self, path: str, **typed: str) -> Answered:
        """Fill in the form of the last page that leads there, its hidden fields as they are."""
        assert self.page is not None
        form = BeautifulSoup(self.page.text, "html.parser").select_one(
            f'main form[action="{path}"]'
        )
        assert form is not None, self.page.words
        hidden = {str(i["name"]): str(i.get("value", "")) for i in form.select("input")}
        data = urlencode({**hidden, **typed}).encode()
        return self._open(urllib.request.Request(self.url + path, data))  # noqa: S310 - ours.

    def sign_in(self, code: str = RIGHT, name: str = "ada") -> Answered:
        self.get("/sign-in")
        return self.post("/sign-in", name=name, code=code)

    @property
    def is_in(self) -> bool:
        """Whether the account opens."""
        return self.get("/account").status == 200

    @property
    def has_session(self) -> bool:
        return any(cookie.name.endswith("ostiary_session") for cookie in self.jar)

    def _open(self, request: urllib.request.Request) -> Answered:
        request.add_header("Accept", "text/html")
        opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar), _Stay(), urllib.request.ProxyHandler({})
        )
        try:
            response = opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            location = response.headers.get("Location")
            self.page = Answered(
                response.status,
                response.read().decode(),
                location and urlsplit(location).path,
                response.headers.get_all("Set-Cookie", []),
            )
        return self.page


class Misbehaviour:
    """Functions that plugins should not be made of; ``release`` ends those that hang."""

    def __init__(self) -> None:
        self.release = Signal()
        self.entered = Signal()

    def exception(self, *_told: Any) -> Any:
        raise Exception(SECRET)  # noqa: TRY002 - as careless as can be.

    def exit(self, *_told: Any) -> Any:
        raise SystemExit(SECRET)

    def key(self, *_told: Any) -> Any:
        raise KeyError(SECRET)

    def true(self, *_told: Any) -> Any:
        return True

    def none(self, *_told: Any) -> Any:
        return None

    def coroutine(self, *_told: Any) -> Any:
        async def later() -> bool:
            return True

        return later()

    def hang(self, *_told: Any) -> Any:
        self.entered.set()
        self.release.wait(60)
        raise RuntimeError(SECRET)


RAISES = ("exception", "exit", "key")
LOGGED = {
    "exception": "Exception",
    "exit": "SystemExit",
    "key": "KeyError",
    "true": "bool",
    "none": "NoneType",
    "coroutine": "coroutine",
}


@dataclass
class World:
    """A house with a plugin whose every part can be made to misbehave."""

    houses: Houses
    serve: Serve
    events: Events
    first: Odd = field(default_factory=lambda: Odd("knock", c.First.AFTER_NAME, c.Kind.KNOW))
    second: Odd = field(default_factory=lambda: Odd("card", c.First.NO, c.Kind.HAVE))
    verifier: Verifier = field(default_factory=Verifier)
    guard: Guard = field(default_factory=Guard)
    inside: Sink = field(default_factory=lambda: Sink(transactional=True))
    after: Sink = field(default_factory=lambda: Sink(transactional=False))
    directory: Directory | None = None
    language: Language | None = None
    server: Server | None = None

    def start(self, *, two: bool = False, **settings: Any) -> Browser:
        """Serve it; Ada and Bob have the first factor, Ada perhaps the second."""
        parts: dict[str, Any] = {
            "factors": [self.first, self.second],
            "credential_verifiers": [self.verifier],
            "sign_in_guards": [self.guard],
            "audit_sinks": [self.inside, self.after],
        }
        plugin: Any = plugin_of(**parts)
        for what, part in (("user_directory", self.directory), ("localization", self.language)):
            if part is not None:
                setattr(plugin, f"ostiary_register_{what}", _one(part))
        given = {"generous": True, "step_timeout": "1s", "factor_slots": 4, **settings}
        runtime = self.houses(plugin, **given)
        self._people(runtime, two=two)
        self.server = self.serve(runtime)
        return self.browser()

    def browser(self) -> Browser:
        assert self.server is not None
        return Browser(self.server.url)

    def _people(self, runtime: Runtime, *, two: bool) -> None:
        with runtime.store.write() as unit:
            for name in ("ada", "bob"):
                if runtime.accounts is not None:
                    runtime.accounts.create(unit, f"id-{name}", login_name(name))
                factors = (self.first, *((self.second,) if two and name == "ada" else ()))
                for factor in factors:
                    runtime.rows.insert(
                        unit,
                        "factor",
                        factor.name,
                        factor.title,
                        factor.properties,
                        f"id-{name}",
                        c.Enrolled(label=_("Mine")),
                        "Mine",
                        runtime.now() - timedelta(days=1),
                    )


def _one(part: object) -> Any:
    from ostiary.hookspecs import hookimpl

    @hookimpl
    def register(house: c.House) -> object:
        return part

    return register


@pytest.fixture
def misbehaviour(serve: Serve) -> Iterator[Misbehaviour]:
    # After the server, so that what hangs ends before the server does.
    ways = Misbehaviour()
    yield ways
    ways.release.set()


@pytest.fixture
def world(make_runtime: Houses, serve: Serve, events: Events, misbehaviour: Misbehaviour) -> World:
    """Its plugin behaves until a test says otherwise."""
    return World(make_runtime, serve, events)


@pytest.fixture
def kept_out(world: World, caplog: pytest.LogCaptureFixture) -> Callable[[Browser, Answered], None]:
    """Holds an answer to what every fault of a plugin must look like."""

    def check(browser: Browser, answer: Answered) -> None:
        assert answer.status in {401, 403, 429, 500, 503} or answer.status == 400
        assert len(answer.words) > 20
        assert not re.search(r"Traceback|Error\b.*line \d|File \"", answer.text)
        assert not browser.has_session
        assert browser.get("/account").location == "/sign-in"
        for text in (answer.text, caplog.text, repr(world.events.all)):
            assert SECRET not in text

    return check
