"""The core's own pages of the account's menu; those without a route are left out."""

from __future__ import annotations

from ostiary.contracts import AccountPage
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

ACCOUNT_PAGES = (
    # Translators: the first page of somebody's account: name, addresses, language.
    AccountPage("ostiary_account", _p("menu", "Account"), 10),
    # Translators: the page where passwords, authenticator apps and keys are kept.
    AccountPage("ostiary_security", _p("menu", "Security"), 20),
    # Translators: the page that lists where somebody is signed in.
    AccountPage("ostiary_sessions", _p("menu", "Sessions"), 30),
)

ADMIN_PAGES = (
    # Translators: the admins' page to find and look after other people's accounts.
    AccountPage("ostiary_admin_users", _p("menu", "Users"), 200),
)
"""Those that only admins are shown."""
