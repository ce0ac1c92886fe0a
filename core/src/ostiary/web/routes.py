"""The core's pages: routes and views, in one table."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.web.assurance import for_additions, for_changes
from ostiary.web.views import (
    about,
    account,
    addresses,
    admin,
    admin_act,
    closing,
    kept,
    regain,
    register,
    required,
    reset,
    security,
    sessions,
    sign_in,
    verify,
)
from ostiary.web.views.visiting import in_locale

TEMPLATES = "ostiary:web/templates"

# Route, path, view, template; a view answers GET and POST itself.
PAGES = (
    ("ostiary_home", "/", account.home, "home"),
    ("ostiary_help", "/help", about.help_page, "help"),
    ("ostiary_accessibility", "/accessibility", about.accessibility, "accessibility"),
    ("ostiary_sign_in", "/sign-in", sign_in.sign_in, "sign_in"),
    ("ostiary_verify", "/sign-in/verify", verify.verify_sign_in, "verify"),
    ("ostiary_return", "/sign-in/return/{handle}", verify.returned, "verify"),
    ("ostiary_sign_out", "/sign-out", sign_in.sign_out, "sign_out"),
    ("ostiary_step_up", "/step-up", verify.verify_step_up, "verify"),
    ("ostiary_kept", "/step-up/form", kept.shown_again, "kept"),
    ("ostiary_reset", "/reset-password", reset.reset, "reset"),
    ("ostiary_reset_link", "/reset-password/link", reset.reset_link, "reset_link"),
    ("ostiary_renew", "/reset-password/renew", reset.renew, "renew"),
    ("ostiary_regain", "/regain", regain.regain, "regain"),
    ("ostiary_regain_cancel", "/regain/cancel", regain.cancel, "regain_cancel"),
    ("ostiary_lift", "/account/lift", regain.lift, "required"),
    ("ostiary_account", "/account", account.account, "account_page"),
    ("ostiary_sessions", "/account/sessions", sessions.sessions, "sessions"),
    ("ostiary_end_others", "/account/sessions/end", sessions.end_others, "end_others"),
    ("ostiary_extend", "/account/sessions/extend", sessions.extend, "extend"),
    ("ostiary_renew_session", "/account/sessions/renew", sessions.renew, "renew_session"),
    ("ostiary_end_session", "/account/sessions/{session}/end", sessions.end, "end_session"),
    ("ostiary_security", "/account/security", security.security, "security"),
    ("ostiary_required", "/account/security/required", required.required, "required"),
    ("ostiary_add", "/account/security/add/{factor}", security.add, "add"),
    ("ostiary_rename", "/account/security/{credential}/rename", security.rename, "rename"),
    ("ostiary_remove", "/account/security/{credential}/remove", security.remove, "remove"),
)
OWN_USERS = (
    ("ostiary_register", "/register", register.register, "register"),
    ("ostiary_verify_address", "/verify-address", register.verify_address, "verify_address"),
    ("ostiary_addresses", "/account/addresses", addresses.addresses, "addresses"),
    ("ostiary_add_address", "/account/addresses/add", addresses.add, "add_address"),
    ("ostiary_resend", "/account/addresses/{address}/confirm", addresses.resend, "addresses"),
    ("ostiary_primary", "/account/addresses/{address}/primary", addresses.primary, "primary"),
    (
        "ostiary_remove_address",
        "/account/addresses/{address}/remove",
        addresses.remove,
        "remove_address",
    ),
    ("ostiary_delete", "/account/delete", closing.delete, "delete"),
    ("ostiary_keep", "/account/keep", closing.keep, "keep"),
)
# Those of admins, with what is asked on top of the permission.
ADMIN = (
    ("ostiary_admin_users", "/admin/users", admin.users, "admin_users", admin.to_look),
    ("ostiary_admin_user", "/admin/users/view", admin.user, "admin_user", admin.to_look),
    ("ostiary_admin_act", "/admin/users/act/{act}", admin_act.act, "admin_act", admin.to_act),
)

# What changes an account asks whoever is signed in to prove it again.
CHANGES = frozenset(
    {
        "ostiary_add",
        "ostiary_rename",
        "ostiary_remove",
        "ostiary_add_address",
        "ostiary_primary",
        "ostiary_remove_address",
        "ostiary_delete",
        "ostiary_end_session",
        "ostiary_end_others",
        "ostiary_renew_session",
    }
)
NEEDS = {"ostiary_add": for_additions, "ostiary_renew_session": sessions.for_renewal}


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
            **({"assurance": NEEDS.get(route, for_changes)} if route in CHANGES else {}),
        )
    for route, path, view, template, needs in ADMIN:
        config.add_route(route, path, factory=admin.Office)
        config.add_view(
            in_locale(view),
            route_name=route,
            renderer=f"{TEMPLATES}/{template}.jinja",
            request_method=("GET", "POST"),
            permission=admin.PERMISSION,
            assurance=needs,
        )
