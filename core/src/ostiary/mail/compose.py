"""From a letter to a message: text and HTML, in the recipient's language."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ostiary.contracts import Localization, Site, Text
from ostiary.mail.flowed import flowed
from ostiary.mail.letter import Letter, fact, one_line
from ostiary.text import say, show, use_locale
from ostiary.text.jinja import TextExtension

_MAX_SUBJECT = 200


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ostiary", "mail/templates"),
        autoescape=select_autoescape(["html.jinja"], default=False),
        extensions=[TextExtension],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.ostiary_domains.default = "ostiary"  # type: ignore[attr-defined]
    return environment


_templates = _environment()


def compose(
    letter: Letter,
    *,
    site: Site,
    sender: str,
    localization: Localization,
    base: str,
    message_id: str,
    date: datetime,
) -> EmailMessage:
    """The message for a letter, both parts from the same values.

    The same letter, id and date make the same message, so that one sent twice is seen as one.

    ``sender`` is an address with or without a name, which is the site's title otherwise;
    ``base`` is where the pages are mounted, ``message_id`` is unique within the site's domain,
    and ``date`` aware.
    """
    locale = localization.negotiate("", letter.locale)
    with use_locale(localization, locale, letter.zone):
        values = _values(letter, site, base, localization.direction(locale), locale)
        subject = one_line(say(letter.mail.subject))[:_MAX_SUBJECT]
        text = _templates.get_template("mail.txt.jinja").render(values)
        html = _templates.get_template("mail.html.jinja").render(values)
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    message["From"] = Address(one_line(name or site.title), addr_spec=address)
    message["To"] = letter.to
    message["Subject"] = subject
    message["Date"] = format_datetime(date.astimezone(UTC))
    message["Message-ID"] = f"<{message_id}@{site.domain}>"
    # RFC 3834, section 5: no vacation notice shall answer.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(flowed(text), cte="quoted-printable", params={"format": "flowed"})
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    # Last, since setting the content moves every Content- header into its part.
    message["Content-Language"] = values["lang"]
    return message


def _words(said: str | Text) -> str:
    return say(said) if isinstance(said, Text) else said


def _values(
    letter: Letter, site: Site, base: str, direction: str, locale: str
) -> dict[str, object]:
    facts = letter.facts
    return {
        "mail": letter.mail,
        "login": letter.login,
        "site": site,
        "lang": locale.replace("_", "-"),
        "dir": direction,
        "facts": facts is not None,
        "warns": facts is not None and facts.warns,
        "when": facts and show(facts.when),
        "address": facts and fact(facts.address),
        "browser": facts and fact(_words(facts.browser)),
        "security": f"{base}/account/security",
    }
