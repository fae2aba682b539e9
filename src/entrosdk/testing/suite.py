"""The suite an adapter's authors import: every rule, under both drivers.

```python
from entrosdk.testing import AdapterSuite


class TestMyMarket(AdapterSuite):
    adapter = "mymarket"
    world = "mymarket.sandbox:emulator"
```
"""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from entrosdk.testing.bench import Driver, bench_of
from entrosdk.testing.laws import RULES
from entrosdk.testing.rules import Inapplicable

__all__ = ["AdapterSuite"]


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
            pytest.skip(f"{bench.manifest.title} has no {rule.missing(bench)}")
        try:
            rule.check(bench)
        except Inapplicable as nothing:
            pytest.skip(f"{bench.manifest.title}: {nothing}")
