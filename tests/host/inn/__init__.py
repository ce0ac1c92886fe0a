"""A host with guests, a table of them and a layout of its own, as it was before ostiary came."""

from __future__ import annotations

import os
from functools import cache
from typing import Any, ClassVar

from pyramid.authorization import Allow, Authenticated
from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import Boolean, Column, Engine, MetaData, String, Table, create_engine

guests = Table(
    "guest",
    MetaData(),
    Column("number", String(10), primary_key=True),
    Column("nick", String(30), unique=True),
    Column("mail", String(100), unique=True),
    Column("innkeeper", Boolean, nullable=False, default=False),
    Column("banned", Boolean, nullable=False, default=False),
)


class House:
    """Whoever is known may book; the innkeeper sees who did."""

    __acl__: ClassVar = [(Allow, Authenticated, "book"), (Allow, "ostiary.admin", "ledger")]

    def __init__(self, request: Request) -> None:
        self.request = request


@cache
def database() -> Engine:
    """The inn's own."""
    engine = create_engine(os.environ["INN_DATABASE"])
    guests.metadata.create_all(engine)
    return engine


def front(request: Request) -> dict[str, Any]:
    return {"request": request}


def book(request: Request) -> dict[str, Any]:
    return {"request": request, "nights": request.POST.get("nights")}


def ledger(request: Request) -> dict[str, Any]:
    return {"request": request}


def includeme(config: Configurator) -> None:
    """The inn's pages."""
    config.include("pyramid_jinja2")
    config.set_root_factory(House)
    for name, path in (("front", "/"), ("book", "/book"), ("ledger", "/ledger")):
        config.add_route(name, path)
    config.add_view(front, route_name="front", renderer="inn:templates/front.jinja2")
    config.add_view(book, route_name="book", permission="book", renderer=_page("book"))
    config.add_view(ledger, route_name="ledger", permission="ledger", renderer=_page("ledger"))


def _page(name: str) -> str:
    return f"inn:templates/{name}.jinja2"
