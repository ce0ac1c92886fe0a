"""The factor in a running house: many at once, a copied key, the last way in, assurance."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ostiary.contracts import Assurance, Kind
from ostiary.signin import Denied, Further, SignedIn
from ostiary.signin.policy import promised
from ostiary.store.tables import sessions
from ostiary.testing.contract.base import asked
from ostiary.testing.contract.bench import Bench
from ostiary.testing.contract.visits import Posed, Someone, Visit
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from ostiary_webauthn.testing import Es256, Parts

from .test_contract import Holder
from .test_contract import asked as options

HOUR = timedelta(hours=1)


@pytest.fixture
def bench(make_runtime: Houses, outbox: Outbox) -> Bench:
    return Bench(make_runtime, outbox, ("webauthn",), "webauthn", Holder, {})


@pytest.fixture
def ada(bench: Bench) -> Someone:
    someone = bench.someone("ada")
    someone.enrol()
    bench.houses.clock.advance(HOUR)
    return someone


def second(visit: Visit) -> Posed:
    """The first proof is given, and the key is asked for as the second one."""
    assert isinstance(visit.open(), Further)
    posed = visit.further("webauthn")
    assert isinstance(posed, Posed)
    return posed


def session_count(bench: Bench, user_id: str) -> int:
    query = select(func.count()).select_from(sessions).where(sessions.c.user_id == user_id)
    with bench.runtime.store.read() as connection:
        return int(connection.execute(query).scalar_one())


@pytest.mark.parametrize("ask", [asked, second])
def test_of_one_assertion_many_times_at_once_one_opens_a_session(
    bench: Bench, ada: Someone, ask: object
) -> None:
    """32 threads send the same answer to the same question, without and with a name before."""
    posed = asked(ada.visit()) if ask is asked else second(ada.visit())
    answer = ada.answer(posed)
    before = session_count(bench, ada.user.id)
    with ThreadPoolExecutor(32) as pool:
        outcomes = list(pool.map(lambda _number: posed.submit(answer), range(32)))
    assert sum(isinstance(each, SignedIn) for each in outcomes) == 1
    assert sum(isinstance(each, Denied) for each in outcomes) == 31
    assert session_count(bench, ada.user.id) == before + 1


@pytest.mark.parametrize("ask", [asked, second])
def test_a_copied_key_is_refused_recorded_and_mailed(
    bench: Bench, ada: Someone, outbox: Outbox, ask: object
) -> None:
    """Also where the copy is shown before anybody is known: it says itself whose it is."""
    assert isinstance(ada.person, Holder)
    (held,) = ada.person.device.held
    copied = held.sign_count
    for _time in range(3):
        assert isinstance(ada.visit().sign_in(), SignedIn)
    held.sign_count = copied
    posed = asked(ada.visit()) if ask is asked else second(ada.visit())
    outcome = posed.submit(ada.answer(posed))
    assert isinstance(outcome, Denied)
    assert outcome.reason == "cloned"
    event = bench.houses.events.of("sign-in.refused")[-1]
    assert (event.subject, event.reason) == (ada.user.id, "cloned")
    mail = outbox.to("ada@example.org")[-1]
    assert "suspicious" in mail.subject
    assert "there may be a copy of it" in " ".join(mail.text.split())


def test_a_stranger_raises_no_alarm(bench: Bench, ada: Someone, outbox: Outbox) -> None:
    """Who knows the id of a key, and has not the key, makes nobody's mailbox ring: not with a key
    of their own, and not with a counter gone back that the key has not signed.
    """
    assert isinstance(ada.person, Holder)
    device, told = ada.person.device, len(list(outbox))

    def forged(parts: Parts) -> None:
        parts.key, parts.sign_count = Es256(), 0

    def another(posed: Posed) -> str:
        return ada.wrong(posed)["answer"]

    def posing(posed: Posed) -> str:
        return device.get(options(posed.challenge), forged)

    for answer, reason in ((another, "unknown-credential"), (posing, "signature")):
        posed = asked(ada.visit())
        denied = posed.submit({"answer": answer(posed)})
        assert isinstance(denied, Denied)
        assert denied.reason == reason
        assert bench.houses.events.of("sign-in.refused")[-1].subject is None
    assert len(list(outbox)) == told


def test_a_key_that_holds_no_passkey_is_not_the_last_way_in(bench: Bench) -> None:
    """The other first proof cannot be removed while there is only such a key beside it."""
    bob = bench.someone("bob")
    assert isinstance(bob.person, Holder)
    bob.person.device.discoverable = False
    bob.enrol()
    changing, member = bench.runtime.signin.changing, bob.member()
    parts = bench.runtime.signin.parts
    (opening,) = [c for c in parts.credentials(bob.user.id) if c.name == "opening"]
    denied = changing.remove(member, opening.credential.id)
    assert denied is not None
    assert denied.reason == "last-first-proof"
    bob.person.device.discoverable = True
    bob.enrol()
    assert changing.remove(bob.member(), opening.credential.id) is None


def test_a_key_that_was_stolen_without_a_pin_opens_nothing_with_one(bench: Bench) -> None:
    """The thief has set the PIN. Beside what its owner knows, the key is the second step still."""
    bob = bench.someone("bob")
    assert isinstance(bob.person, Holder)
    bob.person.device.verifies = False
    bob.enrol()
    bob.person.device.verifies = True
    posed = asked(bob.visit())
    denied = posed.submit(bob.answer(posed))
    assert isinstance(denied, Denied)
    assert denied.reason == "second-step-only"
    assert session_count(bench, bob.user.id) == 1
    posed = second(bob.visit())
    assert isinstance(posed.submit(bob.answer(posed)), SignedIn)
    assert bench.houses.events.of("sign-in.done")[-1].proofs[-1].strength.kinds == {Kind.HAVE}


@pytest.mark.parametrize(("verifies", "proofs"), [(True, 2), (False, 1)])
def test_a_key_counts_as_what_it_showed(bench: Bench, verifies: bool, proofs: int) -> None:
    """With its user verified it is two proofs, else one; phishing resistant in either case."""
    bob = bench.someone("bob")
    assert isinstance(bob.person, Holder)
    bob.person.device.verifies = verifies
    bob.enrol()
    now = bench.houses.clock()
    given = promised(bench.credentials(bob.user), now)
    assert Assurance(proofs=proofs, phishing_resistant=True).met_by(given, now)
    assert not Assurance(proofs=proofs + 1).met_by(given, now)
