"""The page for authors of plugins says what the code does, and its example works."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ostiary import hookspecs
from ostiary.contracts import (
    Client,
    Credential,
    Enrolled,
    Form,
    House,
    Purpose,
    Refused,
    Site,
    Step,
    Verified,
)
from ostiary.plugins import load_plugins

from .conftest import Shelf

PAGE = (Path(__file__).parents[3] / "docs" / "plugin-authors.md").read_text("utf-8")
HOOKS = [name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "ostiary_spec")]
# RFC 4226, appendix D: the codes of this secret at counters 0 to 2.
SECRET, CODES = b"12345678901234567890", ("755224", "287082", "359152")


def test_there_are_hooks_to_document() -> None:
    assert "ostiary_register_factors" in HOOKS
    assert "ostiary_includeme" in HOOKS


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_stands_there_with_its_exact_signature(hook: str) -> None:
    signature = re.sub(r"'|\bc\.", "", str(inspect.signature(getattr(hookspecs, hook))))
    assert f"### `{hook}{signature}`\n" in PAGE


def test_no_hook_stands_there_that_is_none() -> None:
    assert set(re.findall(r"^### `(ostiary_\w+)\(", PAGE, re.MULTILINE)) == set(HOOKS)


def step(credentials: tuple[Credential, ...] = (), **state: str) -> Step:
    return Step(
        purpose=Purpose.SIGN_IN,
        user=None,
        credentials=credentials,
        find=dict[str, Credential]().get,
        now=datetime(2026, 1, 1, tzinfo=UTC),
        site=Site("Site", "https://site.example", "site.example"),
        client=Client(),
        handle="handle",
        return_url="https://site.example/back",
        state=state,
    )


def test_the_complete_factor_loads_and_does_what_the_page_says(shelf: Shelf, house: House) -> None:
    """Its answers are those of the RFC, and a code is worth nothing the second time."""
    source = re.search(r"```python\n(.*?OSTIARY_API.*?)```", PAGE, re.DOTALL)
    assert source is not None
    shelf.install("counter", source[1], distribution="acme-counter", head="")
    factor = load_plugins(["counter"], house).factors["counter"]

    form = factor.begin_enrolment(step())
    assert isinstance(form, Form)
    assert len(bytes.fromhex(str(form.state["key"]))) == 20
    enrolled = factor.finish_enrolment(step(key=SECRET.hex()), {"code": CODES[0]})
    assert isinstance(enrolled, Enrolled)
    assert (enrolled.mark, enrolled.secret) == (0, SECRET)
    wrong = factor.finish_enrolment(step(key=SECRET.hex()), {"code": "000000"})
    assert isinstance(wrong, Refused)

    credential = Credential("id", "user", "label", secret=SECRET, mark=0)
    verified = factor.answer_challenge(step((credential,)), {"code": CODES[2]})
    assert isinstance(verified, Verified)
    assert (verified.mark, verified.credential) == (2, credential)
    assert isinstance(factor.answer_challenge(step((credential,)), {"code": CODES[0]}), Refused)
