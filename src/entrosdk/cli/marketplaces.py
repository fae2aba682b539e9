"""`entrosdk marketplaces`: installed adapters and their capabilities."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from entrosdk.registry import Entry, available
from entrosdk.spi.manifest import Capability

__all__ = ["show"]

_SECTION = re.compile(r"\b\d+(?:\.\d+)*\b")


def show(*, as_json: bool) -> None:
    """Print the adapters; a broken one is listed with its cause."""
    entries = available()
    if as_json:
        json.dump({"marketplaces": [_facts(entry) for entry in entries]}, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    console = Console()
    if not entries:
        console.print("No marketplace adapter is installed.")
        return
    console.print(_adapters(entries), "")
    sound = [entry for entry in entries if entry.manifest is not None]
    if sound:
        console.print(_matrix(sound))


def _adapters(entries: tuple[Entry, ...]) -> Table:
    table = Table("marketplace", "package", "version", "API", "standing", box=None, pad_edge=False)
    for entry in entries:
        api = entry.manifest.api_version if entry.manifest else ""
        standing = escape(f"broken: {entry.error}") if entry.error else "ready"
        table.add_row(entry.name, entry.package, entry.version, api, standing)
    return table


def _matrix(entries: list[Entry]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("capability", no_wrap=True)
    for entry in entries:
        table.add_column(entry.name)
    for capability in Capability:
        table.add_row(capability.value, *(_cell(entry, capability) for entry in entries))
    return table


def _cell(entry: Entry, capability: Capability) -> str:
    """Say how far it goes; where not all the way, also where the manual says so."""
    level, source = _level(entry, capability), _source(entry, capability)
    place = ", ".join(_SECTION.findall(source)) or escape(source)
    return level if level == "yes" else f"{level} [dim]({place})[/dim]"


def _source(entry: Entry, capability: Capability) -> str:
    support = entry.manifest.capabilities.get(capability) if entry.manifest else None
    return support.source if support else "not declared"


def _level(entry: Entry, capability: Capability) -> str:
    support = entry.manifest.capabilities.get(capability) if entry.manifest else None
    return support.level if support else "no"


def _facts(entry: Entry) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": entry.name,
        "package": entry.package,
        "version": entry.version,
        "error": entry.error or None,
    }
    if entry.manifest is not None:
        levels = {capability.value: _level(entry, capability) for capability in Capability}
        sources = {capability.value: _source(entry, capability) for capability in Capability}
        facts |= {
            "title": entry.manifest.title,
            "api_version": entry.manifest.api_version,
            "regions": sorted(entry.manifest.regions),
            "capabilities": levels,
            "sources": sources,
        }
    return facts
