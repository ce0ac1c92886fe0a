"""What a letter becomes: headers, text, HTML, in the recipient's language."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.contracts import Localization, Mail, Site, Text, User
from ostiary.mail import MailFacts
from ostiary.mail.compose import compose
from ostiary.mail.flowed import flowed
from ostiary.mail.letter import Letter, fact, mask
from ostiary.testing.locales import PseudoLocalization
from ostiary.text import NullLocalization, translations
from ostiary.text.extract import extract

_, _n, _p, _np = translations("ostiary_test")

SITE = Site("The Index", "https://index.example", "index.example")
BOB = User("1", "bob")
WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=2)))
FACTS = MailFacts(WHEN, "192.0.2.7", "Firefox/140.0 (X11; Linux x86_64)")
CODE = Mail(_("Your code"), (_("Somebody signs in."), _("Here you go.")), code="731 902")
LINK = Mail(
    _("Verify"), (), link="https://index.example/v?a=1&b=2", link_text=_("Verify the address")
)


def composed(
    mail: Mail,
    *,
    user: User | None = BOB,
    facts: MailFacts | None = None,
    localization: Localization | None = None,
    site: Site = SITE,
    sender: str = "door@index.example",
    base: str = SITE.origin,
) -> EmailMessage:
    letter = Letter.addressed("bob@example.org", mail, user, facts)
    return compose(
        Letter.from_bytes(letter.to_bytes()),
        site=site,
        sender=sender,
        base=base,
        localization=localization or NullLocalization(),
        message_id="row-1",
        date=WHEN,
    )


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert isinstance(body, EmailMessage)
    content = body.get_content()
    assert isinstance(content, str)
    return content


def test_the_headers_say_that_a_machine_wrote_it() -> None:
    """RFC 3834; and the same letter has the same id and date each time it is sent."""
    message = composed(CODE)
    assert dict(message.items()) == {
        "From": "The Index <door@index.example>",
        "To": "bob@example.org",
        "Subject": "Your code",
        "Date": "Fri, 02 Jan 2026 01:04:00 +0000",
        "Message-ID": "<row-1@index.example>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
        "Content-Language": "en",
    }
    assert composed(CODE, sender="Door <d@x.example>")["From"] == "Door <d@x.example>"


def test_the_link_to_the_security_page_goes_where_the_pages_are_mounted() -> None:
    """Under a prefix too: elsewhere is another application's page, or none."""
    message = composed(CODE, facts=FACTS, base="https://index.example/auth")
    for kind in ("plain", "html"):
        assert "https://index.example/auth/account/security" in part(message, kind)
        assert "https://index.example/account" not in part(message, kind)


def test_text_and_html_say_the_same() -> None:
    message = composed(CODE)
    text, html = part(message, "plain"), part(message, "html")
    for words in ("Hello bob,", "Somebody signs in.", "731 902", "ignore this", "by The Index"):
        assert words in text.replace(" \n", " ")
        assert words in html
    link = composed(LINK, user=None)
    assert "Hello" not in part(link, "plain")
    assert "Verify the address\nhttps://index.example/v?a=1&b=2\n" in part(link, "plain")
    # The full address is there to be read, not only behind the words.
    assert part(link, "html").count("https://index.example/v?a=1&amp;b=2") == 3
    bare = composed(Mail(_("s"), (), link="https://index.example/"))
    assert "https://index.example/\n" in part(bare, "plain")
    assert "ignore this" not in part(composed(Mail(_("s"), (_("Done."),))), "plain")


def test_a_notification_says_when_whence_and_what_to_do() -> None:
    message = composed(Mail(_("New sign-in"), (_("Somebody signed in."),)), facts=FACTS)
    text = part(message, "plain").replace(" \n", " ")
    for words in (
        "When: 2026-01-02 01:04 UTC",
        "Address: 192.0.2.7",
        "Browser: Firefox/140.0 (X11; Linux x86_64)",
        "If this was not you",
        "https://index.example/account/security",
    ):
        assert words in text
        assert words in part(message, "html")
    unknown = part(composed(CODE, facts=MailFacts(WHEN)), "plain")
    assert "Address" not in unknown
    assert "Browser" not in unknown


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_html_runs_from_right_to_left_for_who_reads_so() -> None:
    arabic = User("1", "bob", locale="ar_XB")
    message = composed(CODE, user=arabic, facts=FACTS, localization=PseudoLocalization())
    tags = Tags(part(message, "html")).found
    assert tags[0] == ("html", {"lang": "ar-XB", "dir": "rtl"})
    [code] = [attrs for tag, attrs in tags if tag == "strong" and "style" in attrs]
    assert code["dir"] == "ltr"
    assert all(attrs["dir"] == "ltr" for tag, attrs in tags if tag == "a")
    assert message["Content-Language"] == "ar-XB"
    assert "\u202eYour code\u202c" in message["Subject"]


def test_html_fetches_nothing_and_brings_no_colours() -> None:
    """No tracking, and nothing that vanishes where the ground is dark."""
    for mail in (CODE, LINK):
        html = part(composed(mail, facts=FACTS), "html")
        tags = Tags(html).found
        loading = {"src", "srcset", "background", "data", "poster"}
        assert not loading & {name for _tag, attrs in tags for name in attrs}
        assert {"img", "link", "script", "iframe"}.isdisjoint({tag for tag, _attrs in tags})
        assert not re.search(r"url\(|@import|[^-]color:|background", html)
        assert ("meta", {"name": "color-scheme", "content": "light dark"}) in tags


