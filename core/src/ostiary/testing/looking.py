"""What every page must be, whatever is on it: each check says what is wrong, and where."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Page

WIDE, NARROW = 1280, 320


def resize(page: Page, width: int) -> None:
    """Make the window this wide, in CSS pixels."""
    page.set_viewport_size({"width": width, "height": 800})


def _none(page: Page, what: str, script: str, argument: object = None) -> None:
    found = page.evaluate(script, argument)
    assert not found, f"{page.url}: {what}: {found}"


def sound(page: Page) -> None:
    """One h1; no positive tabindex; neither script nor style but from files."""
    assert page.locator("h1").count() == 1
    _none(
        page,
        "tabindex",
        "() => [...document.querySelectorAll('[tabindex]')]"
        ".filter(e => e.tabIndex > 0).map(e => e.outerHTML)",
    )
    _none(
        page,
        "inline script or style",
        """() => [...document.querySelectorAll('*')].filter(e =>
        e.getAttribute('style') || e.localName === 'style'
        || (e.localName === 'script' && (!e.src || e.textContent.trim()))
        || e.getAttributeNames().some(name => name.startsWith('on'))).map(e => e.outerHTML)""",
    )


def fits(page: Page) -> None:
    """Nothing is wider than the window (WCAG 1.4.10), and nothing is cut off."""
    _none(
        page,
        "wider than the window",
        """() => {
        const most = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= most) return [];
        return [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > most + 1
                      || e.getBoundingClientRect().left < -1).map(e => e.outerHTML.slice(0, 200));
    }""",
    )
    _none(
        page,
        "cut off",
        """() => [...document.querySelectorAll('body *')].filter(e => {
        const style = getComputedStyle(e);
        if (e.matches('.o-unseen, input, thead') || style.display === 'inline') return false;
        const cuts = style.overflowX !== 'visible' || style.overflowY !== 'visible';
        return cuts && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
    }).map(e => e.outerHTML.slice(0, 200))""",
    )
    _none(
        page,
        "text outside of its box",
        """() => {
        const out = [];
        for (const e of document.querySelectorAll('main :is(a, button, code, li, dd)')) {
            const box = e.getBoundingClientRect(), range = document.createRange();
            range.selectNodeContents(e);
            const text = range.getBoundingClientRect();
            if (getComputedStyle(e).display === 'inline' || !text.width) continue;
            if (text.left < box.left - 2 || text.right > box.right + 2
                || text.top < box.top - 2 || text.bottom > box.bottom + 2) out.push(e.outerHTML);
        }
        return out;
    }""",
    )


def big_enough(page: Page) -> None:
    """What one points at has 24 pixels each way, but for links in a sentence (WCAG 2.5.8)."""
    _none(
        page,
        "too small to hit",
        """() => [...document.querySelectorAll('a[href], button, input')]
        .filter(e => e.checkVisibility() && e.type !== 'hidden' && !e.matches('.o-skip'))
        .filter(e => {
            const sentence = [...e.parentElement.childNodes]
                .some(n => n.nodeType === 3 && n.textContent.trim());
            const box = e.getBoundingClientRect();
            return !sentence && Math.min(box.width, box.height) < 24;
        }).map(e => e.outerHTML)""",
    )


def stands_spacing(page: Page) -> None:
    """With the spacing of WCAG 1.4.12 everything is still there. Nothing is changed for good."""
    page.evaluate("""() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
            word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }`);
        document.adoptedStyleSheets = [sheet];
    }""")
    fits(page)
    page.evaluate("document.adoptedStyleSheets = []")


_FEWEST_BOXES = 5
_MOST_OFF = 2  # Pixels: widths are rounded.

# Those whose text has a direction of its own keep it.
_BOXES = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.checkVisibility() && !e.closest('body [dir=ltr], bdi, .o-skip, .o-unseen')
        && getComputedStyle(e).display !== 'inline')
    .map(e => [e.outerHTML.slice(0, 120), e.getBoundingClientRect().left,
               document.documentElement.clientWidth - e.getBoundingClientRect().right])"""


def mirrors(page: Page) -> None:
    """From right to left, everything stands as far from the other side."""
    before: Sequence[tuple[str, float, float]] = page.evaluate(_BOXES)
    page.evaluate("document.documentElement.dir = 'rtl'")
    after = page.evaluate(_BOXES)
    page.evaluate("document.documentElement.dir = 'ltr'")
    assert len(before) == len(after) > _FEWEST_BOXES
    glued = [
        (name, left, mirrored_right)
        for (name, left, _), (_, _, mirrored_right) in zip(before, after, strict=True)
        if abs(left - mirrored_right) > _MOST_OFF
    ]
    assert not glued, f"{page.url}: not mirrored: {glued}"


def literals(page: Page, own: Sequence[str]) -> list[str]:
    """What is read on the page in en-XA and was not translated; ``own`` is what people typed."""
    said: list[str] = page.evaluate("""() => {
        const said = [document.title.replace(/ \\u2013 Ostiary$/, '')];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const at = walker.currentNode.parentElement;
            if (at.closest('script, noscript, code, time')) continue;
            said.push(walker.currentNode.textContent);
        }
        for (const e of document.querySelectorAll('*'))
            for (const a of e.attributes)
                if (['alt', 'title', 'aria-label', 'placeholder'].includes(a.name)
                    || (e.dataset.ostiaryPassword ?? e.dataset.ostiaryCopy) !== undefined
                       && a.name.startsWith('data-') && a.value) said.push(a.value);
        return said;
    }""")
    stripped = [" ".join(text.split()) for text in said]
    return [text for text in stripped if text and text not in own and not bracketed(text)]


def bracketed(text: str) -> bool:
    """Whether it was translated into en-XA, from its first letter to its last."""
    return text.startswith("[") and text.endswith("]")
