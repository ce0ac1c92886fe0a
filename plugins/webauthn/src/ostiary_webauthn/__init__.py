"""Security keys and passkeys: Web Authentication, Level 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from ostiary.contracts import House, MessageCatalog
from ostiary.hookspecs import hookimpl
from ostiary.text import catalog
from ostiary_webauthn import hooks as OSTIARY_HOOKS  # noqa: N812 - the loader looks for this name.
from ostiary_webauthn.factor import WebAuthn
from ostiary_webauthn.hooks import AttestationPolicy
from ostiary_webauthn.pages import PATHS as OSTIARY_PATHS
from ostiary_webauthn.pages import add_pages
from ostiary_webauthn.settings import WebAuthnSettings
from ostiary_webauthn.texts import _

if TYPE_CHECKING:
    from pyramid.config import Configurator

__all__ = [
    "OSTIARY_API",
    "OSTIARY_HOOKS",
    "OSTIARY_PATHS",
    "AttestationPolicy",
    "WebAuthn",
    "WebAuthnSettings",
    "ostiary_includeme",
    "ostiary_register_factors",
    "ostiary_register_message_catalogs",
]

OSTIARY_API = 1

_POLICIES = "ostiary_webauthn_register_attestation_policies"


@hookimpl
def ostiary_register_factors(house: House) -> list[WebAuthn]:
    """One factor, as the operator's ``ostiary.factor.webauthn.*`` set it.

    Raises:
        SettingsError: one of them is unknown or not allowed.
    """

    def policies() -> Sequence[AttestationPolicy]:
        return cast("Sequence[AttestationPolicy]", house.parts(_POLICIES))

    settings = WebAuthnSettings.from_mapping(house.settings("factor.webauthn"))
    return [WebAuthn(settings, policies)]


@hookimpl
def ostiary_register_message_catalogs() -> list[MessageCatalog]:
    """Its translations."""
    return [catalog(_("Passkeys and security keys"))]


@hookimpl
def ostiary_includeme(config: Configurator, house: House) -> None:
    """The script, and the address where browsers look for the pages of passkeys."""
    add_pages(config)
