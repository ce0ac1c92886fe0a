"""What is shown to somebody who sets up an app: the same key in three forms."""

from __future__ import annotations

import io

import segno

from ostiary.contracts import Link, Picture, Reveal, Site
from ostiary_totp.codes import Key
from ostiary_totp.texts import _

_GROUP = 4

# In characters. The URI holds the site's name twice, and each character may take twelve bytes
# in it; a QR code holds 2,953 (ISO/IEC 18004, version 40-L).
_LONGEST = 64


def reveals(key: Key, login: str, site: Site) -> tuple[Picture, Reveal, Link]:
    """A QR code for a phone, the key to type or copy, a link for an app on this device."""
    uri = key.uri(_part(login), _part(site.title) or site.domain)
    return (
        # The picture's name does not read the key out: a screen reader may be overheard, and
        # the key stands beside it as text.
        # Translators: says what the picture is to who cannot see it.
        Picture(_qr(uri), _("QR code to scan with an authenticator app")),
        # Translators: a label; the key that is typed into the app follows.
        Reveal(_("Setup key"), grouped(key.text)),
        # Translators: a link: an authenticator app on this phone takes the key from it.
        Link(_("Open in an app on this device"), uri),
    )


def grouped(text: str) -> str:
    """The key in groups of four, as people read it out and type it."""
    return " ".join(text[place : place + _GROUP] for place in range(0, len(text), _GROUP))


def _part(name: str) -> str:
    # A colon parts the issuer from the account in the label of an otpauth URI, and some apps
    # part it there even when it is percent-encoded.
    return " ".join(name.replace(":", " ").split())[:_LONGEST]


def _qr(uri: str) -> bytes:
    out = io.BytesIO()
    # segno raises the error correction as far as the size allows. A light background of its
    # own keeps the code readable to a camera on a dark page.
    segno.make_qr(uri, error="l").save(
        out, kind="svg", xmldecl=False, omitsize=True, dark="#000", light="#fff", nl=False
    )
    return out.getvalue()
