"""Two plugins side by side: what both cannot have is refused, and both are named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from ostiary.contracts import (
    Claim,
    CredentialVerifier,
    EventType,
    House,
    Identity,
    PluginError,
    Presented,
    Text,
)
from ostiary.plugins import PluginInfo, load_plugins
from ostiary.plugins.conflicts import check_claims, claim_paths

from .conftest import FACTOR, Shelf

ONE, TWO = "plugin 'one' (one-dist 1.0)", "plugin 'two' (two-dist 1.0)"
ENABLE = "enable only one of them"


def refused(shelf: Shelf, house: House, one: str, two: str | None = None) -> str:
    shelf.install("one", one)
    shelf.install("two", one if two is None else two)
    load_plugins(["one"], house)
    load_plugins(["two"], house)
    with pytest.raises(PluginError) as caught:
        load_plugins(["one", "two"], house)
    return str(caught.value)


def hook(name: str, returned: str) -> str:
    return f"@hookimpl\ndef ostiary_register_{name}(house): return {returned}\n"


KNOCK = FACTOR + hook("factors", "[Knock()]")
BADGE = """\
class Badge(c.CredentialVerifier):
    name = "%s"
    claims = (c.Claim(%s),)
    def verify(self, presented): raise NotImplementedError
""" + hook("credential_verifiers", "[Badge()]")
SINK = """\
class Tape(c.AuditSink):
    name = "tape"
    def write(self, events, execute): pass
""" + hook("audit_sinks", "[Tape()]")
GUARD = "class Dog(c.SignInGuard):\n    name = 'dog'\n" + hook("sign_in_guards", "[Dog()]")
WORDS = """\
class Words:
    locales = ("en",)
    def negotiate(self, a, b): return "en"
    def say(self, a, b): return str(a)
    def direction(self, a): return "ltr"
""" + hook("localization", "Words()")
PLACES = """\
class Places:
    def place(self, address): return None
""" + hook("geography", "Places()")
USERS = """\
class Users:
    def get(self, user_id): return None
    def named(self, name): return None
""" + hook("user_directory", "Users()")
RESOURCE = hook(
    "resource_types",
    "[c.ResourceType('%s', T('x'), (c.Permission('open', T('x'), %s),), str, list)]",
)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (KNOCK, "the factor or verifier 'knock'"),
        (SINK, "the audit sink 'tape'"),
        (GUARD, "the sign-in guard 'dog'"),
        (hook("event_types", "[c.EventType('a.b', T('x'))]"), "the event type 'a.b'"),
        (RESOURCE % ("door", True), "the resource type 'door'"),
        (hook("account_pages", "[c.AccountPage('page', T('x'))]"), "the account page 'page'"),
    ],
)
def test_a_name_belongs_to_one_plugin(source: str, what: str, shelf: Shelf, house: House) -> None:
    assert refused(shelf, house, source) == (
        f"{TWO}: {what} is already registered by {ONE}; rename it or {ENABLE}"
    )


def test_a_name_is_given_once_within_a_plugin_too(shelf: Shelf, house: House) -> None:
    shelf.install("one", FACTOR + hook("factors", "[Knock(), Knock()]"))
    with pytest.raises(PluginError, match="'knock' is already registered by plugin 'one'"):
        load_plugins(["one"], house)


def test_factors_and_verifiers_share_one_name_space(shelf: Shelf, house: House) -> None:
    """A credential's row names its factor or verifier by one word."""
    assert refused(shelf, house, KNOCK, BADGE % ("knock", "'bearer'")) == (
        f"{TWO}: the factor or verifier 'knock' is already registered by {ONE}; "
        f"rename it or {ENABLE}"
    )


def test_an_event_type_of_the_core_is_taken(shelf: Shelf, house: House) -> None:
    shelf.install("one", hook("event_types", "[c.EventType('a.b', T('x'))]"))
    with pytest.raises(PluginError) as caught:
        load_plugins(["one"], house, event_types=[EventType("a.b", Text("ostiary", "y"))])
    assert str(caught.value) == (
        f"{ONE}: the event type 'a.b' is already registered by plugin 'core' (ostiary itself); "
        f"rename it or {ENABLE}"
    )


@pytest.mark.parametrize(
    ("source", "what"),
    [(WORDS, "localization"), (PLACES, "geography"), (USERS, "user directory")],
)
def test_of_some_parts_the_house_has_one(
    source: str, what: str, shelf: Shelf, house: House
) -> None:
    assert refused(shelf, house, source) == (
        f"{TWO}: registers a {what}, and so does {ONE}; {ENABLE}"
    )


def test_overlapping_claims_name_both_verifiers(shelf: Shelf, house: House) -> None:
    assert refused(
        shelf, house, BADGE % ("badge", "'bearer', 'ost'"), BADGE % ("token", "'bearer', 'ostt_'")
    ) == (
        f"{TWO}: the verifier 'token' claims bearer 'ostt_', which overlaps bearer 'ost' of "
        f"'badge' by {ONE}; narrow one of them"
    )


def test_overlapping_user_names_of_basic_are_told(shelf: Shelf, house: House) -> None:
    line = refused(
        shelf,
        house,
        BADGE % ("badge", "'basic', username='x'"),
        BADGE % ("token", "'basic', 'ostt_'"),
    )
    assert "claims basic 'ostt_', which overlaps basic '' for the user 'x' of 'badge'" in line


