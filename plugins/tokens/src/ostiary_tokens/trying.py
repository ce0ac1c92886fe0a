"""What a token would let somebody do, without doing it: a dry run."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary.contracts import Act, Permitted, Refused, Restriction
from ostiary_tokens.acting import Barred, unchecked
from ostiary_tokens.caveats import Caveat, Uses
from ostiary_tokens.parts import Parts
from ostiary_tokens.record import Record
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.verifier import end_by_house


def house_limits(
    record: Record, settings: TokenSettings, parts: Parts
) -> list[Caveat | Restriction]:
    """What the house sets against a token that the token itself does not say."""
    return [
        *end_by_house(record, settings),
        *((Barred(record.barred, lambda: parts.types),) if record.barred else ()),
    ]


def refusal(limits: Sequence[Caveat | Restriction], act: Act) -> Refused | None:
    """What the first limit says that leaves no room; uses are not counted, nor looked at."""
    for limit in limits:
        if isinstance(limit, Uses):
            continue
        asked = [limit.judge(act)]
        if isinstance(limit, Caveat):
            asked.insert(0, limit.check(act.client, act.now))
        for said in asked:
            if type(said) is not Permitted:
                return said if type(said) is Refused else unchecked()
    return None
