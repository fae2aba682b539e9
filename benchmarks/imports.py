"""What `import entrosdk` costs more than bare Python, in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.table import report

CASES = {
    "bare python": "pass",
    "import entrosdk": "import entrosdk",
    "values (App, Order, Money)": "from entrosdk import App, Order, Money",
    "connect": "from entrosdk import connect",
    "connect, Shopee adapter and transport": (
        "from entrosdk import connect\n"
        "from entrosdk.registry import find\n"
        "import entrosdk.runtime.transport.httpx, entrosdk.adapters.shopee.wire\n"
        "find('shopee')"
    ),
    "comparison: import pydantic, httpx": "import pydantic, httpx",
}


def once(code: str) -> float:
    """Milliseconds a fresh interpreter takes for `code`."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (time.perf_counter() - began) * 1000


def main(rounds: int = 15) -> None:
    """Measure every case in turn, so that noise hits all alike."""
    for code in CASES.values():
        once(code)  # compiled files and disk cache are warm afterwards
    samples: dict[str, list[float]] = {label: [] for label in CASES}
    for _ in range(rounds):
        for label, code in CASES.items():
            samples[label].append(once(code))
    report("import time", "ms", samples, "bare python")
