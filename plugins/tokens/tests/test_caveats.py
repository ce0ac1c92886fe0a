"""What each limit leaves room for; what is not understood leaves none."""

from __future__ import annotations

import fnmatch
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.contracts import (
    Act,
    Client,
    Permission,
    Permitted,
    PluginError,
    Refused,
    Resource,
    ResourceType,
    Text,
)
from ostiary.text import translations
from ostiary_tokens.caveats import (
    Argument,
    Caveat,
    CaveatKind,
    Kinds,
    Unknown,
    Unreadable,
    Uses,
    read,
    written,
)
from ostiary_tokens.caveats.scopes import matches

_, _n, _p, _np = translations("test")

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOME = Client("192.0.2.7")


def pep503(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


PROJECT = ResourceType(
    "project",
    _("Project"),
    (
        Permission("upload", _("Upload files"), delegable=True),
        Permission("create-project", _("Create projects"), delegable=True),
    ),
    pep503,
    lambda _user: (),
)
KINDS = Kinds(lambda: {"project": PROJECT})


def act(permission: str = "upload", *names: str, client: Client = HOME, now: datetime = NOW) -> Act:
    resources = (Resource("project", name) if ":" not in name else of(name) for name in names)
    return Act(permission, tuple(resources), client, now)


def of(name: str) -> Resource:
    kind, _colon, rest = name.partition(":")
    return Resource(kind, rest)


def allows(caveat: bytes, asked: Act) -> bool:
    said = KINDS.read(caveat).judge(asked)
    assert isinstance(said, Permitted | Refused)
    return isinstance(said, Permitted)


# The grammar


arguments = st.recursive(
    st.text(max_size=8) | st.integers(-(2**53) + 1, 2**53 - 1),
    st.lists,
    max_leaves=9,
)


@given(st.text(max_size=8), st.lists(arguments, max_size=4))
def test_a_caveat_is_read_as_it_was_written(kind: str, given_: list[Argument]) -> None:
    def frozen(value: Argument) -> Argument:
        return value if isinstance(value, str | int) else tuple(frozen(each) for each in value)

    try:
        caveat = written(kind, *given_)
    except Unreadable:
        return  # Half a character, or deeper than is read.
    assert read(caveat) == (kind, tuple(frozen(each) for each in given_))


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_whatever_is_read_is_the_one_text_of_it(caveat: bytes) -> None:
    try:
        kind, given_ = read(caveat)
    except Unreadable:
        return
    assert written(kind, *given_) == caveat


@pytest.mark.parametrize(
    "caveat",
    [
        b"",
        b"[]",
        b"{}",
        b'"exp"',
        b"[1]",
        b'[["exp"]]',
        b'["exp", 1]',
        b' ["exp",1]',
        b'["exp",1]\n',
        b'["exp",1.0]',
        b'["exp",1e3]',
        b'["exp",01]',
        b'["exp",-0]',
        b'["exp",true]',
        b'["exp",null]',
        b'["exp",NaN]',
        b'["exp",{"a":1}]',
        b'["exp",9007199254740992]',
        b'["exp",' + b"9" * 3000 + b"]",
        b'["e\\u0078p",1]',
        b'["exp","\\ud800"]',
        b'["exp","\xff"]',
        b"\xef\xbb\xbf" + b'["exp",1]',
        '["exp",1]'.encode("utf-16"),
        b'["exp",1',
        b"[" * 1500 + b"]" * 1500,
        b'["a",' + b"[" * 40 + b'"x"' + b"]" * 41,
        b'["a",' + b'{"":' * 700 + b"1" + b"}" * 700 + b"]",
    ],
)
def test_what_is_written_in_another_way_is_no(caveat: bytes) -> None:
    with pytest.raises(Unreadable):
        read(caveat)
    assert KINDS.read(caveat) == Unknown(None)
    assert not allows(caveat, act("upload", "a"))


@pytest.mark.parametrize("value", [1.5, None, True, {"a": 1}, 1 << 53, -(1 << 53), "\ud800"])
def test_what_could_not_be_read_is_not_written(value: object) -> None:
    with pytest.raises(Unreadable):
        written("exp", value)  # type: ignore[arg-type] # on purpose


# Scopes: a naive oracle, which knows nothing of arrays and lineages


NAMES = ("acme", "Acme.Tools", "acme_tools", "other")
ACTIONS = ("upload", "yank", "create-project")


@dataclass(frozen=True)
class Scope:
    """What somebody ticked in a form."""

    actions: tuple[str, ...] | None
    kind: str
    how: str
    names: tuple[str, ...]

    def caveats(self) -> Iterator[bytes]:
        if self.actions is not None:
            yield written("may", *self.actions)
        yield written("on", [self.kind, self.how, *self.names])

    def leaves_room_for(self, action: str, lineage: Sequence[tuple[str, str]]) -> bool:
        if self.actions is not None and action not in self.actions:
            return False
        if action == "create-project" and self.how != "+":
            return False
        for kind, name in lineage:
            normal = pep503(name) if kind == "project" else name
            for wanted in self.names:
                if kind != self.kind:
                    continue
                if self.how == "~" and fnmatch.fnmatchcase(normal, wanted):
                    return True
                plain = pep503(wanted) if kind == "project" else wanted
                if self.how != "~" and normal == plain:
                    return True
        return False


SCOPES = [
    Scope(actions, kind, how, names)
    for actions in (None, ("upload",), ("upload", "yank"), ("create-project",), ("Upload",))
    for kind in ("project", "team", "file")
    for how, names in (
        ("=", ("acme",)),
        ("=", ("ACME-tools", "other")),
        ("=", ("acme*",)),
        ("+", ("acme",)),
        ("~", ("acme*",)),
        ("~", ("*-tools", "other")),
        ("~", ("*",)),
        ("~", ("Acme*",)),
    )
]
LINEAGES: list[tuple[tuple[str, str], ...]] = [
    (),
    *((("project", name),) for name in NAMES),
    *((("file", "acme"), ("project", name)) for name in NAMES),
    (("project", "other"), ("team", "acme")),
    (("team", "acme*"),),
]


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: " ".join(map(str, scope.caveats())))
def test_scopes_leave_room_for_what_was_ticked_and_nothing_else(scope: Scope) -> None:
    for action, lineage in itertools.product(ACTIONS, LINEAGES):
        asked = Act(action, tuple(Resource(*each) for each in lineage), HOME, NOW)
        allowed = all(allows(caveat, asked) for caveat in scope.caveats())
        assert allowed == scope.leaves_room_for(action, lineage), (action, lineage)