def test_every_sentence_can_be_translated() -> None:
    """In a pseudo-locale every line is in brackets, but for codes and links."""
    accented = User("1", "bob", locale="en-XA")
    for mail, facts in ((CODE, None), (CODE, FACTS), (LINK, None)):
        message = composed(mail, user=accented, facts=facts, localization=PseudoLocalization())
        lines = part(message, "plain").replace(" \n", " ").split("\n")
        plain = [line.strip() for line in lines if line and not line.startswith("[")]
        assert set(plain) <= {
            "731 902",
            "https://index.example/v?a=1&b=2",
            "https://index.example/account/security",
        }
        words = re.sub(r"<style>.*?</style>|<[^>]*>", "\n", part(message, "html"), flags=re.DOTALL)
        said = {line.strip() for line in words.split("\n") if line.strip()}
        assert {line for line in said if not line.startswith("[")} <= {
            "The Index",
            "731 902",
            "https://index.example/v?a=1&amp;b=2",
            "https://index.example/account/security",
        }


class Recording(NullLocalization):
    def __init__(self) -> None:
        self.asked: set[str] = set()

    def say(self, text: Text, locale: str, /) -> str:
        if text.domain == "ostiary":
            self.asked.add(text.id)
        return str(text)


@pytest.mark.parametrize("name", ["mail.txt.jinja", "mail.html.jinja"])
def test_what_is_extracted_is_what_is_asked_for(name: str) -> None:
    recording = Recording()
    composed(CODE, localization=recording)
    composed(CODE, facts=FACTS, localization=recording)
    composed(LINK, localization=recording)
    source = files("ostiary").joinpath("mail/templates", name).read_bytes()
    found = {message for _line, _f, message, _c in extract(io.BytesIO(source), ["gettext"], (), {})}
    assert found == recording.asked


def test_no_value_becomes_a_header_or_markup() -> None:
    """Names and titles that hold line breaks and tags stay words."""
    evil = "x\r\nBcc: eve@example.org\u2028<script>\x00"
    message = composed(
        Mail(_("Hi ${x}", x=evil), (_("${x}", x=evil),), code=evil, link_text=_("${x}", x=evil)),
        user=User("1", evil),
        site=Site(evil, "https://index.example", "index.example"),
        facts=MailFacts(WHEN, evil, evil),
    )
    assert message["Bcc"] is None
    assert message["Subject"] == "Hi x Bcc: eve@example.org <script>"
    head = message.as_bytes().partition(b"\r\n\r\n")[0]
    assert b"\r\nBcc" not in head
    assert "<script>" not in part(message, "html")
    assert "\n<script>" not in part(message, "plain")


@pytest.mark.parametrize(
    "to",
    [
        "",
        "bob",
        "bob@",
        "@example.org",
        "bob@example.org\r\nBcc: eve@example.org",
        "bob@example.org\n",
        "bob@example.org\x00",
        "bob\u2028@example.org",
        "bob@example.org,eve@example.org",
        "bob@example.org eve@example.org",
        "Bob <bob@example.org>",
        "bob@eve@example.org",
        '"bob eve"@example.org',
        "a" * 243 + "@example.org",
        "friends:bob@example.org;",
    ],
)
def test_only_one_plain_address_is_taken(to: str) -> None:
    with pytest.raises(ValueError, match="one address") as refusal:
        Letter.addressed(to, CODE, None, None)
    assert "bob" not in str(refusal.value)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "/path", "https://x/\r\ny", "https://x/ y", "data:text/html,x"]
)
def test_only_links_for_a_browser_are_taken(link: str) -> None:
    with pytest.raises(ValueError, match="absolute http"):
        Letter.addressed("bob@example.org", Mail(_("s"), (), link=link), None, None)


def test_a_naive_time_is_refused() -> None:
    naive = MailFacts(WHEN.replace(tzinfo=None))
    with pytest.raises(ValueError, match="time zone"):
        Letter.addressed("bob@example.org", CODE, None, naive)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", True),
        ("2001:db8::7", True),
        ("curl/8.5.0", True),
        ("", False),
        (None, False),
        ("\x00\n", False),
        ("Visit https://evil.example/now", False),
        ("your code is at evil.example", False),
        ("mail eve@localhost", False),
        ("//evil", False),
    ],
)
def test_a_client_cannot_put_a_link_into_our_mail(said: str | None, shown: bool) -> None:
    """Whoever tries to sign in chooses the agent's name, and the owner reads it."""
    assert fact(said) == (said if shown else None)
    assert len(fact("x" * 1000) or "") == 120


def test_an_address_is_masked_for_logs() -> None:
    assert mask("bob@example.org") == "b***@example.org"


def test_lines_are_wrapped_and_links_are_not() -> None:
    long = "https://index.example/" + "x" * 200
    text = flowed(f"{'word ' * 40}\n{long}\n> quoted\nFrom here\n")
    lines = text.split("\n")
    assert all(len(line) <= 74 for line in lines if line != long)
    assert long in lines
    assert " > quoted" in lines
    assert " From here" in lines


@given(st.lists(st.text("ab >-\u00e9From ", max_size=200), max_size=4))
def test_flowed_text_reads_as_it_was_written(paragraphs: list[str]) -> None:
    """RFC 3676, section 4.1: unstuff, then join the lines that end in a space."""
    wanted = ["".join(f" {w}" for w in p.split()).strip() for p in paragraphs] or [""]
    read, current = [], ""
    for line in flowed("\n".join(paragraphs)).split("\n"):
        unstuffed = line.removeprefix(" ")
        current += unstuffed
        if not unstuffed.endswith(" "):
            read.append(current)
            current = ""
    assert [" ".join(p.split()) for p in read] == wanted
    assert current == ""


def test_a_letter_that_was_altered_is_not_read() -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Letter.from_bytes(b"[]")
    assert WHEN.astimezone(UTC).hour == 1
