"""The suite an adapter's authors import: every rule, under both drivers.

```python
from entrosdk.testing import AdapterSuite


class TestMyMarket(AdapterSuite):
    adapter = "mymarket"
    world = "mymarket.sandbox:emulator"
```
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

import pytest

from entrosdk.registry import find
from entrosdk.spi.adapter import AdapterFactory
from entrosdk.testing import laws
from entrosdk.testing.bench import Bench, Driver, MakeEmulator
from entrosdk.testing.rules import RULES, Rule

__all__ = ["AdapterSuite", "bench_of", "loaded"]

assert laws  # importing them registers the rules


class AdapterSuite:
    """Subclass it, name the adapter and its emulated world, and pytest runs every rule.

    `adapter` is an installed adapter's name or the adapter itself, `world` is "module:function"
    or the function (see `MakeEmulator`).
    A rule about something the manifest does not declare is skipped and says so.
    """

    adapter: ClassVar[Any] = ""
    world: ClassVar[Any] = ""

    @pytest.mark.parametrize("driver", ["threads", "asyncio"])
    @pytest.mark.parametrize("name", sorted(RULES))
    def test_rule(self, name: str, driver: Driver) -> None:
        """The adapter keeps this rule under this driver."""
        rule = RULES[name]
        bench = bench_of(type(self).adapter, type(self).world, driver, rule.orders)
        if not rule.applies(bench):
            pytest.skip(f"{bench.manifest.title} has no {_missing(rule, bench)}")
        rule.check(bench)


def bench_of(adapter: Any, world: Any, driver: Driver = "threads", orders: int = 60) -> Bench:
    """Return a fresh bench for an adapter and a world, by name or by object."""
    factory: AdapterFactory = find(adapter) if isinstance(adapter, str) else adapter
    make: MakeEmulator = loaded(world) if isinstance(world, str) else world
    return Bench(factory, make, driver, orders=orders)


def loaded(name: str) -> Any:
    """Import what `module:name` says."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def _missing(rule: Rule, bench: Bench) -> str:
    return ", ".join(one.value for one in rule.needs if not bench.can(one))
