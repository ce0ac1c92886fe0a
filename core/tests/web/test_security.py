"""Who acts, and what a credential may do: sessions, verifiers, guards, restrictions."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from pyramid.authorization import Allow, Authenticated, Everyone
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from webtest import TestApp

from ostiary.accounts import Limit
from ostiary.audit import Recorder, Who
from ostiary.contracts import (
    Act,
    Actor,
    Assurance,
    Attempt,
    AuditSink,
    Claim,
    CredentialRefused,
    CredentialVerifier,
    Enrolled,
    Identity,
    Permission,
    Permitted,
    Presented,
    Refused,
    Resource,
    ResourceType,
    SignInGuard,
)
from ostiary.events import CORE_EVENTS
from ostiary.text import translations
from ostiary.web.security import who_of

from .conftest import ORIGIN, Place, Starter, app_of

_, _n, _p, _np = translations("test")


class Tokens(CredentialVerifier):
    """Answers with whatever it is told to."""

    name = "tokens"
    claims = (
        Claim("Bearer", "tok-"),
        Claim("Basic", "tok-", "__token__"),
    )

    def __init__(self, answer: Callable[[Presented], Any]) -> None:
        self.answer = answer
        self.seen: list[Presented] = []

    def verify(self, presented: Presented, /) -> Identity:
        self.seen.append(presented)
        found: Identity = self.answer(presented)
        return found


@dataclass(frozen=True)
class Only:
    """Permits one resource's name."""

    name: str

    def judge(self, act: Act, /) -> Permitted | Refused:
        near = act.resources[0].name if act.resources else None
        return Permitted() if near == self.name else Refused("other", _("Another one."))


class Answers:
    """A restriction that says or does whatever it is told to."""

    def __init__(self, said: Any) -> None:
        self.said = said

    def judge(self, act: Act, /) -> Any:
        return self.said() if callable(self.said) else self.said


class Root:
    """Everybody may read, whoever is somebody may write, ada alone may own, admins may rule."""

    __acl__ = (
        (Allow, Everyone, "look"),
        (Allow, Authenticated, ("read", "write", "keep")),
        (Allow, "user:id-ada", "own"),
        (Allow, "ostiary.admin", "rule"),
    )
    __parent__ = None
    __ostiary_resource__ = Resource("index", "main")

    def __init__(self, request: Request) -> None:
        self.__name__ = ""


class Project:
    """A project, by the name in the path."""

    def __init__(self, request: Request) -> None:
        self.__parent__ = Root(request)
        self.__name__ = request.matchdict["name"]
        self.request = request

    def __ostiary_resource__(self) -> Any:
        return "no resource" if self.__name__ == "bent" else Resource("project", self.__name__)


PROJECT = ResourceType(
    "project",
    _("Project"),
    (
        Permission("look", _("Look"), delegable=True),
        Permission("read", _("Read"), delegable=True),
        Permission("write", _("Write"), delegable=True),
        Permission("own", _("Own"), delegable=True),
        Permission("rule", _("Rule"), delegable=True),
        Permission("keep", _("Keep")),
    ),
    str,
    lambda _user: (),
)


def _host(config: Configurator) -> None:
    config.add_route("project", "/project/{name}/{permission}", factory=Project)
    config.add_route("public", "/public")
    config.add_route("who", "/who", factory=Root)
    for permission in ("look", "read", "write", "own", "rule", "keep"):
        config.add_view(
            _view,
            route_name="project",
            permission=permission,
            renderer="json",
            match_param=f"permission={permission}",
        )
    config.add_view(_view, route_name="public", renderer="json", permission=NO_PERMISSION_REQUIRED)
    config.add_view(_view, route_name="who", renderer="json", permission="look")


def _view(request: Request) -> dict[str, Any]:
    identity = request.identity
    return {
        "user": request.authenticated_userid,
        "means": identity and identity.means,
        "proofs": identity and len(identity.proofs),
        "login": request.ostiary_user and request.ostiary_user.login,
    }


def _identity(**changes: Any) -> Identity:
    return replace(Identity("id-ada", "tokens"), **changes)


def _bearer(value: str = "tok-1", scheme: str = "Bearer") -> dict[str, str]:
    return {"Authorization": f"{scheme} {value}"}


def _basic(text: str | bytes) -> dict[str, str]:
    raw = text.encode() if isinstance(text, str) else text
    return {"Authorization": "Basic " + base64.b64encode(raw).decode()}


