"""Pages with every macro on them, for the tests that look at pages in a browser."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.contracts import Field, Link, Picture, Reveal
from ostiary.text import translations
from ostiary.web.notices import notice
from ostiary.web.page import Problem
from ostiary.web.urls import see_other

_, _n, _p, _np = translations("shell_demo")

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29"><path fill="#fff" '
    b'd="M0 0h29v29H0z"/><path d="M4 4h7v7H4zM18 4h7v7h-7zM4 18h7v7H4zM14 14h4v4h-4z"/></svg>'
)
FIELDS = (
    Field("name", _("User name or mail address"), autocomplete="username webauthn"),
    Field("password", _("Password"), "password", "current-password"),
    Field(
        "code",
        _("Code from your app"),
        "code",
        "one-time-code",
        _("Six digits. Spaces do not matter."),
    ),
)
PROBLEMS = (
    Problem(_("Enter the six digits that your app shows."), "code"),
    Problem(_("That did not match. Check the name and the password.")),
)


def demo(config: Configurator) -> None:
    """Add the pages."""
    for name in ("all", "account", "confirm"):
        config.add_route(f"demo_{name}", f"/demo/{name}")
    public: dict[str, Any] = {"permission": NO_PERMISSION_REQUIRED}
    config.add_view(
        every, route_name="demo_all", renderer="shell_demo:templates/all.jinja", **public
    )
    config.add_view(sent, route_name="demo_all", request_method="POST", **public)
    config.add_view(
        account, route_name="demo_account", renderer="shell_demo:templates/account.jinja", **public
    )
    config.add_view(
        confirm, route_name="demo_confirm", renderer="shell_demo:templates/confirm.jinja", **public
    )
    config.add_route("demo_fault", "/demo/fault")
    config.add_view(fault, route_name="demo_fault", **public)
    config.add_route("demo_denied", "/demo/denied")
    config.add_view(denied, route_name="demo_denied", **public)


def every(request: Request) -> dict[str, Any]:
    """A form with its problems, if there are any."""
    return {
        "problems": PROBLEMS if "wrong" in request.GET else (),
        "fields": FIELDS,
        "shown": (
            Picture(SVG, _("QR code with the setup key, which also stands below")),
            Reveal(_("Setup key"), "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"),
            Link(_("Open the app on this device"), "otpauth://totp/x?secret=JBSW"),
        ),
    }


def sent(request: Request) -> Response:
    """The form, sent."""
    response = see_other(request, "/demo/all")
    notice(request, response, _("Your changes are saved."))
    return response


def account(request: Request) -> dict[str, Any]:
    """Tables, lists and an empty place."""
    return {
        "rows": [
            (_("Authenticator app"), "Phone of Ada", _("just now")),
            (_("Password"), "–", _("3 days ago")),
        ],
        "pairs": [(_("Name"), "ada"), (_("Mail address"), "ada.lovelace@example.org")],
    }


def confirm(request: Request) -> dict[str, Any]:
    """A question before something is gone."""
    return {}


def fault(request: Request) -> Response:
    """A mistake of ours, with a secret in its message."""
    raise LookupError("hunter2")


def denied(request: Request) -> Response:
    """What may not be."""
    raise HTTPForbidden
