"""The installation's seal, made from the key ring in the settings."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from entrosdk import Secret
from entrosdk.runtime.stores.seal import Seal


def master() -> Seal:
    """Return the seal that credentials and merchants' own keys are closed with."""
    return _master(tuple(key.reveal() for key in settings.SECRET_KEYS))


@lru_cache(maxsize=4)
def _master(keys: tuple[str, ...]) -> Seal:
    return Seal([Secret(key) for key in keys])
