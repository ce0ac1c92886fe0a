"""What the kit has stands in the documentation for authors of plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

from ostiary.testing import fixtures
from ostiary.testing.contract.rules import RULES, demand

PAGE = (Path(__file__).parents[3] / "docs" / "testing-plugins.md").read_text("utf-8")


@pytest.mark.parametrize("name", fixtures.__all__)
def test_every_fixture_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE.split("## Fixtures")[1]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_explained_where_a_failure_says(rule: str) -> None:
    with pytest.raises(AssertionError) as failure:
        demand(condition=False, rule=rule, found="something")
    assert f"“{rule}” in docs/testing-plugins.md" in str(failure.value)
    assert f"\n**{rule}** " in PAGE
