"""The commands, on a package that a stranger wrote and nobody registered."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import read_mo
from click.testing import CliRunner, Result

from ostiary.cli.state import State
from ostiary.contracts import OstiaryError
from ostiary_i18n.commands import i18n_group
from ostiary_i18n.commands.options import each as stepping

from .conftest import Message, po
from .servers import SECRET, TOKEN, Delivery, Files, serving

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
    assert "brace-format" not in text
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


def test_no_file_takes_our_placeholders_for_those_of_python(run: Run, acme: Path) -> None:
    """Programs that check such a flag would find fault; nor does one that has it keep it."""
    again = '\nX = _n("One badge for ${name}", "${n} badges for ${name}", 1)\n'
    (acme / "again.py").write_text("from . import _n\n" + again)
    run("extract", "acme_badges")
    template = acme / "locale" / "acme_badges.pot"
    assert "#: __init__.py again.py" in template.read_text("utf-8")
    run("update", "acme_badges", "--locale", "de")
    catalog = acme / "locale" / "de" / "LC_MESSAGES" / "acme_badges.po"
    plain = catalog.read_text("utf-8")
    flagged = plain.replace('msgid "One badge', '#, python-brace-format\nmsgid "One badge')
    assert flagged != plain
    catalog.write_text(flagged, "utf-8")
    assert said(run("update", "acme_badges", "--json"))[0]["changed"] is True
    assert catalog.read_text("utf-8") == plain
    assert "brace-format" not in plain + template.read_text("utf-8")


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


@pytest.mark.parametrize(
    ("forms", "same"),
    [
        (("Einer weg", "Lost ${count}"), True),
        (("Lost one", "${count} weg"), True),
        (("Lost one", "Lost ${count}"), False),
        (("Einer weg", "${count} weg"), False),
    ],
)
def test_any_form_of_a_plural_may_be_english_still(
    run: Run, acme: Path, forms: tuple[str, str], same: bool
) -> None:
    """But for one whose forms are all English: that is how Babel writes one without any."""
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de")
    catalog = acme / "locale" / "de" / "LC_MESSAGES" / "acme_badges.po"
    text = catalog.read_text("utf-8")
    empty = 'msgid_plural "Lost ${count}"\nmsgstr[0] ""\nmsgstr[1] ""'
    assert empty in text
    one, many = forms
    full = f'msgid_plural "Lost ${{count}}"\nmsgstr[0] "{one}"\nmsgstr[1] "{many}"'
    catalog.write_text(text.replace(empty, full), "utf-8")
    run("compile", "acme_badges")
    found = said(run("check", "acme_badges", "--json"))
    assert [each["kind"] for each in found] == (["same"] if same else [])


def test_check_looks_at_the_words_of_this_house_too(run: Run, acme: Path, tmp_path: Path) -> None:
    """The operator's folder and what is kept of the live overlay, each with where it is."""
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de")
    run("compile", "acme_badges")
    assert said(run("check", "acme_badges", "--json")) == []
    data = tmp_path / "data" / "i18n"
    path = data / "overrides" / "de" / "LC_MESSAGES" / "acme_badges.po"
    path.parent.mkdir(parents=True)
    path.write_text(po([("Your badges", "&nbsp;x"), ("Gone", "Weg"), ("Lost one", "Weg")]), "utf-8")
    broken = data / "overrides" / "fr" / "LC_MESSAGES" / "acme_badges.po"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"\xff\xfe")
    (data / "native").mkdir()
    kept = data / "native" / "ja_Jpan.json"
    strings = {"acme_badges||Your badges": "www.evil.example", "elsewhere||x": "<b>"}
    kept.write_text(json.dumps({"etag": "1", "strings": strings}))
    (data / "native" / "ru_Cyrl.json").write_text("{")
    result = run("check", "acme_badges", "--json")
    assert result.exit_code == 1
    assert [(each["place"], each["message"], each["kind"]) for each in said(result)] == [
        (str(path), "Your badges", "markup"),
        (str(path), "Gone", "unknown"),
        (str(path), "Lost one", "plurals"),
        (str(broken), None, "unreadable"),
        (str(kept), "Your badges", "address"),
        (str(data / "native" / "ru_Cyrl.json"), None, "unreadable"),
    ]
    told = run("check", "acme_badges").stdout
    assert "acme_badges/ja_Jpan: 'Your badges' has an address" in told
    assert f"[{kept}]" in told


