"""Each law catches somebody who breaks it: a rule that cannot fail forbids nothing."""

from __future__ import annotations

import pytest

from entrosdk.errors import EntroError
from entrosdk.testing.bench import bench_of
from entrosdk.testing.laws import RULES
from entrosdk.testing.worlds import emulator
from tests.conformance.culprits import CULPRITS

# An adapter cannot break these: the engine refuses before it is asked.
KEPT_BY_THE_ENGINE = {"errors.undeclared"}


def test_every_rule_has_its_culprit() -> None:
    """No law was written without somebody who breaks it, and none without a reason."""
    assert set(RULES) - set(CULPRITS) == KEPT_BY_THE_ENGINE
    assert [name for name, rule in RULES.items() if len(rule.about) < 40] == []


@pytest.mark.parametrize("name", sorted(CULPRITS))
def test_the_culprit_is_caught(name: str) -> None:
    """The rule fails on the adapter that breaks it, and holds for the honest one elsewhere."""
    rule = RULES[name]
    bench = bench_of(CULPRITS[name], emulator("shopee"), orders=rule.orders)
    if not rule.applies(bench):
        pytest.skip("the adapter that the culprits are made of has no such thing yet")
    with pytest.raises((AssertionError, EntroError, TypeError)):
        rule.check(bench)