def _with(place: Place, answer: Callable[[Presented], Any], **parts: Any) -> tuple[TestApp, Tokens]:
    verifier = Tokens(answer)
    house = place.with_parts(verifiers={"tokens": verifier}, resource_types=(PROJECT,), **parts)
    return app_of(house, _host), verifier


# Sessions


def test_a_session_says_who_acts(place: Place) -> None:
    app = app_of(place, _host)
    nobody = {"user": None, "means": None, "proofs": None, "login": None}
    assert app.get("/who").json == nobody
    app.set_cookie("ostiary_session", place.session(place.user()))
    ada = {"user": "id-ada", "means": "session", "proofs": 1, "login": "ada"}
    assert app.get("/who").json == ada


@pytest.mark.parametrize("cookie", ["x", "A" * 43, "é", "A" * 5000])
def test_a_cookie_that_names_no_session_names_nobody(place: Place, cookie: str) -> None:
    headers = {"Cookie": f"ostiary_session={cookie}".encode().decode("latin-1")}
    assert app_of(place, _host).get("/who", headers=headers).json["user"] is None


def test_a_session_ends_by_its_limits(place: Place) -> None:
    app = app_of(place, _host)
    app.set_cookie("ostiary_session", place.session(place.user()))
    place.pass_time(timedelta(hours=1, minutes=59))
    assert app.get("/who").json["user"] == "id-ada"
    place.pass_time(timedelta(hours=1, minutes=59))
    assert app.get("/who").json["user"] == "id-ada", "being used keeps it from idling out"
    place.pass_time(timedelta(hours=2, minutes=1))
    assert app.get("/who").json["user"] is None


def test_the_session_of_a_disabled_user_opens_nothing(place: Place) -> None:
    app = app_of(place, _host)
    app.set_cookie("ostiary_session", place.session(place.user()))
    assert place.runtime.accounts is not None
    with place.runtime.store.write() as unit:
        place.runtime.accounts.set_disabled(unit, "id-ada", disabled=True)
    assert app.get("/who").json["user"] is None


