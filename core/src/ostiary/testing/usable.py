"""What every page must be for everybody, with the keyboard, a screen reader, or other colours.

:func:`usable` holds a page to all of it, and to the checks of :mod:`ostiary.testing.looking`::

    @pytest.mark.parametrize("look", LOOKS, ids=str)
    def test_my_page(look, page, server):
        page.goto(server.url + "/my-page")
        usable(page, look)

Each check names the criterion of WCAG 2.2 that it holds a page to, as far as a program can.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ostiary.testing import looking
from ostiary.testing.browsers import axe

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

_MOST_SHIFT = 0.01
"""A tenth of what counts as good (web.dev, Cumulative Layout Shift)."""

MOST_BYTES = 50_000
"""What a page may weigh with all that it loads, uncompressed."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at: in which colours, and how wide, in CSS pixels.

    320 pixels are also what is left of 1280 at a zoom of 400 % (WCAG 1.4.10).
    """

    colours: str
    width: int

    def __str__(self) -> str:
        return f"{self.colours}-{self.width}"


LOOKS = tuple(
    Look(colours, width)
    for colours in ("light", "dark")
    for width in (looking.WIDE, looking.NARROW)
)


def usable(page: Page, look: Look) -> None:
    """Hold the page, as it is now, to everything; the window is as it was looked at afterwards.

    Raises:
        AssertionError: says what is wrong, and where.
    """
    # Without motion, in which a colour would be between two for a moment.
    page.emulate_media(color_scheme=look.colours, reduced_motion="reduce")  # type: ignore[arg-type] # one of its two
    looking.resize(page, look.width)
    looking.sound(page)
    axe(page)
    looking.fits(page)
    looking.big_enough(page)
    looking.stands_spacing(page)
    named(page)
    speakable(page)
    takes_paste(page)
    forced_colours(page)
    still(page)
    by_keyboard(page)


# In the order of the page, which is the order of reading. Of the buttons of a group that are
# chosen from, Tab reaches the chosen one, or the first.
_STOPS = """() => {
  const group = e => [...document.querySelectorAll('input[type=radio]')]
      .filter(o => o.name === e.name && o.form === e.form);
  return window.ostiaryStops = [...document.querySelectorAll(
      'a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter(e => !e.disabled && e.type !== 'hidden' && e.checkVisibility())
    .filter(e => e.type !== 'radio'
        || e === (group(e).find(o => o.checked) ?? group(e)[0]));
}"""

# What has the focus: its place among the stops, if they were looked for, what it is, how it is
# called, and whether one sees that it has it.
_FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const by = at.getAttribute('aria-labelledby')?.split(' ')
      .map(id => document.getElementById(id)?.innerText ?? '').join(' ');
  const label = by ?? at.labels?.[0]?.innerText ?? at.getAttribute('aria-label')
      ?? at.innerText ?? '';
  // The middle of what is in the window: of a tall field only the first lines may be.
  const between = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
  const top = document.elementFromPoint(
      between(box.left, box.right, innerWidth), between(box.top, box.bottom, innerHeight));
  return {
    stop: (window.ostiaryStops ?? []).indexOf(at),
    tag: at.localName, name: label.trim(), what: at.outerHTML.slice(0, 160),
    outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: Boolean(top) && (at.contains(top) || top.contains(at)),
  };
}"""


# Where Tab goes on from: the beginning of the page.
_BEGIN = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
  window.scrollTo(0, 0);
}"""


def focused(page: Page) -> dict[str, Any]:
    """What has the focus: its ``tag`` (``body`` for nothing), its ``name``, and ``what`` it is.

    Raises:
        AssertionError: one does not see that it has it (WCAG 2.4.7, 2.4.11).
    """
    focus: dict[str, Any] = page.evaluate(_FOCUS)
    if focus["tag"] != "body":
        assert focus["outline"], f"{page.url}: {focus['what']} has the focus and does not show it"
        assert focus["seen"], f"{page.url}: {focus['what']} has the focus and is covered"
    return focus


def by_keyboard(page: Page) -> None:
    """Tab reaches everything in the order of the page, is seen, and leads out again.

    WCAG 2.1.1, 2.1.2, 2.4.3, 2.4.7 and 2.4.11.
    """
    count = page.evaluate(f"({_STOPS})().length")
    page.evaluate(_BEGIN)
    for stop in range(count):
        page.keyboard.press("Tab")
        focus = focused(page)
        if focus["stop"] != stop:
            missed = page.evaluate("n => window.ostiaryStops[n].outerHTML.slice(0, 160)", stop)
            raise AssertionError(f"{page.url}: Tab led to {focus['what']}, not to {missed}")
    page.keyboard.press("Tab")
    last = focused(page)
    assert last["tag"] == "body" or last["stop"] == 0, (
        f"{page.url}: Tab does not leave {last['what']}"
    )


_CONTROLS = frozenset(
    {
        "button",
        "checkbox",
        "combobox",
        "link",
        "listbox",
        "radio",
        "searchbox",
        "spinbutton",
        "switch",
        "textbox",
    }
)


_SPOKEN = _CONTROLS | {"DisclosureTriangle", "menuitem", "tab"}
"""Also those that axe holds to their names; a summary is a triangle in Chromium's tree."""


def accessible(page: Page) -> list[tuple[str, str]]:
    """What a screen reader is told of a page: role and name of each thing, in order."""
    session = page.context.new_cdp_session(page)
    nodes = _nodes(session)
    session.detach()
    return [(_role(node), _name(node)) for node in nodes]


def _nodes(session: CDPSession) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    return [node for node in nodes if not node["ignored"]]


def _role(node: dict[str, Any]) -> str:
    return str(node["role"]["value"])


def _name(node: dict[str, Any]) -> str:
    return str(node.get("name", {}).get("value", "")).strip()


def named(page: Page) -> None:
    """Every control has a name (WCAG 1.3.1, 2.4.6, 4.1.2); the page has one main part."""
    told = accessible(page)
    nameless = [role for role, name in told if role in _CONTROLS and not name]
    assert not nameless, f"{page.url}: without a name: {nameless}"
    assert [role for role, _name in told].count("main") == 1, f"{page.url}: not one main part"


# What is read on a control, or beside a field; what is typed into a field is no name of it.
_READ = """function () {
  const said = this.labels?.length ? [...this.labels]
      : this.matches('input, select, textarea') ? [] : [this];
  return said.map(e => e.innerText).join(' ');
}"""


def speakable(page: Page) -> None:
    """The name of a control has in it what is read there, for who speaks to it (WCAG 2.5.3).

    Where a longer name is needed, ``aria-labelledby`` with the control's own id first, and then
    that of a heading, keeps it so in every language. In en-XA, which lengthens and brackets
    each message, nothing is said of it.
    """
    if page.evaluate("document.documentElement.lang") == "en-XA":
        return
    session = page.context.new_cdp_session(page)
    other = [
        f"{read!r} is called {_name(node)!r}"
        for node in _nodes(session)
        if _role(node) in _SPOKEN
        and _plain(read := _read(session, node)) not in _plain(_name(node))
    ]
    session.detach()
    assert not other, f"{page.url}: not called as they read: {other}"


def _read(session: CDPSession, node: dict[str, Any]) -> str:
    found = session.send("DOM.resolveNode", {"backendNodeId": node["backendDOMNodeId"]})
    on = {"objectId": found["object"]["objectId"], "returnByValue": True}
    said = session.send("Runtime.callFunctionOn", {**on, "functionDeclaration": _READ})
    return str(said["result"]["value"])


def _plain(text: str) -> str:
    """Without case, what is not seen, and spaces, which the tree and the page put differently."""
    seen = (each for each in text if unicodedata.category(each) != "Cf" and not each.isspace())
    return "".join(seen).casefold()


def takes_paste(page: Page) -> None:
    """No field stops a paste (WCAG 3.3.8)."""
    stopped = page.evaluate(
        """() => [...document.querySelectorAll('input, textarea')]
        .filter(e => e.type !== 'hidden' && !e.dispatchEvent(
            new ClipboardEvent('paste', {bubbles: true, cancelable: true})))
        .map(e => e.outerHTML)"""
    )
    assert not stopped, f"{page.url}: cannot be pasted into: {stopped}"


def forced_colours(page: Page) -> None:
    """What only a colour drew has a border where the reader's own colours are forced."""
    page.emulate_media(forced_colors="active")
    bare = page.evaluate(
        """() => [...document.querySelectorAll(
            '.o-button, .o-problems, .o-card, main input:not([type=checkbox], [type=radio])')]
        .filter(e => e.checkVisibility()).filter(e => {
            const style = getComputedStyle(e), back = getComputedStyle(document.body);
            return parseFloat(style.borderTopWidth) < 1
                || style.borderTopColor === back.backgroundColor;
        }).map(e => e.outerHTML)"""
    )
    page.emulate_media(forced_colors="none")
    assert not bare, f"{page.url}: not seen in forced colours: {bare}"


def still(page: Page) -> None:
    """Nothing moves for who asked for that, as the page was just told (WCAG 2.3.3)."""
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => {
            const style = getComputedStyle(e);
            return parseFloat(style.transitionDuration) || parseFloat(style.animationDuration);
        }).map(e => e.outerHTML.slice(0, 160))"""
    )
    assert not moving, f"{page.url}: moves: {moving}"


def light(page: Page) -> None:
    """All that the page loaded is under 50 kB, and nothing of it moved when it was drawn."""
    found = page.evaluate(
        """async () => {
        const all = [...performance.getEntriesByType('navigation'),
                     ...performance.getEntriesByType('resource')];
        const shift = await new Promise(done => {
            let sum = 0;
            const observer = new PerformanceObserver(list => {
                for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value;
            });
            observer.observe({type: 'layout-shift', buffered: true});
            setTimeout(() => { observer.disconnect(); done(sum); }, 50);
        });
        return {bytes: all.reduce((sum, e) => sum + e.decodedBodySize, 0), shift};
    }"""
    )
    assert found["bytes"] < MOST_BYTES, f"{page.url} weighs {found['bytes']} bytes"
    assert found["shift"] < _MOST_SHIFT, f"{page.url} moves while it is drawn: {found['shift']}"
