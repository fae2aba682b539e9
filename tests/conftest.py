"""Set-up shared by all tests."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# `make test PROFILE=long` runs each property far longer.
settings.register_profile("quick", max_examples=60, deadline=None)
settings.register_profile(
    "long", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("PROFILE", "quick"))
