"""What browsers and password managers look for at a known address."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED

STATIC = "ostiary-webauthn"
ENDPOINTS = "/.well-known/passkey-endpoints"
PATHS = (f"/{STATIC}", ENDPOINTS)


def add_pages(config: Configurator) -> None:
    """The script, and where passkeys are added and managed."""
    config.add_static_view(STATIC, "ostiary_webauthn:static/", cache_max_age=3600)
    config.add_well_known_route("ostiary_webauthn_endpoints", ENDPOINTS)
    config.add_view(
        endpoints,
        route_name="ostiary_webauthn_endpoints",
        renderer="json",
        request_method="GET",
        permission=NO_PERMISSION_REQUIRED,
    )


def endpoints(request: Request) -> dict[str, str]:
    """Passkey Endpoints (W3C): where a passkey is added, and where they are all managed."""
    origin = request.ostiary.site.origin
    return {
        "enroll": origin + request.route_path("ostiary_add", factor="webauthn"),
        "manage": origin + request.route_path("ostiary_security"),
    }
