"""What the checks let through, and what they say of it."""

from __future__ import annotations

import json

import pytest

from ostiary_webauthn.answers import encode
from ostiary_webauthn.authdata import BE, BS, UV
from ostiary_webauthn.checking import (
    ALGORITHMS,
    check_assertion,
    check_registration,
    credential_id_of,
)
from ostiary_webauthn.testing import Parts, Site, SoftAuthenticator


@pytest.fixture
def site() -> Site:
    return Site()


def device(site: Site, **kind: object) -> SoftAuthenticator:
    return SoftAuthenticator(origin=site.expected.origin, **kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("fmt", ["none", "packed"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_of_each_offered_algorithm_registers_and_signs_in(
    site: Site, algorithm: int, fmt: str
) -> None:
    phone = device(site, algorithm=algorithm, fmt=fmt)
    key = site.enrol(phone)
    answer = phone.get(site.request())
    assert credential_id_of(answer) == encode(key.credential_id)
    asserted = check_assertion(answer, site.expected, key)
    assert (asserted.user_handle, asserted.sign_count) == (site.user_handle, 2)


def test_a_registration_says_what_was_made(site: Site) -> None:
    phone = device(
        site,
        aaguid=bytes(range(16)),
        eligible=True,
        backed_up=True,
        transports=("hybrid", "internal", "carrier-pigeon"),
        fmt="packed",
    )
    answer = phone.create(site.creation())
    made = check_registration(answer, site.expected)
    (held,) = phone.held
    assert made.credential_id == held.credential_id
    assert made.aaguid == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert (made.sign_count, made.user_verified) == (1, True)
    assert (made.backup_eligible, made.backed_up) == (True, True)
    assert made.transports == ("hybrid", "internal")
    assert made.discoverable is True
    assert (made.fmt, made.attestation.certificates, made.attestation.trusted) == (
        "packed",
        (),
        False,
    )
    sent = json.loads(answer)["response"]["attestationObject"]
    assert encode(made.attestation.raw) == sent


def test_a_browser_need_not_say_whether_a_key_is_discoverable(site: Site) -> None:
    def silent(parts: Parts) -> None:
        del parts.sent["clientExtensionResults"]
        del parts.response["transports"]

    made = check_registration(device(site).create(site.creation(), silent), site.expected)
    assert made.discoverable is None
    assert made.transports == ()


def test_an_assertion_says_what_has_changed(site: Site) -> None:
    """A key that was on one device only at first may be backed up by now."""
    phone = device(site, eligible=True)
    key = site.enrol(phone)
    phone.backed_up, phone.verifies = True, False
    asserted = check_assertion(phone.get(site.request()), site.expected, key)
    assert (asserted.backed_up, asserted.user_verified) == (True, False)


def test_a_key_that_names_no_user_is_good_where_the_user_is_known(site: Site) -> None:
    phone = device(site, discoverable=False)
    key = site.enrol(phone)
    request = {**site.request(), "allowCredentials": [{"id": encode(key.credential_id)}]}
    assert check_assertion(phone.get(request), site.expected, key).user_handle is None


def test_a_user_handle_of_null_is_none(site: Site) -> None:
    """Browsers write null where the authenticator names no user."""
    phone = device(site)
    key = site.enrol(phone)
    answer = phone.get(site.request(), lambda parts: parts.response.update(userHandle=None))
    assert check_assertion(answer, site.expected, key).user_handle is None


def test_an_authenticator_that_does_not_count_is_no_clone(site: Site) -> None:
    """Synchronised passkeys keep their counter at zero (section 6.1.1)."""
    phone = device(site, counts=False)
    key = site.enrol(phone)
    for _ in range(2):
        assert check_assertion(phone.get(site.request()), site.expected, key).sign_count == 0


def test_extensions_of_the_authenticator_are_read_and_left_alone(site: Site) -> None:
    phone = device(site)

    def extended(parts: Parts) -> None:
        parts.extensions = b"\xa2\x6bcredProtect\x02\x6bhmac-secret\xf5"

    made = check_registration(phone.create(site.creation(), extended), site.expected)
    assert made.credential_id == phone.held[0].credential_id


def test_reserved_flags_are_left_alone(site: Site) -> None:
    """Bits 1 and 5 are for future use (section 6.1)."""
    phone = device(site)
    key = site.enrol(phone)

    def reserved(parts: Parts) -> None:
        parts.flags |= 0x22

    check_assertion(phone.get(site.request(), reserved), site.expected, key)


def test_what_a_browser_adds_to_the_client_data_is_left_alone(site: Site) -> None:
    """Section 5.8.1.2: browsers put in new members, to keep others from fixed templates."""
    phone = device(site)
    key = site.enrol(phone)
    more = {"other_keys_can_be_added_here": "do not compare clientDataJSON against a template"}
    answer = phone.get(site.request(), lambda parts: parts.client.update(more))
    check_assertion(answer, site.expected, key)


@pytest.mark.parametrize("top", ["https://portal.example", None])
def test_an_allowed_page_may_embed_the_site(site: Site, top: str | None) -> None:
    """Older browsers say that they crossed origins, and not which."""
    expected = site.asking(top_origins=("https://portal.example",))
    phone = device(site)
    key = site.enrol(phone)

    def embedded(parts: Parts) -> None:
        parts.client["crossOrigin"] = True
        if top is not None:
            parts.client["topOrigin"] = top

    check_assertion(phone.get(site.request(), embedded), expected, key)
    check_registration(phone.create(site.creation(), embedded), expected)


@pytest.mark.parametrize("flags", [0, UV, BE, BE | BS, UV | BE | BS])
def test_every_lawful_state_of_an_authenticator_is_taken_as_it_is(site: Site, flags: int) -> None:
    phone = device(
        site,
        verifies=bool(flags & UV),
        eligible=bool(flags & BE),
        backed_up=bool(flags & BS),
    )
    made = check_registration(phone.create(site.creation()), site.expected)
    assert made.user_verified is bool(flags & UV)
    assert made.backup_eligible is bool(flags & BE)
    assert made.backed_up is bool(flags & BS)


def test_the_longest_credential_id_is_taken(site: Site) -> None:
    """1,023 bytes (section 7.1, step 25)."""
    long = b"x" * 1023

    def longest(parts: Parts) -> None:
        parts.credential_id = long
        parts.sent.update(id=encode(long), rawId=encode(long))

    made = check_registration(device(site).create(site.creation(), longest), site.expected)
    assert made.credential_id == long


def test_members_that_only_repeat_are_not_read(site: Site) -> None:
    """What ``toJSON()`` repeats in easier forms decides nothing (section 5.1)."""

    def repeated(parts: Parts) -> None:
        parts.response.update(publicKey="no key", publicKeyAlgorithm=-999, authenticatorData="!")
        parts.sent.update(authenticatorAttachment="platform", more={"deep": [1]})

    check_registration(device(site).create(site.creation(), repeated), site.expected)


def test_an_answer_is_read_as_json_reads_it(site: Site) -> None:
    """White space and the order of members are the script's own affair."""
    phone = device(site)
    key = site.enrol(phone)
    sent = json.loads(phone.get(site.request()))
    answer = json.dumps(dict(reversed(sent.items())), indent=4)
    check_assertion(answer, site.expected, key)
