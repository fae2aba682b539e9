"""Which version of the app this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

__all__ = ["version"]


def version() -> str:
    """Return the version of the app, or of the SDK whose sources it runs from."""
    for name in ("entro-app", "entrosdk"):
        try:
            return installed(name)
        except PackageNotFoundError:
            continue
    return "0"
