"""Texts: making, saying, keeping as JSON."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.contracts import Text
from ostiary.testing.locales import PseudoLocalization
from ostiary.text import (
    NullLocalization,
    current_locale,
    say,
    text_from_json,
    text_to_json,
    translations,
    use_locale,
)

_, _n, _p, _np = translations("ostiary_test")


def test_a_value_may_have_any_name() -> None:
    """The sources are positional, so no name is taken from the values."""
    text = _("${source} ${domain} ${self} ${n}", source="a", domain="b", self="c", n=1)
    assert str(text) == "a b c 1"
    assert str(_np("c", "1", "${one} ${many}", 2, one="x", many="y")) == "x y"


@pytest.mark.parametrize("value", [1.5, None, True, b"x", object()])
def test_a_value_of_another_type_is_refused_without_showing_it(value: Any) -> None:
    with pytest.raises(TypeError, match="'secret' of a text is a") as refusal:
        _("${secret}", secret=value)
    assert str(refusal.value).endswith(f"is a {type(value).__name__}; give a Text, a str or an int")


@pytest.mark.parametrize("n", [1.0, True, "1", None])
def test_only_an_int_counts(n: Any) -> None:
    with pytest.raises(TypeError, match="give an int"):
        _n("one", "many", n)


def test_the_number_is_a_value_unless_given_otherwise() -> None:
    assert str(_n("one", "${n} keys", 3)) == "3 keys"
    assert str(_n("one", "${n} keys", 3, n="three")) == "three keys"
    assert str(_n("one", "${n} keys", 1)) == "one"


def test_null_localization_speaks_english_whatever_is_asked() -> None:
    null = NullLocalization()
    nested = _("Hello ${who}", who=_("you with ${what}", what=_n("a key", "${n} keys", 2)))
    assert null.say(nested, "de") == "Hello you with 2 keys"
    assert null.say(_("Hello ${nobody}"), "en") == "Hello ${nobody}"
    assert null.say(_p("context", "Open"), "en") == "Open"
    assert null.negotiate("de, fr;q=0.5", "ar") == "en"
    assert (null.direction("ar"), null.locales) == ("ltr", ("en",))


def test_a_locale_holds_within_its_block_and_thread_only() -> None:
    pseudo = PseudoLocalization()
    elsewhere: list[str] = []
    with use_locale(pseudo, "en-XA"):
        assert current_locale() == (pseudo, "en-XA")
        assert say(_("Hi")) != "Hi"
        with use_locale(pseudo, "en"):
            assert say(_("Hi")) == "Hi"
        assert say(_("Hi")) != "Hi"
        thread = threading.Thread(target=lambda: elsewhere.append(say(_("Hi"))))
        thread.start()
        thread.join()
    assert elsewhere == ["Hi"]
    with pytest.raises(TypeError), use_locale(pseudo, "en-XA"):
        _("${a}", a=None)  # type: ignore[arg-type]
    assert say(_("Hi")) == "Hi"


_words = st.text(max_size=10)
_texts = st.recursive(
    st.builds(Text, _words, _words),
    lambda inner: st.builds(
        Text,
        _words,
        _words,
        st.lists(
            st.tuples(_words, st.one_of(_words, st.integers(), inner)),
            max_size=3,
            unique_by=lambda pair: pair[0],
        ).map(tuple),
        st.just("many"),
        st.integers(),
        st.none() | _words,
    ),
    max_leaves=6,
)


@given(_texts)
def test_json_gives_back_an_equal_text(text: Text) -> None:
    try:
        data = text_to_json(text)
    except ValueError as refusal:
        assert "nested deeper" in str(refusal)  # noqa: PT017 - deep texts are refused alike.
    else:
        assert text_from_json(json.loads(json.dumps(data))) == text


_PLAIN: dict[str, Any] = {"domain": "d", "id": "i", "values": []}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        {},
        {"domain": "d", "id": "i"},
        {**_PLAIN, "domain": 1},
        {**_PLAIN, "domain": None},
        {**_PLAIN, "id": ["i"]},
        {**_PLAIN, "extra": 1},
        {**_PLAIN, "values": {}},
        {**_PLAIN, "values": [["a"]]},
        {**_PLAIN, "values": ["ab"]},
        {**_PLAIN, "values": [[1, "b"]]},
        {**_PLAIN, "values": [["a", 1.5]]},
        {**_PLAIN, "values": [["a", True]]},
        {**_PLAIN, "values": [["a", None]]},
        {**_PLAIN, "values": [["a", {}]]},
        {**_PLAIN, "values": [["a", "1"], ["a", "2"]]},
        {**_PLAIN, "plural": "p"},
        {**_PLAIN, "n": 1},
        {**_PLAIN, "n": True, "plural": "p"},
        {**_PLAIN, "n": 1.0, "plural": "p"},
        {**_PLAIN, "n": 1, "plural": 2},
        {**_PLAIN, "context": 3},
    ],
)
def test_malformed_json_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="text"):
        text_from_json(data)


def test_depth_is_bounded_both_ways() -> None:
    """A hostile row cannot exhaust the stack, and nothing is written that cannot be read."""
    text, data = _("x"), _PLAIN
    for _level in range(7):
        text, data = _("${a}", a=text), {**_PLAIN, "values": [["a", data]]}
    assert text_from_json(text_to_json(text)) == text
    assert str(text_from_json(data)) == "i"
    with pytest.raises(ValueError, match="deeper"):
        text_to_json(_("${a}", a=text))
    for _level in range(100_000):
        data = {**_PLAIN, "values": [["a", data]]}
    with pytest.raises(ValueError, match="deeper"):
        text_from_json(data)


def test_pseudo_locales_disguise_the_sentence_and_keep_the_values() -> None:
    pseudo = PseudoLocalization()
    text = _n("One key of ${who}", "${n} keys of ${who}, ${missing}", 12, who="bob <b>")
    said = pseudo.say(text, "en-XA")
    assert said.startswith("[12 ķéýš")
    assert said.endswith("]")
    assert "bob <b>" in said
    assert "${missing}" in said
    assert len(said) >= 1.3 * len(str(text))
    assert pseudo.say(text, "en_XA") == said
    mirrored = pseudo.say(_("Key of ${who}", who=_("you")), "ar_XB")
    assert mirrored == "\u202eKey of \u202c\u2068\u202eyou\u202c\u2069"
    assert pseudo.say(text, "en") == str(text)
    assert (pseudo.direction("ar-XB"), pseudo.direction("en-XA")) == ("rtl", "ltr")


def test_pseudo_locales_are_negotiated() -> None:
    pseudo = PseudoLocalization()
    assert pseudo.negotiate("de, ar_XB;q=0.8", None) == "ar-XB"
    assert pseudo.negotiate("ar-XB", "en_xa") == "en-XA"
    assert pseudo.negotiate("", None) == "en"
