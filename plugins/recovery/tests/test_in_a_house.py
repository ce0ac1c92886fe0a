"""Recovery codes in a running house, beside factors that they have never heard of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import inspect, text
from typing_extensions import override

from ostiary.accounts import Limit
from ostiary.contracts import Challenge
from ostiary.signin import Denied, SignedIn
from ostiary.testing.clock import Clock
from ostiary.testing.contract.bench import Bench
from ostiary.testing.contract.race import Race, slowed
from ostiary.testing.contract.visits import Posed, Someone
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor
from ostiary_recovery.codes import parse
from ostiary_recovery.digests import Digests

from .test_contract import Paper

CROWD = 32
ADD = "/account/security/add/recovery"


class Sheet(Paper):
    """Nothing is crossed out on it; a test says which code is typed."""

    @override
    def answer(self, challenge: Challenge) -> dict[str, str]:
        return {"code": self.codes[0]}


class Meeting:
    """Holds each yes until so many have theirs, so that all of them saw the same row."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._all = threading.Event()
        self._lock = threading.Lock()

    def wait(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left <= 0:
                self._all.set()
        assert self._all.wait(60)


class Gate:
    """Holds a yes until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.reached.set()
        assert self.opened.wait(60)


@pytest.fixture
def bench(make_runtime: Houses, outbox: Outbox) -> Bench:
    return Bench(make_runtime, outbox, ("recovery",), "recovery", Sheet, {"step_timeout": "60s"})


@pytest.fixture
def ada(bench: Bench) -> Someone:
    """Somebody with a first factor, a second one that has no plugin, and a sheet of codes."""
    someone = bench.someone()
    someone.enrol()
    return someone


def codes(someone: Someone) -> list[str]:
    return cast("Sheet", someone.person).codes


def left(someone: Someone) -> int:
    (stored,) = someone.bench.credentials(someone.user)
    held = Digests.load(stored.credential.secret)
    assert held is not None
    return len(held.digests)


def posed(someone: Someone) -> Posed:
    asked = someone.visit().ask()
    assert isinstance(asked, Posed), asked
    return asked


def meeting(bench: Bench, size: int) -> None:
    """From now on, so many yeses wait for each other."""
    bench.start(around=slowed("recovery", cast("Race", Meeting(size))))


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(act) for act in acts]]


def submitting(question: Posed, code: str) -> Callable[[], Any]:
    return lambda: question.submit({"code": code})


# Many at once


def test_one_code_in_many_browsers_at_once_opens_one_session(bench: Bench, ada: Someone) -> None:
    """ASVS 5.0, 6.5.1: of 32 threads, eight of which have a yes at the same time, one gets in."""
    meeting(bench, 8)
    code = codes(ada)[0]
    outcomes = at_once([submitting(posed(ada), code) for _ in range(CROWD)])
    assert sum(isinstance(each, SignedIn) for each in outcomes) == 1
    assert {each.reason for each in outcomes if isinstance(each, Denied)} == {"wrong-code"}
    assert len(bench.houses.events.of("sign-in.done")) == 1
    assert len(bench.houses.events.of("recovery.used")) == 1
    assert left(ada) == 9


def test_two_codes_at_once_are_both_used_up(bench: Bench, ada: Someone) -> None:
    """Both were right against the same row; neither stays usable, and no third one goes."""
    meeting(bench, 2)
    pair = codes(ada)[:2]
    outcomes = at_once([submitting(posed(ada), code) for code in pair])
    assert all(isinstance(each, SignedIn) for each in outcomes), outcomes
    assert left(ada) == 8
    for code in pair:
        again = posed(ada).submit({"code": code})
        assert isinstance(again, Denied)
        assert again.reason == "wrong-code"
    assert isinstance(posed(ada).submit({"code": codes(ada)[2]}), SignedIn)


def test_new_codes_kill_the_old_ones_also_where_they_are_just_being_typed(
    bench: Bench, ada: Someone
) -> None:
    old = codes(ada)[0]
    before = posed(ada)
    ada.enrol()
    assert codes(ada)[0] != old
    for question in (before, posed(ada)):
        assert isinstance(question.submit({"code": old}), Denied)
    assert isinstance(posed(ada).submit({"code": codes(ada)[0]}), SignedIn)


def test_an_old_code_loses_against_the_new_ones_that_are_kept_before_it(
    bench: Bench, ada: Someone
) -> None:
    """It was right when it was judged; it opens nothing, and takes none of the new ones away."""
    gate, old = Gate(), codes(ada)[0]
    bench.start(around=slowed("recovery", cast("Race", gate)))
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(submitting(posed(ada), old))
        assert gate.reached.wait(60)
        ada.enrol()
        gate.opened.set()
        outcome = late.result()
    assert isinstance(outcome, Denied)
    assert outcome.reason == "wrong-code"
    assert not bench.houses.events.of("recovery.used")
    assert left(ada) == 10


# What is left behind


def everything(bench: Bench) -> str:
    """All that is in the database, of whatever kind, as text and as it is."""
    rows: list[str] = []
    with bench.runtime.store.read() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608 - a name of ours
                for value in row:
                    plain = bytes(value).decode("latin-1") if _is_bytes(value) else str(value)
                    rows.append(plain)
    return "\n".join(rows)


def _is_bytes(value: object) -> bool:
    return isinstance(value, bytes | memoryview)


def test_a_stolen_database_has_no_code_in_it(bench: Bench) -> None:
    """Not while they are shown, not once they are kept, not after one was used."""
    ada = bench.someone()
    asked = ada.begin_enrolment(ada.member())
    assert not isinstance(asked, Denied)
    shown = cast("Any", asked).challenge.reveals[0].value.splitlines()
    ada.enrol()
    assert isinstance(posed(ada).submit({"code": codes(ada)[0]}), SignedIn)
    stolen = everything(bench)
    assert ada.user.id in stolen
    for code in [*shown, *codes(ada)]:
        assert code not in stolen
        assert str(parse(code)) not in stolen
    (stored,) = bench.credentials(ada.user)
    held = Digests.load(stored.credential.secret)
    assert held is not None
    # The digests are sealed besides: the database alone is not enough to try codes at home.
    assert not any(digest.hex() in stolen for digest in held.digests)


def test_the_limits_of_guessing_are_the_houses(bench: Bench, ada: Someone) -> None:
    """Each question takes five answers, also of what cannot be a code."""
    question = posed(ada)
    typed = ["0000-0000-0000-0000", "?", "u" * 16, "1" * 16, "2" * 16, codes(ada)[0]]
    reasons = [cast("Denied", question.submit({"code": each})).reason for each in typed]
    assert reasons[:3] == ["wrong-code", "malformed-code", "malformed-code"]
    assert reasons[-1] == "no-tries-left"
    assert left(ada) == 10


# Pages


def browser(someone: Someone, *, limit: Limit | None = None) -> Visitor:
    visit = someone.visit()
    member = someone.member(visit)
    if limit is not None:
        with someone.bench.runtime.store.write() as unit:
            someone.bench.runtime.sessions.limit_all(unit, member.user_id, limit)
    return Visitor(someone.bench.runtime, cookies=visit.cookies)


def listed(visitor: Visitor) -> list[str]:
    return [code.get_text() for code in visitor.page.html.select("main ol code")]


def test_codes_are_shown_once_and_count_once_they_are_kept(bench: Bench, clock: Clock) -> None:
    """Without a script: loaded again they are the same; afterwards they are nowhere."""
    ada = bench.someone()
    visitor = browser(ada)
    visitor.get("/account/security")
    assert "you would be shut out" in visitor.text
    visitor.get(ADD)
    assert visitor.page.headers["Cache-Control"] == "no-store"
    shown = listed(visitor)
    assert len(shown) == 10
    visitor.get(ADD)
    assert listed(visitor) == shown
    assert not bench.credentials(ada.user)
    assert visitor.page.html.select_one("main form button").get_text() == "I have kept these codes"
    visitor.submit("challenge")
    assert visitor.path == "/account/security"
    assert "10 codes are left." in visitor.text
    assert "you would be shut out" not in visitor.text
    for path in ("/account/security", ADD):
        visitor.get(path)
        assert not set(shown) & set(listed(visitor))
        assert not any(code in visitor.page.text for code in shown)


def test_old_codes_work_until_new_ones_are_kept(bench: Bench, ada: Someone) -> None:
    old = codes(ada)
    visitor = browser(ada)
    visitor.get(ADD)
    new = listed(visitor)
    assert isinstance(posed(ada).submit({"code": new[0]}), Denied)
    assert isinstance(posed(ada).submit({"code": old[0]}), SignedIn)
    visitor.submit("challenge")
    assert isinstance(posed(ada).submit({"code": old[1]}), Denied)
    assert isinstance(posed(ada).submit({"code": new[0]}), SignedIn)
    assert len(bench.credentials(ada.user)) == 1
    subjects = [mail.subject for mail in bench.outbox.to(ada.user.address or "")]
    assert "A way to sign in to your account was changed" in subjects


def test_to_look_at_the_page_changes_nothing(bench: Bench, ada: Someone) -> None:
    """A link, a prefetch or an image leads to a GET; new codes take a form with its token."""
    before = bench.credentials(ada.user)
    visitor = browser(ada)
    for _ in range(3):
        visitor.get(ADD)
    form = visitor.form("challenge")
    form["csrf_token"] = "wrong"
    assert form.submit(status="*").status_int in {400, 403}
    assert bench.credentials(ada.user) == before


def test_new_codes_take_a_fresh_proof(bench: Bench, ada: Someone, clock: Clock) -> None:
    """ASVS 5.0, 7.5.1: neither shown nor stored for whoever sits down at an open session."""
    before = bench.credentials(ada.user)
    visitor = browser(ada)
    visitor.get(ADD)
    clock.advance(timedelta(minutes=16))
    visitor.submit("challenge")
    assert visitor.path == "/step-up"
    visitor.get(ADD)
    assert visitor.path == "/step-up"
    assert bench.credentials(ada.user) == before


def test_who_came_in_by_a_code_makes_no_new_ones(bench: Bench, ada: Someone) -> None:
    """Else a thief of one code would have a sheet, and the owner none."""
    visitor = browser(ada, limit=Limit.RECOVERY)
    visitor.get("/account/security")
    assert "Make new recovery codes" not in visitor.text
    visitor.get(ADD)
    assert "You came in by recovery." in visitor.text
    assert not listed(visitor)


def test_who_has_used_up_the_sheet_is_told_so(bench: Bench, ada: Someone) -> None:
    """On the page where a code would be asked for, and on the account's."""
    for code in codes(ada):
        assert isinstance(posed(ada).submit({"code": code}), SignedIn)
        bench.houses.clock.advance(timedelta(hours=1))
    refused = ada.visit().ask()
    assert isinstance(refused, Denied)
    assert refused.reason == "none-left"
    visitor = browser(ada)
    visitor.get("/account/security")
    assert "No code is left. Make new ones" in visitor.text


def test_few_codes_are_warned_of_after_each_use(bench: Bench, ada: Someone) -> None:
    outcome = None
    for code in codes(ada)[:7]:
        outcome = posed(ada).submit({"code": code})
        bench.houses.clock.advance(timedelta(hours=1))
    assert isinstance(outcome, SignedIn)
    assert outcome.limit is Limit.RECOVERY
    said = "You used a recovery code. Only 3 codes are left. Make new ones soon."
    assert str(outcome.notice) == said
