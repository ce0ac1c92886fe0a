"""What an implementation does and returns, when it is called at start."""

from __future__ import annotations

import textwrap

import pytest

from ostiary.contracts import House, PluginError
from ostiary.plugins import load_plugins

from .conftest import Shelf

WHO = "plugin 'stray' (stray-dist 1.0): "
FACTORS = "ostiary_register_factors"
WANT = "; return a list of Factor"


def refused(shelf: Shelf, house: House, source: str) -> str:
    shelf.install("stray", source)
    with pytest.raises(PluginError) as caught:
        load_plugins(["stray"], house)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


def hook(body: str, name: str = FACTORS) -> str:
    return f"@hookimpl\ndef {name}(house):\n" + textwrap.indent(textwrap.dedent(body), "    ")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return None", f"returned None{WANT}"),
        ("return True", f"returned bool{WANT}"),
        ("return 'factor'", f"returned str{WANT}"),
        ("return b'factor'", f"returned bytes{WANT}"),
        ("return object()", f"returned object{WANT}"),
        ("return c.Factor", f"returned the class ABCMeta{WANT}".replace("ABCMeta", "Factor")),
        ("return {c.Text('a', 'b')}", f"returned set, which is no list{WANT}"),
        ("return {'knock': 1}", f"returned dict, which is no list{WANT}"),
        ("import itertools\nreturn itertools.count()", f"returned over 1000 parts{WANT}"),
        ("return [None]", "gave None; only instances of Factor fit"),
        ("return [c.Factor]", "gave the class Factor; only instances of Factor fit"),
        ("return ['knock']", "gave str; only instances of Factor fit"),
        (
            "async def late(): return []\nreturn late()",
            "returned a coroutine; make it a plain function",
        ),
    ],
)
def test_anything_but_a_list_of_parts_is_refused(
    body: str, found: str, shelf: Shelf, house: House
) -> None:
    """Truthy objects, a misread None and an unordered set would each decide something."""
    assert refused(shelf, house, hook(body)) == f"{WHO}{FACTORS} {found}"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("raise RuntimeError('s3cret')", "RuntimeError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("raise GeneratorExit", "GeneratorExit"),
    ],
)
def test_a_hook_that_raises_stops_the_start(
    body: str, found: str, shelf: Shelf, house: House
) -> None:
    """The line has type and place; a message or a repr may hold a secret."""
    assert refused(shelf, house, hook(body)) == (
        f"{WHO}{FACTORS} raised {found} at stray_dist_module, line 8; correct the plugin"
    )


def test_a_generator_that_raises_while_it_is_read_is_a_hook_that_raises(
    shelf: Shelf, house: House
) -> None:
    assert refused(shelf, house, hook("return (1 / 0 for _ in 'x')")) == (
        f"{WHO}reading what {FACTORS} returned raised ZeroDivisionError at stray_dist_module, "
        "line 8; correct the plugin"
    )


