"""Texts in templates: domains, placeholders, escaping, and what is extracted."""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any, cast

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract as babel_extract
from jinja2 import (
    DictLoader,
    Environment,
    FileSystemLoader,
    TemplateAssertionError,
    TemplateSyntaxError,
)
from markupsafe import Markup
from pyramid.config import Configurator

from ostiary.contracts import Localization, Text
from ostiary.text import NullLocalization, translations, use_locale
from ostiary.text.domains import Domains
from ostiary.text.extract import extract
from ostiary.text.jinja import TextExtension, message_id

_, _n, _p, _np = translations("ostiary_test")


class Recording(NullLocalization):
    """Keeps what it was asked for; says it in words that name the domain, or as told."""

    def __init__(self, **said: str) -> None:
        self.asked: list[Text] = []
        self.said = said

    def say(self, text: Text, locale: str, /) -> str:
        self.asked.append(text)
        values = {k: str(v) for k, v in text.values}
        return Text.fill(self.said.get(text.id, f"{text.domain}:{text.id}"), values)


def environment(
    templates: dict[str, str], *, autoescape: bool = True, more: tuple[str, ...] = ()
) -> Environment:
    return Environment(
        autoescape=autoescape,  # noqa: S701 - plain text is made by the same extension.
        extensions=[*more, TextExtension],
        loader=DictLoader(templates),
    )


def domains(env: Environment) -> Domains:
    found = env.ostiary_domains  # type: ignore[attr-defined]
    assert isinstance(found, Domains)
    return found


def render(
    source: str,
    localization: Localization | None = None,
    *,
    autoescape: bool = True,
    **values: object,
) -> str:
    env = environment({"ostiary_test:t.jinja": source}, autoescape=autoescape)
    with use_locale(localization or NullLocalization(), "en"):
        return env.get_template("ostiary_test:t.jinja").render(values)


def test_the_domain_is_that_of_the_template_across_extends_include_and_import() -> None:
    templates = {
        "one.web:base.jinja": "{{ _('B') }}{% block a %}{{ _('BA') }}{% endblock %}",
        "two:page.jinja": (
            "{% extends 'one.web:base.jinja' %}{% from 'three:m.jinja' import m %}"
            "{% block a %}{{ super() }}{{ m() }}{% include 'asset:four:i.jinja' %}"
            "{{ m(_('argument')) }}{% call m() %}{% trans %}inner{% endtrans %}{% endcall %}"
            "{% endblock %}"
        ),
        "three:m.jinja": (
            "{% macro m(x='') %}{% trans %}M{% endtrans %}{{ x }}"
            "{% if caller %}{{ caller() }}{% endif %}{% endmacro %}"
        ),
        "asset:four:i.jinja": "{{ _('I') }}",
    }
    with use_locale(Recording(), "en"):
        page = environment(templates).get_template("two:page.jinja").render()
    assert page == "one:Bone:BAthree:Mfour:Ithree:Mtwo:argumentthree:Mtwo:inner"


