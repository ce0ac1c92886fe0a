"""Browsers in words: the real ones right, the made-up ones harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.accounts import browser_of

CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
REAL = {
    CHROME.format("Windows NT 10.0; Win64; x64"): "Chrome on Windows",
    CHROME.format("Windows NT 10.0; Win64; x64") + " Edg/131.0.0.0": "Edge on Windows",
    CHROME.format("X11; Linux x86_64") + " OPR/115.0.0.0": "Opera on Linux",
    CHROME.format("X11; CrOS x86_64 14541.0.0"): "Chrome on ChromeOS",
    CHROME.format("Linux; Android 10; K"): "Chrome on Android",
    CHROME.format("X11; Linux x86_64").replace("Chrome/", "HeadlessChrome/"): "Chrome on Linux",
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0": (
        "Firefox on Linux"
    ),
    "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0": "Firefox on Android",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Safari/605.1.15": "Safari on macOS",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.1 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
    "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "FxiOS/133.0 Mobile/15E148 Safari/605.1.15": "Firefox on iPad",
    "curl/8.5.0": "curl on an unknown system",
    "Something on Linux": "Unknown browser on Linux",
    "": "Unknown browser",
    "Mozilla/5.0": "Unknown browser",
    "<script>alert(1)</script>": "Unknown browser",
}


@pytest.mark.parametrize(("agent", "said"), REAL.items(), ids=REAL.values())
def test_what_real_browsers_say(agent: str, said: str) -> None:
    assert str(browser_of(agent)) == said


@given(st.text(max_size=600))
def test_nothing_of_what_is_said_is_shown(agent: str) -> None:
    """Whatever it is called, the words are among ours."""
    text = browser_of(agent)
    known = {
        "${browser} on ${system}",
        "${browser} on an unknown system",
        "Unknown browser on ${system}",
        "Unknown browser",
    }
    assert text.id in known
    assert all(isinstance(value, str) and len(value) <= 16 for _name, value in text.values)
