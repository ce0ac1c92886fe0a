"""From when and until when: ``exp`` and ``nbf``, in seconds since 1970 (as RFC 7519, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from ostiary.contracts import Act, Client, Permitted, Refused, Text
from ostiary.text import moment
from ostiary_tokens.caveats.contract import Argument, Caveat, CaveatKind, Unreadable
from ostiary_tokens.texts import _

EXPIRES, NOT_BEFORE = "exp", "nbf"


@dataclass(frozen=True, slots=True)
class Expires(Caveat):
    """``["exp",1790000000]``: until then, and not at that second any more."""

    at: datetime

    def check(self, client: Client, now: datetime, /) -> Permitted | Refused:
        if now < self.at:
            return Permitted()
        text = _("This token expired at ${time}. Make a new one.", time=moment(self.at))
        return Refused("token-expired", text)

    def judge(self, act: Act, /) -> Permitted | Refused:
        return self.check(act.client, act.now)

    def words(self) -> Text:
        # Translators: a limit of a token, in a list.
        return _("Until ${time}", time=moment(self.at))


@dataclass(frozen=True, slots=True)
class NotBefore(Caveat):
    """``["nbf",1790000000]``: from that second on."""

    at: datetime

    def check(self, client: Client, now: datetime, /) -> Permitted | Refused:
        if now >= self.at:
            return Permitted()
        text = _("This token is not valid before ${time}.", time=moment(self.at))
        return Refused("token-early", text)

    def judge(self, act: Act, /) -> Permitted | Refused:
        return self.check(act.client, act.now)

    def words(self) -> Text:
        # Translators: a limit of a token, in a list.
        return _("From ${time}", time=moment(self.at))


@dataclass(frozen=True, slots=True)
class TimeKind(CaveatKind):
    """Reads one of the two."""

    name: str
    caveat: type[Expires | NotBefore]

    def read(self, arguments: tuple[Argument, ...], /) -> Caveat:
        match arguments:
            case (int() as seconds,):
                return self.caveat(_time(seconds))
            case _:
                raise Unreadable("one number was expected")


TIME_KINDS = (TimeKind(EXPIRES, Expires), TimeKind(NOT_BEFORE, NotBefore))


def _time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable("a time that no calendar has") from None
