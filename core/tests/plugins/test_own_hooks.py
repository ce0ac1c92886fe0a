"""Hooks that plugins declare for each other."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from ostiary.contracts import House, PluginError
from ostiary.plugins import load_plugins

from .conftest import Shelf

DECLARES = """\
import sys
from collections.abc import Iterable
OSTIARY_HOOKS = sys.modules[__name__]
class Caveat:
    def __init__(self, name): self.name = name
@hookspec
def ostiary_lender_register_caveats(house: c.House) -> Iterable[Caveat]:
    "Limits."
"""
SPLIT = """\
import types
OSTIARY_HOOKS = types.ModuleType("lender_hooks")
exec('''
from __future__ import annotations
from collections.abc import Iterable
from ostiary.contracts import House
from ostiary.hookspecs import hookspec
class Caveat:
    def __init__(self, name): self.name = name
@hookspec
def ostiary_lender_register_caveats(house: House) -> Iterable[Caveat]:
    "Limits."
''', vars(OSTIARY_HOOKS))
import sys
sys.modules["lender_hooks"] = OSTIARY_HOOKS
"""
USES = """\
import sys
@hookimpl
def ostiary_lender_register_caveats(house):
    return [sys.modules["lender_hooks"].Caveat("until")]
"""
HOOK = "ostiary_lender_register_caveats"


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    sys.modules.pop("lender_hooks", None)


@pytest.mark.parametrize("order", [["lender", "user"], ["user", "lender"]])
def test_hooks_are_declared_before_any_plugin_is_registered(
    order: list[str], shelf: Shelf, house: House
) -> None:
    shelf.install("lender", SPLIT)
    shelf.install("user", USES)
    plugins = load_plugins(order, house)
    (part,) = plugins.parts(HOOK)
    assert str(plugins.origin(part)) == "plugin 'user' (user-dist 1.0)"
    listing = {line.name: line for line in plugins.listing()}["user"]
    assert listing.contributes == {HOOK: ("until",)}
    assert listing.inert == ()


def test_an_implementation_without_its_declarer_is_inert_and_listed(
    shelf: Shelf, house: House
) -> None:
    shelf.install("user", USES)
    plugins = load_plugins(["user"], house)
    assert plugins.listing()[0].inert == (HOOK,)
    assert plugins.listing()[0].hooks == ()
    with pytest.raises(LookupError):
        plugins.parts(HOOK)


def test_an_inert_implementation_is_held_to_the_form_of_all(shelf: Shelf, house: House) -> None:
    shelf.install("user", USES.replace("@hookimpl", "@hookimpl(tryfirst=True)"))
    with pytest.raises(PluginError, match="is marked tryfirst; write a bare @hookimpl"):
        load_plugins(["user"], house)


@pytest.mark.parametrize("returned", ["[object()]", "['until']", "[None]"])
def test_parts_are_of_the_type_that_the_declarer_says(
    returned: str, shelf: Shelf, house: House
) -> None:
    shelf.install("lender", SPLIT)
    shelf.install("user", f"@hookimpl\ndef {HOOK}(house): return {returned}")
    with pytest.raises(PluginError, match=rf"'user' .*{HOOK} gave .*of Caveat fit$"):
        load_plugins(["lender", "user"], house)


LENDER = "plugin 'lender' (lender-dist 1.0): "
FORM = f"; write it as def {HOOK}(house: House) -> Iterable[<a class>]"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("", ""), None),
        (
            ("OSTIARY_HOOKS = ", "OSTIARY_HOOKS = 'hooks' and 'x' or "),
            "OSTIARY_HOOKS holds str; give a module or a tuple of modules",
        ),
        (
            ("@hookspec\n", ""),
            f"{HOOK} in OSTIARY_HOOKS is not marked; put @hookspec above it",
        ),
        (
            ("@hookspec\n", "@hookspec(firstresult=True)\n"),
            f"declares {HOOK} with options; write a bare @hookspec",
        ),
        (
            ("lender_register", "tenant_register"),
            (
                "declares the hook ostiary_tenant_register_caveats; "
                "name it ostiary_lender_register_<parts>"
            ),
        ),
        (
            ("(house: c.House)", "(house: c.House, more: int)"),
            f"the hook {HOOK} must take house alone{FORM}",
        ),
        (
            ("Iterable[Caveat]", "Iterable[Unknown]"),
            f"the hook {HOOK} returns no type that can be checked{FORM}",
        ),
        (
            ("Iterable[Caveat]", "list[Caveat]"),
            f"the hook {HOOK} returns no type that can be checked{FORM}",
        ),
        (
            ("Iterable[Caveat]", "c.Restriction"),
            f"the hook {HOOK} returns no type that can be checked{FORM}",
        ),
    ],
)
def test_declarations(
    change: tuple[str, str], line: str | None, shelf: Shelf, house: House
) -> None:
    source = DECLARES.replace("OSTIARY_HOOKS = sys.modules[__name__]\n", "")
    source = "from __future__ import annotations\n" + (
        "from ostiary import contracts as c\nfrom ostiary.hookspecs import hookspec\n" + source
    )
    (shelf.folder / "lender_hooks.py").write_text(source.replace(*change), "utf-8")
    plugin = "import lender_hooks\nOSTIARY_HOOKS = lender_hooks\n"
    shelf.install("lender", plugin.replace(*change) if "OSTIARY" in change[0] else plugin)
    if line is None:
        assert load_plugins(["lender"], house).parts(HOOK) == ()
        return
    with pytest.raises(PluginError) as caught:
        load_plugins(["lender"], house)
    assert str(caught.value) == LENDER + line


def test_a_module_that_declares_nothing_is_refused(shelf: Shelf, house: House) -> None:
    shelf.install("lender", "import string\nOSTIARY_HOOKS = (string,)")
    with pytest.raises(PluginError) as caught:
        load_plugins(["lender"], house)
    assert str(caught.value) == f"{LENDER}string in OSTIARY_HOOKS declares no hook; mark one"


def test_a_declaration_in_the_plugin_itself_is_told_to_move(shelf: Shelf, house: House) -> None:
    """In the plugin's own namespace it looks like an implementation that lost its mark."""
    shelf.install("lender", DECLARES)
    with pytest.raises(PluginError) as caught:
        load_plugins(["lender"], house)
    assert str(caught.value) == (
        f"{LENDER}{HOOK} is a declaration; move it to a module of its own for OSTIARY_HOOKS"
    )


def test_two_plugins_cannot_declare_one_hook(shelf: Shelf, house: House) -> None:
    """The names ``a`` and ``a-register-b`` leave room for a hook that fits both."""
    for name, module in (("a", "hooks_a"), ("a-register-b", "hooks_b")):
        (shelf.folder / f"{module}.py").write_text(
            "from collections.abc import Iterable\n"
            "from ostiary.contracts import House\nfrom ostiary.hookspecs import hookspec\n"
            "@hookspec\n"
            "def ostiary_a_register_b_register_c(house: House) -> Iterable[int]: ...\n"
        )
        shelf.install(name, f"import {module}\nOSTIARY_HOOKS = {module}\n")
        shelf.modules.append(module)
    with pytest.raises(PluginError) as caught:
        load_plugins(["a", "a-register-b"], house)
    assert str(caught.value) == (
        "plugin 'a-register-b' (a-register-b-dist 1.0): declares the hook "
        "ostiary_a_register_b_register_c, and so does plugin 'a' (a-dist 1.0); "
        "enable only one of them"
    )
