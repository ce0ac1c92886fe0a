"""What languages cost: a page with and without translation, a language's load, a house's start.

``python -m benchmarks.languages [--rounds N]``; ``make bench`` has the same lines. The catalogs are
those that the packages come with, in ten languages.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from jinja2 import DictLoader, Environment

from benchmarks.browser import Browser
from benchmarks.comparing import Line, measured
from ostiary.accounts import login_name
from ostiary.contracts import Client, Kind, MessageCatalog, Proof, Strength, Text
from ostiary.runtime import Runtime
from ostiary.signin.held import HeldLocalization
from ostiary.signin.runner import Runner
from ostiary.store import KeyRing
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Houses
from ostiary.text import NullLocalization, use_locale
from ostiary.text.jinja import TextExtension
from ostiary.text.marking import marking, placed
from ostiary.web import standalone
from ostiary_i18n.catalogs import messages_of, source_of
from ostiary_i18n.localization import Languages
from ostiary_i18n.settings import I18nSettings
from ostiary_i18n.working.extracting import extracted, rendered
from ostiary_i18n.working.packages import packages

PLUGINS = ("password", "totp", "webauthn", "recovery", "tokens", "index", "audit")
DOMAINS = ("ostiary", "ostiary_i18n", *(f"ostiary_{each}" for each in PLUGINS))
STRINGS = 50
TEN = 10
_ROUNDS = 30


def shipped() -> list[MessageCatalog]:
    """The catalogs that the packages come with."""
    return [
        MessageCatalog(each.domain, str(each.directory), Text(each.domain, each.domain))
        for each in packages([], DOMAINS)
    ]


class Shelf:
    """A house as far as languages ask it: for catalogs."""

    def __init__(self, catalogs: list[MessageCatalog]) -> None:
        self._catalogs = catalogs

    def parts(self, _hook: str, /) -> list[MessageCatalog]:
        """All that there are."""
        return self._catalogs


def languages(catalogs: list[MessageCatalog], folder: Path) -> Languages:
    """What speaks these catalogs."""
    house: Any = Shelf(catalogs)
    return Languages(house, I18nSettings(), folder / "data")


def page_of_strings(speaks: Any, locale: str) -> Callable[[], str]:
    """A page of nothing but short texts."""
    template = read_po(BytesIO(rendered(extracted(packages([], ["ostiary"])[0]))))
    sources = [s for s in map(source_of, messages_of(template)) if s.context is None]
    plain = [s.id for s in sources if s.plural is None and not set('$"\n') & set(s.id)][:STRINGS]
    source = "".join(f'<p>{{{{ _("{text}") }}}}</p>\n' for text in plain)
    environment = Environment(
        autoescape=True, extensions=[TextExtension], loader=DictLoader({"page": source})
    )
    environment.ostiary_domains.default = "ostiary"  # type: ignore[attr-defined]
    page = environment.get_template("page")

    def render() -> str:
        with use_locale(speaks, locale), marking():
            return placed(page.render())

    return render


def account_page(runtime: Runtime, language: str) -> Callable[[], str]:
    """The page of somebody's account."""
    assert runtime.accounts is not None
    proof = Proof("any", "any", Strength(frozenset({Kind.KNOW})), runtime.now())
    with runtime.store.write() as unit:
        found = runtime.directory.named("ada")
        user = found or runtime.accounts.create(unit, "id-ada", login_name("ada"))
        runtime.accounts.prefer(unit, user.id, language, None)
        cookie = runtime.sessions.open(
            unit, user.id, [proof], Client("192.0.2.1"), None, runtime.now()
        )
    browser = Browser(standalone(runtime), {"ostiary_session": cookie})
    page = browser.get("/account")
    assert f'lang="{language}"' in page
    assert ("Ihr Konto" in page) is (language == "de")
    return lambda: browser.get("/account")


def houses(folder: Path) -> Houses:
    """Makes houses in a folder of their own."""
    folder.mkdir()
    keys = KeyRing.create(folder / "keys.json")
    return Houses(folder, f"sqlite:///{folder / 'house.db'}", keys, Clock())


def lines(catalogs: list[MessageCatalog], folder: Path) -> Iterator[Line]:
    """A page with translation beside the same without; the aims are 1.25 and 1.05."""
    spoken = HeldLocalization("i18n", languages(catalogs, folder), Runner(10, 4))
    without = page_of_strings(NullLocalization(), "en")
    yield Line(
        f"a page of {STRINGS} strings", "untranslated", page_of_strings(spoken, "de"), without, 50
    )
    settings: Mapping[str, Any] = {"second_factor__required": "never", "generous": True}
    plain = houses(folder / "plain")(*PLUGINS, **settings)
    words = houses(folder / "words")("i18n", *PLUGINS, **settings)
    theirs, ours = account_page(plain, "en"), account_page(words, "de")
    yield Line("/account in German", "without the plugin", ours, theirs, 20)


def load(catalogs: list[MessageCatalog], folder: Path) -> str:
    """What it takes to read all catalogs of one language."""
    spoken = languages(catalogs, folder)
    voice = spoken.voice("fr")
    assert voice is not None
    # What Babel itself keeps of a language is loaded before.
    voice.number(12345)
    gc.collect()
    began = time.process_time()
    counts = [len(each.messages) for domain in DOMAINS for each in voice.chain(domain)]
    took = time.process_time() - began
    voice.forget()
    gc.collect()
    tracemalloc.start()
    for domain in DOMAINS:
        voice.chain(domain)
    gc.collect()
    size, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return f"a language, {sum(counts)} messages: {took * 1000:.0f} ms, {size / 2**20:.2f} MB"


def start(catalogs: list[MessageCatalog], folder: Path) -> str:
    """What it takes to find which of ten languages are offered."""
    times = []
    for _round in range(5):
        spoken = languages(catalogs, folder)
        began = time.process_time()
        offered = spoken.locales
        times.append(time.process_time() - began)
        assert len(offered) == TEN + 1
    return f"{TEN} languages found and offered: {min(times) * 1000:.1f} ms"


def report(folder: Path, rounds: int) -> Iterator[str]:
    """All of it, a line each."""
    catalogs = shipped()
    for line in lines(catalogs, folder):
        yield measured(line, rounds)
    yield load(catalogs, folder)
    yield start(catalogs, folder)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.languages")
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as name:
        folder = Path(name)
        for said in report(folder, rounds):
            print(said)


if __name__ == "__main__":
    main()