def test_every_caveat_must_leave_room_so_two_scopes_are_what_both_share() -> None:
    both = (written("on", ["project", "~", "acme*"]), written("on", ["version", "=", "1.0"]))
    for asked, allowed in [
        (act("upload", "version:1.0", "acme"), True),
        (act("upload", "version:1.1", "acme"), False),
        (act("upload", "version:1.0", "other"), False),
        (act("upload", "acme"), False),
    ]:
        assert all(allows(each, asked) for each in both) == allowed


@given(st.text("ab*", max_size=9), st.text("ab", max_size=12))
def test_a_pattern_matches_as_the_shell_does(pattern: str, name: str) -> None:
    assert matches(pattern, name) == fnmatch.fnmatchcase(name, pattern)


def test_a_pattern_of_many_stars_takes_no_longer_for_it() -> None:
    """A regular expression would not come back from here."""
    assert not matches("*a" * 1000 + "*b", "a" * 3000)


# Times and addresses


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_a_token_expires_at_its_second_and_begins_at_it(seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    at = int(NOW.timestamp())
    for kind, allowed in (("exp", seconds < 0), ("nbf", seconds >= 0)):
        caveat = KINDS.read(written(kind, at))
        assert isinstance(caveat.check(HOME, now), Permitted) == allowed
        assert isinstance(caveat.judge(act(now=now)), Permitted) == allowed


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("192.0.2.7", True),
        ("192.0.3.7", False),
        ("::ffff:192.0.2.7", True),
        ("::ffff:192.0.3.7", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("2001:db8::1%eth0", True),
        ("somewhere", False),
        ("", False),
        (None, False),
    ],
)
def test_an_address_is_in_one_of_the_networks(address: str | None, allowed: bool) -> None:
    caveat = KINDS.read(written("from", "192.0.2.0/24", "2001:db8::/32"))
    client = Client(address)
    assert isinstance(caveat.check(client, NOW), Permitted) == allowed
    assert isinstance(caveat.judge(act(client=client)), Permitted) == allowed


# What means nothing


@pytest.mark.parametrize(
    "array",
    [
        ["unheard-of"],
        ["\u202emay", "x"],
        ["may"],
        ["may", ""],
        ["may", 1],
        ["may", ["upload"]],
        ["on"],
        ["on", "project"],
        ["on", ["project", "="]],
        ["on", ["project", "!", "a"]],
        ["on", ["project", "=", ""]],
        ["on", ["project", "=", 1]],
        ["on", ["project", "=", "a"], "b"],
        ["exp"],
        ["exp", "1790000000"],
        ["exp", 1, 2],
        ["exp", 9007199254740991],
        ["nbf", -9007199254740991],
        ["from"],
        ["from", 1],
        ["from", "192.0.2.7/24"],
        ["from", "192.0.2.7"],
        ["from", "192.000.2.0/24"],
        ["from", "2001:DB8::/32"],
        ["from", ["192.0.2.0/24"]],
        ["delegate"],
        ["delegate", ""],
        ["delegate", "a b"],
        ["delegate", "a\n"],
        ["delegate", "a", "b"],
        ["delegate", "\u0430"],
        ["delegate", "a" * 101],
        ["uses", 0],
        ["uses", -1],
        ["uses", 1_000_001],
        ["uses", "1"],
    ],
)
def test_a_caveat_that_means_nothing_is_no_wherever_it_is_asked(array: list[Argument]) -> None:
    caveat = KINDS.read(written(str(array[0]), *array[1:]))
    assert isinstance(caveat, Unknown)
    assert isinstance(caveat.check(HOME, NOW), Refused)
    assert isinstance(caveat.judge(act("upload", "a")), Refused)
    assert "\u202e" not in str(caveat.words())


