"""Every trap of pluggy that was reproduced, each with the line that it is refused with."""

from __future__ import annotations

import importlib
import sys
import textwrap

import pytest

from ostiary.contracts import House, PluginError
from ostiary.plugins import Candidate, PluginInfo, load_plugins
from ostiary.plugins.manager import Manager

from .conftest import Shelf

WHO = "plugin 'stray' (stray-dist 1.0): "
BARE = "; write a bare @hookimpl: the operator's list is the only order, and no hook can be wrapped"
FACTORS = "ostiary_register_factors"

TRAPS = {
    "old wrapper": (
        "@hookimpl(hookwrapper=True)\ndef ostiary_register_factors(house): yield",
        f"{FACTORS} is marked hookwrapper{BARE}",
    ),
    "new wrapper": (
        "@hookimpl(wrapper=True)\ndef ostiary_register_factors(house): return (yield)",
        f"{FACTORS} is marked wrapper{BARE}",
    ),
    "tryfirst": (
        "@hookimpl(tryfirst=True)\ndef ostiary_register_factors(house): return []",
        f"{FACTORS} is marked tryfirst{BARE}",
    ),
    "trylast": (
        "@hookimpl(trylast=True)\ndef ostiary_register_factors(house): return []",
        f"{FACTORS} is marked trylast{BARE}",
    ),
    "optional": (
        "@hookimpl(optionalhook=True)\ndef ostiary_register_factros(house): return []",
        f"ostiary_register_factros is marked optionalhook{BARE}",
    ),
    "specname": (
        f"@hookimpl(specname='{FACTORS}')\ndef harmless(house): return []",
        f"harmless is marked specname{BARE}",
    ),
    "default": (
        "@hookimpl\ndef ostiary_register_factors(hosue=None): return []",
        f"{FACTORS} gives hosue a default; remove the default",
    ),
    "keyword only": (
        "@hookimpl\ndef ostiary_register_factors(*, house): return []",
        f"{FACTORS} takes house; name plain parameters only",
    ),
    "variable parameters": (
        "@hookimpl\ndef ostiary_register_factors(*house): return []",
        f"{FACTORS} takes *house; name plain parameters only",
    ),
    "misspelt parameter": (
        "@hookimpl\ndef ostiary_register_factors(hosue): return []",
        f"{FACTORS} takes hosue, which the hook does not give; write {FACTORS}(house)",
    ),
    "async": (
        "@hookimpl\nasync def ostiary_register_factors(house): return []",
        f"{FACTORS} is async; hooks run at start, make it a plain function",
    ),
    "async generator": (
        "@hookimpl\nasync def ostiary_register_factors(house): yield",
        f"{FACTORS} is async; hooks run at start, make it a plain function",
    ),
    "generator": (
        "@hookimpl\ndef ostiary_register_factors(house): yield",
        f"{FACTORS} is a generator function; return a list",
    ),
    "callable object": (
        """\
        class Sly:
            def __call__(self, house): return []
        ostiary_register_factors = hookimpl(Sly())
        """,
        f"{FACTORS} is Sly; make it a plain function",
    ),
    "unknown hook": (
        "@hookimpl\ndef ostiary_register_factor(house): return []",
        "there is no hook ostiary_register_factor; the hooks are in docs/plugin-authors.md",
    ),
    "marked, another prefix": (
        "@hookimpl\ndef ostary_register_factors(house): return []",
        "there is no hook ostary_register_factors; the hooks are in docs/plugin-authors.md",
    ),
    "unmarked": (
        "def ostiary_register_factors(house): return []",
        f"{FACTORS} is not marked; put @hookimpl above it or rename it",
    ),
    "unmarked partial": (
        "import functools\nostiary_register_factors = functools.partial(list)",
        f"{FACTORS} is not marked; put @hookimpl above it or rename it",
    ),
    "a hook it should have declared": (
        "@hookimpl\ndef ostiary_stray_register_things(house): return []",
        "there is no hook ostiary_stray_register_things; the hooks are in docs/plugin-authors.md",
    ),
}


