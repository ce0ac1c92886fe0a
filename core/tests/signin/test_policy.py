"""What an account asks for: kinds and properties, never names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ostiary.accounts import StoredCredential
from ostiary.contracts import Assurance, Credential, Kind, Proof, Purpose, Strength
from ostiary.signin.policy import (
    Usable,
    change_needs,
    has_second,
    helpful,
    reachable,
    sign_in_needs,
    unmet,
    usable,
)

from .conftest import BOTH, HAVE, KNOW, RESISTANT, Scripted, words

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def proof(factor: str, strength: Strength, *, age: timedelta = timedelta()) -> Proof:
    return Proof(factor, factor, strength, NOW - age)


def stored(
    name: str, *, second: bool = True, part: str = "factor", used: datetime | None = None
) -> StoredCredential:
    return StoredCredential(
        credential=Credential(f"{name}-id", "user", name),
        part=part,
        name=name,
        title=words(name),
        first=False,
        second=second,
        recovery=False,
        strength=HAVE,
        version=1,
        created_at=NOW,
        used_at=used,
    )


def way(name: str, strength: Strength, used: datetime | None = None, **more: bool) -> Usable:
    row = replace(stored(name, used=used), strength=strength)
    return Usable(Scripted(name, strength, **more), (row,))


KNOWING, HAVING, KEY = way("pin", KNOW), way("app", HAVE), way("key", BOTH)
UNVERIFIED = way("old-key", RESISTANT)
KNOWN, HAD = proof("pin", KNOW), proof("app", HAVE)


class TestAssurance:
    """ASVS 5.0, 6.3.3: kinds are counted, not answers."""

    def test_two_answers_of_one_kind_are_one_proof(self) -> None:
        two = Assurance(proofs=2)
        assert not two.met_by([KNOWN, proof("password", KNOW)], NOW)
        assert two.met_by([KNOWN, HAD], NOW)
        assert two.met_by([proof("key", BOTH)], NOW)
        assert not two.met_by([], NOW)

    def test_within_bounds_every_proof_that_counts_up_to_the_instant(self) -> None:
        fresh = Assurance(proofs=2, within=QUARTER)
        old = proof("app", HAVE, age=QUARTER)
        older = proof("app", HAVE, age=QUARTER + timedelta(microseconds=1))
        assert fresh.met_by([KNOWN, old], NOW)
        assert not fresh.met_by([KNOWN, older], NOW)
        assert Assurance(proofs=1, within=QUARTER).met_by([KNOWN, older], NOW)

    def test_phishing_resistance_is_asked_of_one_proof_that_counts(self) -> None:
        need = Assurance(proofs=1, phishing_resistant=True)
        assert not need.met_by([KNOWN, HAD], NOW)
        assert need.met_by([KNOWN, proof("key", RESISTANT)], NOW)
        stale = replace(need, within=QUARTER)
        assert not stale.met_by([KNOWN, proof("key", RESISTANT, age=2 * QUARTER)], NOW)

    def test_a_claim_is_cut_to_both(self) -> None:
        assert BOTH.cut_to(HAVE) == HAVE
        assert HAVE.cut_to(BOTH) == HAVE
        assert KNOW.cut_to(HAVE) == Strength(frozenset())
        assert RESISTANT.cut_to(BOTH) == RESISTANT
        assert BOTH.cut_to(RESISTANT).kinds == {Kind.HAVE}


def test_a_second_factor_asks_for_two_kinds_also_while_its_plugin_is_away() -> None:
    assert sign_in_needs([stored("pin", second=False)]) == (Assurance(proofs=1),)
    assert sign_in_needs([]) == (Assurance(proofs=1),)
    pin = replace(stored("pin", second=False), strength=KNOW)
    assert sign_in_needs([stored("gone"), pin]) == (Assurance(proofs=2),)
    # What the rows could never prove together is not asked for.
    assert sign_in_needs([stored("gone"), stored("other")]) == (Assurance(proofs=1),)
    assert sign_in_needs([stored("gone"), replace(pin, recovery=True)]) == (Assurance(proofs=1),)
    assert not has_second([stored("token", part="verifier")])
    assert not has_second([stored("token", part="a-part")])


def test_a_change_asks_for_something_fresh_on_top() -> None:
    needs = change_needs([replace(stored("key"), strength=BOTH)], QUARTER)
    assert needs == (Assurance(proofs=2), Assurance(proofs=1, within=QUARTER))
    # All of them: a fresh answer does for the second, and the first stands from before.
    long_ago = [proof("pin", KNOW, age=timedelta(hours=9)), proof("app", HAVE, age=4 * QUARTER)]
    assert unmet(needs, long_ago, NOW) == (needs[1],)
    assert unmet(needs, [*long_ago, KNOWN], NOW) == ()
    both = (Assurance(proofs=2, within=QUARTER),)
    assert unmet(both, [*long_ago, KNOWN], NOW) == both


def test_only_loaded_factors_with_a_credential_can_be_asked_in_the_operators_order() -> None:
    factors = {name: Scripted(name, HAVE) for name in ("b", "a", "c")}
    rows = [stored("a"), stored("gone"), stored("b"), stored("b"), stored("c", part="verifier")]
    rows.append(stored("c", part="a-part"))
    found = usable(factors, rows, Purpose.SIGN_IN)
    assert [(each.factor.name, len(each.credentials)) for each in found] == [("b", 2), ("a", 1)]


def test_the_last_use_of_any_of_its_credentials_counts() -> None:
    rows = (stored("a"), stored("a", used=NOW), stored("a", used=NOW - QUARTER))
    factor = Scripted("a", HAVE)
    assert Usable(factor, rows).used_at == NOW
    assert Usable(factor, rows[:1]).used_at is None


def _names(ways: tuple[Usable, ...]) -> list[str]:
    return [each.factor.name for each in ways]


TWO = (Assurance(proofs=2),)


@pytest.mark.parametrize(
    ("needs", "proofs", "expected"),
    [
        (TWO, [], ["key", "old-key", "pin", "app"]),
        (TWO, [KNOWN], ["key", "old-key", "app"]),
        (TWO, [HAD], ["key", "pin"]),
        (TWO, [KNOWN, HAD], []),
        ((), [], []),
        ((Assurance(phishing_resistant=True),), [KNOWN], ["key", "old-key"]),
        ((Assurance(proofs=1, within=QUARTER),), [proof("pin", KNOW, age=2 * QUARTER)], None),
    ],
)
def test_only_what_brings_an_open_assurance_nearer_is_offered(
    needs: tuple[Assurance, ...], proofs: list[Proof], expected: list[str] | None
) -> None:
    ways = [KNOWING, HAVING, UNVERIFIED, KEY]
    found = _names(helpful(ways, needs, proofs, NOW))
    assert found == (["key", "old-key", "pin", "app"] if expected is None else expected)


def test_nothing_helps_with_more_kinds_than_there_are() -> None:
    needs = (Assurance(proofs=3),)
    assert helpful([KNOWING, HAVING, KEY], needs, [KNOWN, HAD], NOW) == ()


def test_resistance_that_was_shown_is_not_asked_for_again() -> None:
    """What is missing is a second kind, and the same key again would never give it."""
    needs = (Assurance(proofs=2, phishing_resistant=True),)
    shown = [proof("old-key", RESISTANT)]
    assert _names(helpful([UNVERIFIED, KNOWING], needs, shown, NOW)) == ["pin"]
    # Shown too long ago, it is.
    needs = (replace(needs[0], within=QUARTER),)
    stale = [proof("old-key", RESISTANT, age=2 * QUARTER)]
    assert _names(helpful([UNVERIFIED, KNOWING], needs, stale, NOW)) == ["old-key", "pin"]


def test_the_last_used_comes_first_then_the_strongest_and_recovery_last() -> None:
    recovery = way("codes", HAVE, used=NOW + QUARTER, recovery=True)
    used = way("app", HAVE, used=NOW)
    used_before = way("pin", KNOW, used=NOW - QUARTER)
    ways = [recovery, UNVERIFIED, used_before, KEY, used]
    expected = ["app", "pin", "key", "old-key", "codes"]
    assert _names(helpful(ways, TWO, [], NOW)) == expected


def test_what_has_just_answered_is_asked_again_only_after_the_others() -> None:
    """A key that was touched without a PIN can still prove one; but a password is asked first."""
    just = way("key", BOTH, used=NOW)
    shown = [proof("key", RESISTANT)]
    assert _names(helpful([just, KNOWING], TWO, shown, NOW)) == ["pin", "key"]
    minute_ago = [proof("key", RESISTANT, age=timedelta(minutes=1))]
    lately = (Assurance(proofs=2, within=QUARTER),)
    assert _names(helpful([just, KNOWING], lately, minute_ago, NOW)) == ["pin", "key"]
    # An answer that is too old to count says nothing of what to ask now.
    fresh = (Assurance(proofs=2, within=QUARTER),)
    old = [proof("key", RESISTANT, age=2 * QUARTER)]
    assert _names(helpful([just, KNOWING], fresh, old, NOW)) == ["key", "pin"]


def test_what_no_factor_can_prove_is_out_of_reach() -> None:
    assert reachable([HAVING], TWO, [KNOWN], NOW)
    assert not reachable([KNOWING], TWO, [KNOWN], NOW)
    assert not reachable([], TWO, [KNOWN], NOW)
    assert reachable([KEY], (Assurance(phishing_resistant=True), *TWO), [], NOW)
    assert not reachable([HAVING, KNOWING], (Assurance(phishing_resistant=True),), [], NOW)
    stale = [proof("pin", KNOW, age=2 * QUARTER)]
    assert not reachable([HAVING], (Assurance(proofs=2, within=QUARTER),), stale, NOW)
