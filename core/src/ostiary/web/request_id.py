"""A number for each request: in its log lines, in its answer, in its events."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar

from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from typing_extensions import override

from ostiary.store.ids import uuid7
from ostiary.web.mount import RUNTIME, is_ours

HEADER = "X-Request-ID"
_KEY = "ostiary.request_id"
_current: ContextVar[Request | None] = ContextVar("ostiary_request", default=None)


def request_id(request: Request) -> str:
    """The number of this request, a UUIDv7 made here: none is taken over from outside.

    It is made for whoever asks first; a host's page that records and logs nothing needs none.
    """
    found: str | None = request.environ.get(_KEY)
    if found is None:
        found = request.environ[_KEY] = uuid7(request.registry[RUNTIME].now())
    return found


def current_request_id() -> str | None:
    """The number of the request that this thread is answering, for whoever has no request."""
    request = _current.get()
    return None if request is None else request_id(request)


class RequestIdFilter(logging.Filter):
    """Gives log records ``request_id``, for a handler whose format shows it."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Mark the record; all of them pass."""
        record.request_id = current_request_id() or "-"
        return True


def request_id_tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Number each request; the answer says it where the answer is the house's."""

    def request_id_tween(request: Request) -> Response:
        # A key of our own, but the environment may come from whoever is in front of us.
        request.environ.pop(_KEY, None)
        token = _current.set(request)
        try:
            response = handler(request)
        finally:
            _current.reset(token)
        if is_ours(request):
            response.headers[HEADER] = request_id(request)
        return response

    return request_id_tween
