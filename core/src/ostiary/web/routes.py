"""The core's pages: routes and views, in one table."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.web.assurance import for_changes
from ostiary.web.views import account, register, security, sign_in, verify
from ostiary.web.views.visiting import in_locale

TEMPLATES = "ostiary:web/templates"

# Route, path, view, template; a view answers GET and POST itself.
PAGES = (
    ("ostiary_home", "/", account.home, "home"),
    ("ostiary_sign_in", "/sign-in", sign_in.sign_in, "sign_in"),
    ("ostiary_verify", "/sign-in/verify", verify.verify_sign_in, "verify"),
    ("ostiary_return", "/sign-in/return/{handle}", verify.returned, "verify"),
    ("ostiary_sign_out", "/sign-out", sign_in.sign_out, "sign_out"),
    ("ostiary_step_up", "/step-up", verify.verify_step_up, "verify"),
    ("ostiary_account", "/account", account.account, "account_page"),
    ("ostiary_security", "/account/security", security.security, "security"),
    ("ostiary_add", "/account/security/add/{factor}", security.add, "add"),
    ("ostiary_rename", "/account/security/{credential}/rename", security.rename, "rename"),
    ("ostiary_remove", "/account/security/{credential}/remove", security.remove, "remove"),
)
OWN_USERS = (
    ("ostiary_register", "/register", register.register, "register"),
    ("ostiary_verify_address", "/verify-address", register.verify_address, "verify_address"),
    ("ostiary_resend", "/account/addresses/{address}/confirm", account.resend, "account_page"),
)


# What changes an account asks whoever is signed in to prove it again.
CHANGES = frozenset({"ostiary_add", "ostiary_rename", "ostiary_remove"})


def add_pages(config: Configurator, *, registration: bool) -> None:
    """Add the pages; those that make accounts only where the core keeps the users."""
    for route, path, view, template in (*PAGES, *(OWN_USERS if registration else ())):
        config.add_route(route, path)
        config.add_view(
            in_locale(view),
            route_name=route,
            renderer=f"{TEMPLATES}/{template}.jinja",
            request_method=("GET", "POST"),
            permission=NO_PERMISSION_REQUIRED,
            **({"assurance": for_changes} if route in CHANGES else {}),
        )
