"""A request with a token, in turns with what it is to be compared with.

Bare Pyramid with one SELECT; stock pymacaroons with a row of the ORM; and the very same request
where there are a million tokens.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymacaroons import MACAROON_V2, Macaroon, Verifier
from pyramid.authorization import Allow
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from sqlalchemy import Engine, bindparam, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from ostiary.accounts import login_name
from ostiary.contracts import Permission, Resource, ResourceType
from ostiary.runtime import Runtime, utc_now
from ostiary.store import KeyRing, Store, migrate
from ostiary.store.tables import users
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Houses, plugin_of
from ostiary.text import translations
from ostiary.web.mount import RUNTIME
from ostiary_tokens.caveats import written
from ostiary_tokens.keeper import Keeper
from ostiary_tokens.parts import Parts
from ostiary_tokens.settings import TokenSettings

_, _n, _p, _np = translations("benchmarks")

FEW, MANY = 100, 1_000_000
ADA = "id-ada"
PROJECT = "acme-tools"
_PEOPLE = 100_000
_ROOT = b"a root key of this benchmark"
_LIMITS = (
    written("may", "upload"),
    written("on", ["project", "=", PROJECT]),
    written("exp", 4_000_000_000),
)
_ENVIRON: dict[str, Any] = {
    "REQUEST_METHOD": "POST",
    "SCRIPT_NAME": "",
    "PATH_INFO": f"/upload/{PROJECT}",
    "QUERY_STRING": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "6543",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "192.0.2.1",
    "HTTP_HOST": "localhost:6543",
    "HTTP_ACCEPT": "*/*",
    "HTTP_USER_AGENT": "bench",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": io.StringIO(),
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}

# The ids and keys of nobody's tokens; as random as those of real ones, so that an index over them
# is as wide and as scattered.
_FILL = {
    "sqlite": """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
        INSERT INTO ostiary_credential (id, user_id, part, name, title, label, public, secret,
            lookup, mark, first, second, recovery, kinds, phishing_resistant, version, created_at,
            used_at)
        SELECT printf('%08x-0000-7000-8000-%012x', i, i), 'id-' || (i % :people), 'verifier',
            'tokens', :title, 'ci', :public, randomblob(77), lower(hex(randomblob(16))), NULL, 0,
            0, 0, '["have"]', 0, 1, :now, NULL FROM n
    """,
    "postgresql": """
        INSERT INTO ostiary_credential (id, user_id, part, name, title, label, public, secret,
            lookup, mark, first, second, recovery, kinds, phishing_resistant, version, created_at,
            used_at)
        SELECT lpad(to_hex(i), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(i), 12, '0'),
            'id-' || (i % :people), 'verifier', 'tokens', CAST(:title AS json), 'ci',
            CAST(:public AS json), decode(repeat(md5(i::text), 2) || 'ab', 'hex'),
            md5((i + 7)::text || 'lookup'), NULL, false, false, false, '["have"]'::json, false, 1,
            CAST(:now AS timestamptz), NULL FROM generate_series(1, :count) AS i
    """,
}
_FILL_TOKENS = """
    INSERT INTO ostiary_tokens_token (id, user_id, lookup, created_at, reminded)
    SELECT id, user_id, lookup, created_at, :reminded FROM ostiary_credential
    WHERE id NOT IN (SELECT id FROM ostiary_tokens_token)
