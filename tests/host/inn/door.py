"""Ostiary at the inn's door: all that the inn had to write for sign-in in two steps."""

from pyramid.config import Configurator
from sqlalchemy import ColumnElement, select

from inn import database, guests
from ostiary.contracts import House, User
from ostiary.hookspecs import hookimpl

OSTIARY_API = 1


class Guests:
    def get(self, user_id: str, /) -> User | None:
        return self._one(guests.c.number == user_id)

    def named(self, name: str, /) -> User | None:
        return self._one((guests.c.nick == name) | (guests.c.mail == name))

    def _one(self, which: ColumnElement[bool]) -> User | None:
        with database().connect() as connection:
            row = connection.execute(select(guests).where(which)).one_or_none()
        if row is None:
            return None
        return User(row.number, row.nick, row.mail, not row.banned, row.innkeeper)


@hookimpl
def ostiary_register_user_directory(house: House) -> Guests:
    return Guests()


def includeme(config: Configurator) -> None:
    config.include("ostiary", route_prefix="/door")
    config.add_forbidden_view("ostiary.web.errors.forbidden")