def test_every_command_speaks_to_programs(run: Run) -> None:
    """Each has ``--json``; what it prints with it is seen in the tests of each."""
    group = i18n_group(State({"OSTIARY_PLUGINS": "i18n"}).house)
    assert len(group.commands) == 11
    for command in group.commands.values():
        assert "--json" in [name for each in command.params for name in each.opts], command.name


def test_extract_and_pseudo_speak_to_programs(run: Run, acme: Path, tmp_path: Path) -> None:
    """As all others do: a list of rows, and no other line."""
    run("extract", "acme_badges")
    assert said(run("update", "acme_badges", "--locale", "de", "--json")) == [
        {"package": "acme_badges", "locale": "de", "changed": True}
    ]
    rows = said(run("pseudo", "acme_badges", "--to", str(tmp_path / "p"), "--json"))
    assert [(row["package"], row["locale"]) for row in rows] == [
        ("acme_badges", "en-XA"), ("acme_badges", "ar-XB"),
    ]  # fmt: skip
    assert said(run("extract", "acme_badges", "--check", "--json"))[0]["changed"] is False
    assert {row["locale"] for row in said(run("status", "--json"))} >= {"de", "pt-BR"}


def test_long_work_says_on_a_terminal_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard error, and gone when it is done; where there is no terminal, nothing."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        assert list(stepping(["a", "b"], lambda item: f"<{item}>")) == ["a", "b"]
        terminal.flush()
        seen = os.read(ours, 1000).decode()
    os.close(ours)
    assert seen == "\r\033[K[1/2] <a>\r\033[K[2/2] <b>\r\033[K"
    nowhere = io.StringIO()
    monkeypatch.setattr("sys.stderr", nowhere)
    assert list(stepping(["a", "b"], str)) == ["a", "b"]
    assert nowhere.getvalue() == ""


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
    counts = {"created": 6, "updated": 0, "deleted": 0}
    assert pushed == [{"package": "acme_badges", "locale": None, **counts}]
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
        "changed": 1,
        "kept": 0,
        "left_out": 1,
    }
    ours = (acme / "locale" / "de" / "LC_MESSAGES" / "acme_badges.po").read_text("utf-8")
    assert "Ihre Ausweise" in ours
    assert "<i>" not in ours


@pytest.mark.parametrize("name", ["pt_br", "pt-BR", "PT_BR"])
def test_a_language_has_one_folder_however_it_is_written(run: Run, acme: Path, name: str) -> None:
    run("extract", "acme_badges")
    for each in ("pt_BR", "zh_Hant", name, "zh-hant"):
        assert run("update", "acme_badges", "--locale", each).exit_code == 0
    folders = [path.name for path in (acme / "locale").iterdir() if path.is_dir()]
    assert sorted(folders) == ["pt_BR", "zh_Hant"]


@pytest.mark.parametrize("name", ["../../x", "xx", "de/../fr", ""])
def test_what_is_no_language_is_no_folder(run: Run, acme: Path, name: str) -> None:
    run("extract", "acme_badges")
    for command in ("update", "pull"):
        result = run(
            command,
            "acme_badges",
            "--locale",
            name,
            *(("--folder", "/nowhere") if command == "pull" else ()),
        )
        assert "CLDR knows no language" in str(result.exception)


