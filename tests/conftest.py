"""Set-up shared by all tests."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# `make test PROFILE=long` runs each property far longer.
settings.register_profile("quick", max_examples=60, deadline=None)
settings.register_profile(
    "long", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# What CI runs of the sync machine besides the whole suite: 2,400 histories of four marketplaces.
settings.register_profile("campaign", settings.get_profile("quick"))
settings.load_profile(os.environ.get("PROFILE", "quick"))
