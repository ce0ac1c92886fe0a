"""``/health``: whether the house can work, for whoever watches over it."""

from __future__ import annotations

import logging
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy import select

from ostiary.web.mount import runtime_of

log = logging.getLogger(__name__)

ROUTE = "ostiary_health"


def add_health(config: Configurator) -> None:
    """Answer at ``/health``."""
    config.add_route(ROUTE, "/health")
    config.add_view(
        health,
        route_name=ROUTE,
        request_method="GET",
        renderer="json",
        permission=NO_PERMISSION_REQUIRED,
    )


def health(request: Request) -> dict[str, Any]:
    """200 while the database answers, 503 while it does not."""
    try:
        with runtime_of(request).store.read() as connection:
            connection.execute(select(1))
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is no.
        log.error("the database does not answer: %s", type(error).__name__)  # noqa: TRY400 - secrets
        request.response.status = 503
        return {"status": "failing", "database": "unreachable"}
    return {"status": "ok", "database": "reachable"}
