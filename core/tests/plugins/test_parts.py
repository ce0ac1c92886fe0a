"""Each part by itself: what could never be asked safely at request time is refused at start."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.contracts import (
    EventField,
    EventType,
    House,
    PluginError,
    Text,
)
from ostiary.plugins import PluginInfo, load_plugins
from ostiary.plugins.parts import check_event_type

from .conftest import FACTOR, Shelf

WHO = "plugin 'stray' (stray-dist 1.0): "
PLUGIN = FACTOR + "%s\n@hookimpl\ndef ostiary_register_factors(house): return [Knock()]\n"


def refused(shelf: Shelf, house: House, source: str) -> str:
    shelf.install("stray", source)
    with pytest.raises(PluginError) as caught:
        load_plugins(["stray"], house)
    return str(caught.value)


KNOCK = "the factor 'knock'"
AFTER = "Knock.properties = c.Properties(c.Strength(frozenset({c.Kind.KNOW})), %s)"
PROPERTIES = {
    "no kind": (
        "Knock.properties = c.Properties(c.Strength(frozenset()))",
        f"{KNOCK} proves nothing; give its strength at least one kind",
    ),
    "kinds that can change": (
        "Knock.properties = c.Properties(c.Strength({c.Kind.KNOW}))",
        (
            f"{KNOCK}: properties.strength.kinds is set; it must be frozenset[Kind]; "
            "correct the plugin"
        ),
    ),
    "a kind of its own": (
        "Knock.properties = c.Properties(c.Strength(frozenset({'know'})))",
        (
            f"{KNOCK}: properties.strength.kinds is frozenset; it must be frozenset[Kind]; "
            "correct the plugin"
        ),
    ),
    "none allowed": (
        AFTER % "most=0",
        f"{KNOCK} allows 0 credentials; most is at least 1",
    ),
    "most is a bool": (
        AFTER % "most=True",
        f"{KNOCK}: properties.most is bool; it must be int; correct the plugin",
    ),
    "first by a word": (
        AFTER % "'no'",
        f"{KNOCK}: properties.first is str; it must be First; correct the plugin",
    ),
    "recovery first": (
        AFTER % "c.First.FINDS_USER, recovery=True",
        f"{KNOCK} is for recovery and comes first; a recovery factor must not",
    ),
    "no decoy": (
        AFTER % "c.First.AFTER_NAME",
        f"{KNOCK} comes first after a name: what decoy() returns is None; it must be Credential",
    ),
    "a decoy that raises": (
        AFTER % "c.First.AFTER_NAME" + "\nKnock.decoy = lambda self: 1 / 0",
        (
            f"decoy() of {KNOCK} raised ZeroDivisionError at stray_dist_module, line 15; "
            "correct the plugin"
        ),
    ),
    "no properties": (
        "del Knock.properties",
        f"{KNOCK}: properties is missing; correct the plugin",
    ),
    "a plain title": (
        "Knock.title = 'Knock'",
        f"{KNOCK}: title is str; it must be Text; correct the plugin",
    ),
    "a plain control": (
        "Knock.use = 'Knock'",
        f"{KNOCK}: use is str; it must be Text | None; correct the plugin",
    ),
    "a wrong flag": (
        "Knock.create_option = c.CreateOption('knock', 'help', 'field')",
        f"{KNOCK} has the option 'knock'; use the form --name",
    ),
    "no name": (
        "del Knock.name",
        "the factor Knock: name is missing; correct the plugin",
    ),
    "a wrong name": (
        "Knock.name = 'Knock Knock'",
        "the factor Knock has the name 'Knock Knock'; use the form [a-z][a-z0-9-]{0,31}",
    ),
    "a name that raises": (
        "Knock.name = property(lambda self: 1 / 0)",
        (
            "reading name of the factor Knock raised ZeroDivisionError at "
            "stray_dist_module, line 14; correct the plugin"
        ),
    ),
}


@pytest.mark.parametrize(("source", "line"), PROPERTIES.values(), ids=PROPERTIES)
def test_factors_that_make_no_sense_are_refused(
    source: str, line: str, shelf: Shelf, house: House
) -> None:
    assert refused(shelf, house, PLUGIN % source) == WHO + line


def test_a_code_factor_says_what_it_asks(shelf: Shelf, house: House) -> None:
    source = (PLUGIN % "    match = None").replace("c.Factor", "c.CodeFactor")
    assert refused(shelf, house, source) == (
        f"{WHO}{KNOCK}: code_text is missing; correct the plugin"
    )


def test_the_decoy_is_asked_for_once(shelf: Shelf, house: House) -> None:
    shelf.install(
        "stray",
        PLUGIN
        % (
            AFTER % "c.First.AFTER_NAME" + "\nCALLS = []\ndef decoy(self):\n    CALLS.append(1)\n"
            "    return c.Credential('x', 'y', 'z')\nKnock.decoy = decoy"
        ),
    )
    factor = load_plugins(["stray"], house).factors["knock"]
    assert type(factor).decoy.__globals__["CALLS"] == [1]


VERIFIER = """\
class Badge(c.CredentialVerifier):
    name = "badge"
    claims = %s
    def verify(self, presented): raise NotImplementedError
