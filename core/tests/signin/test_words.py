"""What a refusal means for its page: which status, at which field, and whether to begin again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ostiary.accounts import Limit
from ostiary.signin import Denied
from ostiary.signin import words as said

from .conftest import words

LABEL = words("Label")

# What is over cannot be answered: a page that showed the form again would be a dead end.
OVER = {
    "budget": (said.too_many(), 429),
    "no-tries-left": (said.no_tries_left(), 403),
    "expired": (said.expired(), 403),
    "fault": (said.fault(), 503),
    "plugin-timeout": (said.fault("plugin-timeout"), 503),
    "factor-unavailable": (said.unavailable(), 503),
    "inactive": (said.closed(), 403),
    "not-sent": (said.not_sent(), 503),
    "no-address": (said.no_address(), 403),
    "out-of-reach": (said.out_of_reach(), 403),
    "gone": (said.gone(), 404),
    "last-admin": (said.last_admin(), 409),
    "last-second": (said.last_second(), 409),
    "limited": (said.limited(Limit.RECOVERY), 403),
    "last-first-proof": (said.last_first_proof(), 409),
    "last-kind": (said.last_kind(), 409),
    "too-many-credentials": (said.too_many_credentials(2), 409),
    "enrolled": (said.enrolled_elsewhere(), 409),
    "link-expired": (said.link_expired(), 403),
    "address-taken": (said.address_taken(), 409),
}
# What is not stands at the form, at the field where there is one, to be typed anew.
OPEN = {
    "wrong": (said.wrong(), None, 403),
    "empty": (said.empty("field", LABEL), "field", 400),
    "too-long": (said.too_long("field", LABEL, 9), "field", 400),
    "name-taken": (said.name_taken(), "name", 409),
}


@pytest.mark.parametrize("reason", OVER)
def test_what_is_over_is_begun_again(reason: str) -> None:
    denied, status = OVER[reason]
    assert denied == Denied(reason, denied.text, over=True, status=status)


@pytest.mark.parametrize("reason", OPEN)
def test_what_can_be_mended_is_asked_again_where_it_is_wrong(reason: str) -> None:
    denied, field, status = OPEN[reason]
    assert denied == Denied(reason, denied.text, field, over=False, status=status)


def test_a_refusal_is_a_plain_no_unless_it_says_more() -> None:
    """403 (RFC 9110, section 15.5.4) at the form that was sent, which may be sent again."""
    plain = Denied("no", LABEL)
    assert plain == replace(plain, field=None, over=False, status=403)
    assert (plain.field, plain.over, plain.status) == (None, False, 403)


def test_numbers_are_said() -> None:
    assert "9" in str(said.too_long("field", LABEL, 9).text)
    assert "one of these" in str(said.too_many_credentials(1).text)
    assert "2 of these" in str(said.too_many_credentials(2).text)


def test_one_reason_may_have_words_for_each_case() -> None:
    """What a limited session lacks, and what is gone: in words of its own, alike else."""
    enrol, recovery = said.limited(Limit.ENROL), said.limited(Limit.RECOVERY)
    assert "second step" in str(enrol.text)
    assert enrol == replace(recovery, text=enrol.text)
    assert said.session_gone() == replace(said.gone(), text=said.session_gone().text)
