"""Sign-ins and step-ups under way: kept on the server, bound to a browser, used once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from ostiary.accounts import proofs_from_json, proofs_to_json
from ostiary.accounts.reading import AnyReader, row
from ostiary.accounts.tokens import new_token
from ostiary.contracts import Assurance, Proof, Purpose
from ostiary.signin.challenges import hash_token
from ostiary.signin.values import Flow, Visitor
from ostiary.store import Unit
from ostiary.store.tables import flows


class Flows:
    """Keeps what was proved so far, and for whom.

    Args:
        now: the clock.
        lifetime: how long a flow may be gone on with.
    """

    def __init__(self, now: Callable[[], datetime], lifetime: timedelta) -> None:
        self._now = now
        self._lifetime = lifetime

    def open(
        self,
        unit: Unit,
        visitor: Visitor,
        purpose: Purpose,
        *,
        user_id: str | None,
        proofs: Iterable[Proof] = (),
        needs: Sequence[Assurance] = (),
        session_hash: str | None = None,
        next_url: str = "",
    ) -> tuple[str, Flow]:
        """A new flow, with the token that the browser is to hold."""
        token = new_token()
        flow = Flow(
            token_hash=_bound(token, visitor),
            purpose=purpose,
            user_id=user_id,
            session_hash=session_hash,
            proofs=tuple(proofs),
            needs=tuple(needs),
            next=next_url,
            expires_at=self._now() + self._lifetime,
        )
        unit.run(_DELETE_OLD, now_=self._now())
        unit.run(
            _INSERT,
            token_hash=flow.token_hash,
            purpose=purpose.value,
            user_id=user_id,
            session_hash=session_hash,
            proofs=proofs_to_json(flow.proofs),
            steps=len(flow.proofs),
            needs=[need_to_json(need) for need in flow.needs],
            next=next_url,
            created_at=self._now(),
            expires_at=flow.expires_at,
        )
        return token, flow

    def load(self, conn: AnyReader, visitor: Visitor, purpose: Purpose) -> Flow | None:
        """The flow that this browser is in, if it is for this purpose and has not ended.

        A step-up belongs to the session that it began in, and to no other.
        """
        if visitor.flow is None:
            return None
        mine = {
            "token_hash_": _bound(visitor.flow, visitor),
            "purpose_": purpose.value,
            "now_": self._now(),
        }
        if purpose is Purpose.STEP_UP:
            found = row(conn, _OF_SESSION, **mine, session_hash_=visitor.session or "")
        else:
            found = row(conn, _OPEN, **mine)
        return None if found is None else _from_row(found)

    def advance(
        self,
        unit: Unit,
        flow: Flow,
        user_id: str,
        proofs: Sequence[Proof],
        needs: Sequence[Assurance],
    ) -> bool:
        """Keep a further proof; whether the flow stood as it was seen.

        Each proof is one more in the list, so its length tells whether somebody was faster.
        """
        changed = unit.run(
            _AS_SEEN,
            token_hash_=flow.token_hash,
            steps_=len(flow.proofs),
            user_id=user_id,
            proofs=proofs_to_json(proofs),
            steps=len(proofs),
            needs=[need_to_json(need) for need in needs],
        )
        return changed == 1

    def end(self, unit: Unit, flow: Flow) -> bool:
        """Use the flow up; of two that end it at once, one is told yes."""
        return unit.run(_END, token_hash_=flow.token_hash) == 1

    def end_all(self, unit: Unit, user_id: str) -> None:
        """Use up every flow of a user; one whose last answer is being accepted is waited for."""
        unit.execute(delete(flows).where(flows.c.user_id == user_id))


# Built once: every sign-in runs them.
_OPEN = select(flows).where(
    flows.c.token_hash == bindparam("token_hash_"),
    flows.c.purpose == bindparam("purpose_"),
    flows.c.expires_at > bindparam("now_"),
)
_OF_SESSION = _OPEN.where(flows.c.session_hash == bindparam("session_hash_"))
_INSERT = insert(flows)
_DELETE_OLD = delete(flows).where(flows.c.expires_at <= bindparam("now_"))
_AS_SEEN = update(flows).where(
    flows.c.token_hash == bindparam("token_hash_"), flows.c.steps == bindparam("steps_")
)
_END = delete(flows).where(flows.c.token_hash == bindparam("token_hash_"))


def _bound(token: str, visitor: Visitor) -> str:
    """What is stored of a flow's token: taken along to another browser, it goes on to nothing."""
    return hash_token(f"{token}\n{visitor.browser}")


def _from_row(row: Any) -> Flow:
    return Flow(
        token_hash=row.token_hash,
        purpose=Purpose(row.purpose),
        user_id=row.user_id,
        session_hash=row.session_hash,
        proofs=proofs_from_json(row.proofs),
        needs=tuple(need_from_json(need) for need in row.needs),
        next=row.next,
        expires_at=row.expires_at,
    )


def need_to_json(need: Assurance) -> list[Any]:
    """An assurance as it is kept."""
    within = None if need.within is None else need.within.total_seconds()
    return [need.proofs, within, need.phishing_resistant]


def need_from_json(known: list[Any]) -> Assurance:
    """What :func:`need_to_json` made."""
    proofs, within, resistant = known
    return Assurance(proofs, None if within is None else timedelta(seconds=within), resistant)