class Verifier(CredentialVerifier):
    def __init__(self, claim: Claim) -> None:
        self.name, self.claims = "v", (claim,)

    @override
    def verify(self, presented: Presented, /) -> Identity:
        raise NotImplementedError


claims = st.builds(
    Claim,
    scheme=st.sampled_from(["basic", "bearer"]),
    prefix=st.text("ab", max_size=3),
    username=st.none() | st.sampled_from(["x", "y"]),
)


@given(claims, claims, st.text("ab", max_size=5), st.sampled_from(["x", "y", "z"]))
def test_no_credential_meets_two_claims_that_were_let_through(
    one: Claim, two: Claim, value: str, username: str
) -> None:
    """The core routes each credential to exactly one verifier."""

    def meets(claim: Claim) -> bool:
        return value.startswith(claim.prefix) and claim.username in {None, username}

    first, second = (PluginInfo(name, "d", "1") for name in ("one", "two"))
    try:
        check_claims([(first, Verifier(one)), (second, Verifier(two))])
    except PluginError:
        return
    assert one.scheme != two.scheme or not (meets(one) and meets(two))


def test_a_permission_is_delegable_everywhere_or_nowhere(shelf: Shelf, house: House) -> None:
    """Otherwise a token would be granted by one type what another one keeps from it."""
    assert refused(shelf, house, RESOURCE % ("door", True), RESOURCE % ("gate", False)) == (
        f"{TWO}: the permission 'open' of 'gate' and that of 'door' by {ONE} differ in "
        "delegable; make them agree"
    )


def test_two_factors_cannot_share_a_flag(shelf: Shelf, house: House) -> None:
    option = "Knock.create_option = c.CreateOption('--secret-stdin', 'help', 'field')\n"
    assert refused(shelf, house, KNOCK + option, KNOCK + option + "Knock.name = 'tap'\n") == (
        f"{TWO}: the option '--secret-stdin' is already registered by {ONE}; rename it or {ENABLE}"
    )


def test_two_plugins_cannot_own_a_table(shelf: Shelf, house: House) -> None:
    """The names ``a`` and ``a-b`` leave room for one table's name that fits both."""
    table = hook("migrations", "c.Migrations('m:f', ('ostiary_one_two_x',), '1')")
    shelf.install("one", table)
    shelf.install("one-two", table)
    with pytest.raises(PluginError, match="the table 'ostiary_one_two_x' is already registered"):
        load_plugins(["one", "one-two"], house)


def test_the_very_same_object_is_registered_once(shelf: Shelf, house: House) -> None:
    """Who registered it could not be told."""
    shelf.install("one", "PAGE = c.AccountPage('a', T('x'))\n" + hook("account_pages", "[PAGE]"))
    shelf.install("two", "from one_dist_module import PAGE\n" + hook("account_pages", "[PAGE]"))
    with pytest.raises(PluginError) as caught:
        load_plugins(["one", "two"], house)
    assert str(caught.value) == (
        f"{TWO}: ostiary_register_account_pages gave a AccountPage that {ONE} already gave; "
        "make one of its own"
    )


@pytest.mark.parametrize(
    ("one", "two"),
    [("/a", "/a"), ("/a", "/a/"), ("/a", "/a/b"), ("/a/b/c", "/a/"), ("/a/b", "/a")],
)
def test_paths_that_meet_are_refused(one: str, two: str, shelf: Shelf, house: House) -> None:
    """Whichever view is added first would answer for the other."""
    line = refused(
        shelf, house, f"OSTIARY_PATHS = ({one!r},)", f"OSTIARY_PATHS = ('/other', {two!r})"
    )
    assert line == (
        f"{TWO}: claims the path {two.rstrip('/')!r}, which meets {one.rstrip('/')!r} of {ONE}; "
        f"move it or {ENABLE}"
    )


@pytest.mark.parametrize(
    ("paths", "line"),
    [
        ("'/a'", "OSTIARY_PATHS is str; give a tuple of paths"),
        ("['/a']", "OSTIARY_PATHS is list; give a tuple of paths"),
        ("(None,)", "OSTIARY_PATHS holds None; write paths as text"),
        *(
            (
                f"({path!r},)",
                f"claims the path {path!r}; write a prefix such as '/account/tokens'",
            )
            for path in ("", "/", "a", "//a", "/a//", "/a/../b", "/./a", "/{a}", "/a?b", "/a b")
        ),
    ],
)
def test_only_plain_prefixes_are_paths(paths: str, line: str, shelf: Shelf, house: House) -> None:
    shelf.install("one", f"OSTIARY_PATHS = {paths}")
    with pytest.raises(PluginError) as caught:
        load_plugins(["one"], house)
    assert str(caught.value) == f"{ONE}: {line}"


segments = st.lists(st.sampled_from(["a", "ab", "b"]), min_size=1, max_size=3)
prefixes = segments.map(lambda parts: "/" + "/".join(parts))


@given(prefixes, prefixes, segments)
def test_no_request_path_lies_under_two_plugins(one: str, two: str, rest: list[str]) -> None:
    """For any two prefixes that are let through, no path is under both."""
    infos = [PluginInfo(name, "d", "1") for name in ("one", "two")]
    try:
        owners = claim_paths(dict(zip(infos, [(one,), (two,)], strict=True)))
    except PluginError:
        return
    for prefix in (one, two):
        path = f"{prefix}/{'/'.join(rest)}/"
        assert len([own for own in owners if path.startswith(f"{own}/")]) == 1