def test_what_does_not_come_stays(run: Run, acme: Path, tmp_path: Path) -> None:
    """A file with nothing but a header takes no words away; nor an empty, bad or older one."""
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de")
    translate(acme, ("Your badges", "Ihre Ausweise"), ("Print a badge", "Ausweis drucken"))
    ours = acme / "locale" / "de" / "LC_MESSAGES" / "acme_badges.po"
    ours.write_text("# This is a first draft.\n" + ours.read_text("utf-8"), "utf-8")
    before = ours.read_text("utf-8")
    theirs = tmp_path / "checkout" / "acme_badges" / "de.po"
    theirs.parent.mkdir(parents=True)

    def pulled(*messages: Message) -> dict[str, Any]:
        theirs.write_text(po(messages, "Last-Translator: somebody"), "utf-8")
        (row,) = said(run("pull", "acme_badges", "--folder", str(tmp_path / "checkout"), "--json"))
        return {name: row[name] for name in ("changed", "kept", "left_out")}

    assert pulled() == {"changed": 0, "kept": 2, "left_out": 0}
    assert pulled(("Your badges", "")) == {"changed": 0, "kept": 2, "left_out": 0}
    assert pulled(("Your badges", "<b>x</b>"), ("Gone", "Weg")) == {
        "changed": 0, "kept": 2, "left_out": 1,
    }  # fmt: skip
    assert ours.read_text("utf-8") == before
    assert pulled(("Your badges", "Deine Ausweise"), ("Print a badge", "Ausweis drucken")) == {
        "changed": 1, "kept": 1, "left_out": 0,
    }  # fmt: skip
    after = ours.read_text("utf-8")
    assert after == before.replace("Ihre Ausweise", "Deine Ausweise")


def test_a_plural_comes_in_the_order_of_the_platform_and_stays_in_ours(
    run: Run, acme: Path, tmp_path: Path
) -> None:
    run("extract", "acme_badges")
    theirs = tmp_path / "checkout" / "acme_badges" / "de.po"
    theirs.parent.mkdir(parents=True)
    forms = ["${count} verloren", "eins verloren", "nie"]
    theirs.write_text(
        po(
            [("Lost one", "Lost ${count}", forms)],
            "Plural-Forms: nplurals=3; plural=(n == 1 ? 1 : 0);",
        ),
        "utf-8",
    )
    folder = ("--folder", str(tmp_path / "checkout"), "--json")
    (row,) = said(run("pull", "acme_badges", "--locale", "de", *folder))
    assert (row["changed"], row["left_out"]) == (1, 0)
    ours = (acme / "locale" / "de" / "LC_MESSAGES" / "acme_badges.po").read_text("utf-8")
    assert 'msgstr[0] "eins verloren"\nmsgstr[1] "${count} verloren"\n' in ours
    theirs.write_bytes(po([("Lost one", "x")], "Plural-Forms: nplurals=2; plural=x;").encode())
    assert "is no PO file" in str(run("pull", "acme_badges", *folder).exception)


