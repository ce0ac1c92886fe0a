"""The test vectors of the W3C, as published."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ostiary_webauthn.checking import Rejected, check_assertion, check_registration
from plugins.webauthn.tests.w3c import VECTORS, Vector, needs_vectors

pytestmark = needs_vectors


def vectors(*, offered: bool) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "vector",
        [pytest.param(vector, id=vector.name) for vector in VECTORS if vector.offered is offered],
    )


@vectors(offered=True)
def test_a_key_of_an_offered_algorithm_registers_and_signs_in(
    vector: Vector, record_property: Callable[[str, object], None]
) -> None:
    made = check_registration(
        vector.published_answer("registration"), vector.expected("registration")
    )
    assert (made.credential_id, made.public_key) == (
        vector.key.credential_id,
        vector.key.public_key,
    )
    assert made.fmt == vector.fmt
    assert made.attestation.trusted is bool(made.attestation.certificates)
    check_assertion(
        vector.published_answer("authentication"), vector.expected("authentication"), vector.key
    )
    record_property("webauthn-judged", "W3C vectors: registration and sign-in 2")


@vectors(offered=True)
def test_the_same_answer_made_anew_is_good(vector: Vector) -> None:
    """What the mutations begin with."""
    check_registration(vector.registration().registration(), vector.expected("registration"))
    check_assertion(
        vector.authentication().assertion(), vector.expected("authentication"), vector.key
    )


@vectors(offered=False)
def test_a_key_of_another_algorithm_is_refused_at_registration(
    vector: Vector, record_property: Callable[[str, object], None]
) -> None:
    with pytest.raises(Rejected) as refused:
        check_registration(vector.published_answer("registration"), vector.expected("registration"))
    assert refused.value.reason == "algorithm"
    record_property("webauthn-judged", "W3C vectors: not offered, refused at registration 1")
