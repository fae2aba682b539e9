"""Where ours spends its CPU, as Markdown for `benchmarks/missed/`.

    python -m benchmarks.profile [--orders 20000] [--transport httpx|fast]

Own CPU time of functions by cProfile, in every thread; what built-in functions take counts for
the part that calls them. The profiler makes calls dearer than they are and leaves what runs in C
as it is: read it for the order of things, not for seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import cProfile
import pstats
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.ours.sync import main, transport
from benchmarks.sandbox import sandbox
from benchmarks.table import markdown

# The first that fits a function's file or name decides.
LAYERS = (
    ("pydantic", ("pydantic",)),
    ("wire: decoding", ("msgspec",)),
    (
        "wire: the rest of reading",
        ("entrosdk/spi/wire", "spi/columns", "spi/shapes", "spi/structs", "spi/drift"),
    ),
    ("mapping to domain values", ("/mapping.py", "entrosdk/domain", "domain.", "/money.py")),
    ("sink: SQLAlchemy", ("sqlalchemy",)),
    ("sink: SQLite", ("sqlite3",)),
    ("sink: ours", ("entrosdk/sync/sinks",)),
    ("transport", ("httpx", "httpcore", "h11", "aiohttp", "yarl", "anyio", "socket", "urllib")),
    ("imports", ("importlib", "marshal", "builtins.compile", "build_class")),
    ("engine, sync, client", ("entrosdk/",)),
    ("asyncio and threads", ("asyncio", "concurrent", "selectors", "threading", "_thread")),
)
REST = "the rest"
_SHOWN = 25

Function = tuple[str, int, str]


def profiled(orders: int, wires: str) -> list[tuple[Function, float, dict[Function, float]]]:
    """Sync once; returns functions, seconds of their own time, and those seconds by caller."""
    threads: list[cProfile.Profile] = []

    def watch(*_: Any) -> None:
        with contextlib.suppress(ValueError):  # from Python 3.12 on one profile sees all threads
            profile = cProfile.Profile(time.thread_time)
            profile.enable()
            threads.append(profile)

    with sandbox(orders) as control, tempfile.TemporaryDirectory() as place:
        job = control.job(str(Path(place, "bench.db")))
        threading.setprofile(watch)
        with cProfile.Profile(time.thread_time) as mine:
            asyncio.run(_once(job, wires))
        threading.setprofile(None)
    found = []
    for one in (mine, *threads):
        one.create_stats()
        rows: dict[Function, Any] = pstats.Stats(one).stats if one.stats else {}  # type: ignore[attr-defined]
        for name, (_, _, seconds, _, callers) in rows.items():
            found.append((name, seconds, {who: told[2] for who, told in callers.items()}))
    return found


async def _once(job: Any, wires: str) -> None:
    await main(job, transport(wires), check=False)


def layer(function: Function) -> str:
    """Say which part of the house a function belongs to."""
    text = f"{function[0]} {function[2]}"
    return next((name for name, marks in LAYERS if any(m in text for m in marks)), REST)


def told(found: list[tuple[Function, float, dict[Function, float]]]) -> str:
    """Lay out shares by layer, and the functions that cost most."""
    layers: Counter[str] = Counter()
    functions: Counter[Function] = Counter()
    for name, seconds, callers in found:
        functions[name] += seconds
        own = layer(name)
        if own != REST or not callers:
            layers[own] += seconds
        else:
            for who, part in callers.items():
                layers[layer(who)] += part
    whole = sum(functions.values())
    shares = [(name, f"{seconds / whole:.1%}") for name, seconds in layers.most_common()]
    rows = [
        (f"`{_short(name)}`", f"{seconds / whole:.1%}")
        for name, seconds in functions.most_common(_SHOWN)
    ]
    return f"{markdown(('part', 'share'), shares)}\n\n{markdown(('function', 'share'), rows)}\n"


def _short(function: Function) -> str:
    file, line, name = function
    return f"{'/'.join(Path(file).parts[-2:])}:{line} {name}" if line else name


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--transport", default="httpx", choices=("httpx", "fast"))
    options = parser.parse_args()
    print(told(profiled(options.orders, options.transport)))