def test_an_interrupt_is_the_operators_and_passes(shelf: Shelf, house: House) -> None:
    shelf.install("stray", hook("raise KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        load_plugins(["stray"], house)


def test_a_wrong_setting_is_told_in_the_plugins_words(shelf: Shelf, house: House) -> None:
    """A SettingsError is written for the operator; one line is made of it."""
    body = "raise c.SettingsError('ostiary.factor.knock.tempo is slow;\\nsay fast')"
    assert refused(shelf, house, hook(body)) == (
        f"{WHO}ostiary.factor.knock.tempo is slow; say fast"
    )


def test_an_isinstance_that_raises_is_the_plugins_fault(shelf: Shelf, house: House) -> None:
    source = """\
        class Sly:
            @property
            def __class__(self): raise RuntimeError("s3cret")
        @hookimpl
        def ostiary_register_factors(house): return [Sly()]
        """
    assert refused(shelf, house, source) == (
        f"{WHO}checking the type of what {FACTORS} returned raised RuntimeError at "
        "stray_dist_module, line 8; correct the plugin"
    )


@pytest.mark.parametrize(
    ("name", "returned", "found"),
    [
        ("localization", "None", "gave None; only instances of Localization fit"),
        ("localization", "object()", "gave object; only instances of Localization fit"),
        ("geography", "object()", "gave object; only instances of Geography fit"),
        ("user_directory", "[]", "gave list; only instances of UserDirectory fit"),
        ("migrations", "None", "gave None; only instances of Migrations fit"),
        ("event_types", "['a.b']", "gave str; only instances of EventType fit"),
        (
            "event_types",
            "[c.EventType('a.b', 'words')]",
            "gave a EventType whose sentence is str; it must be Text",
        ),
        (
            "event_types",
            "[c.EventType('a.b', T('x'), [c.EventField('y')])]",
            "gave a EventType whose fields is list; it must be tuple[EventField, ...]",
        ),
        (
            "event_types",
            "[c.EventType('a.b', T('x'), (c.EventField(None),))]",
            "gave a EventType whose fields[].name is None; it must be str",
        ),
        (
            "account_pages",
            "[c.AccountPage('a', T('x'), True)]",
            "gave a AccountPage whose order is bool; it must be int",
        ),
        (
            "account_pages",
            "[c.AccountPage('a', c.Text('d', None))]",
            "gave a AccountPage whose title.id is None; it must be str",
        ),
        (
            "resource_types",
            "[c.ResourceType('a', T('x'), (), None, tuple)]",
            "gave a ResourceType whose normalize is None; it must be Callable[[str], str]",
        ),
    ],
)
def test_values_are_what_their_contract_says(
    name: str, returned: str, found: str, shelf: Shelf, house: House
) -> None:
    """Dataclasses do not check; a list in a frozen value could change under the next reader."""
    full = f"ostiary_register_{name}"
    assert refused(shelf, house, hook(f"return {returned}", full)) == f"{WHO}{full} {found}"


def test_a_subclass_of_a_value_is_refused(shelf: Shelf, house: House) -> None:
    """It could be anything but frozen."""
    source = "class Mine(c.AccountPage): pass\n" + hook(
        "return [Mine('a', T('x'))]", "ostiary_register_account_pages"
    )
    assert refused(shelf, house, source) == (
        f"{WHO}ostiary_register_account_pages gave Mine; only instances of AccountPage fit"
    )


def test_a_class_with_the_right_methods_is_no_directory(shelf: Shelf, house: House) -> None:
    """``isinstance`` with a Protocol would take the class itself."""
    source = "class Mine:\n    def get(self, i): 0\n    def named(self, n): 0\n" + hook(
        "return Mine", "ostiary_register_user_directory"
    )
    assert refused(shelf, house, source).endswith(
        "gave the class Mine; only instances of UserDirectory fit"
    )


def test_one_plugin_after_another_in_the_operators_order(shelf: Shelf, house: House) -> None:
    """Pluggy would call the last registered first."""
    page = "return [c.AccountPage('{0}a', T('x'), 2), c.AccountPage('{0}b', T('x'), 1)]"
    for name in ("one", "two"):
        shelf.install(name, hook(page.format(name), "ostiary_register_account_pages"))
    plugins = load_plugins(["two", "one"], house)
    assert [page.route for page in plugins.account_pages] == ["twoa", "twob", "onea", "oneb"]
    assert [str(plugins.origin(page)) for page in plugins.account_pages] == [
        "plugin 'two' (two-dist 1.0)",
        "plugin 'two' (two-dist 1.0)",
        "plugin 'one' (one-dist 1.0)",
        "plugin 'one' (one-dist 1.0)",
    ]


def test_an_implementation_need_not_take_the_house(shelf: Shelf, house: House) -> None:
    shelf.install("stray", "@hookimpl\ndef ostiary_register_factors(): return []")
    assert load_plugins(["stray"], house).listing()[0].hooks == (FACTORS,)
