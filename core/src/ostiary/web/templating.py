"""Templates with the suffix ``.jinja``: the house's and its plugins', apart from the host's.

The environment is our own, so that no setting of a host turns escaping off or lets an unknown
name pass, and a host's ``.jinja2`` templates keep theirs. Names are asset specifications, so
a host may put a template of its own in place of one of ours by ``config.override_asset``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from jinja2 import BytecodeCache, Environment, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape
from pyramid.config import Configurator
from pyramid_jinja2 import Environment as AssetEnvironment
from pyramid_jinja2 import SmartAssetSpecLoader
from pyramid_jinja2.filters import route_path_filter, static_path_filter

from ostiary.text import show, use_locale
from ostiary.text.jinja import TextExtension
from ostiary.text.marking import marking, placed
from ostiary.web.page import page_of

SUFFIX = ".jinja"


class Compiled(BytecodeCache):
    """What was compiled in this process, by template and source.

    To compile is most of what the first request for a page costs. Several applications in one
    process, such as those that the tests of a host make, do it once together.
    """

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, if this source was compiled before."""
        known = self._known.get(bucket.key)
        if known is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was just compiled."""
        self._known[bucket.key] = bucket.bytecode_to_string()


_COMPILED = Compiled()


def make_environment(*, reload: bool) -> Environment:
    """The environment of our templates: everything is escaped, every name must exist.

    Args:
        reload: look at each file of a page for changes, each time; for who writes templates.
    """
    environment: Environment = AssetEnvironment(
        loader=SmartAssetSpecLoader(),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=[TextExtension],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        bytecode_cache=_COMPILED,
    )
    environment.filters["svg_uri"] = svg_uri
    environment.filters["moment"] = moment
    environment.filters["day"] = day
    # For a number, a list of words, a span from now: 3|show.
    environment.filters["show"] = show
    # A host's layout is rendered here too, and these it will expect.
    environment.filters["route_path"] = route_path_filter
    environment.filters["static_path"] = static_path_filter
    return environment


def svg_uri(svg: bytes) -> Markup:
    """An SVG as the address of an image, where neither its scripts nor its links run."""
    encoded = base64.b64encode(svg).decode()
    return Markup(f"data:image/svg+xml;base64,{encoded}")  # noqa: S704 - base64 holds no markup.


def moment(at: datetime) -> Markup:
    """A time, for people in their zone and language, and for programs."""
    exact = at.astimezone(UTC).isoformat(timespec="seconds")
    # The first holds nothing to escape, and a page has many: Markup.format takes ten times as long.
    return Markup(f'<time datetime="{exact}" dir="auto">{escape(show(at))}</time>')  # noqa: S704


def day(at: date) -> Markup:
    """A day, for people and for programs."""
    return Markup('<time datetime="{}" dir="auto">{}</time>').format(at.isoformat(), show(at))


class RendererFactory:
    """Pyramid's way to a template."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def __call__(self, info: Any) -> Renderer:
        """The renderer of one template; a name without a package is of the caller's."""
        spec = info.name if ":" in info.name else f"{info.package.__name__}:{info.name}"
        return Renderer(self.environment, spec)


class Renderer:
    """One template, rendered in the locale of its page."""

    def __init__(self, environment: Environment, spec: str) -> None:
        self.environment = environment
        self.spec = spec

    def __call__(self, value: Mapping[str, Any], system: Mapping[str, Any]) -> str:
        """The page. A view may give ``problems``, and a ``page`` of its own."""
        page = value.get("page") or page_of(system["request"])
        names = {"problems": (), **system, **value, "page": page}
        with use_locale(page.localization, page.locale, page.zone), marking():
            return placed(self.environment.get_template(self.spec).render(names))


def add_templates(config: Configurator) -> None:
    """Register the renderer."""
    reload = bool(config.get_settings().get("pyramid.reload_templates"))
    config.add_renderer(SUFFIX, RendererFactory(make_environment(reload=reload)))
