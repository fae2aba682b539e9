"""Finds marketplace adapters by name, without importing those nobody asked for."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from attrs import frozen

from entrosdk.errors import ConfigError
from entrosdk.spi.manifest import SPI_VERSION, Manifest

if TYPE_CHECKING:
    from entrosdk.spi.adapter import AdapterFactory

__all__ = ["GROUP", "Entry", "available", "find"]

GROUP = "entrosdk.adapters"


@frozen
class Entry:
    """An installed adapter; `manifest` is `None` and `error` says why when it is broken."""

    name: str
    package: str
    version: str
    manifest: Manifest | None
    error: str = ""


def find(name: str) -> AdapterFactory:
    """Load the adapter called `name`; raises `ConfigError` naming those that are installed."""
    return _load(_point(name, tuple(sys.path)))


def available() -> tuple[Entry, ...]:
    """List installed adapters by name; a broken one is listed with its cause."""
    return tuple(_entry(point) for point in sorted(entry_points(group=GROUP)))


@lru_cache
def _point(name: str, _path: tuple[str, ...]) -> EntryPoint:
    """Look through what is installed on `_path`, once: it takes ten milliseconds a time."""
    for point in entry_points(group=GROUP, name=name):
        return point
    installed = ", ".join(sorted(point.name for point in entry_points(group=GROUP))) or "none"
    raise ConfigError(
        f"no adapter is installed for {name!r}",
        advice=f"Installed are: {installed}. Check the spelling, or install its package.",
    )


def _entry(point: EntryPoint) -> Entry:
    package, version = (point.dist.name, point.dist.version) if point.dist else ("", "")
    try:
        return Entry(point.name, package, version, _load(point).manifest)
    except Exception as error:  # noqa: BLE001 - a broken package must not hide the others
        cause = error.message if isinstance(error, ConfigError) else repr(error)
        return Entry(point.name, package, version, None, cause)


def _load(point: EntryPoint) -> AdapterFactory:
    factory: AdapterFactory = point.load()
    spi = factory.manifest.spi
    if spi != SPI_VERSION:
        raise ConfigError(
            f"the adapter {point.name!r} was written for interface {spi}, this is {SPI_VERSION}",
            advice="Install matching versions of entrosdk and of the adapter's package.",
        )
    return factory
