"""The commands, on a package that a stranger wrote and nobody registered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import read_mo
from click.testing import CliRunner, Result

from ostiary.cli.state import State
from ostiary.contracts import OstiaryError
from ostiary_i18n.commands import i18n_group

MODULE = '''
"""Badges."""
from ostiary.text import translations
_, _n, _p, _np = translations("acme_badges")

def said(n, name):
    return [
        _("Print a badge"),
        # Translators: the verb. [limit 12]
        _p("verb", "Print"),
        _n("One badge for ${name}", "${n} badges for ${name}", n, name=name),
        _np("of paper", "One sheet", "${n} sheets", n),
    ]
'''
TEMPLATE = """{# Translators: a heading. #}
<h1>{{ _("Your badges") }}</h1>
{% trans count=badges %}Lost one{% pluralize %}Lost {{ count }}{% endtrans %}
"""
Run = Callable[..., Result]


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package."""
    root = tmp_path / "shelf" / "acme_badges"
    (root / "templates").mkdir(parents=True)
    (root / "__init__.py").write_text(MODULE)
    (root / "templates" / "badges.jinja").write_text(TEMPLATE)
    monkeypatch.syspath_prepend(str(tmp_path / "shelf"))
    return root


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command as the operator does, in a house without a database."""
    environ = {"OSTIARY_DATA": str(tmp_path / "data"), "OSTIARY_PLUGINS": "i18n"}

    def ran(*arguments: str, **settings: str) -> Result:
        state = State({**environ, **settings})
        assert [plugin.name for plugin in state.plugins.enabled] == ["i18n"]
        group = i18n_group(state.house)
        return CliRunner().invoke(group, arguments)

    return ran


def said(result: Result) -> Any:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.stdout)


def test_a_life_of_a_package_from_source_to_compiled(run: Run, acme: Path) -> None:
    """Extract, begin a language, translate, check, compile; and each step is seen to be done."""
    assert run("extract", "acme_badges", "--check").exit_code == 1
    assert said(run("extract", "acme_badges", "--json")) == [
        {"package": "acme_badges", "changed": True}
    ]
    assert run("extract", "acme_badges", "--check").exit_code == 0
    template = (acme / "locale" / "acme_badges.pot").read_text("utf-8")
    assert 'msgctxt "verb"\nmsgid "Print"' in template
    assert 'msgid "Lost one"\nmsgid_plural "Lost ${count}"' in template
    assert "#. the verb. [limit 12]" in template
    assert "#. a heading." in template
    assert "brace-format" not in template
    assert run("update", "acme_badges", "--locale", "de").exit_code == 0
    catalog = acme / "locale" / "de" / "LC_MESSAGES" / "acme_badges.po"
    text = catalog.read_text("utf-8")
    text = text.replace('msgid "Print"\nmsgstr ""', 'msgid "Print"\nmsgstr "Drucken"')
    catalog.write_text(text, "utf-8")
    assert run("compile", "acme_badges").exit_code == 0
    assert said(run("check", "acme_badges", "--json")) == []
    with catalog.with_suffix(".mo").open("rb") as file:
        assert "Print" in [message.id for message in read_mo(file)]
    coverage = json.loads((acme / "locale" / "coverage.json").read_text())
    assert coverage == {"acme_badges": {"critical": 0, "messages": 6, "locales": {"de": [1, 0]}}}


def test_nothing_changes_where_nothing_is_new(run: Run, acme: Path) -> None:
    """Templates have no dates and no line numbers: a new line in a module is no new message."""
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de")
    module = acme / "__init__.py"
    module.write_text("\n\n" + module.read_text())
    assert said(run("extract", "acme_badges", "--json"))[0]["changed"] is False
    assert said(run("update", "acme_badges", "--json"))[0]["changed"] is False


def translate(acme: Path, *pairs: tuple[str, str], locale: str = "de") -> None:
    catalog = acme / "locale" / locale / "LC_MESSAGES" / "acme_badges.po"
    text = catalog.read_text("utf-8")
    for source, translation in pairs:
        before = f'msgid "{source}"\nmsgstr ""'
        assert before in text
        text = text.replace(before, f'msgid "{source}"\nmsgstr "{translation}"')
    catalog.write_text(text, "utf-8")


def test_check_finds_what_is_wrong_and_fails(run: Run, acme: Path) -> None:
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de")
    translate(
        acme,
        ("Print", "Ausdrucken bitte"),
        ("Print a badge", "<b>Drucken</b>"),
        ("Your badges", "Your badges"),
    )
    run("compile", "acme_badges")
    result = run("check", "acme_badges", "--json")
    assert result.exit_code == 1
    assert {(each["message"], each["kind"]) for each in said(result)} == {
        ("Print", "length"),
        ("Print a badge", "markup"),
        ("Your badges", "same"),
    }
    (acme / "locale" / "i18n.toml").write_text('[same]\nde = ["Your badges"]\n')
    assert "Your badges" not in run("check", "acme_badges").stdout


def test_what_is_bad_is_not_compiled(run: Run, acme: Path) -> None:
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de")
    translate(acme, ("Print a badge", "<b>Drucken</b>"), ("Your badges", "Ihre Ausweise"))
    result = run("compile", "acme_badges", "--json")
    assert result.exit_code == 1
    assert said(result) == [{"package": "acme_badges", "compiled": 1, "left_out": 1}]
    compiled = acme / "locale" / "de" / "LC_MESSAGES" / "acme_badges.mo"
    assert b"Drucken" not in compiled.read_bytes()


def test_critical_messages_are_those_of_the_files_that_a_package_names(
    run: Run, acme: Path
) -> None:
    (acme / "locale").mkdir()
    (acme / "locale" / "i18n.toml").write_text('critical = ["templates/*"]\n')
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de")
    run("compile", "acme_badges")
    found = said(run("check", "acme_badges", "--json"))
    assert {each["message"] for each in found if each["kind"] == "critical"} == {
        "Your badges",
        "Lost one",
    }


def test_a_stale_template_and_a_stale_count_are_found(run: Run, acme: Path) -> None:
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de")
    run("compile", "acme_badges")
    translate(acme, ("Your badges", "Ihre Ausweise"))
    module = acme / "__init__.py"
    module.write_text(module.read_text() + '\nX = _("Something new")\n')
    kinds = [each["kind"] for each in said(run("check", "acme_badges", "--json"))]
    assert kinds == ["stale", "coverage"]


def test_pseudo_catalogs_pass_every_check_but_are_disguised(
    run: Run, acme: Path, tmp_path: Path
) -> None:
    run("extract", "acme_badges")
    result = run("pseudo", "acme_badges", "--to", str(tmp_path / "pseudo"))
    assert result.exit_code == 0
    path = tmp_path / "pseudo" / "en_XA" / "LC_MESSAGES" / "acme_badges.po"
    assert "[Ýöûŕ ƀåðĝéš" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("extract", "no_such_package"), "there is no package 'no_such_package'"),
        (("extract", "../evil"), "is no name of a package"),
        (("update", "acme_badges"), "acme_badges.pot is missing: run `ostiary i18n extract"),
        (("push",), "Transifex needs ostiary.plugin.i18n.transifex_token and organization"),
        (("native-push",), "there is no token: set ostiary.plugin.i18n.native_token"),
        (("explain", "a", "--locale", "xx"), "CLDR knows no language 'xx'"),
        (("explain", "a", "--locale", "de", "--domain", "no"), "there is no domain 'no'"),
    ],
)
def test_an_error_says_what_and_how_to_mend(
    run: Run, acme: Path, arguments: tuple[str, ...], says: str
) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, OstiaryError)
    assert says in str(result.exception)


def test_a_template_that_does_not_compile_is_named(run: Run, acme: Path) -> None:
    (acme / "templates" / "bad.jinja").write_text("{{ _(variable) }}")
    result = run("extract", "acme_badges")
    assert isinstance(result.exception, OstiaryError)
    assert "acme_badges cannot be read" in str(result.exception)


def test_plain_files_go_to_a_checkout_and_come_back_checked(
    run: Run, acme: Path, tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de")
    pushed = said(run("push", "acme_badges", "--folder", str(checkout), "--json"))
    assert pushed == [{"package": "acme_badges", "created": 6, "updated": 0, "deleted": 0}]
    theirs = checkout / "acme_badges" / "de.po"
    text = theirs.read_text("utf-8")
    text = text.replace('"Your badges"\nmsgstr ""', '"Your badges"\nmsgstr "Ihre Ausweise"')
    text = text.replace('"Print a badge"\nmsgstr ""', '"Print a badge"\nmsgstr "<i>x</i>"')
    theirs.write_text(text, "utf-8")
    result = run("pull", "acme_badges", "--folder", str(checkout), "--json")
    assert result.exit_code == 1
    assert said(result)[0] == {
        "package": "acme_badges",
        "locale": "de",
        "there": True,
        "translated": 1,
        "left_out": 1,
    }
    ours = (acme / "locale" / "de" / "LC_MESSAGES" / "acme_badges.po").read_text("utf-8")
    assert "Ihre Ausweise" in ours
    assert "<i>" not in ours


def test_the_configuration_of_tx_has_a_resource_for_each_package(
    run: Run, acme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "zh_Hans")
    organization = {"OSTIARY_PLUGIN__I18N__ORGANIZATION": "acme"}
    assert run("push", "acme_badges", "--tx-config", **organization).exit_code == 0
    config = (tmp_path / ".tx" / "config").read_text()
    assert "[o:acme:p:ostiary:r:acme_badges]" in config
    assert "lang_map = zh-Hans: zh_Hans" in config
    assert "<lang>/LC_MESSAGES/acme_badges.po" in config


@pytest.mark.parametrize(
    ("said_so", "why"),
    [
        ("critical = 3", "critical is a list"),
        ("critical = [3]", "critical is a list"),
        ("same = [3]", "same has a list"),
        ("[same]\nde = 'Code'", "same has a list"),
        ("same.de = [1]", "same has a list"),
        ("criticl = []", "'criticl' is not known"),
        ("= 3", "is not TOML"),
    ],
)
def test_what_an_author_says_of_messages_is_checked(
    run: Run, acme: Path, said_so: str, why: str
) -> None:
    (acme / "locale").mkdir()
    (acme / "locale" / "i18n.toml").write_text(said_so)
    result = run("extract", "acme_badges")
    assert result.exit_code == 1
    assert why in str(result.exception or result.output)


def test_what_is_the_same_in_one_language_need_not_be_in_another(run: Run, acme: Path) -> None:
    run("extract", "acme_badges")
    (acme / "locale" / "i18n.toml").write_text('[same]\nde = ["Your badges"]\n')
    for name in ("fr", "en_GB"):
        run("update", "acme_badges", "--locale", name)
        translate(acme, ("Your badges", "Your badges"), locale=name)
    run("compile", "acme_badges")
    found = said(run("check", "acme_badges", "--json"))
    assert {(each["locale"], each["kind"]) for each in found} == {("fr", "same")}
