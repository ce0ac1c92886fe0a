"""The factor through its pure steps: enrolment, challenge, replay, clocks, several apps."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.contracts import (
    JSON,
    Client,
    Credential,
    Enrolled,
    Field,
    Form,
    Kind,
    Link,
    Picture,
    Purpose,
    Refused,
    Reveal,
    Site,
    Step,
    User,
    Verified,
)
from ostiary_totp import Totp, TotpSettings

NOW = datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30
SITE = Site("Example Index", "https://example.org", "example.org")
ADA = User("u1", "ada")
PHONE = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
# The first step at which the phone shows the same code as at the next.
COLLISION = 910_737
TABLET = pyotp.TOTP("MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U")


def step(
    *credentials: Credential,
    purpose: Purpose = Purpose.SIGN_IN,
    now: datetime = NOW,
    state: JSON | None = None,
    user: User | None = ADA,
    site: Site = SITE,
) -> Step:
    return Step(
        purpose=purpose,
        user=user,
        credentials=credentials,
        find=lambda _lookup: None,
        now=now,
        site=site,
        client=Client(),
        handle="h",
        return_url="https://example.org/back",
        state=state or {},
    )


def app(phone: pyotp.TOTP = PHONE, mark: int | None = STEP - 100, name: str = "c1") -> Credential:
    return Credential(name, "u1", "Phone", secret=phone.secret.encode(), mark=mark)


def later(steps: int) -> datetime:
    return NOW + timedelta(seconds=30 * steps)


def code(steps: int = 0, phone: pyotp.TOTP = PHONE) -> dict[str, str]:
    """The answer with the code of so many steps from now."""
    return {"code": phone.generate_otp(STEP + steps)}


def refusal(result: object) -> tuple[str, str | None]:
    assert isinstance(result, Refused)
    return result.reason, result.field


def enrolment(site: Site = SITE, login: str = "ada") -> Form:
    form = Totp().begin_enrolment(step(purpose=Purpose.ENROL, user=User("u1", login), site=site))
    assert isinstance(form, Form)
    return form


def enrolling(*credentials: Credential) -> Step:
    """The step that answers an enrolment of the phone; its key is fixed, so that chance is out."""
    return step(*credentials, purpose=Purpose.ENROL, state={"key": PHONE.secret})


# What the factor says of itself


def test_its_properties_say_what_policy_needs() -> None:
    properties = Totp.properties
    assert properties.strength.kinds == {Kind.HAVE}
    assert not properties.strength.phishing_resistant
    assert properties.first.value == "no"
    assert properties.second
    assert properties.single_use
    assert properties.most == 10
    assert not properties.recovery
    assert not properties.reset_by_mail


def test_its_controls_are_worded() -> None:
    assert str(Totp.title) == "Authenticator app"
    assert str(Totp.add) == "Add authenticator app"
    assert str(Totp.use) == "Use an authenticator app"


def test_the_account_page_is_told_nothing_about_the_key() -> None:
    assert Totp().describe(app()) == ()


def test_the_code_field_takes_autofill_and_spaces() -> None:
    """One field (never six), `one-time-code` (WCAG 1.3.5), room for what people paste (3.3.8)."""
    form = Totp().begin_challenge(step(app()))
    assert isinstance(form, Form)
    assert [(f.name, f.type, f.autocomplete) for f in form.fields] == [
        ("code", "code", "one-time-code")
    ]
    assert isinstance(form.fields[0], Field)
    assert form.fields[0].max_length > len("1 2 3 4 5 6")
    assert not form.reveals
    assert not form.state


# Enrolment


def test_key_and_code_field_are_shown_together() -> None:
    form = enrolment()
    assert [f.name for f in form.fields] == ["code"]
    assert [type(reveal) for reveal in form.reveals] == [Picture, Reveal, Link]


def shown(form: Form) -> tuple[Picture, Reveal, Link]:
    picture, reveal, link = form.reveals
    assert isinstance(picture, Picture)
    assert isinstance(reveal, Reveal)
    assert isinstance(link, Link)
    return picture, reveal, link


def test_the_setup_key_stands_in_groups_of_four() -> None:
    _picture, reveal, _link = shown(enrolment())
    groups = reveal.value.split(" ")
    assert [len(group) for group in groups] == [4] * 8


def test_the_link_holds_what_an_app_needs_and_nothing_unusual() -> None:
    """SHA-1, six digits and thirty seconds are the defaults and go unsaid: every app agrees."""
    form = enrolment()
    _picture, reveal, link = shown(form)
    uri = urlsplit(link.url)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Example Index:ada"
    key = reveal.value.replace(" ", "")
    assert parse_qs(uri.query) == {"secret": [key], "issuer": ["Example Index"]}


@pytest.mark.parametrize(
    ("title", "issuer"),
    [("Index: the real one", "Index the real one"), (":", "example.org"), ("", "example.org")],
)
def test_no_colon_stands_in_the_issuer(title: str, issuer: str) -> None:
    _picture, _reveal, link = shown(enrolment(Site(title, "https://example.org", "example.org")))
    assert parse_qs(urlsplit(link.url).query)["issuer"] == [issuer]


def test_no_colon_stands_in_the_account() -> None:
    _picture, _reveal, link = shown(enrolment(login="ada:admin"))
    assert unquote(urlsplit(link.url).path) == "/Example Index:ada admin"


def test_the_longest_names_still_fit_into_the_picture() -> None:
    """Twelve bytes for each character, three times over, and a QR code is finite."""
    form = enrolment(Site("𝔸" * 500, "https://example.org", "example.org"), login="𝔹" * 500)
    assert shown(form)[0].svg.startswith(b"<svg ")


def test_the_picture_is_an_svg_that_a_strict_policy_allows_and_names_no_secret() -> None:
    form = enrolment()
    picture, reveal, _link = shown(form)
    svg = picture.svg.decode()
    assert svg.startswith("<svg ")
    assert svg.endswith("</svg>")
    assert "style" not in svg
    assert "<script" not in svg
    key = reveal.value.replace(" ", "")
    for words in (svg, str(picture.alt), str(reveal.label), str(form.text)):
        assert key not in words
        assert reveal.value not in words


def test_each_enrolment_has_a_key_of_its_own() -> None:
    assert shown(enrolment())[1].value != shown(enrolment())[1].value


def test_nobody_unknown_enrols() -> None:
    with pytest.raises(LookupError, match="without a user"):
        Totp().begin_enrolment(step(purpose=Purpose.ENROL, user=None))


def test_the_enrolment_code_is_used_up_by_enrolling() -> None:
    """Its step becomes the mark, so that the same code does not sign in afterwards."""
    form = enrolment()
    phone = pyotp.TOTP(shown(form)[1].value.replace(" ", ""))
    answered = step(purpose=Purpose.ENROL, state=form.state)
    enrolled = Totp().finish_enrolment(answered, code(phone=phone))
    assert isinstance(enrolled, Enrolled)
    assert (enrolled.mark, dict(enrolled.public), enrolled.lookup) == (STEP, {}, None)
    assert enrolled.strength is None
    assert enrolled.chosen is None
    assert phone.secret not in repr(enrolled)
    stored = Credential("c1", "u1", "Phone", secret=enrolled.secret, mark=enrolled.mark)
    for now in (NOW, later(1)):
        again = Totp().answer_challenge(step(stored, now=now), code(phone=phone))
        assert refusal(again) == ("replayed", "code")
    following = Totp().answer_challenge(step(stored, now=later(1)), code(1, phone))
    assert isinstance(following, Verified)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_within_the_tolerance_enrols_and_marks_its_own_step(steps: int) -> None:
    enrolled = Totp().finish_enrolment(enrolling(), code(steps))
    assert isinstance(enrolled, Enrolled)
    assert enrolled.mark == STEP + steps


@pytest.mark.parametrize("steps", [-10, -3, -2, 2, 3, 10])
def test_a_clock_that_is_off_either_way_is_named_while_enrolling(steps: int) -> None:
    assert refusal(Totp().finish_enrolment(enrolling(), code(steps))) == (
        "clock",
        "code",
    )


@pytest.mark.parametrize("steps", [-11, 11, 1000])
def test_a_code_too_far_off_to_be_a_clock_is_a_wrong_one(steps: int) -> None:
    refused = Totp().finish_enrolment(enrolling(), code(steps))
    assert refusal(refused) == ("wrong-code", "code")


@pytest.mark.parametrize("answer", [{}, {"code": ""}, {"code": "abc"}, {"other": "123456"}])
def test_an_unreadable_answer_does_not_enrol(answer: dict[str, str]) -> None:
    assert refusal(Totp().finish_enrolment(enrolling(), answer)) == (
        "wrong-code",
        "code",
    )


@pytest.mark.parametrize("state", [{}, {"key": None}, {"key": "short"}, {"key": 7}])
def test_a_state_without_a_key_enrols_nobody(state: JSON) -> None:
    finished = Totp().finish_enrolment(step(purpose=Purpose.ENROL, state=state), code())
    assert refusal(finished) == ("damaged", "code")


def test_further_apps_are_numbered() -> None:
    labels = []
    for held in ((), (app(),), (app(), app(TABLET, name="c2"))):
        enrolled = Totp().finish_enrolment(enrolling(*held), code())
        assert isinstance(enrolled, Enrolled)
        labels.append(str(enrolled.label))
    assert labels == ["Authenticator app", "Authenticator app 2", "Authenticator app 3"]


# Challenge and replay


@pytest.mark.parametrize("purpose", [Purpose.SIGN_IN, Purpose.STEP_UP])
def test_the_code_of_now_opens_and_raises_the_mark(purpose: Purpose) -> None:
    verified = Totp().answer_challenge(step(app(), purpose=purpose), code())
    assert isinstance(verified, Verified)
    assert verified.credential == app()
    assert verified.mark == STEP
    assert (verified.secret, verified.public, verified.notice) == (None, None, None)


@pytest.mark.parametrize(("tolerance", "steps"), list(itertools.product((0, 1, 2), range(-3, 4))))
def test_the_tolerance_bounds_what_opens(tolerance: int, steps: int) -> None:
    """ASVS 5.0, 6.5.5: the window is what the settings say, on both sides."""
    result = Totp(TotpSettings(tolerance)).answer_challenge(step(app()), code(steps))
    if abs(steps) <= tolerance:
        assert isinstance(result, Verified)
        assert result.mark == STEP + steps
    else:
        assert isinstance(result, Refused)


def test_the_window_follows_the_steps_and_not_the_seconds() -> None:
    """At the last moment of a step the code before last is out, at the first it is not in yet."""
    start = datetime.fromtimestamp(STEP * 30, UTC)
    for now in (start, start + timedelta(seconds=29, microseconds=999_999)):
        in_time = Totp().answer_challenge(step(app(), now=now), code(-1))
        assert isinstance(in_time, Verified)
        too_late = Totp().answer_challenge(step(app(), now=now), code(-2))
        assert isinstance(too_late, Refused)


@pytest.mark.parametrize("tolerance", [0, 1, 2])
def test_a_code_opens_once_whenever_it_is_typed_again(tolerance: int) -> None:
    """At t, at t+31 s and as long as the tolerance would take it (ASVS 5.0, 6.5.1)."""
    factor = Totp(TotpSettings(tolerance))
    verified = factor.answer_challenge(step(app()), code())
    assert isinstance(verified, Verified)
    used = app(mark=verified.mark)
    for seconds in (0, 1, 20, 31, 60, 61, 90, 300):
        now = NOW + timedelta(seconds=seconds)
        assert refusal(factor.answer_challenge(step(used, now=now), code())) == (
            "replayed",
            "code",
        )


@pytest.mark.parametrize("typed", ["{} {}", "{}-{}", "{}\u202f{}", " {}{} "])
def test_another_spelling_of_a_used_code_is_the_same_code(typed: str) -> None:
    digits = code()["code"]
    answer = {"code": typed.format(digits[:3], digits[3:])}
    assert refusal(Totp().answer_challenge(step(app(mark=STEP)), answer)) == ("replayed", "code")


def test_an_earlier_code_than_the_last_is_refused_within_the_tolerance_too() -> None:
    """Else a code that was overheard and not used would open after the next one was."""
    for steps in (-1, 0):
        assert refusal(Totp().answer_challenge(step(app(mark=STEP + 1)), code(steps))) == (
            "replayed",
            "code",
        )


def test_a_credential_without_a_mark_takes_any_step() -> None:
    verified = Totp().answer_challenge(step(app(mark=None)), code())
    assert isinstance(verified, Verified)
    assert verified.mark == STEP


def test_a_code_that_two_steps_share_opens_once() -> None:
    """The later step becomes the mark, so that the other one cannot be used afterwards."""
    first = COLLISION
    shared = {"code": PHONE.generate_otp(first)}
    assert shared == {"code": PHONE.generate_otp(first + 1)}
    now = datetime.fromtimestamp(first * 30, UTC)
    verified = Totp().answer_challenge(step(app(mark=None), now=now), shared)
    assert isinstance(verified, Verified)
    assert verified.mark == first + 1
    again = step(app(mark=verified.mark), now=now + timedelta(seconds=30))
    assert refusal(Totp().answer_challenge(again, shared)) == ("replayed", "code")


# Clocks


@pytest.mark.parametrize("steps", [-10, -5, -2])
def test_a_slow_clock_is_named_at_sign_in_and_does_not_open(steps: int) -> None:
    assert refusal(Totp().answer_challenge(step(app()), code(steps))) == ("clock", "code")


@pytest.mark.parametrize("steps", [2, 5, 10])
def test_a_code_of_the_future_looks_like_any_wrong_one(steps: int) -> None:
    """Else a guess that is right in two minutes would be known now, and kept until then."""
    result = Totp().answer_challenge(step(app()), code(steps))
    wrong = Totp().answer_challenge(step(app()), {"code": "000000"})
    assert refusal(result) == ("wrong-code", "code")
    assert result == wrong


def test_the_words_for_a_wrong_code_mention_the_clock() -> None:
    """So that whose phone is fast finds the cause as well."""
    refused = Totp().answer_challenge(step(app()), {"code": "000000"})
    assert isinstance(refused, Refused)
    assert "clock" in str(refused.text)


def test_no_refusal_alarms_the_owner() -> None:
    """Who signs in and steps up within half a minute types one code twice, and is no thief."""
    for answer in (code(), code(-5), {"code": "000000"}):
        refused = Totp().answer_challenge(step(app(mark=STEP)), answer)
        assert isinstance(refused, Refused)
        assert not refused.alarm


# Several apps, and damage


def test_the_right_app_is_found() -> None:
    phone, tablet = app(), app(TABLET, name="c2")
    for device, credential in ((PHONE, phone), (TABLET, tablet)):
        verified = Totp().answer_challenge(step(phone, tablet), code(phone=device))
        assert isinstance(verified, Verified)
        assert verified.credential == credential


def test_one_apps_used_code_does_not_hold_the_other_back() -> None:
    phone, tablet = app(mark=STEP), app(TABLET, name="c2")
    verified = Totp().answer_challenge(step(phone, tablet), code(phone=TABLET))
    assert isinstance(verified, Verified)
    assert verified.credential == tablet
    assert verified.mark == STEP


def damaged() -> Credential:
    return Credential("c0", "u1", "Old phone", secret=b"\xff\x00", mark=STEP - 5)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [(code(), "replayed"), (code(-4, TABLET), "clock"), ({"code": "000000"}, "wrong-code")],
)
def test_the_most_helpful_refusal_is_shown_whatever_the_order(
    order: int, answer: dict[str, str], reason: str
) -> None:
    apps = (damaged(), app(mark=STEP), app(TABLET, name="c2"))[::order]
    assert refusal(Totp().answer_challenge(step(*apps), answer)) == (reason, "code")


def test_a_damaged_app_is_refused_and_the_others_still_open() -> None:
    verified = Totp().answer_challenge(step(damaged(), app()), code())
    assert isinstance(verified, Verified)
    assert verified.credential == app()
    alone = Totp().answer_challenge(step(damaged()), code())
    assert refusal(alone) == ("damaged", "code")


def test_without_an_app_no_code_is_right() -> None:
    assert refusal(Totp().answer_challenge(step(), code())) == ("wrong-code", "code")


def test_an_answer_without_the_field_is_a_wrong_one() -> None:
    assert refusal(Totp().answer_challenge(step(app()), {})) == ("wrong-code", "code")


@given(st.text(st.characters(), max_size=80) | st.from_regex(r"\A[0-9 -]{6,9}\Z"))
def test_whatever_is_typed_is_answered_and_opens_only_with_a_current_code(typed: str) -> None:
    result = Totp().answer_challenge(step(app()), {"code": typed})
    if isinstance(result, Verified):
        digits = "".join(c for c in typed if c.isascii() and c.isdecimal())
        assert digits in {code(steps)["code"] for steps in (-1, 0, 1)}
    else:
        assert refusal(result)[0] in {"wrong-code", "clock"}


@given(st.integers(-(10**10), 10**11))
def test_whatever_the_clock_says_is_answered(seconds: int) -> None:
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    result = Totp().answer_challenge(step(app(mark=None), now=now), {"code": "123456"})
    assert isinstance(result, (Refused, Verified))
