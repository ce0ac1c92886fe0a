"""Factors for recovery on the pages of the account, whatever the second factor is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ostiary.accounts import Limit
from ostiary.testing.houses import Houses

from .conftest import ORIGIN
from .stepping import CARD, FRESH, HAVE, HTML, PIN, SEAL, Browser, Opens, Typed

MINUTE = timedelta(minutes=1)
WHY = "you would be shut out"
HATCH = Typed("hatch", HAVE, second=False, recovery=True, most=1)


def said(ada: Browser) -> tuple[bool, list[str]]:
    """Whether the security page says why, and the controls that it has for the hatch."""
    main = ada.get("/account/security").html.find("main")
    texts = [a.get_text(strip=True) for a in main.find_all("a", class_="o-button")]
    return WHY in main.get_text(), [text for text in texts if "Hatch" in text]


@pytest.mark.parametrize("second", [CARD, SEAL])
def test_recovery_is_offered_beside_any_second_factor_and_nobody_elses(
    opens: Opens, second: Typed
) -> None:
    """With a sentence why, until there is one; to whoever has one step there is nothing to say."""
    desk = opens(FRESH, HATCH)
    ada = desk.browser(desk.user("ada", PIN), PIN, ago=MINUTE)
    assert said(ada) == (False, [])
    bob = desk.browser(desk.user("bob", PIN, second), PIN, second, ago=MINUTE)
    assert said(bob) == (True, ["Add: Hatch"])
    eve = desk.browser(desk.user("eve", PIN, second, HATCH), PIN, second, ago=MINUTE)
    assert said(eve) == (False, ["Replace: Hatch"])


def test_where_nothing_could_help_nothing_is_said(make_runtime: Houses, opens: Opens) -> None:
    """A house without any factor for recovery."""
    desk = opens()
    desk.runtime = make_runtime(PIN, CARD, generous=True, public_url=ORIGIN)
    ada = desk.browser(desk.user("ada", PIN, CARD), PIN, CARD, ago=MINUTE)
    assert said(ada) == (False, [])


@pytest.mark.parametrize("limit", list(Limit))
def test_a_limited_session_is_not_offered_what_it_would_be_refused(
    opens: Opens, limit: Limit
) -> None:
    """The sheet is replaced by who has proved two kinds, and not by who came in with it."""
    desk = opens(FRESH, HATCH)
    user = desk.user("ada", PIN, CARD, HATCH)
    ada = desk.browser(user, PIN, CARD, HATCH, limit=limit, ago=MINUTE)
    assert said(ada) == (False, [])
    assert ada.get("/account/security/add/hatch").status_int == 403
    assert ada.get("/account/security/add/card").status_int == 200


@pytest.mark.parametrize("hatch", [True, False])
def test_after_adding_a_second_factor_on_the_way_elsewhere_the_next_page_says_so(
    opens: Opens, hatch: bool
) -> None:
    """Only where there is no way back yet."""
    desk = opens(FRESH, HATCH)
    user = desk.user("ada", PIN, *([HATCH] if hatch else []))
    ada = desk.browser(user, PIN, ago=MINUTE)
    page = ada.get("/account/security/add/card?next=/account")
    form = next(each for each in page.forms.values() if "answer" in each.fields)
    form["answer"] = "card"
    ada.page = form.submit(headers=HTML)
    assert ada.to == "/account"
    notice = ada.follow().html.find(class_="o-notice").get_text()
    assert "was added." in notice
    assert (WHY in notice) is not hatch