def test_drafts_go_to_a_checkout(run: Run, acme: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de", "--locale", "fr")
    push = ("push", "acme_badges", "--folder", str(checkout), "--json")
    run(*push)
    translate(acme, ("Your badges", "Ihre Ausweise"))
    theirs = checkout / "acme_badges" / "de.po"
    run(*push)
    assert "Ihre Ausweise" not in theirs.read_text("utf-8")
    rows = said(run(*push, "--translations", "--locale", "de"))
    assert [(row["locale"], row["updated"]) for row in rows] == [(None, 0), ("de", 1)]
    assert "Ihre Ausweise" in theirs.read_text("utf-8")
    assert "--translations" in str(run(*push, "--locale", "de").exception)
    missing = run(*push, "--translations", "--locale", "ja").exception
    assert "run `ostiary i18n update --locale ja`" in str(missing)


def test_a_package_goes_to_transifex_with_its_drafts_and_comes_back(run: Run, acme: Path) -> None:
    """Template and catalogs up, what was reviewed down; in words and for programs."""
    api = Files(translations={"de": po([("Your badges", "Deine Ausweise")]).encode()})
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "de", "--locale", "pt_BR")
    translate(acme, ("Your badges", "Ihre Ausweise"), ("Print a badge", "Ausweis drucken"))
    with serving(api) as api.address:
        settings = {
            "OSTIARY_PLUGIN__I18N__TRANSIFEX_TOKEN": TOKEN,
            "OSTIARY_PLUGIN__I18N__TRANSIFEX_HOST": api.address,
            "OSTIARY_PLUGIN__I18N__ORGANIZATION": "acme",
        }
        sent = run("push", "acme_badges", "--translations", **settings)
        assert sent.exit_code == 0, sent.exception
        assert sent.stdout.splitlines() == [
            "acme_badges: 2 new, 1 changed, 0 gone",
            "acme_badges/de: 3 new, 1 changed, 0 gone",
            "acme_badges/pt_BR: 3 new, 1 changed, 0 gone",
        ]
        came = said(run("pull", "acme_badges", "--json", **settings))
        told = run("pull", "acme_badges", **settings).stdout
        bad = run(
            "pull", "acme_badges", **{**settings, "OSTIARY_PLUGIN__I18N__TRANSIFEX_TOKEN": "x"}
        )
    assert b"brace-format" not in api.uploads[0]
    assert [b"l:de" in each for each in api.catalogs] == [True, False]
    assert b"Ausweis drucken" in api.catalogs[0]
    assert [(row["locale"], row["there"], row["changed"], row["kept"]) for row in came] == [
        ("de", True, 1, 1), ("pt_BR", False, 0, 0),
    ]  # fmt: skip
    assert told.splitlines() == [
        "acme_badges/de: 0 changed, 2 kept, 0 left out", "acme_badges/pt_BR: not there",
    ]  # fmt: skip
    assert "refuses the token" in str(bad.exception)


def test_a_package_goes_to_transifex_native(run: Run, acme: Path) -> None:
    delivery = Delivery()
    run("extract", "acme_badges")
    with serving(delivery) as address:
        settings = {
            "OSTIARY_PLUGIN__I18N__NATIVE_TOKEN": TOKEN,
            "OSTIARY_PLUGIN__I18N__NATIVE_SECRET": SECRET,
            "OSTIARY_PLUGIN__I18N__NATIVE_HOST": address,
        }
        rows = said(run("native-push", "acme_badges", "--purge", "--json", **settings))
        delivery.jobs = ["failed"]
        failed = run("native-push", "acme_badges", **settings)
    assert rows == [{"sent": 6, "created": 1, "updated": 0, "failed": 0}]
    assert delivery.pushed[0]["meta"]["purge"] is True
    assert "acme_badges|verb|Print" in delivery.pushed[0]["data"]
    assert "could not take it: no room" in str(failed.exception)


def test_the_configuration_of_tx_has_a_resource_for_each_package(
    run: Run, acme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("extract", "acme_badges")
    run("update", "acme_badges", "--locale", "zh_Hans")
    organization = {"OSTIARY_PLUGIN__I18N__ORGANIZATION": "acme"}
    written = said(run("push", "acme_badges", "--tx-config", "--json", **organization))
    assert written == [{"path": ".tx/config", "resources": 1}]
    config = (tmp_path / ".tx" / "config").read_text()
    assert "[o:acme:p:ostiary:r:acme_badges]" in config
    assert "lang_map = zh-Hans: zh_Hans" in config
    # From where .tx is, so that the file is of use to others who have the same tree.
    folder = "shelf/acme_badges/locale"
    assert f"source_file = {folder}/acme_badges.pot\n" in config
    assert f"file_filter = {folder}/<lang>/LC_MESSAGES/acme_badges.po\n" in config
    assert str(tmp_path) not in config


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