def test_a_session_that_came_by_recovery_acts_for_nobody(place: Place) -> None:
    """It may add factors, on the house's own page, and nothing else."""
    app = app_of(place, _host)
    app.set_cookie("ostiary_session", place.session(place.user(), limit=Limit.RECOVERY))
    assert app.get("/who").json == {"user": None, "means": None, "proofs": None, "login": None}
    app.get("/project/a/read", status=403)
    assert "ada" in app.get("/account", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("limit", [None, *Limit])
def test_what_a_host_records_for_a_limited_session_is_nobodys_act(
    place: Place, limit: Limit | None
) -> None:
    """As the identity that its views see."""
    found: list[Who] = []

    def host(config: Configurator) -> None:
        config.add_route("note", "/note")
        config.add_view(
            lambda request: found.append(request.ostiary._who),
            route_name="note",
            permission=NO_PERMISSION_REQUIRED,
            renderer="json",
        )

    app = app_of(place, host)
    app.set_cookie("ostiary_session", place.session(place.user(), limit=limit))
    app.get("/note")
    (who,) = found
    seen = (who.actor.kind, who.actor.user, len(who.proofs))
    assert seen == (("user", "id-ada", 1) if limit is None else ("anonymous", None, 0))


def test_acls_name_users_and_admins(place: Place) -> None:
    app = app_of(place, _host)
    app.get("/project/a/look")
    app.get("/project/a/read", status=403)
    app.set_cookie("ostiary_session", place.session(place.user("ada")))
    app.get("/project/a/own")
    app.get("/project/a/rule", status=403)
    app.set_cookie("ostiary_session", place.session(place.user("bob", admin=True)))
    app.get("/project/a/own", status=403)
    app.get("/project/a/rule")


# Credentials


def test_a_credential_speaks_for_its_user(place: Place) -> None:
    place.user()
    app, verifier = _with(place, lambda _presented: _identity())
    for headers in (
        _bearer(),
        _bearer(scheme="bEARER"),
        _basic("__token__:tok-1"),
        _basic("__token__:tok-ü:x"),
    ):
        assert app.get("/project/a/read", headers=headers).json["user"] == "id-ada"
    assert [(seen.scheme, seen.username, seen.value) for seen in verifier.seen] == [
        ("bearer", None, "tok-1"),
        ("bearer", None, "tok-1"),
        ("basic", "__token__", "tok-1"),
        ("basic", "__token__", "tok-ü:x"),
    ]
    assert verifier.seen[0].client.address == "192.0.2.9"
    assert verifier.seen[0].now == place.clock[0]


@pytest.mark.parametrize(
    "headers",
    [
        _bearer("other-1"),
        _bearer("TOK-1"),
        _bearer("tok-1", "Macaroon"),
        _bearer("tok-" + "x" * 17000),
        _basic("somebody:tok-1"),
        _basic("__token__tok-1"),
        _basic(b"__token__:tok-\xff"),
        _basic("__token__:tok-\x00"),
        {"Authorization": "Basic !!!!"},
        {"Authorization": "Basic"},
        {"Authorization": ""},
        {"Authorization": "tok-1"},
    ],
)
def test_what_nobody_answers_for_is_refused_unseen(place: Place, headers: dict[str, str]) -> None:
    place.user()
    app, verifier = _with(place, lambda _presented: _identity())
    answer = app.get("/project/a/look", headers=headers, status=401)
    assert answer.headers.getall("WWW-Authenticate") == [
        'Bearer realm="Ostiary"',
        'Basic realm="Ostiary", charset="UTF-8"',
    ]
    assert verifier.seen == []


async def _coroutine() -> Identity:
    return _identity()


class Like(Identity):
    """Looks like an identity."""


@pytest.mark.parametrize(
    "answer",
    [
        lambda _p: True,
        lambda _p: None,
        lambda _p: "id-ada",
        lambda _p: _coroutine(),
        lambda _p: Like("id-ada", "tokens"),
        lambda _p: _identity(means="session"),
        lambda _p: _identity(means="other"),
        lambda _p: _identity(user="id-nobody"),
        lambda _p: 1 / 0,
        lambda p: p.find.missing,
    ],
)
def test_a_verifier_that_says_no_clear_yes_refuses(
    place: Place, answer: Callable[[Presented], Any], caplog: pytest.LogCaptureFixture
) -> None:
    place.user()
    app, _verifier = _with(place, answer)
    found = app.get("/project/a/look", headers=_bearer("tok-secret"), status=401)
    assert "These credentials are not valid." in found.text
    assert "tok-secret" not in caplog.text + found.text


def test_the_log_names_the_verifier_and_not_what_it_said(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.user()

    def leak(presented: Presented) -> Identity:
        raise LookupError(presented.value)

    app, _verifier = _with(place, leak)
    app.get("/project/a/look", headers=_bearer("tok-secret"), status=401)
    assert "tokens.verify: raised LookupError" in caplog.text
    assert "tok-secret" not in caplog.text


def test_a_disabled_users_credentials_are_refused(place: Place) -> None:
    place.user()
    assert place.runtime.accounts is not None
    with place.runtime.store.write() as unit:
        place.runtime.accounts.set_disabled(unit, "id-ada", disabled=True)
    app, _verifier = _with(place, lambda _p: _identity())
    app.get("/project/a/look", headers=_bearer(), status=401)


class Kept(AuditSink):
    """Keeps what happened."""

    name = "kept"

    def __init__(self) -> None:
        self.events: list[Any] = []

    def write(self, events: Any, execute: Any, /) -> None:
        self.events.extend(events)


def _kept(place: Place) -> tuple[Place, Kept]:
    sink = Kept()
    runtime = replace(
        place.runtime,
        recorder=Recorder(place.runtime.store, CORE_EVENTS, (sink,), place.runtime.now),
    )
    return Place(runtime, place.clock), sink


def test_a_refused_credential_does_not_fill_the_trail(
    start: Starter, caplog: pytest.LogCaptureFixture
) -> None:
    """Beyond its budget a refusal is a line in the log; the caller hears the same."""
    place = start(**{"budgets.refusal": "2/hour"})
    place.user()
    place, sink = _kept(place)
    only = _identity(credential="c", restrictions=(Only("a"),))
    app, _verifier = _with(place, lambda _p: only)
    for _time in range(3):
        app.get("/project/b/read", headers=_bearer(), status=403)
    assert [event.reason for event in sink.events] == ["other", "other"]
    assert "another refusal of c: other" in caplog.text
    other = _identity(credential="d", restrictions=(Only("a"),))
    app, _verifier = _with(place, lambda _p: other)
    app.get("/project/b/read", headers=_bearer(), status=403)
    assert len(sink.events) == 3


def test_what_is_refused_of_an_authentic_credential_is_in_its_owners_history(place: Place) -> None:
    """A guard's no, a guard's fault, a disabled owner, a restriction's no: once a request."""
    user = place.user()
    place, sink = _kept(place)
    said: list[Any] = [Refused("night", _("Not at night."))]

    class Guard(SignInGuard):
        name = "guard"

        def check_attempt(self, attempt: Attempt, /) -> Any:
            return said[0]

    only = _identity(credential="c", restrictions=(Only("a"),))
    app, _verifier = _with(place, lambda _p: only, guards=(Guard(),))
    app.get("/who", headers=_bearer(), status=401)
    said[0] = Assurance(phishing_resistant=True)
    app.get("/who", headers=_bearer(), status=401)
    said[0] = "yes"
    app.get("/who", headers=_bearer(), status=401)
    said[0] = None
    app.get("/project/a/read", headers=_bearer())
    assert [e.reason for e in sink.events] == ["night", "assurance", "plugin-answer"]
    app.get("/project/b/read", headers=_bearer(), status=403)
    accounts = place.runtime.accounts
    assert accounts is not None
    with place.runtime.store.write() as unit:
        accounts.set_disabled(unit, user.id, disabled=True)
    app.get("/who", headers=_bearer(), status=401)
    assert [e.reason for e in sink.events[3:]] == ["other", "no-active-user"]
    for event_ in sink.events:
        found = (event_.type, event_.subject, event_.actor.credential, event_.actor.means)
        assert found == ("credential.refused", "id-ada", "c", "tokens")


def test_a_restriction_that_is_asked_often_is_recorded_once_and_harms_no_answer(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Within a unit too, in which there can be no other; and where nothing can be recorded."""
    place.user()
    place, sink = _kept(place)

    def host(config: Configurator) -> None:
        config.add_route("many", "/many", factory=Root)
        config.add_view(many, route_name="many", permission="look", renderer="json")

    def many(request: Request) -> list[bool]:
        with place.runtime.store.write():
            return [bool(request.has_permission(p)) for p in ("read", "write", "read")]

    seen = iter([Permitted(), *[Refused("other", _("No."))] * 3] * 2)
    restriction = Answers(lambda: next(seen))
    verifier = Tokens(lambda _p: _identity(restrictions=(restriction,)))
    house = place.with_parts(verifiers={"tokens": verifier}, resource_types=(PROJECT,))
    app = app_of(house, host)
    assert app.get("/many", headers=_bearer()).json == [False] * 3
    assert [e.reason for e in sink.events] == ["other"]

    def broken(*_given: object, **_known: object) -> None:
        raise OSError("disk full of secrets")

    monkeypatch.setattr(Recorder, "record_alone", broken)
    assert app.get("/many", headers=_bearer()).json == [False] * 3
    assert "not recorded: OSError" in caplog.text
    assert "secrets" not in caplog.text


def test_only_an_authentic_credential_gets_words(place: Place) -> None:
    """The caller gets the public reason, the owner's history the private one."""
    place.user()
    place, sink = _kept(place)
    stored = place.runtime.house.credentials("tokens").add(
        "id-ada", Enrolled(label=_("CI"), lookup="1")
    )
    known = [stored.id, "00000000-0000-7000-8000-000000000000", None]

    def refuse(presented: Presented) -> Identity:
        private = Refused("expired", _("Expired on Monday."))
        raise CredentialRefused(_("Expired."), private, credential=known[int(presented.value[-1])])

    app, _verifier = _with(place, refuse)
    assert "Expired." in app.get("/who", headers=_bearer("tok-0"), status=401).text
    (recorded,) = sink.events
    assert (recorded.type, recorded.reason, recorded.subject) == (
        "credential.refused",
        "expired",
        "id-ada",
    )
    assert recorded.actor.credential == stored.id
    app.get("/who", headers=_bearer("tok-1"), status=401)
    unknown = app.get("/who", headers=_bearer("tok-2"), status=401).text
    assert "Expired" not in unknown
    assert len(sink.events) == 1


def test_a_credential_leaves_the_session_aside(place: Place) -> None:
    """Nobody acts by two means at once, and no token of a form is asked for."""
    place.user("ada")
    app, _verifier = _with(place, lambda _p: _identity())
    app.set_cookie("ostiary_session", place.session(place.user("bob", admin=True)))
    assert app.get("/who", headers=_bearer()).json["user"] == "id-ada"
    assert app.post("/project/a/write", headers=_bearer()).json["means"] == "tokens"
    app.get("/who", headers=_bearer("wrong"), status=401)
    app.get("/project/a/rule", headers=_bearer(), status=403)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_sites_page_cannot_use_a_browsers_stored_credential(
    place: Place, headers: dict[str, str], method: str
) -> None:
    place.user()
    app, verifier = _with(place, lambda _p: _identity())
    app.request("/project/a/write", method=method, headers={**_bearer(), **headers}, status=400)
    assert verifier.seen == []
    app.request("/project/a/write", method=method, headers={**_bearer(), "Origin": ORIGIN})


@pytest.mark.parametrize("end", ["\n", "\r\n", " \t"])
def test_a_line_end_behind_a_password_is_its_verifiers_to_drop(place: Place, end: str) -> None:
    """How secrets are kept in files; anywhere else it is no password (RFC 7617, section 2)."""
    place.user()
    app, verifier = _with(place, lambda _p: _identity())
    app.get("/project/a/write", headers=_basic(f"__token__:tok-1{end}"))
    assert verifier.seen[0].value == f"tok-1{end}"
    app.get("/project/a/write", headers=_basic(f"__token__:tok{end}-1"), status=401)


def test_a_permission_is_given_to_credentials_as_the_nearest_kind_says(place: Place) -> None:
    """Of the same name on another kind of resource, another plugin may have said otherwise."""
    place.user()
    verifier = Tokens(lambda _p: _identity())
    index = ResourceType("index", _("Index"), (Permission("look", _("Look")),), str, lambda _u: ())
    for types in ((PROJECT, index), (index, PROJECT)):
        house = place.with_parts(verifiers={"tokens": verifier}, resource_types=types)
        app = app_of(house, _host)
        app.get("/project/a/look", headers=_bearer())
        app.get("/who", headers=_bearer(), status=403)
    shelf = replace(index, kind="shelf")
    house = place.with_parts(verifiers={"tokens": verifier}, resource_types=(PROJECT, shelf))
    app_of(house, _host).get("/who", headers=_bearer(), status=403)


def test_a_view_without_a_permission_refuses_credentials(place: Place) -> None:
    """Pyramid asks no policy there, so no restriction would be judged."""
    place.user()
    app, _verifier = _with(place, lambda _p: _identity())
    app.get("/public")
    app.get("/public", headers=_bearer(), status=403)
    app.get("/public", headers=_bearer("wrong"), status=401)


def test_what_is_recorded_names_who_acts_and_by_which_means(place: Place) -> None:
    """Nobody, a session by its hash, a credential with the chain it came through."""
    found: list[Who] = []

    def host(config: Configurator) -> None:
        config.add_route("note", "/note", factory=Root)
        config.add_view(
            lambda request: found.append(who_of(request)),
            route_name="note",
            permission="look",
            renderer="json",
        )

    chain = _identity(credential="c", delegates=("ci", "job"), shown="s")
    house = place.with_parts(
        verifiers={"tokens": Tokens(lambda _p: chain)}, resource_types=(PROJECT,)
    )
    cookie = place.session(place.user())
    app = app_of(house, host)
    number = app.get("/note", headers=_bearer()).headers.get("X-Request-ID")
    app.get("/note")
    app.set_cookie("ostiary_session", cookie)
    app.get("/note")
    by_credential, nobody, by_session = found
    assert by_credential.actor == Actor("user", "id-ada", "tokens", "c", ("ci", "job"), None, "s")
    assert nobody.actor == Actor("anonymous")
    with place.runtime.store.read() as connection:
        session = place.runtime.sessions.load(connection, cookie, place.clock[0])
    assert session is not None
    assert by_session.actor == Actor("user", "id-ada", "session", session=session.id)
    assert len(by_session.proofs) == 1
    assert number is None, "a host's answer keeps its own headers"
    assert len({who.request for who in found}) == 3


def test_no_credential_is_an_admin(place: Place) -> None:
    place.user(admin=True)
    app, _verifier = _with(place, lambda _p: _identity())
    app.get("/project/a/rule", headers=_bearer(), status=403)


# Restrictions


def test_a_credential_gets_only_what_may_be_delegated(place: Place) -> None:
    session = place.session(place.user())
    app, _verifier = _with(place, lambda _p: _identity())
    app.get("/project/a/write", headers=_bearer())
    app.get("/project/a/keep", headers=_bearer(), status=403)
    app.set_cookie("ostiary_session", session)
    app.get("/project/a/keep")


def test_every_restriction_must_say_yes_over_the_lineage(place: Place) -> None:
    place.user()
    seen: list[Act] = []

    class Note:
        def judge(self, act: Act, /) -> Permitted:
            seen.append(act)
            return Permitted()

    app, _verifier = _with(place, lambda _p: _identity(restrictions=(Note(), Only("a"))))
    app.get("/project/a/write", headers=_bearer())
    app.get("/project/b/write", headers=_bearer(), status=403)
    app.get("/project/b/look", headers=_bearer(), status=403)
    assert seen[0].permission == "write"
    assert seen[0].resources == (Resource("project", "a"), Resource("index", "main"))
    assert seen[0].client.address == "192.0.2.9"


def test_a_restriction_widens_nothing(place: Place) -> None:
    """What the user may not do, no credential of theirs may."""
    place.user("bob")
    app, _verifier = _with(place, lambda _p: _identity(user="id-bob"))
    app.get("/project/a/own", headers=_bearer(), status=403)


async def _permitted() -> Permitted:
    return Permitted()


@pytest.mark.parametrize(
    "said",
    [
        True,
        None,
        Permitted,
        Refused("no", _("No.")),
        _permitted,
        [].pop,
        lambda: Identity("id-ada", "tokens"),
    ],
)
def test_whatever_is_no_plain_yes_is_no(place: Place, said: Any) -> None:
    """``Permitted`` called is a yes; the class itself, handed over, is not."""
    place.user()
    answers = Answers((lambda: Permitted) if said is Permitted else said)
    app, _verifier = _with(place, lambda _p: _identity(restrictions=(answers,)))
    app.get("/project/a/write", headers=_bearer(), status=403)


def test_a_context_whose_resource_is_none_is_refused(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.user()
    app, _verifier = _with(place, lambda _p: _identity())
    app.get("/project/bent/write", headers=_bearer(), status=403)
    assert "__ostiary_resource__ of Project is str" in caplog.text


# Guards


class Guard(SignInGuard):
    """Says whatever it is told to."""

    name = "guard"

    def __init__(self, said: Any) -> None:
        self.said = said
        self.asked: list[Attempt] = []

    def check_attempt(self, attempt: Attempt, /) -> Any:
        self.asked.append(attempt)
        return self.said() if callable(self.said) else self.said


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (None, 200),
        (Assurance(proofs=0), 200),
        (Assurance(proofs=1), 401),
        (Refused("holiday", _("Not today.")), 401),
        (True, 401),
        ([].pop, 401),
        (_permitted, 401),
    ],
)
def test_guards_are_asked_about_credentials_too(place: Place, said: Any, status: int) -> None:
    user = place.user()
    guard = Guard(said)
    app, _verifier = _with(place, lambda _p: _identity(), guards=(guard,))
    app.get("/who", headers=_bearer(), status=status)
    assert [(attempt.user, attempt.means) for attempt in guard.asked] == [(user, "tokens")]


def test_a_refused_credential_is_asked_about_once_a_request(place: Place) -> None:
    """The error page asks again who is there; the verifier is not."""
    app, verifier = _with(place, lambda _p: None)
    headers = {**_bearer(), "Accept": "text/html"}
    app.get("/who", headers=headers, status=401)
    assert len(verifier.seen) == 1


def test_pyramids_remember_opens_no_session(place: Place) -> None:
    from pyramid.security import forget, remember

    app = app_of(place, _host).app
    request = Request.blank("/")
    request.registry = app.registry
    with pytest.raises(RuntimeError, match="opened by signing in"):
        remember(request, "id-ada")
    ((name, value),) = forget(request)
    assert name == "Set-Cookie"
    assert value.startswith("ostiary_session=; Max-Age=0;")


def test_a_session_that_cannot_be_touched_harms_no_answer(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer is on its way when the session is touched."""
    app = app_of(place, _host)
    app.set_cookie("ostiary_session", place.session(place.user()))

    def locked(*_args: object) -> bool:
        raise TimeoutError("locked by hunter2")

    monkeypatch.setattr(type(place.runtime.sessions), "touch", locked)
    place.pass_time(timedelta(minutes=2))
    with caplog.at_level(logging.ERROR):
        assert app.get("/who").json["user"] == "id-ada"
    assert "TimeoutError" in caplog.text
    assert "hunter2" not in caplog.text
