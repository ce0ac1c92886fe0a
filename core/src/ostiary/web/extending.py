"""``request.ostiary`` and ``request.ostiary_user``.

Pyramid's ``add_request_method`` makes a class for each request that has such an attribute,
which costs a third of a small page. A class that is made once has them for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator
from pyramid.decorator import reify
from pyramid.interfaces import IRequestFactory
from pyramid.request import Request

from ostiary.runtime import House
from ostiary.web.mount import runtime_of
from ostiary.web.security import caller_of, who_of

if TYPE_CHECKING:
    from ostiary.contracts import User

# After whatever the application registers without an order of its own.
_LATE = 1000


class Attributes:
    """What requests have from us."""

    @reify
    def ostiary(self: Any) -> House:
        """The house, acting for whoever sends this request: for the views of plugins."""
        return runtime_of(self).acting_for(who_of(self))

    @property
    def ostiary_user(self: Any) -> User | None:
        """The user who is signed in, with a session that may do everything."""
        caller = caller_of(self)
        return None if caller is None or caller.limited else caller.user


def add_attributes(config: Configurator) -> None:
    """Have the application's requests made with our attributes, whoever's class they are of."""

    def register() -> None:
        factory = config.registry.queryUtility(IRequestFactory, default=Request)
        if isinstance(factory, type):
            config.registry.registerUtility(_extended(factory), IRequestFactory)

    config.action("ostiary.attributes", register, order=_LATE)


def extend(request: Request) -> None:
    """Give our attributes to a request that was made without: of a subrequest, by a function."""
    if not isinstance(request, Attributes):
        request.__class__ = _extended(type(request))


def _extended(factory: type) -> type:
    return type(factory.__name__, (Attributes, factory), {"__module__": factory.__module__})
