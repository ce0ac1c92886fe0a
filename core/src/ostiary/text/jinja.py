"""Texts in Jinja templates: the ``trans`` tag, ``_()`` and its kin, and ``{{ text }}``.

A template's domain is that of the package it lives in. It is written into the calls when the
template is compiled, so it stays right where one template extends, includes or imports
another. Translations are escaped, and ``${name}`` is the one style of placeholder that
translators meet, whatever the template says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from jinja2 import Environment, TemplateAssertionError, nodes, pass_eval_context
from jinja2.ext import InternationalizationExtension
from jinja2.lexer import Token, TokenStream
from jinja2.nodes import EvalContext
from jinja2.parser import Parser
from markupsafe import Markup

from ostiary.contracts import Text, TextValue
from ostiary.text.domains import Domains
from ostiary.text.html import say_html
from ostiary.text.locale import say

PREFIX = "_ostiary_"
# Of each function: how many constant strings it begins with.
SOURCES = {"gettext": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}
_ALIASES = {"_": "gettext", "_n": "ngettext", "_p": "pgettext", "_np": "npgettext"}
_OLD_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")


@lru_cache(maxsize=4096)
def message_id(source: str) -> str:
    """The id of a message: ``%(name)s``, as Jinja's users write it, becomes ``${name}``.

    As in Python's own formatting, ``%%`` is a per cent sign in such a message, and only there.
    """
    if "%(" not in source:
        return source
    return _OLD_PLACEHOLDER.sub(_new_placeholder, source)


def _new_placeholder(match: re.Match[str]) -> str:
    return f"${{{match[1]}}}" if match[1] else "%"


class TextExtension(InternationalizationExtension):
    """Jinja's i18n, speaking texts. Add template folders to ``environment.ostiary_domains``.

    Line breaks and indentation within a ``trans`` block are not part of its message.
    """

    # Above jinja2.ext.i18n, so that the tag is ours where pyramid_jinja2 has loaded that too.
    priority = 110

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.domains = Domains()
        environment.extend(ostiary_domains=self.domains)
        environment.policies["ext.i18n.trimmed"] = True
        # For a text that goes on to another filter: text|say|upper.
        environment.filters["say"] = say
        environment.globals.update(
            {
                PREFIX + "gettext": _gettext,
                PREFIX + "ngettext": _ngettext,
                PREFIX + "pgettext": _pgettext,
                PREFIX + "npgettext": _npgettext,
            }
        )
        if environment.finalize is None:
            environment.finalize = finalize

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """Write the domain into each call of ``_()`` and its kin.

        Raises:
            TemplateAssertionError: a message is not a constant, so that no translator would
                ever see it; or the template's domain is unknown.
        """
        tokens = list(stream)
        opening = None
        for index, token in enumerate(tokens):
            function = _called(tokens, index)
            if function is not None:
                _require_constants(tokens, index, SOURCES[function], stream)
                opening = index + 1
                yield Token(token.lineno, "name", PREFIX + function)
                continue
            yield token
            if index == opening:
                domain = self._domain(token.lineno, stream.name, stream.filename)
                yield Token(token.lineno, "string", domain)
                yield Token(token.lineno, "comma", ",")

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """Parse a ``trans`` block; its call gets the domain of the template being parsed."""
        lineno = parser.stream.current.lineno
        parsed = super().parse(parser)
        output = parsed[-1] if isinstance(parsed, list) else parsed
        call = next(output.iter_child_nodes())
        assert isinstance(call, nodes.Call)  # noqa: S101 - what _make_node makes.
        domain = self._domain(lineno, parser.name, parser.filename)
        call.args.insert(0, nodes.Const(domain, lineno=lineno))
        return parsed

    def _domain(self, lineno: int, name: str | None, filename: str | None) -> str:
        domain = self.domains.find(name, filename)
        if domain is None:
            raise TemplateAssertionError(
                f"the domain of the texts of template {name!r} is unknown; name the template "
                "'package:path' or add its folder to environment.ostiary_domains",
                lineno,
                name,
                filename,
            )
        return domain

    def _make_node(
        self,
        singular: str,
        plural: str | None,
        context: str | None,
        variables: dict[str, nodes.Expr],
        plural_expr: nodes.Expr | None,
        vars_referenced: bool,  # noqa: FBT001
        num_called_num: bool,  # noqa: FBT001
    ) -> nodes.Output:
        """Jinja's node for a ``trans`` block: here a call without the domain, yet."""
        args: list[nodes.Expr] = [] if context is None else [nodes.Const(context)]
        args.append(nodes.Const(_block_id(singular)))
        function = "gettext" if context is None else "pgettext"
        if plural is not None and plural_expr is not None:
            args.extend((nodes.Const(_block_id(plural)), plural_expr))
            function = "ngettext" if context is None else "npgettext"
        values = [nodes.Keyword(name, value) for name, value in variables.items()]
        call = nodes.Call(nodes.Name(PREFIX + function, "load"), args, values, None, None)
        return nodes.Output([call])