@hookimpl
def ostiary_register_credential_verifiers(house): return [Badge()]
"""


@pytest.mark.parametrize(
    ("claims", "line"),
    [
        ("()", "the verifier 'badge' claims nothing; give it a claim"),
        (
            "[c.Claim('bearer')]",
            (
                "the verifier 'badge': claims is list; it must be tuple[Claim, ...]; "
                "correct the plugin"
            ),
        ),
        (
            "(c.Claim('Bearer'),)",
            "the verifier 'badge' claims 'Bearer'; write the scheme in lower case",
        ),
        (
            "(c.Claim('bearer', username='x'),)",
            "the verifier 'badge' claims a user name with 'bearer'; only basic has one",
        ),
    ],
)
def test_claims_that_cannot_be_routed_are_refused(
    claims: str, line: str, shelf: Shelf, house: House
) -> None:
    assert refused(shelf, house, VERIFIER % claims) == WHO + line


@pytest.mark.parametrize(
    ("hook", "returned", "line"),
    [
        (
            "event_types",
            "[c.EventType('knocked', T('x'))]",
            "the event type 'knocked' is not named like 'token.created'; rename it",
        ),
        (
            "event_types",
            "[c.EventType('a.b', T('${who} knocked'), (c.EventField('door'),))]",
            (
                "the event type 'a.b' says ${who} and does not declare it; "
                "it may say actor, door, resource, user"
            ),
        ),
        (
            "event_types",
            "[c.EventType('a.b', T('x'), (c.EventField('x'), c.EventField('x')))]",
            "the event type 'a.b' has a wrong or repeated field 'x'",
        ),
        (
            "event_types",
            "[c.EventType('a.b', T('x'), (), (c.EventField('X y'),))]",
            "the event type 'a.b' has a wrong or repeated field 'X y'",
        ),
        (
            "event_types",
            "[c.EventType('a.b', T('x'), (), (c.EventField('new_password'),))]",
            "the event type 'a.b' has a field 'new_password'; record that it changed, not it",
        ),
        (
            "event_types",
            "[c.EventType('a.b', T('x'), (c.EventField('user'),))]",
            "the event type 'a.b' declares 'user', which every event has; remove it",
        ),
        (
            "event_types",
            "[c.EventType('a.b', c.Text('d', '${user}', (('user', 'eve'),)))]",
            "the event type 'a.b' fills its sentence; leave it unfilled, the history fills it",
        ),
        (
            "resource_types",
            "[c.ResourceType('A', T('x'), (), str, list)]",
            "the resource type 'A' is no name of the form [a-z][a-z0-9-]{0,31}; rename it",
        ),
        (
            "resource_types",
            "[c.ResourceType('a', T('x'), (c.Permission('', T('x')),), str, list)]",
            "the resource type 'a' has an unnamed or repeated permission ''",
        ),
        (
            "migrations",
            "c.Migrations('migrations', (), '1')",
            "the migrations are at 'migrations'; write package:folder",
        ),
        (
            "migrations",
            "c.Migrations('m:f', (), '')",
            "the migrations name no revision of the core that they need",
        ),
        (
            "migrations",
            "c.Migrations('m:f', ('ostiary_user',), '1')",
            "the migrations own 'ostiary_user'; name tables ostiary_stray_<things>",
        ),
    ],
)
def test_values_that_make_no_sense_are_refused(
    hook: str, returned: str, line: str, shelf: Shelf, house: House
) -> None:
    source = f"@hookimpl\ndef ostiary_register_{hook}(house): return {returned}"
    assert refused(shelf, house, source) == WHO + line


names = st.text(string.ascii_lowercase, min_size=1, max_size=8)


@given(used=st.lists(names, max_size=4), declared=st.lists(names, max_size=4, unique=True))
def test_a_sentence_says_only_what_its_events_can_hold(
    used: list[str], declared: list[str]
) -> None:
    """It is taken if and only if every placeholder is declared or always there."""
    declared = [name for name in declared if name not in {"user", "actor", "resource"}]
    sentence = Text("d", " ".join(f"${{{name}}}" for name in used))
    event = EventType("a.b", sentence, tuple(EventField(name) for name in declared))
    unknown = set(used) - set(declared) - {"user", "actor", "resource"}
    info = PluginInfo("stray", "stray-dist", "1.0")
    if not unknown:
        check_event_type(info, event)
        return
    with pytest.raises(PluginError, match=re.escape("does not declare it")):
        check_event_type(info, event)
