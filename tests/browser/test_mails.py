"""Every mail, as its reader's program shows it, and as plain text."""

from __future__ import annotations

import os
from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest

from ostiary.contracts import Localization, Site
from ostiary.mail.compose import compose
from ostiary.mail.letter import Letter
from ostiary.testing import looking
from ostiary.testing.browsers import axe
from ostiary.testing.fixtures import NewPage
from ostiary.testing.locales import PseudoLocalization
from ostiary.testing.sampling import sampled
from ostiary.testing.usable import LOOKS, forced_colours
from tests.browser.everybody import LOCALES, SCREENSHOTS, photographed
from tests.browser.mails import FACTS, LINK, LOGIN, MAILS, OWN, facts_of, makers, reader_of

SITE = Site("The Index", "https://index.example", "index.example")


def sent(name: str, locale: str) -> EmailMessage:
    """The message, read back from what was sent."""
    reader, facts = reader_of(name, locale), facts_of(name)
    letter = Letter.addressed("ada@example.org", MAILS[name], reader, facts)
    if reader is None:
        letter = replace(letter, locale=locale)
    localization: Localization = PseudoLocalization()
    message = compose(
        letter,
        site=SITE,
        sender="door@index.example",
        base=SITE.origin,
        localization=localization,
        message_id="row-1",
        date=FACTS.when,
    )
    found = BytesParser(EmailMessage, policy=default).parsebytes(message.as_bytes())
    assert isinstance(found, EmailMessage)
    return found


def part(message: EmailMessage, kind: str) -> str:
    """One of its two parts."""
    body = message.get_body((kind,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def test_every_mail_is_looked_at() -> None:
    """A new one is missed here until it is among them."""
    assert sorted(makers()) == sorted(MAILS)


@pytest.mark.parametrize(
    ("name", "locale"),
    sampled([(name, locale) for name in MAILS for locale in LOCALES], 6, of="mails"),
)
def test_every_mail_is_for_everybody(name: str, locale: str, new_page: NewPage) -> None:
    """In each colour and width; the rules of pages, but for what a mail program does."""
    page, message = new_page(), sent(name, locale)
    page.set_content(part(message, "html"))
    # A mail program has it in its own main part, on a ground that axe can see.
    page.evaluate("""() => {
        const main = document.createElement('main');
        main.append(...document.body.childNodes);
        document.body.append(main);
        document.body.style.background = 'Canvas';
    }""")
    assert page.evaluate("document.documentElement.lang") == locale
    if locale == "en-XA":
        plain = looking.literals(
            page, (*OWN, SITE.title, SITE.origin, f"{SITE.origin}/account/security", LINK)
        )
        assert not plain, f"not translated: {plain}"
    for look in LOOKS:
        page.emulate_media(color_scheme=look.colours, reduced_motion="reduce")  # type: ignore[arg-type] # one of its two
        looking.resize(page, look.width)
        axe(page)
        looking.fits(page)
        looking.stands_spacing(page)
        forced_colours(page)
        photographed(page, f"mail-{name}-{locale}-{look}")
    _kept(f"mail-{name}-{locale}", part(message, "plain"))


def _kept(name: str, text: str) -> None:
    folder = os.environ.get(SCREENSHOTS)
    if folder:
        (Path(folder) / f"{name}.txt").write_text(text, "utf-8")


@pytest.mark.parametrize("name", MAILS)
def test_the_plain_text_reads_well(name: str) -> None:
    """No markup, no run of empty lines, no line too long for a mail but a link's."""
    text = part(sent(name, "en"), "plain")
    assert text.startswith(f"Hello {LOGIN},\n") or reader_of(name, "en") is None, text
    assert "\n\n\n\n" not in text
    assert "<" not in text.replace("> ", "")
    long = [line for line in text.splitlines() if len(line) > 78 and " " in line.strip()]
    assert not long, long