def test_folders_can_be_registered_and_the_deepest_wins(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.jinja").write_text("{{ _('A') }}{% include 'inner/b.jinja' %}")
    (tmp_path / "inner" / "b.jinja").write_text("{% trans %}B{% endtrans %}")
    env = Environment(
        autoescape=True, extensions=[TextExtension], loader=FileSystemLoader(tmp_path)
    )
    domains(env).add(tmp_path, "outer")
    domains(env).add(tmp_path / "inner", "inner")
    with use_locale(Recording(), "en"):
        assert env.get_template("a.jinja").render() == "outer:Ainner:B"


def test_relative_names_of_pyramid_jinja2_belong_to_the_package_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks for a relative name beside the template that extends it."""
    folder = tmp_path / "ostiary_demo" / "web" / "templates"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    # pyramid_jinja2 asks who calls it, and needs a package with a file.
    (tmp_path / "ostiary_demo" / "__init__.py").write_text(
        "def configure(config):\n    config.include('pyramid_jinja2')\n"
    )
    (folder / "base.jinja").write_text("{{ _('B') }}{% block a %}{% endblock %}")
    (folder / "page.jinja").write_text(
        "{% extends 'base.jinja' %}{% block a %}{{ _('P') }}{% endblock %}"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with Configurator() as config:
        demo = importlib.import_module("ostiary_demo")
        demo.configure(config)
        config.add_jinja2_renderer(".jinja", package=demo)
        config.add_jinja2_extension(TextExtension, name=".jinja")
    env = config.get_jinja2_environment(".jinja")
    with use_locale(Recording(), "en"):
        page = env.get_template("ostiary_demo.web:templates/page.jinja").render()
    assert page == "ostiary_demo:Bostiary_demo:P"


def test_a_template_of_unknown_domain_does_not_compile(tmp_path: Path) -> None:
    """A text that falls into somebody else's domain would be translated by chance."""
    (tmp_path / "a.jinja").write_text("\n{% trans %}A{% endtrans %}")
    env = Environment(
        autoescape=True, extensions=[TextExtension], loader=FileSystemLoader(tmp_path)
    )
    domains(env).add(tmp_path / "elsewhere", "x")
    with pytest.raises(TemplateAssertionError, match=r"'a\.jinja' is unknown") as refusal:
        env.get_template("a.jinja")
    assert refusal.value.lineno == 2
    domains(env).default = "host"
    with use_locale(Recording(), "en"):
        assert env.get_template("a.jinja").render() == "\nhost:A"


EVERYTHING = """
{# Translators: greets #}
{% trans %}Hello
    {{ user }}, 100 % and %(raw)s{% endtrans %}
{% trans "context" %}Open{% endtrans %}
{% trans count=keys|length, where=_("inner") %}{{ count }} key at {{ where }}
{% pluralize %}{{ count }} keys at {{ where }}{% endtrans %}
{% trans "usb" n=keys|length %}{{ n }} key{% pluralize %}{{ n }} keys{% endtrans %}
{% trans num=number() %}{{ num }} thing{% pluralize num %}{{ num }} things{% endtrans %}
{{ _("Dear %(who)s", who=user) }}
{{ gettext("Dear ${who}, 50%% " "off", who=user) }}
{{ ngettext("%(num)s day", "${num} days", 3, num=3) }} {{ _n("${n} hour", "${n} hours", 1) }}
{{ pgettext("noun", "Mail") }} {{ _p("verb", "Mail %(to)s", to=user) }}
{{ npgettext("c", "a", "b", 2) }} {{ _np("d", "${n} e", "${n} f", keys|length) }}
{{ thing._("not ours") }} {{ thing.gettext(variable) }}
"""


class Thing:
    def _(self, source: str) -> str:
        return source

    gettext = _


def test_what_is_extracted_is_what_run_time_asks_for() -> None:
    """The POT holds every message of a template, and the template asks for nothing else."""
    recording = Recording()
    values: dict[str, Any] = {"user": "u", "keys": [1, 2], "number": lambda: 3}
    values |= {"thing": Thing(), "variable": "v"}
    render(EVERYTHING, recording, **values)
    asked = {(t.context, t.id, t.plural) for t in recording.asked}

    catalog = Catalog()
    messages = babel_extract(
        cast("Any", extract), io.BytesIO(EVERYTHING.encode()), comment_tags=("Translators:",)
    )
    for lineno, message, comments, context in messages:
        catalog.add(message, locations=[("t", lineno)], auto_comments=comments, context=context)
    listed = {
        (m.context, *(m.id if isinstance(m.id, tuple) else (m.id, None))) for m in catalog if m.id
    }
    assert listed == asked
    assert len(asked) == 14
    assert (None, "Hello ${user}, 100 % and ${raw}", None) in asked
    assert (None, "Dear ${who}, 50%% off", None) in asked
    assert message_id("%(n)s %% of 5") == "${n} % of 5"
    greeting = catalog["Hello ${user}, 100 % and ${raw}"]
    assert greeting.auto_comments == ["Translators: greets"]


def test_extraction_uses_the_house_keywords_where_the_others_are_unknown() -> None:
    found = list(extract(io.BytesIO(b"{{ _p('c', 'x') }}{{ _('y') }}"), ["gettext"], [], {}))
    assert found == [(1, "_p", ("c", "x"), []), (1, "gettext", "y", [])]


TAGS = ("Translators:",)
SAID = b"""{# Translators: labels #}
{{ details([(_("Made"), 1),
  (_("By"), 2),
]) }}
{{ _("Next") }}
{# Translators: two #}
{# what else stands here is for nobody #}
{{ _("Far") }}
{# Translators: a tag #} {{ _("Near") }}
{% set x = [
  _("After"),
] %}
{# Translators: in
   two lines #}
{% call more(
  _("Folded")) %}
{{ _("Inside") }}{# Translators: late #}{{ _("Late") }}
{% endcall %}
"""


def test_a_comment_is_for_the_whole_of_what_begins_below_it_and_for_nothing_else() -> None:
    """No comment can stand within an expression: the one before it speaks of all its lines."""
    found = {text: comments for _, _, text, comments in extract(io.BytesIO(SAID), [], TAGS, {})}
    assert found == {
        "Made": ["Translators: labels"],
        "By": ["Translators: labels"],
        "Next": [],
        "Far": [],
        "Near": ["Translators: a tag"],
        "After": ["Translators: a tag"],
        "Folded": ["Translators: in two lines"],
        "Inside": ["Translators: late"],
        "Late": ["Translators: late"],
    }


def test_extraction_of_a_broken_template_fails_aloud() -> None:
    with pytest.raises(TemplateSyntaxError):
        list(extract(io.BytesIO(b"{% trans %}"), [], [], {}))


@pytest.mark.parametrize(
    "call",
    [
        "_(x)",
        "_('a' ~ x)",
        "_('a' if x else 'b')",
        "_()",
        "_n('a', x, 2)",
        "_n('a', 'b')",
        "pgettext('c')",
        "npgettext('c', 'a', x, 1)",
    ],
)
def test_a_message_that_is_not_constant_does_not_compile(call: str) -> None:
    with pytest.raises((TemplateAssertionError, TypeError), match=r"constant string|argument"):
        render("{{ " + call + " }}", x="x")


def test_a_translator_cannot_add_markup() -> None:
    evil = Recording(Hello="<script>alert(1)</script>", T="<b>${x}</b>")
    page = render("{{ _('Hello') }}{% trans x=v %}T{% endtrans %}", evil, v="<i>")
    assert page == ("&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;&lt;i&gt;&lt;/b&gt;")


def test_only_markup_values_stay_markup() -> None:
    class Html:
        def __html__(self) -> str:
            return "<u>"

    page = render(
        "{% trans a=a, b=b, c=c, d=none %}${x} {{ a }} {{ b }} {{ c }} {{ d }}{% endtrans %}"
        "{{ _('%(t)s', t=t) }}",
        a=Markup("<i>"),
        b="<i>",
        c=Html(),
        t=_("${m}<${s}", m=Markup("<b>"), s="<"),
    )
    assert page == "${x} <i> &lt;i&gt; <u> None<b>&lt;&lt;"


def test_a_value_cannot_forge_the_place_of_a_markup_value() -> None:
    page = render(
        "{{ _('%(a)s %(b)s', a=a, b=b) }}", a=Markup("<i>"), b="\ue0000\ue001\ue000.0\ue001"
    )
    assert page == "<i> \ue0000\ue001\ue000.0\ue001"


@pytest.mark.parametrize("bad", ["%(nope)s", "100%", "${nope}", "${", "%", "{x}", "$x ${1}", "%s"])
def test_a_bad_placeholder_of_a_translator_never_raises(bad: str) -> None:
    assert render("{{ _('Hello', x='v') }}", Recording(Hello=bad)) == bad


def test_a_text_in_braces_is_said_and_escaped() -> None:
    text = _("<${x}>", x="&")
    assert (
        render("{{ t }}|{{ t|say|upper }}|{{ 1 < 2 }}", t=text)
        == "&lt;&amp;&gt;|&lt;&amp;&gt;|True"
    )
    assert render("{{ t }}|{{ _('<') }}", t=text, autoescape=False) == "<&>|<"
    assert render("{% autoescape false %}{{ t }}{% endautoescape %}", t=text) == "<&>"


def test_a_finalize_of_the_environment_is_left_alone() -> None:
    env = Environment(autoescape=True, extensions=[TextExtension], finalize=lambda _value: "mine")
    assert env.from_string("{{ 1 }}").render() == "mine"


def test_the_tag_is_ours_beside_the_one_of_jinja() -> None:
    env = environment({"dd:t": "{% trans %}A{% endtrans %}"}, more=("jinja2.ext.i18n",))
    with use_locale(Recording(), "en"):
        assert env.get_template("dd:t").render() == "dd:A"
