"""The simulation, small: `python -m tools.selling` runs it with 10,000 purchases."""

from __future__ import annotations

import pytest

from tools import selling


@pytest.mark.django_db(transaction=True)
def test_selling_in_four_shops_at_once() -> None:
    """In the end ledger, reservations, listings and the sandbox agree, whoever was quicker."""
    plan = selling.Plan.drawn(seed=3, variants=4, purchases=30, hours=0.1)
    pool = selling.pooled(plan)
    assert (selling.disagreements(pool), pool.world.bought) == ([], 30)