@pytest.mark.parametrize(("source", "line"), TRAPS.values(), ids=TRAPS)
def test_trap(source: str, line: str, shelf: Shelf, house: House) -> None:
    """Each of these registers in silence, or evades a check, in a plain PluginManager."""
    shelf.install("stray", source)
    with pytest.raises(PluginError) as caught:
        load_plugins(["stray"], house)
    assert str(caught.value) == WHO + line


@pytest.mark.parametrize(("source", "line"), TRAPS.values(), ids=TRAPS)
def test_a_refused_plugin_leaves_nothing_registered(source: str, line: str, shelf: Shelf) -> None:
    """Also not the sound implementation that was read before the one at fault."""
    sound = "@hookimpl\ndef ostiary_includeme(config): return None\n"
    module = shelf.install("stray", "")
    (shelf.folder / f"{module}.py").write_text(
        (shelf.folder / f"{module}.py").read_text() + sound + textwrap.dedent(source)
    )
    plugin = importlib.import_module(module)
    manager = Manager()
    manager.expect("stray")
    with pytest.raises(PluginError):
        manager.admit(Candidate(PluginInfo("stray", "stray-dist", "1.0"), plugin))
    assert manager.get_plugins() == set()
    for name in vars(manager.hook):
        if not name.startswith("_"):
            assert getattr(manager.hook, name).get_hookimpls() == []


def test_what_is_no_implementation_is_let_be(shelf: Shelf, house: House) -> None:
    """Classes, modules, data and lazy objects that answer to every name are none of ours."""
    shelf.install(
        "stray",
        """\
        import sys as ostiary_module
        from sqlalchemy import func
        ostiary_table = "ostiary_stray_table"
        class ostiary_Thing: pass
        class Lazy:
            def __getattr__(self, name): raise RuntimeError("outside a request")
        lazy = Lazy()
        """,
    )
    assert load_plugins(["stray"], house).listing()[0].hooks == ()


def test_an_instance_can_be_a_plugin(shelf: Shelf, house: House) -> None:
    shelf.install(
        "stray",
        """\
        class Plugin:
            __slots__ = ("never_set",)
            OSTIARY_API = 1
            OSTIARY_PATHS = ("/stray/",)
            @property
            def broken(self): raise RuntimeError
            @hookimpl
            def ostiary_register_account_pages(self, house): return [c.AccountPage("s", T("S"))]
        plugin = Plugin()
        """,
        entries="stray = {module}:plugin",
    )
    (page,) = load_plugins(["stray"], house).account_pages
    assert page.route == "s"


def test_a_hook_that_cannot_be_read_is_refused(shelf: Shelf, house: House) -> None:
    shelf.install(
        "stray",
        """\
        class Plugin:
            OSTIARY_API = 1
            @property
            def ostiary_register_factors(self): raise RuntimeError("s3cret")
        plugin = Plugin()
        """,
        entries="stray = {module}:plugin",
    )
    with pytest.raises(PluginError) as caught:
        load_plugins(["stray"], house)
    assert str(caught.value) == (
        f"{WHO}reading {FACTORS} raised RuntimeError at stray_dist_module, line 9; "
        "correct the plugin"
    )


def test_an_object_that_says_it_equals_every_other_is_refused(shelf: Shelf, house: House) -> None:
    """Pluggy compares plugins by ``==``."""
    for name in ("stray", "other"):
        shelf.install(
            name,
            """\
            class Plugin:
                OSTIARY_API = 1
                def __eq__(self, other): return True
                def __hash__(self): return 1
            plugin = Plugin()
            """,
            entries=name + " = {module}:plugin",
        )
    with pytest.raises(PluginError) as caught:
        load_plugins(["stray", "other"], house)
    assert str(caught.value) == (
        "plugin 'other' (other-dist 1.0): pluggy refuses it (ValueError); "
        "list each plugin object once"
    )


def test_registering_past_the_checks_is_impossible() -> None:
    with pytest.raises(RuntimeError, match="through admit"):
        Manager().register(sys.modules[__name__], "stray")
