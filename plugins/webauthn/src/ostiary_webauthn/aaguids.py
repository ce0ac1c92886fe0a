"""Names of common providers of passkeys and makers of security keys, to suggest as a label.

An AAGUID (WebAuthn, section 6.5.1) is what the authenticator says of its own model, and nobody
vouches for it without attestation: good for a name that a person may change, and for no rule.
"""

# Facts of public record: the list that providers themselves maintain at
# github.com/passkeydeveloper/passkey-authenticator-aaguids, and the lists that Yubico and
# Feitian publish for their keys.

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["name_of"]

_AAGUIDS: Mapping[str, tuple[str, ...]] = {
    # Systems and browsers
    "Apple Passwords": (
        "fbfc3007-154e-4ecc-8c0b-6e020557d7bd",
        "dd4ec289-e01d-41c9-bb89-70fa845d4bf2",
    ),
    "Chrome on Mac": ("adce0002-35bc-c60a-648b-0b25f1f05503",),
    "Chromium": ("b5397666-4885-aa6b-cebf-e52262a439a2",),
    "Edge on Mac": ("771b48fd-d3d4-4f74-9232-fc157ab0507a",),
    "Google Password Manager": ("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4",),
    "Microsoft Password Manager": ("d3452668-01fd-4c12-926c-83a4204853aa",),
    "Samsung Pass": ("53414d53-554e-4700-0000-000000000000",),
    "Windows Hello": (
        "08987058-cadc-4b81-b6e1-30de50dcbe96",
        "9ddd1817-af5a-4672-a2b9-3e3dd95000a9",
        "6028b017-b1d4-4c02-b4b3-afcdafc96bb2",
    ),
    # Password managers
    "1Password": ("bada5566-a7aa-401f-bd96-45619a55120d",),
    "Bitwarden": ("d548826e-79b4-db40-a3d8-11116f7e8349",),
    "Dashlane": ("531126d6-e717-415c-9320-3d9aa6981239",),
    "Enpass": ("f3809540-7f14-49c1-a8b3-8f813b225541",),
    "KeePassXC": ("fdb141b2-5d84-443e-8a35-4698c205a502",),
    "Keeper": ("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6",),
    "LastPass": ("b78a0a55-6ef8-d246-a042-ba0f6d55050c",),
    "NordPass": ("b84e4048-15dc-4dd0-8640-f4f60813c8af",),
    "Proton Pass": ("50726f74-6f6e-5061-7373-50726f746f6e",),
    # Security keys
    "Feitian ePass": ("833b721a-ff5f-4d00-bb2e-bdda3ec01e29",),
    "Feitian ePass NFC": ("ee041bce-25e5-4cdb-8f86-897fd6418464",),
    "Google Titan": ("42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3",),
    "Nitrokey 3": ("2cd2f727-f6ca-44da-8f48-5c2e5da000a2",),
    "YubiKey 5": (
        "cb69481e-8ff7-4039-93ec-0a2729a154a8",
        "ee882879-721c-4913-9775-3dfcce97072a",
    ),
    "YubiKey 5 NFC": (
        "fa2b99dc-9e39-4257-8f92-4a30d23c4118",
        "2fc0579f-8113-47ea-b116-bb5a8db9202a",
    ),
    "YubiKey 5 FIPS": ("73bb0cd4-e502-49b8-9c6f-b59445bf720b",),
    "YubiKey 5 NFC FIPS": ("c1f9a0bc-1dd2-404a-b27f-8e29047a43fd",),
    "YubiKey 5Ci": ("c5ef55ff-ad9a-4b9f-b580-adebafe026d0",),
}
_NAMES = {aaguid: name for name, aaguids in _AAGUIDS.items() for aaguid in aaguids}


def name_of(aaguid: str) -> str | None:
    """The name of a provider or model, as people know it; None if it is not in the list.

    Args:
        aaguid: as :attr:`~ostiary_webauthn.values.Registered.aaguid` has it, lower case.
    """
    return _NAMES.get(aaguid)
