"""The installation's seal, made from the key ring in the settings."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from entrosdk import Secret
from entrosdk.runtime.stores.seal import Seal
from reference_app.keys import read_keys

__all__ = ["master", "ring"]


def ring() -> list[Secret]:
    """Return the keys as they are now, newest first: a file of keys may have changed."""
    if settings.KEYS_FILE is None:
        return list(settings.SECRET_KEYS)
    try:
        return read_keys(settings.KEYS_FILE)
    except FileNotFoundError:  # lost while we run: what we know still opens everything
        return list(settings.SECRET_KEYS)


def master() -> Seal:
    """Return the seal that credentials and merchants' own keys are closed with."""
    return _master(tuple(key.reveal() for key in ring()))


@lru_cache(maxsize=4)
def _master(keys: tuple[str, ...]) -> Seal:
    return Seal([Secret(key) for key in keys])
