"""Settings, hooks and the address that browsers look at."""

from __future__ import annotations

import pytest

import ostiary_webauthn
from ostiary.contracts import PluginError, Refused, SettingsError
from ostiary.hookspecs import hookimpl
from ostiary.testing.houses import Houses
from ostiary.testing.visiting import Visitor
from ostiary_webauthn import AttestationPolicy, WebAuthn, WebAuthnSettings
from ostiary_webauthn.checking import Registered
from ostiary_webauthn.texts import _


def test_the_defaults_ask_for_little() -> None:
    assert WebAuthnSettings.from_mapping({}) == WebAuthnSettings()
    assert WebAuthnSettings() == WebAuthnSettings("none", "preferred", (), ())


def test_what_an_operator_writes() -> None:
    written = {
        "attestation": "direct",
        "user_verification": "required",
        "hints": "security-key hybrid",
        "top_origins": "https://portal.example https://other.example:8443",
    }
    assert WebAuthnSettings.from_mapping(written) == WebAuthnSettings(
        "direct",
        "required",
        ("security-key", "hybrid"),
        ("https://portal.example", "https://other.example:8443"),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", "1"),
        ("attestation", "yes"),
        ("attestation", ""),
        ("user_verification", "discouraged"),
        ("hints", "usb"),
        ("top_origins", "portal.example"),
        ("top_origins", "http://portal.example"),
        ("top_origins", "https://portal.example/"),
        ("top_origins", "https://Portal.example"),
        ("top_origins", "https://portal.example:443"),
        ("top_origins", "https://portal.example:x"),
        ("top_origins", "https://me@portal.example"),
        ("top_origins", "https://*.portal.example"),
        ("top_origins", "https://b\u00fccher.example"),
        ("top_origins", "https://portal..example"),
        ("top_origins", "https://-portal.example"),
        ("top_origins", "https://portal.example:0"),
        ("top_origins", "https://portal.example:65536"),
        ("top_origins", "https://"),
    ],
)
def test_what_is_wrong_is_said_by_its_full_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^ostiary\.factor\.webauthn\.{name} "):
        WebAuthnSettings.from_mapping({name: value})


class Nobody(AttestationPolicy):
    name = "nobody"

    def judge(self, registered: Registered, /) -> Refused | None:
        return Refused("nobody", _("No."))


class Strict:
    """Another plugin."""

    OSTIARY_API = 1

    @hookimpl
    def ostiary_webauthn_register_attestation_policies(self) -> list[Nobody]:
        return [Nobody()]


def test_other_plugins_register_policies(make_runtime: Houses) -> None:
    house = make_runtime("webauthn", Strict())
    factor = house.plugins.factors["webauthn"]
    assert isinstance(factor, WebAuthn)
    (policy,) = factor._policies()
    assert isinstance(policy, Nobody)


def test_the_settings_reach_the_factor(make_runtime: Houses) -> None:
    house = make_runtime("webauthn", factor__webauthn__attestation="direct")
    factor = house.plugins.factors["webauthn"]
    assert isinstance(factor, WebAuthn)
    assert factor._settings.attestation == "direct"
    with pytest.raises(PluginError, match=r"webauthn\.attestation is 'all'"):
        make_runtime("webauthn", factor__webauthn__attestation="all")


def test_browsers_find_where_passkeys_are_added_and_managed(make_runtime: Houses) -> None:
    """Absolute addresses, for whoever asks, and nothing to put into a cookie."""
    house = make_runtime("webauthn")
    visitor = Visitor(house)
    found = visitor.get("/.well-known/passkey-endpoints")
    origin = house.settings.site.origin
    assert found.json == {
        "enroll": f"{origin}/account/security/add/webauthn",
        "manage": f"{origin}/account/security",
    }
    assert found.content_type == "application/json"
    assert "Set-Cookie" not in found.headers


def test_the_plugin_speaks_the_first_api() -> None:
    assert ostiary_webauthn.OSTIARY_API == 1
    assert "/.well-known/passkey-endpoints" in ostiary_webauthn.OSTIARY_PATHS
