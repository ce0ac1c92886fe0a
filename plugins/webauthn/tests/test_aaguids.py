"""Names to suggest for a key."""

from __future__ import annotations

from uuid import UUID

import pytest

from ostiary_webauthn import aaguids
from ostiary_webauthn.aaguids import name_of


def test_a_known_model_has_its_name() -> None:
    assert name_of("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4") == "Google Password Manager"
    assert name_of("2fc0579f-8113-47ea-b116-bb5a8db9202a") == "YubiKey 5 NFC"


@pytest.mark.parametrize("unknown", ["00000000-0000-0000-0000-000000000000", "", "Bitwarden"])
def test_an_unknown_model_has_none(unknown: str) -> None:
    """Zeros are what an authenticator says that does not say."""
    assert name_of(unknown) is None


def test_each_entry_is_one_aaguid_as_registrations_write_it() -> None:
    listed = [each for group in aaguids._AAGUIDS.values() for each in group]
    assert len(set(listed)) == len(listed)
    assert all(str(UUID(each)) == each for each in listed)
