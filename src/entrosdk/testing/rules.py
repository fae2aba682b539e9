"""The laws every adapter keeps, each with an id, a reason, and the capabilities that switch it on.

A rule is a function of a `Bench` that asserts; it is run under both drivers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen

from entrosdk.spi.manifest import Capability
from entrosdk.testing.bench import Bench

__all__ = ["RULES", "Inapplicable", "Rule", "rule"]

Check: TypeAlias = Callable[[Bench], None]


class Inapplicable(Exception):
    """Raised by a rule that finds nothing to judge; it is reported as skipped, never as kept."""


@frozen(kw_only=True)
class Rule:
    """A law: its id, what it checks, the capabilities without which it means nothing.

    `orders` is how large a world it wants: laws about pages want more than one.
    """

    id: str
    check: Check
    needs: tuple[Capability, ...] = ()
    orders: int = 60

    @property
    def about(self) -> str:
        """What the rule checks and why, in sentences."""
        return " ".join((self.check.__doc__ or "").split())

    def applies(self, bench: Bench) -> bool:
        """Say whether the adapter declares everything this rule is about."""
        return all(bench.can(capability) for capability in self.needs)

    def missing(self, bench: Bench) -> str:
        """Name what the adapter does not declare and this rule is about."""
        return ", ".join(one.value for one in self.needs if not bench.can(one))


RULES: dict[str, Rule] = {}
"""All rules by id."""


def rule(name: str, *needs: Capability, orders: int = 60) -> Callable[[Check], Check]:
    """Register a rule."""

    def register(check: Check) -> Check:
        assert name not in RULES, f"two rules are called {name}"
        RULES[name] = Rule(id=name, check=check, needs=needs, orders=orders)
        return check

    return register
