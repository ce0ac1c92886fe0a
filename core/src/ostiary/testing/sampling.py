"""A part of a large matrix for `make test`; `make test-deep` runs it whole."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

SEED = os.environ.setdefault("OSTIARY_TEST_SEED", str(random.SystemRandom().randrange(1_000_000)))
"""What the sample is taken by: another in each run, the same in all processes of one, which get it
by the environment. A run says it; give it to have the same sample again.
"""


def sampled(
    cases: Iterable[Any], most: int, *, always: Iterable[Any] = (), of: str = ""
) -> Sequence[Any]:
    """The cases as parameters, all but some marked as deep.

    Args:
        cases: all of the matrix; a tuple is one case with several parameters.
        most: how many are taken beside those that are always.
        always: the cases that are never left out.
        of: what is sampled, so that two matrices over the same cases take different ones.
    """
    kept = set(always)
    everything = list(dict.fromkeys([*cases, *always]))
    chance = random.Random(f"{SEED} {of}")  # noqa: S311 - no secret
    rest = [case for case in everything if case not in kept]
    kept.update(chance.sample(rest, min(most, len(rest))))
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=() if case in kept else (pytest.mark.deep,),
        )
        for case in everything
    ]
