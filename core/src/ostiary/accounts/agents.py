"""Browsers in words, as far as their ``User-Agent`` says it (RFC 9110, section 10.1.5).

Whoever sends the header chooses what is in it. Nothing of it is shown: it is looked through for
names that are known here, and these are shown, so that neither markup nor a made-up sentence
gets onto a page or into a mail. What is not known is called that.
"""

from __future__ import annotations

from ostiary.contracts import Text
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

# A browser names those that it descends from, too, so the most particular ones come first.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("OPiOS/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Epiphany/", "GNOME Web"),
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("python-requests/", "Python"),
)
_SYSTEMS = (
    ("Windows NT", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
)


def browser_of(agent: str) -> Text:
    """The browser and the system, in words that are ours."""
    browser = _first(_BROWSERS, agent)
    # Many say that they are like Safari; it alone says its version apart.
    if browser is None and "Version/" in agent and "Safari/" in agent:
        browser = "Safari"
    system = _first(_SYSTEMS, agent)
    if browser is None and system is None:
        # Translators: stands where the name of a browser would: the one that somebody signed in
        # with.
        return _p("of a device", "Unknown browser")
    if browser is None:
        # Translators: ${system} is the name of an operating system, such as Windows.
        return _("Unknown browser on ${system}", system=system or "")
    if system is None:
        # Translators: ${browser} is a name such as Firefox; the system is the operating system.
        return _("${browser} on an unknown system", browser=browser)
    # Translators: names such as Firefox, and of the operating system, such as Windows.
    return _("${browser} on ${system}", browser=browser, system=system)


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str | None:
    return next((name for mark, name in known if mark in agent), None)
