"""The first page of an account says how well it is protected, and what would help most."""

from __future__ import annotations

import pytest

from ostiary.store.tables import addresses

from .stepping import CARD, PIN, SCRATCH, SEAL, Opens, Typed

STEPS = ("You sign in to your account in one step.", "You sign in to your account in two steps.")
IMITATED = ("An imitation of this site could trick you", "works on this site only, never on an")
REACHED = ("None of your email addresses is confirmed", "that you confirmed")
BACK = ("you would be shut out", "you would have a way back in")


@pytest.mark.parametrize(
    ("had", "confirmed", "title", "said", "helps"),
    [
        ((PIN,), True, "weakly", (STEPS[0], IMITATED[0], REACHED[1]), ["card", "seal"]),
        ((PIN, CARD), True, "better", (STEPS[1], IMITATED[0], BACK[0], REACHED[1]), ["seal"]),
        ((PIN, SEAL), True, "better", (STEPS[1], IMITATED[1], BACK[0], REACHED[1]), ["scratch"]),
        ((PIN, SEAL, SCRATCH), True, "well", (STEPS[1], IMITATED[1], BACK[1], REACHED[1]), []),
        ((PIN, SEAL, SCRATCH), False, "better", (STEPS[1], IMITATED[1], BACK[1], REACHED[0]), []),
    ],
)
def test_an_account_stands_as_its_factors_are(
    opens: Opens,
    had: tuple[Typed, ...],
    confirmed: bool,
    title: str,
    said: tuple[str, ...],
    helps: list[str],
) -> None:
    """By their properties, whatever their names; offered is what mends the first that is open."""
    desk = opens()
    user = desk.user("ada", *had)
    if confirmed:
        with desk.runtime.store.write() as unit:
            unit.execute(
                addresses.insert().values(
                    id="address",
                    user_id=user.id,
                    address="ada@example.org",
                    address_folded="ada@example.org",
                    is_primary=True,
                    verified_at=desk.clock(),
                    created_at=desk.clock(),
                )
            )
    page = desk.browser(user, PIN).get("/account")
    shown = page.html.find("section", class_="o-standing")
    assert title in shown.find("h2").get_text()
    lines = [" ".join(each.get_text().split()) for each in shown.find_all("li")]
    for line, text in zip(lines, said, strict=True):
        assert text in line
    done = [text in (STEPS[1], IMITATED[1], BACK[1], REACHED[1]) for text in said]
    assert [line.startswith("Done:") for line in lines] == done
    assert [line.startswith("To do:") for line in lines] == [not each for each in done]
    assert ("o-good" in shown["class"]) is all(done)
    links = [link["href"].rpartition("/")[2] for link in shown.find_all("a")]
    assert links == [*helps, "security"]