"""


class Door:
    """A host that takes uploads by token, over a database with so many tokens."""

    def __init__(self, runtime: Runtime, tokens: int) -> None:
        self._runtime = runtime
        # As an application makes one that has no store of ours around it.
        self.plain = create_engine(runtime.store.engine.url)
        settings = TokenSettings.from_mapping({})
        keeper = Keeper(runtime.house, settings, Parts(runtime.house).kinds)
        assert runtime.accounts is not None
        with runtime.store.write() as unit:
            runtime.accounts.create(unit, ADA, login_name("ada"))
        token = keeper.create(ADA, "bench", _LIMITS)
        _fill(runtime.store, tokens)
        self.asked = _caller(_host(runtime), f"Bearer {token}")


@contextmanager
def door(folder: Path, tokens: int, database: str | None = None) -> Iterator[Door]:
    """One, over SQLite in a folder if nothing else."""
    keys = KeyRing.create(folder / "keys" / "keys.json")
    url = database or f"sqlite:///{folder / 'ostiary.db'}"
    store = Store(url, keys)
    migrate(store)
    store.dispose()
    houses = Houses(folder, url, keys, Clock(utc_now()))
    permission = Permission("upload", _("Upload"), delegable=True)
    kind = ResourceType("project", _("Project"), (permission,), str.lower, lambda _user: ())
    runtime = houses("tokens", plugin_of(resource_types=[kind]), generous=True)
    opened = Door(runtime, tokens)
    try:
        yield opened
    finally:
        opened.plain.dispose()
        houses.close()


class _Project:
    """What an upload is for."""

    __acl__ = ((Allow, f"user:{ADA}", "upload"),)
    __parent__ = None

    def __init__(self, request: Request) -> None:
        self.__ostiary_resource__ = Resource("project", request.matchdict["name"])


def _host(runtime: Runtime) -> Any:
    config = _configured(lambda request: {"user": request.identity.user}, "upload", _Project)
    config.registry[RUNTIME] = runtime
    # After the host's own route, as docs/app-authors.md says.
    config.include("ostiary")
    return config.make_wsgi_app()


def bare(engine: Engine) -> Callable[[], object]:
    """The same application without us: one view, one SELECT by key, nothing that is checked."""
    asked = select(users.c.id, users.c.login).where(users.c.id == bindparam("id_"))

    def upload(_request: Request) -> dict[str, Any]:
        with engine.connect() as connection:
            return {"user": connection.execute(asked, {"id_": ADA}).one().id}

    return _caller(_configured(upload).make_wsgi_app())


class _Base(DeclarativeBase):
    """The ORM's tables."""


class _Kept(_Base):
    """A token as an application keeps it that has no package for that."""

    __tablename__ = "bench_token"

    identifier: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str]
    key: Mapped[bytes]


def stock(engine: Engine) -> Callable[[], object]:
    """The same application with pymacaroons as it comes, and its key in a row of the ORM."""
    _Base.metadata.create_all(engine)
    macaroon = Macaroon("", "bench", _ROOT, version=MACAROON_V2)
    for caveat in _LIMITS:
        macaroon.add_first_party_caveat(caveat)
    with Session(engine) as session:
        session.add(_Kept(identifier="bench", user=ADA, key=_ROOT))
        session.commit()

    known = {*_LIMITS, *(caveat.decode() for caveat in _LIMITS)}

    def upload(request: Request) -> dict[str, Any]:
        shown = Macaroon.deserialize(request.headers["Authorization"].partition(" ")[2])
        with Session(engine) as session:
            kept = session.get(_Kept, shown.identifier.decode())
            if kept is None:
                raise HTTPForbidden
            verifier = Verifier()
            # The predicate is bytes in one version of the format, and text in the other.
            verifier.satisfy_general(known.__contains__)
            if not verifier.verify(shown, kept.key):
                raise HTTPForbidden
            return {"user": kept.user}

    return _caller(_configured(upload).make_wsgi_app(), f"Bearer {macaroon.serialize()}")


def _configured(
    view: Callable[[Request], Mapping[str, Any]],
    permission: str | None = None,
    factory: type | None = None,
) -> Configurator:
    config = Configurator(settings={})
    config.add_route("upload", "/upload/{name}", factory=factory)
    config.add_view(view, route_name="upload", permission=permission, renderer="json")
    return config


def _caller(app: Any, authorization: str | None = None) -> Callable[[], object]:
    """Sends the request, and sees that it was answered for Ada."""
    environ = dict(_ENVIRON)
    if authorization is not None:
        environ["HTTP_AUTHORIZATION"] = authorization
    expected = f'{{"user": "{ADA}"}}'.encode()

    def started(status: str, _headers: object, *_more: object) -> None:
        assert status == "200 OK", status

    def ask() -> None:
        given = {**environ, "wsgi.input": io.BytesIO()}
        assert b"".join(app(given, started)) == expected

    return ask


def _fill(store: Store, count: int) -> None:
    """Others' tokens, in statements of the database alone."""
    dialect = store.engine.dialect.name
    values = {
        "count": count - 1,
        "people": _PEOPLE,
        "title": "{}",
        "public": '{"created":0,"caveats":[],"stopped":[],"barred":[]}',
        "now": "2026-01-01 00:00:00.000000",
    }
    with store.engine.begin() as connection:
        connection.execute(text(_FILL[dialect]), values)
        connection.execute(text(_FILL_TOKENS), {"reminded": True})
        connection.execute(text("ANALYZE"))
