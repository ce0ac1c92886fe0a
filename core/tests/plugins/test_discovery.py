"""Which plugins are found, and which are refused before or while they are imported."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from ostiary.contracts import House, PluginError
from ostiary.plugins import PluginInfo, installed_plugins, load_plugins

from .conftest import Shelf


def refused(names: Any, house: House) -> str:
    with pytest.raises(PluginError) as caught:
        load_plugins(names, house)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_installed_plugins_are_listed_without_being_imported(shelf: Shelf) -> None:
    module = shelf.install("stray", "raise SystemExit(3)", version="2.5")
    assert PluginInfo("stray", "stray-dist", "2.5") in installed_plugins()
    assert module not in sys.modules


def test_what_is_not_listed_is_not_imported(shelf: Shelf, house: House) -> None:
    module = shelf.install("stray", "raise SystemExit(3)")
    assert load_plugins([], house).enabled == ()
    assert module not in sys.modules


def test_order_is_the_operators_not_the_alphabets(shelf: Shelf, house: House) -> None:
    for name in ("one", "two", "three"):
        shelf.install(name, "")
    plugins = load_plugins(["two", "three", "one"], house)
    assert [info.name for info in plugins.enabled] == ["two", "three", "one"]


def test_a_distribution_found_twice_on_the_path_counts_once(
    shelf: Shelf, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editable install can leave a second, stale copy of its metadata behind the first."""
    shelf.install("stray", "", version="2.0")
    shelf.folder = tmp_path / "behind"
    shelf.folder.mkdir()
    shelf.install("stray", "", version="1.0")
    monkeypatch.setattr(sys, "path", [*sys.path, str(shelf.folder)])
    (info,) = load_plugins(["stray"], house).enabled
    assert info.version == "2.0"


def test_not_installed(shelf: Shelf, house: House) -> None:
    shelf.install("stray", "")
    line = refused(["astray"], house)
    assert line.startswith("plugin 'astray': is listed but not installed (")
    assert "stray" in line
    assert line.endswith(" are); install its distribution or take it off the list")


def test_a_distributions_name_in_the_list_is_put_right(shelf: Shelf, house: House) -> None:
    shelf.install("stray", "")
    assert refused(["stray-dist"], house).endswith(
        "; that distribution offers stray: list that name instead"
    )


def test_one_name_from_two_distributions_is_refused_before_any_import(
    shelf: Shelf, house: House
) -> None:
    """sys.path order would decide in silence whose code guards the door."""
    first = shelf.install("stray", "raise SystemExit(3)", distribution="honest")
    second = shelf.install("stray", "raise SystemExit(3)", distribution="mimic", version="9")
    early = shelf.install("early", "")
    assert refused(["early", "stray"], house) == (
        "plugin 'stray': is offered by honest 1.0 and mimic 9; uninstall all but one of them"
    )
    assert not {first, second, early} & set(sys.modules)


def test_one_name_twice_in_one_distribution_is_refused(shelf: Shelf, house: House) -> None:
    shelf.install("stray", "", entries="stray = {module}\nstray = os")
    assert refused(["stray"], house).startswith(
        "plugin 'stray': is offered by stray-dist 1.0 and stray-dist 1.0;"
    )


def test_one_object_under_two_names_is_refused(shelf: Shelf, house: House) -> None:
    shelf.install("stray", "", entries="stray = {module}\nother = {module}")
    assert refused(["stray", "other"], house) == (
        "plugin 'other' (stray-dist 1.0): is the same object as plugin 'stray' (stray-dist 1.0); "
        "list only one of them"
    )


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ("stray", "the list of plugins is one text; give a list of names"),
        (["stray", "stray"], "plugin 'stray': is listed twice; list each plugin once"),
        (
            ["Stray\n"],
            (
                r"plugin 'Stray\n': is not a name of the form [a-z][a-z0-9-]{0,31}; "
                "correct the list of plugins"
            ),
        ),
        (
            [None],
            (
                "plugin None: is not a name of the form [a-z][a-z0-9-]{0,31}; "
                "correct the list of plugins"
            ),
        ),
    ],
)
def test_wrong_lists(names: Any, line: str, shelf: Shelf, house: House) -> None:
    shelf.install("stray", "")
    assert refused(names, house) == line


MEND = "; reinstall or update stray-dist, or take 'stray' off the list"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import absent_thing", "ModuleNotFoundError for the module 'absent_thing'"),
        ("from os import absent_thing", "ImportError for the module 'os'"),
        ("raise RuntimeError('s3cret')", "RuntimeError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("raise BaseException('s3cret')", "BaseException"),
        ("raise BaseExceptionGroup('s3cret', [SystemExit()])", "BaseExceptionGroup"),
    ],
)
def test_whatever_an_import_raises_is_one_line(
    source: str, found: str, shelf: Shelf, house: House
) -> None:
    """``SystemExit`` would end the start in silence; a message may hold a secret."""
    shelf.install("stray", source)
    assert refused(["stray"], house) == (
        f"plugin 'stray' (stray-dist 1.0): importing it raised {found} at stray_dist_module, "
        f"line 6{MEND}"
    )


def test_a_syntax_error_is_one_line(shelf: Shelf, house: House) -> None:
    shelf.install("stray", "def")
    assert refused(["stray"], house) == (
        f"plugin 'stray' (stray-dist 1.0): importing it raised SyntaxError{MEND}"
    )


def test_an_interrupt_is_the_operators_and_passes(shelf: Shelf, house: House) -> None:
    shelf.install("stray", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_plugins(["stray"], house)


@pytest.mark.parametrize(
    ("api", "found"),
    [
        ("", "has no OSTIARY_API; a plugin for this Ostiary says OSTIARY_API = 1"),
        ("OSTIARY_API = 2", "has OSTIARY_API = 2, this Ostiary speaks 1; "),
        ("OSTIARY_API = True", "has OSTIARY_API = bool, this Ostiary speaks 1; "),
        ("OSTIARY_API = '1'", "has OSTIARY_API = str, this Ostiary speaks 1; "),
    ],
)
def test_another_api_is_refused(api: str, found: str, shelf: Shelf, house: House) -> None:
    """``True`` equals 1 in Python; it is no number of an API."""
    mend = "install a version of stray-dist made for it" if found.endswith("; ") else ""
    shelf.install("stray", api, head="")
    assert refused(["stray"], house) == f"plugin 'stray' (stray-dist 1.0): {found}{mend}"


@pytest.mark.parametrize(("entry", "found"), [("Plugin", "the class Plugin"), ("nothing", "None")])
def test_an_entry_point_names_a_module_or_an_instance(
    entry: str, found: str, shelf: Shelf, house: House
) -> None:
    shelf.install(
        "stray",
        "class Plugin:\n    OSTIARY_API = 1\nnothing = None\n",
        entries="stray = {module}:" + entry,
    )
    assert refused(["stray"], house) == (
        f"plugin 'stray' (stray-dist 1.0): stray_dist_module:{entry} is {found}; "
        "let it name a module or an instance"
    )


def test_an_installation_without_a_name_is_still_named_somehow(shelf: Shelf, house: House) -> None:
    shelf.install("stray", "", distribution="bare")
    (shelf.folder / "bare-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\n")
    (info,) = load_plugins(["stray"], house).enabled
    assert str(info) == "plugin 'stray' (an unnamed distribution ?)"