def _block_id(source: str) -> str:
    """Undo what Jinja makes of a block: ``%`` doubled, ``{{ name }}`` as ``%(name)s``."""
    return _OLD_PLACEHOLDER.sub(_new_placeholder, source)


def _called(tokens: list[Token], index: int) -> str | None:
    token = tokens[index]
    if token.type != "name" or index + 1 == len(tokens) or tokens[index + 1].type != "lparen":
        return None
    if tokens[index - 1].type in {"dot", "pipe"}:
        return None
    function = _ALIASES.get(token.value, token.value)
    return function if function in SOURCES else None


def _require_constants(tokens: list[Token], index: int, count: int, stream: TokenStream) -> None:
    at = index + 2
    for remaining in range(count - 1, -1, -1):
        first = at
        while tokens[at].type == "string":
            at += 1
        if at == first or tokens[at].type not in ({"comma"} if remaining else {"comma", "rparen"}):
            raise TemplateAssertionError(
                f"{tokens[index].value}() needs {count} constant string(s): "
                "what is put together at run time reaches no translator",
                tokens[index].lineno,
                stream.name,
                stream.filename,
            )
        at += 1


@pass_eval_context
def finalize(eval_ctx: EvalContext, value: object) -> object:
    """Jinja's ``finalize``: a Text in ``{{ }}`` is said, and escaped where HTML is made."""
    return _spoken(eval_ctx, value) if isinstance(value, Text) else value


def _spoken(eval_ctx: EvalContext, text: Text) -> str:
    return say_html(text) if eval_ctx.autoescape else say(text)


@lru_cache(maxsize=4096)
def _plain(domain: str, source: str, context: str | None) -> Text:
    return Text(domain, message_id(source), context=context)


def _text(domain: str, source: str, context: str | None, values: dict[str, object]) -> Text:
    if not values:
        return _plain(domain, source, context)
    return Text(domain, message_id(source), _values(values), context=context)


@pass_eval_context
def _gettext(eval_ctx: EvalContext, domain: str, source: str, /, **values: object) -> str:
    return _spoken(eval_ctx, _text(domain, source, None, values))


@pass_eval_context
def _pgettext(
    eval_ctx: EvalContext, domain: str, context: str, source: str, /, **values: object
) -> str:
    return _spoken(eval_ctx, _text(domain, source, context, values))


@pass_eval_context
def _ngettext(
    eval_ctx: EvalContext, domain: str, one: str, many: str, n: int, /, **values: object
) -> str:
    filled = _values({"n": n, **values})
    return _spoken(eval_ctx, Text(domain, message_id(one), filled, message_id(many), int(n)))


@pass_eval_context
def _npgettext(
    eval_ctx: EvalContext,
    domain: str,
    context: str,
    one: str,
    many: str,
    n: int,
    /,
    **values: object,
) -> str:
    filled = _values({"n": n, **values})
    text = Text(domain, message_id(one), filled, message_id(many), int(n), context)
    return _spoken(eval_ctx, text)


def _values(values: dict[str, object]) -> tuple[tuple[str, TextValue], ...]:
    return tuple((name, _value(value)) for name, value in values.items())


def _value(value: object) -> TextValue:
    """Whatever a template holds, as the value of a text; markup stays markup."""
    if isinstance(value, (Text, str)) or type(value) is int:
        return value
    return Markup(value) if hasattr(value, "__html__") else str(value)  # noqa: S704
