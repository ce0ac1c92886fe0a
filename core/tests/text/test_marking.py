"""What a page says in another language than its own is marked as such, where that can be."""

from __future__ import annotations

from typing import ClassVar

import pytest
from jinja2 import Environment
from markupsafe import Markup

from ostiary.contracts import Text
from ostiary.text import translations, use_locale
from ostiary.text.jinja import TextExtension
from ostiary.text.marking import marking, placed

_, _n, _p, _np = translations("acme")


class Half:
    """German, as far as it goes."""

    locales = ("de", "en")
    known: ClassVar = {"Yes": "Ja", "By ${who}": "Von ${who}"}

    def negotiate(self, _accept: str, _preferred: str | None, /) -> str:
        return "de"

    def say(self, text: Text, _locale: str, /) -> str:
        values = {
            name: self.say(value, "de") if isinstance(value, Text) else str(value)
            for name, value in text.values
        }
        return Text.fill(self.known.get(text.id, text.id), values)

    def direction(self, _locale: str, /) -> str:
        return "ltr"

    def tell(self, text: Text, locale: str, /) -> tuple[str, str]:
        return self.say(text, locale), locale if text.id in self.known else "en"


EN = '<span lang="en" dir="ltr">'


def rendered(source: str, **values: object) -> str:
    environment = Environment(autoescape=True, extensions=[TextExtension])
    environment.ostiary_domains.default = "acme"  # type: ignore[attr-defined]
    with use_locale(Half(), "de"), marking():
        return placed(environment.from_string(source).render(values))


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ('<p>{{ _("Yes") }}</p>', "<p>Ja</p>"),
        ('<p>{{ _("No & no") }}</p>', f"<p>{EN}No &amp; no</span></p>"),
        ('<a title="{{ _("No") }}">{{ _("No") }}</a>', f'<a title="No">{EN}No</span></a>'),
        ("<a data-x='{{ _(\"a > b\") }}' >Ja</a>", "<a data-x='a &gt; b' >Ja</a>"),
        ('<title>{{ _("No") }} x</title>', "<title>No x</title>"),
        ('<option\nvalue=1>{{ _("No") }}</option>', "<option\nvalue=1>No</option>"),
        ('<textarea>{{ _("No") }}</textarea >', "<textarea>No</textarea >"),
        ('<b title="a > {{ _("No") }}">x</b>', '<b title="a > No">x</b>'),
        ('{{ _("By ${who}", who=_("No")) }}', f"Von {EN}No</span>"),
        ('{{ _("No, ${who}", who="<i>") }}', f"{EN}No, &lt;i&gt;</span>"),
    ],
)
def test_only_content_gets_a_language(source: str, page: str) -> None:
    assert rendered(source) == page


def test_markup_stays_and_what_people_typed_is_no_mark() -> None:
    typed = "\ue002en\ue004 \ue003"
    page = rendered('{{ _("No ${x}", x=x) }}{{ typed }}', x=Markup("<b>1</b>"), typed=typed)
    assert page == f"{EN}No <b>1</b></span>{typed}"


def test_nothing_is_marked_where_no_page_is_made() -> None:
    environment = Environment(autoescape=True, extensions=[TextExtension])
    environment.ostiary_domains.default = "acme"  # type: ignore[attr-defined]
    with use_locale(Half(), "de"):
        assert environment.from_string('{{ _("No") }}').render() == "No"


def test_a_localization_that_cannot_tell_marks_nothing() -> None:
    with marking():
        environment = Environment(autoescape=True, extensions=[TextExtension])
        environment.ostiary_domains.default = "acme"  # type: ignore[attr-defined]
        assert environment.from_string('{{ _("No") }}').render() == "No"
