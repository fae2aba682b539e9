"""Names of a package that load when they are first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["homes", "loader"]


def homes(modules: Mapping[str, str]) -> dict[str, str]:
    """Map each name to its module, from modules and the names in them, with spaces between."""
    return {name: module for module, names in modules.items() for name in names.split()}


def loader(package: str, home_of: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of `package`: it imports a name's module and keeps the name."""

    def load(name: str) -> Any:
        home = home_of.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
