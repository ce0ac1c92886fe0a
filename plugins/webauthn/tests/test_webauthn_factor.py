"""The factor through its pure steps: what is asked, what is kept, what is refused and how."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast, get_args

import pytest

from ostiary.contracts import (
    JSON,
    Ceremony,
    Challenge,
    Client,
    Credential,
    Enrolled,
    First,
    Kind,
    Purpose,
    Refused,
    Site,
    Step,
    Strength,
    Text,
    User,
    Verified,
)
from ostiary_webauthn import AttestationPolicy, WebAuthn, WebAuthnSettings, aaguids
from ostiary_webauthn.answers import decode, encode
from ostiary_webauthn.checking import Reason, Registered
from ostiary_webauthn.refusals import refused
from ostiary_webauthn.testing import Bend, Parts, SoftAuthenticator
from ostiary_webauthn.texts import _

NOW = datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)
SITE = Site("Example Index", "https://example.org", "example.org")
ADA, BOB = User("u1", "ada"), User("u2", "bob")
BOTH = Strength(frozenset({Kind.KNOW, Kind.HAVE}), phishing_resistant=True)
RESISTANT = Strength(frozenset({Kind.HAVE}), phishing_resistant=True)


def step(
    *credentials: Credential,
    purpose: Purpose = Purpose.SIGN_IN,
    state: JSON | None = None,
    user: User | None = ADA,
    everybodys: Sequence[Credential] = (),
) -> Step:
    among = {each.lookup: each for each in everybodys}
    return Step(
        purpose=purpose,
        user=user,
        credentials=credentials,
        find=among.get,
        now=NOW,
        site=SITE,
        client=Client(),
        handle="h",
        return_url="https://example.org/back",
        state=state or {},
    )


def device(**options: Any) -> SoftAuthenticator:
    return SoftAuthenticator(origin=SITE.origin, **options)


def asked(challenge: Challenge | Enrolled | Refused) -> dict[str, Any]:
    assert isinstance(challenge, Ceremony), challenge
    return cast("dict[str, Any]", challenge.options["publicKey"])


def add(
    key: SoftAuthenticator,
    *mine: Credential,
    factor: WebAuthn | None = None,
    user: User = ADA,
    bend: Bend | None = None,
) -> Enrolled | Refused:
    """Add a key to the account that has these."""
    factor = factor or WebAuthn()
    begun = factor.begin_enrolment(step(*mine, purpose=Purpose.ENROL, user=user))
    assert isinstance(begun, Ceremony)
    answer = {"answer": key.create(asked(begun), bend)}
    told = step(*mine, purpose=Purpose.ENROL, user=user, state=begun.state)
    said = factor.finish_enrolment(told, answer)
    assert isinstance(said, Enrolled | Refused)
    return said


def kept(key: SoftAuthenticator, *mine: Credential, user: User = ADA, **more: Any) -> Credential:
    """A key as the core stores it."""
    enrolled = add(key, *mine, user=user, **more)
    assert isinstance(enrolled, Enrolled), enrolled
    return Credential(
        id=f"c{len(mine)}-{user.id}",
        user_id=user.id,
        label=str(enrolled.label),
        public=json.loads(json.dumps(enrolled.public)),
        secret=enrolled.secret,
        lookup=enrolled.lookup,
        mark=enrolled.mark,
    )


def use(
    key: SoftAuthenticator,
    *mine: Credential,
    first: bool = False,
    everybodys: Sequence[Credential] = (),
    factor: WebAuthn | None = None,
    bend: Bend | None = None,
    options: Callable[[dict[str, Any]], dict[str, Any]] = lambda given: given,
) -> Verified | Refused:
    """Answer as a second proof, or as the first one, where nobody is known."""
    factor = factor or WebAuthn()
    told = step(*mine, user=None if first else ADA, everybodys=everybodys)
    begun = factor.begin_challenge(told)
    assert isinstance(begun, Ceremony), begun
    answer = {"answer": key.get(options(asked(begun)), bend)}
    said = factor.answer_challenge(replace(told, state=begun.state), answer)
    assert isinstance(said, Verified | Refused)
    return said


def reason(said: object) -> str:
    assert isinstance(said, Refused), said
    return said.reason


# What the factor says of itself.


def test_its_properties_say_what_policy_needs() -> None:
    properties = WebAuthn.properties
    assert properties.strength == BOTH
    assert properties.first is First.FINDS_USER
    assert (properties.second, properties.single_use, properties.recovery) == (True, True, False)
    assert str(WebAuthn.add) == "Add passkey or security key"


# What is asked.


def test_a_new_key_is_asked_for_as_a_relying_party_should() -> None:
    begun = WebAuthn().begin_enrolment(step(purpose=Purpose.ENROL))
    options = asked(begun)
    assert options["rp"] == {"id": "example.org", "name": "Example Index"}
    assert options["user"]["name"] == options["user"]["displayName"] == "ada"
    assert len(decode(options["user"]["id"])) == len(decode(options["challenge"])) == 64
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [-8, -7, -257]
    assert options["authenticatorSelection"] == {
        "residentKey": "preferred",
        "requireResidentKey": False,
        "userVerification": "preferred",
    }
    assert (options["attestation"], options["extensions"]) == ("none", {"credProps": True})
    assert (options["hints"], options["excludeCredentials"]) == ([], [])
    assert 300_000 <= options["timeout"] <= 600_000


def test_nothing_that_is_asked_comes_twice() -> None:
    """Challenges and handles are random, and a handle tells nothing of whose it is."""
    begun = [WebAuthn().begin_enrolment(step(purpose=Purpose.ENROL)) for _time in range(20)]
    assert len({asked(each)["challenge"] for each in begun}) == 20
    assert len({asked(each)["user"]["id"] for each in begun}) == 20
    gets = [WebAuthn().begin_challenge(step(user=None)) for _time in range(20)]
    assert len({asked(each)["challenge"] for each in gets}) == 20


def test_further_keys_are_made_for_the_same_handle_and_not_twice() -> None:
    one = kept(device(transports=("usb", "nfc")))
    options = asked(WebAuthn().begin_enrolment(step(one, purpose=Purpose.ENROL)))
    assert options["user"]["id"] == one.public["handle"]
    assert options["excludeCredentials"] == [
        {"type": "public-key", "id": one.lookup, "transports": ["usb", "nfc"]}
    ]


def test_operators_set_what_is_asked() -> None:
    settings = WebAuthnSettings("direct", "required", ("security-key",))
    begun = WebAuthn(settings).begin_enrolment(step(purpose=Purpose.ENROL))
    options = asked(begun)
    assert options["attestation"] == "direct"
    assert options["hints"] == ["security-key"]
    assert options["authenticatorSelection"]["userVerification"] == "required"
    known = kept(device())
    assert asked(WebAuthn(settings).begin_challenge(step(known)))["userVerification"] == "required"


def test_before_anybody_is_known_any_passkey_will_do_that_verifies_its_user() -> None:
    begun = WebAuthn().begin_challenge(step(user=None))
    options = asked(begun)
    assert (options["userVerification"], options["allowCredentials"]) == ("required", [])
    assert isinstance(begun, Ceremony)
    assert begun.options["autofill"] is True


@pytest.mark.parametrize(
    ("transports", "hints"),
    [
        ([("usb",), ("nfc", "usb")], ["security-key"]),
        ([("usb",), ("internal",)], []),
        ([("usb",), ("usb", "hybrid")], []),
        ([("usb",), ()], []),
    ],
)
def test_afterwards_the_keys_of_the_account_are_asked_for(
    transports: list[tuple[str, ...]], hints: list[str]
) -> None:
    """With what is known of how to reach them, so that browsers offer the right thing."""
    mine: list[Credential] = []
    for each in transports:
        mine.append(kept(device(transports=each), *mine))
    begun = WebAuthn().begin_challenge(step(*mine))
    options = asked(begun)
    assert (options["userVerification"], options["hints"]) == ("preferred", hints)
    assert [each["id"] for each in options["allowCredentials"]] == [c.lookup for c in mine]
    assert [set(each["transports"]) for each in options["allowCredentials"]] == [
        set(each) for each in transports
    ]
    assert isinstance(begun, Ceremony)
    assert begun.options["autofill"] is False


# What is kept.


@pytest.mark.parametrize(
    ("options", "strength", "first"),
    [
        ({}, BOTH, True),
        ({"verifies": False}, RESISTANT, False),
        ({"discoverable": False}, BOTH, False),
        ({"discoverable": False, "verifies": False}, RESISTANT, False),
        ({"eligible": True, "backed_up": True}, BOTH, True),
    ],
)
def test_a_key_is_worth_what_it_showed(
    options: dict[str, bool], strength: Strength, first: bool
) -> None:
    """One that holds no passkey, or does not check who uses it, is no way in by itself."""
    enrolled = add(device(**options))
    assert isinstance(enrolled, Enrolled)
    assert (enrolled.strength, enrolled.first) == (strength, first)


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ({"transports": ("internal",)}, True),
        ({"transports": ("hybrid",), "eligible": True}, True),
        ({"transports": ("usb",)}, False),
        ({"transports": ()}, False),
    ],
)
def test_where_the_browser_does_not_say_a_platform_keeps_every_key(
    options: dict[str, Any], first: bool
) -> None:
    silent: Bend = lambda parts: parts.sent.update(clientExtensionResults={})  # noqa: E731
    enrolled = add(device(**options), bend=silent)
    assert isinstance(enrolled, Enrolled)
    assert enrolled.first is first


def test_the_public_key_is_kept_sealed_and_the_rest_open() -> None:
    """Whoever can write rows, and not open secrets, cannot put a key of their own in place."""
    enrolled = add(key := device(counts=True))
    assert isinstance(enrolled, Enrolled)
    assert enrolled.secret
    assert encode(enrolled.secret) not in json.dumps(dict(enrolled.public))
    assert enrolled.lookup == encode(key.held[0].credential_id)
    assert enrolled.mark == 1
    silent = add(device(counts=False))
    assert isinstance(silent, Enrolled)
    assert silent.mark is None


MODEL = next(iter(aaguids._AAGUIDS.items()))


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"transports": ("usb", "nfc")}, "Security key"),
        ({"transports": ("internal",)}, "Passkey"),
        ({"transports": ("usb", "hybrid")}, "Passkey"),
        ({"transports": ()}, "Passkey"),
        ({"transports": ("usb",), "eligible": True}, "Passkey"),
        ({"transports": ("internal",), "model": True}, f"Passkey ({MODEL[0]})"),
        ({"transports": ("usb",), "model": True}, f"Security key ({MODEL[0]})"),
    ],
)
def test_a_name_is_suggested(options: dict[str, Any], name: str) -> None:
    if options.pop("model", False):
        options["aaguid"] = bytes.fromhex(MODEL[1][0].replace("-", ""))
    enrolled = add(device(**options))
    assert isinstance(enrolled, Enrolled)
    assert str(enrolled.label) == name


def said_of(credential: Credential) -> list[str]:
    return [str(line) for line in WebAuthn().describe(credential)]


def test_a_key_is_described_in_words() -> None:
    model = bytes.fromhex(MODEL[1][0].replace("-", ""))
    synced = kept(device(eligible=True, backed_up=True, aaguid=model))
    assert said_of(synced) == [
        "Synced: it is on each of your devices that shares the same account.",
        f"Kept by {MODEL[0]}.",
        "Reached by: the device itself.",
    ]
    waiting = kept(device(eligible=True, transports=()))
    assert said_of(waiting) == ["It can be synced between your devices, and has not been yet."]
    stick = kept(device(verifies=False, transports=("usb", "nfc", "ble"), aaguid=model))
    assert said_of(stick) == [
        "Bound to one device: it cannot be copied to another.",
        f"Model: {MODEL[0]}.",
        "Reached by: USB, NFC, Bluetooth.",
        "It is a second step: it cannot sign you in by itself.",
    ]
    assert said_of(replace(stick, public={})) == []


# A right answer.


@pytest.mark.parametrize("verifies", [True, False])
def test_a_second_proof_is_worth_what_was_verified(verifies: bool) -> None:
    key = device(verifies=True)
    mine = kept(key)
    key.verifies = verifies
    said = use(key, mine)
    assert isinstance(said, Verified)
    assert said.strength == (BOTH if verifies else RESISTANT)
    assert (said.credential, said.mark) == (mine, 2)


def test_a_pin_that_a_key_got_after_it_was_added_proves_nothing() -> None:
    """Whoever finds a key without a PIN can give it one (WebAuthn, section 4: uvInitialized)."""
    key = device(verifies=False)
    mine = kept(key)
    key.verifies = True
    for _time in range(2):
        said = use(key, mine)
        assert isinstance(said, Verified)
        assert said.strength == RESISTANT
        assert said.public is not None
        mine = replace(mine, public=said.public, mark=said.mark)
    assert reason(use(key, first=True, everybodys=[mine])) == "second-step-only"
    # What was verified when it was added goes on counting, also after a use without.
    known = device()
    mine = kept(known)
    known.verifies = False
    said = use(known, mine)
    assert isinstance(said, Verified)
    assert said.public is not None
    known.verifies = True
    again = use(known, replace(mine, public=said.public, mark=said.mark))
    assert isinstance(again, Verified)
    assert again.strength == BOTH


def test_a_passkey_finds_its_user() -> None:
    key, other = device(), device()
    mine, bobs = kept(key), kept(other, user=BOB)
    said = use(key, first=True, everybodys=(bobs, mine))
    assert isinstance(said, Verified)
    assert (said.credential, said.strength) == (mine, BOTH)


def test_a_key_that_has_signed_in_by_itself_is_known_to_hold_a_passkey() -> None:
    """Where the browser did not say so when it was added, the page would go on denying it."""
    key = device(transports=("usb",))
    mine = kept(key, bend=lambda parts: parts.sent.update(clientExtensionResults={}))
    assert "It is a second step: it cannot sign you in by itself." in said_of(mine)
    second = use(key, mine)
    assert isinstance(second, Verified)
    assert second.public == mine.public
    mine = replace(mine, mark=second.mark)
    first = use(key, first=True, everybodys=[mine])
    assert isinstance(first, Verified)
    assert first.public is not None
    assert said_of(replace(mine, public=first.public)) == [
        "Bound to one device: it cannot be copied to another.",
        "Reached by: USB.",
    ]


def test_a_counter_that_stays_zero_is_no_counter() -> None:
    key = device(counts=False)
    mine = kept(key)
    for _time in range(2):
        said = use(key, mine)
        assert isinstance(said, Verified)
        assert said.mark is None


def test_each_use_says_whether_the_key_is_synced_by_now() -> None:
    key = device(eligible=True)
    mine = kept(key)
    unchanged = use(key, mine)
    assert isinstance(unchanged, Verified)
    assert unchanged.public == mine.public
    key.backed_up = True
    said = use(key, mine)
    assert isinstance(said, Verified)
    assert said.public == {**mine.public, "backed_up": True}


# What is refused.


def test_a_first_proof_needs_a_key_that_verifies_and_says_whose_it_is() -> None:
    key = device()
    mine = kept(key)

    def silent(parts: Parts) -> None:
        del parts.response["userHandle"]

    def another(parts: Parts) -> None:
        parts.response["userHandle"] = encode(bytes(64))

    assert reason(use(key, first=True, everybodys=[mine], bend=silent)) == "user-handle"
    assert reason(use(key, first=True, everybodys=[mine], bend=another)) == "user-handle"
    key.verifies = False
    assert reason(use(key, first=True, everybodys=[mine])) == "user-verification"
    # As a second proof neither is asked for, and a wrong handle is still a wrong one.
    assert isinstance(use(key, mine, bend=silent), Verified)
    assert reason(use(key, mine, bend=another)) == "user-handle"


def test_an_operator_may_ask_every_key_to_verify_its_user() -> None:
    factor = WebAuthn(WebAuthnSettings(user_verification="required"))
    key = device(verifies=False)
    assert reason(add(key, factor=factor)) == "user-verification"
    mine = kept(key)
    assert reason(use(key, mine, factor=factor)) == "user-verification"


def test_a_key_of_another_account_or_of_none_opens_nothing() -> None:
    mine, key = kept(device()), device()
    bobs = kept(key, user=BOB)
    anybody: Callable[[dict[str, Any]], dict[str, Any]] = lambda given: {  # noqa: E731
        **given,
        "allowCredentials": [],
    }
    assert reason(use(key, mine, everybodys=[mine, bobs], options=anybody)) == "unknown-credential"
    assert reason(use(key, first=True, everybodys=[mine])) == "unknown-credential"


def test_a_key_that_signs_for_the_id_of_another_is_refused() -> None:
    key, thief = device(), device()
    mine = kept(key)
    kept(thief)
    told = encode(key.held[0].credential_id)
    posing: Bend = lambda parts: parts.sent.update(id=told, rawId=told)  # noqa: E731
    anybody: Callable[[dict[str, Any]], dict[str, Any]] = lambda given: {  # noqa: E731
        **given,
        "allowCredentials": [],
    }
    assert reason(use(thief, mine, options=anybody, bend=posing)) in {"user-handle", "signature"}


def test_a_counter_that_goes_back_is_a_copy_and_its_owner_is_told() -> None:
    key = device()
    mine = replace(kept(key), mark=7)
    said = use(key, mine)
    assert reason(said) == "cloned"
    assert isinstance(said, Refused)
    assert said.alarm
    # Nobody but the key itself can raise the alarm.
    forged = use(key, mine, bend=lambda parts: setattr(parts, "signature", b"x"))
    assert isinstance(forged, Refused)
    assert (forged.reason, forged.alarm) == ("signature", False)


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", "\ud800", '{"id": 1}', "{" * 9000])
def test_whatever_is_no_answer_is_refused(answer: str) -> None:
    mine = kept(device())
    told = step(mine)
    begun = WebAuthn().begin_challenge(told)
    assert isinstance(begun, Ceremony)
    told = replace(told, state=begun.state)
    assert isinstance(WebAuthn().answer_challenge(told, {"answer": answer}), Refused)
    enrolling = step(purpose=Purpose.ENROL)
    adding = WebAuthn().begin_enrolment(enrolling)
    assert isinstance(adding, Ceremony)
    said = WebAuthn().finish_enrolment(replace(enrolling, state=adding.state), {"answer": answer})
    assert isinstance(said, Refused)


def test_an_answer_to_another_question_is_refused() -> None:
    """The challenge is compared with the one that this step left, and with no other."""
    key = device()
    mine = kept(key)
    other: Bend = lambda parts: parts.client.update(challenge=encode(bytes(64)))  # noqa: E731
    assert reason(use(key, mine, bend=other)) == "challenge"
    assert reason(add(device(), bend=other)) == "challenge"


def test_a_page_within_a_foreign_page_is_refused_unless_it_is_allowed() -> None:
    key = device()
    mine = kept(key)
    portal = "https://portal.example"
    within: Bend = lambda parts: parts.client.update(  # noqa: E731
        crossOrigin=True, topOrigin=portal
    )
    assert reason(use(key, mine, bend=within)) == "cross-origin"
    allowing = WebAuthn(WebAuthnSettings(top_origins=(portal,)))
    assert isinstance(use(key, mine, factor=allowing, bend=within), Verified)


def test_one_damaged_record_does_not_keep_the_others_out() -> None:
    key = device()
    mine = kept(key)
    broken = replace(kept(device()), public={"handle": "!"})
    assert isinstance(use(key, broken, mine), Verified)
    assert reason(WebAuthn().begin_challenge(step(broken))) == "damaged"
    told = step(mine)
    begun = WebAuthn().begin_challenge(told)
    assert isinstance(begun, Ceremony)
    answer = {"answer": key.get(asked(begun))}
    after = step(replace(mine, public={}), state=begun.state)
    assert reason(WebAuthn().answer_challenge(after, answer)) == "damaged"


def test_there_is_a_text_for_each_reason_and_one_alarm() -> None:
    """Nothing of an answer is in it; each says what to do."""
    reasons: tuple[Reason, ...] = get_args(Reason)
    said = {each: refused(each) for each in reasons}
    assert {each for each, refusal in said.items() if refusal.alarm} == {"cloned"}
    assert all(each == refusal.reason for each, refusal in said.items())
    assert len({str(refusal.text) for refusal in said.values()}) == 8


# What others may say about it.


class OnlyOurs(AttestationPolicy):
    name = "only-ours"

    def __init__(self, model: str) -> None:
        self.model = model
        self.seen: list[Registered] = []

    def judge(self, registered: Registered, /) -> Refused | None:
        self.seen.append(registered)
        known = registered.aaguid == self.model
        return None if known else Refused("not-ours", _("Not one of ours."))


def test_policies_judge_what_passed_every_check() -> None:
    model = MODEL[1][0]
    yes, no = OnlyOurs(model), OnlyOurs("another")
    ours = bytes.fromhex(model.replace("-", ""))
    assert isinstance(add(device(aaguid=ours), factor=WebAuthn(policies=lambda: [yes])), Enrolled)
    both = WebAuthn(policies=lambda: [yes, no])
    assert reason(add(device(aaguid=ours), factor=both)) == "not-ours"
    other: Bend = lambda parts: parts.client.update(challenge=encode(bytes(64)))  # noqa: E731
    assert reason(add(device(), factor=both, bend=other)) == "challenge"
    assert (len(yes.seen), len(no.seen)) == (2, 1)


# What the browser is told after a change.


def told(public: JSON, *mine: Credential, user: User | None = ADA) -> Ceremony | None:
    return WebAuthn().changed(step(*mine, user=user, state={"public": public}))


def test_the_browser_is_told_what_is_left() -> None:
    one = kept(device())
    two = kept(device(), one)
    ceremony = told(two.public, one)
    assert ceremony is not None
    handle = one.public["handle"]
    assert ceremony.options == {
        "webauthn": "signal",
        "rpId": "example.org",
        "name": "ada",
        "accepted": [{"userId": handle, "ids": [one.lookup]}],
    }


def test_the_browser_is_told_also_when_nothing_is_left() -> None:
    """The handle of the last key is known from what was open of it: its row is gone."""
    one = kept(device())
    ceremony = told(one.public)
    assert ceremony is not None
    assert ceremony.options["accepted"] == [{"userId": one.public["handle"], "ids": []}]
    assert told({}) is None


def test_keys_of_two_handles_are_not_mixed() -> None:
    """Two enrolments at once made two: what is listed under one would hide the other's."""
    one, two = kept(device()), kept(device())
    assert one.public["handle"] != two.public["handle"]
    ceremony = told(one.public, one, two)
    assert ceremony is not None
    assert ceremony.options["accepted"] == [
        {"userId": each.public["handle"], "ids": [each.lookup]} for each in (one, two)
    ]


@pytest.mark.parametrize("act", ["begin_enrolment", "changed"])
def test_what_concerns_an_account_is_not_done_for_nobody(act: str) -> None:
    with pytest.raises(LookupError):
        getattr(WebAuthn(), act)(step(user=None, state={"public": {}}))


def test_every_word_is_a_text() -> None:
    begun = WebAuthn().begin_enrolment(step(purpose=Purpose.ENROL))
    assert isinstance(begun, Ceremony)
    assert all(isinstance(text, Text) for _name, text in begun.texts)
    assert {"working", "known", "cancelled", "address", "unsupported", "failed"} == {
        name for name, _text in begun.texts
    }
