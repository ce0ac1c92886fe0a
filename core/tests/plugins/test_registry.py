"""What the other rooms get: parts in order, who brought them, and the hooks called later."""

from __future__ import annotations

import dataclasses
import json

import pytest

from ostiary.contracts import House, PluginError
from ostiary.plugins import Candidate, PluginInfo, Plugins, assemble, load_plugins

from .conftest import FACTOR, Shelf

WHO = "plugin 'stray' (stray-dist 1.0)"
INCLUDES = "@hookimpl\ndef ostiary_includeme(config, house): {}\n"
COMMANDS = "import click\n@hookimpl\ndef ostiary_register_commands(house): return {}\n"


def test_no_plugins_is_a_house_without_parts(house: House) -> None:
    plugins = Plugins()
    assert not plugins.factors
    assert plugins.localization is None
    assert plugins.listing() == []
    assert plugins.commands(house) == ()


def test_plugins_cannot_be_changed(shelf: Shelf, house: House) -> None:
    shelf.install("stray", FACTOR + "@hookimpl\ndef ostiary_register_factors(): return [Knock()]")
    plugins = load_plugins(["stray"], house)
    with pytest.raises(dataclasses.FrozenInstanceError):
        plugins.sinks = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        plugins.factors["tap"] = plugins.factors["knock"]  # type: ignore[index]


def test_the_origin_of_a_part_is_known_and_of_a_stranger_is_not(shelf: Shelf, house: House) -> None:
    shelf.install("stray", FACTOR + "@hookimpl\ndef ostiary_register_factors(): return [Knock()]")
    plugins = load_plugins(["stray"], house)
    assert plugins.origin(plugins.factors["knock"]) == PluginInfo("stray", "stray-dist", "1.0")
    with pytest.raises(LookupError, match="no plugin registered this object"):
        plugins.origin(object())


def test_the_listing_can_be_written_as_json(shelf: Shelf, house: House) -> None:
    shelf.install(
        "stray",
        FACTOR
        + INCLUDES.format("pass")
        + "OSTIARY_PATHS = ('/stray/',)\n"
        + "@hookimpl\ndef ostiary_register_factors(house): return [Knock()]\n"
        + "@hookimpl\ndef ostiary_other_register_things(house): return []\n",
    )
    (line,) = load_plugins(["stray"], house).listing()
    assert json.loads(json.dumps(dataclasses.asdict(line))) == {
        "name": "stray",
        "distribution": "stray-dist",
        "version": "1.0",
        "api": 1,
        "contributes": {"factors": ["knock"]},
        "hooks": ["ostiary_register_factors", "ostiary_includeme"],
        "paths": ["/stray"],
        "inert": ["ostiary_other_register_things"],
    }


def test_a_part_whose_name_cannot_be_read_is_named_by_its_class(shelf: Shelf, house: House) -> None:
    shelf.install(
        "stray",
        "class Words:\n"
        "    locales = ('en',)\n"
        "    def negotiate(self, a, b): return 'en'\n"
        "    def say(self, a, b): return str(a)\n"
        "    def direction(self, a): return 'ltr'\n"
        "@hookimpl\ndef ostiary_register_localization(house): return Words()\n",
    )
    plugins = load_plugins(["stray"], house)
    assert plugins.listing()[0].contributes == {"localization": ("Words",)}


def test_includeme_is_called_later_with_config_and_house(shelf: Shelf, house: House) -> None:
    shelf.install("stray", "SEEN = []\n" + INCLUDES.format("SEEN.append((config, house))"))
    (include,) = load_plugins(["stray"], house).includes
    seen = include.implementation.__globals__["SEEN"]
    assert seen == []
    include("config", house)
    assert seen == [("config", house)]
    assert str(include.plugin) == WHO


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("return True", "ostiary_includeme returned bool; return nothing"),
        (
            "raise RuntimeError('s3cret')",
            (
                "ostiary_includeme raised RuntimeError at stray_dist_module, line 7; "
                "correct the plugin"
            ),
        ),
    ],
)
def test_an_includeme_that_goes_wrong_names_its_plugin(
    body: str, line: str, shelf: Shelf, house: House
) -> None:
    shelf.install("stray", INCLUDES.format(body))
    (include,) = load_plugins(["stray"], house).includes
    with pytest.raises(PluginError) as caught:
        include("config", house)
    assert str(caught.value) == f"{WHO}: {line}"


def test_commands_are_asked_for_later(shelf: Shelf, house: House) -> None:
    shelf.install("stray", COMMANDS.format("[click.Command('knock'), click.Group('tap')]"))
    plugins = load_plugins(["stray"], house)
    commands = plugins.commands(house)
    assert [command.name for command in commands] == ["knock", "tap"]
    assert list(plugins.commands_by_plugin(house)) == [plugins.enabled[0]]


@pytest.mark.parametrize(
    ("returned", "line"),
    [
        ("None", "ostiary_register_commands returned None; return a list of Command"),
        (
            "[print]",
            (
                "ostiary_register_commands gave builtin_function_or_method; "
                "only instances of Command fit"
            ),
        ),
        (
            "[click.Command(None)]",
            "ostiary_register_commands gave a command without a name; name it",
        ),
        (
            "[click.Command('a'), click.Command('a')]",
            f"the command 'a' is already {WHO}'s; rename it or enable only one of them",
        ),
    ],
)
def test_commands_that_are_none_are_refused(
    returned: str, line: str, shelf: Shelf, house: House
) -> None:
    shelf.install("stray", COMMANDS.format(returned))
    plugins = load_plugins(["stray"], house)
    with pytest.raises(PluginError) as caught:
        plugins.commands(house)
    assert str(caught.value) == f"{WHO}: {line}"


def test_a_plugin_that_is_already_imported_can_be_assembled(house: House) -> None:
    """For tests of plugins: the same checks without a distribution."""

    class Plugin:
        OSTIARY_API = 1

    info = PluginInfo("mine", "mine", "0")
    assert assemble([Candidate(info, Plugin())], house).enabled == (info,)


def test_a_command_of_the_core_is_taken(shelf: Shelf, house: House) -> None:
    shelf.install("stray", COMMANDS.format("[click.Command('serve')]"))
    plugins = load_plugins(["stray"], house)
    with pytest.raises(PluginError) as caught:
        plugins.commands(house, reserved={"serve"})
    assert str(caught.value) == f"{WHO}: the command 'serve' is the core's; rename it"