def test_uses_are_no_where_nobody_counts_them() -> None:
    assert KINDS.read(written("uses", 3)) == Uses(3)
    assert not allows(written("uses", 3), act("upload", "a"))


# Kinds of other plugins


@dataclass(frozen=True)
class Weekday(Caveat):
    day: int

    def judge(self, act: Act, /) -> Permitted | Refused:
        text = _("Not on this day.")
        return Permitted() if act.now.weekday() == self.day else Refused("weekday", text)

    def words(self) -> Text:
        return _("On weekday ${day}", day=self.day)


class Weekdays(CaveatKind):
    name = "weekday"

    def read(self, arguments: tuple[Argument, ...], /) -> Caveat:
        (day,) = arguments
        if day == 9:
            return "anything"  # type: ignore[return-value] # on purpose
        return Weekday(int(day))  # type: ignore[arg-type] # fails as a careless plugin does


def test_another_plugins_kind_is_asked_and_its_faults_are_no() -> None:
    kinds = Kinds(dict, [Weekdays()])
    sunday = act(now=NOW)
    assert kinds.read(b'["weekday",6]').judge(sunday) == Permitted()
    assert isinstance(kinds.read(b'["weekday",0]').judge(sunday), Refused)
    for wrong in (b'["weekday"]', b'["weekday","x"]', b'["weekday",9]'):
        assert kinds.read(wrong) == Unknown("weekday")


@pytest.mark.parametrize("name", ["may", "Weekday", "", "a" * 33])
def test_a_kind_has_a_name_of_its_own(name: str) -> None:
    kind = Weekdays()
    kind.name = name
    with pytest.raises(PluginError, match="rename"):
        Kinds(dict, [kind])


# Words


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (["may", "upload"], "Only to: Upload files"),
        (["may", "upload", "yank"], "Only to: Upload files, yank"),
        (["on", ["project", "=", "a", "b"]], "Only for: Project a, b"),
        (["on", ["project", "+", "a"]], "Only for: Project a, which it may create"),
        (["on", ["project", "~", "a*"], ["team", "=", "x"]], "Only for: Project a*, team x"),
        (["exp", 1_790_000_000], "Until 2026-09-21 14:13 UTC"),
        (["nbf", 1_790_000_000], "From 2026-09-21 14:13 UTC"),
        (["from", "192.0.2.0/24", "::/0"], "Only from 192.0.2.0/24, ::/0"),
        (["delegate", "ci.example"], "Handed on to ci.example"),
        (["uses", 1], "For a single use"),
        (["uses", 7], "For 7 uses"),
        (["session", "01995b1e"], "Until the session ends that it was made in"),
    ],
)
def test_each_limit_has_its_words(array: list[Argument], words: str) -> None:
    assert str(KINDS.read(json.dumps(array, separators=(",", ":")).encode()).words()) == words


def test_a_refusal_names_the_limit_and_what_was_tried() -> None:
    said = [
        KINDS.read(written("may", "upload")).judge(act("create-project", "a")),
        KINDS.read(written("on", ["project", "=", "a"])).judge(act("upload", "b")),
        KINDS.read(written("on", ["project", "=", "a"])).judge(act("create-project", "a")),
        KINDS.read(written("from", "10.0.0.0/8")).check(HOME, NOW),
        KINDS.read(written("exp", 0)).check(HOME, NOW),
    ]
    assert [str(each.text) for each in said if isinstance(each, Refused)] == [
        "This token does not allow “Create projects”, only: Upload files.",
        "This token is only for: Project a.",
        "This token may not create what it is for.",
        "This token is only valid from 10.0.0.0/8; you come from 192.0.2.7.",
        "This token expired at 1970-01-01 00:00 UTC. Make a new one.",
    ]


@pytest.mark.parametrize(
    "array", [["session"], ["session", ""], ["session", 1], ["session", "a" * 65]]
)
def test_a_session_is_a_text_that_is_one(array: list[Argument]) -> None:
    assert isinstance(KINDS.read(written("session", *array[1:])), Unknown)


def test_a_session_that_nobody_knows_is_over() -> None:
    said = KINDS.read(written("session", "01995b1e")).check(HOME, NOW)
    assert isinstance(said, Refused)
    asked: list[tuple[str, datetime]] = []

    def lives(session: str, at: datetime) -> bool:
        asked.append((session, at))
        return True

    known = Kinds(dict, lives=lives).read(written("session", "01995b1e"))
    assert known.check(HOME, NOW) == Permitted()
    assert asked == [("01995b1e", NOW)]
