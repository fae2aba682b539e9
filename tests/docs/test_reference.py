"""The reference is complete and says what the code says."""

from __future__ import annotations

import re
import runpy
from importlib import import_module
from typing import Any

import entrosdk
import entrosdk.sync
from tests.docs.pages import ROOT

DOCS = ROOT / "docs"
_DIRECTIVE = re.compile(r"^::: ([\w.]+)\n((?:    .*\n)*)", re.MULTILINE)
_MEMBERS = re.compile(r"members: \[([^\]]*)\]")


def documented() -> set[str]:
    """Return the full names that the reference pages describe."""
    names: set[str] = set()
    for page in (DOCS / "reference").glob("*.md"):
        for found, options in _DIRECTIVE.findall(page.read_text()):
            chosen = _MEMBERS.search(options)
            names |= {found} if is_name(found) else members(found, chosen[1] if chosen else "")
    return names


def is_name(path: str) -> bool:
    """Say whether a dotted path ends in a class or function, not in a module."""
    return path.rpartition(".")[2][0].isupper()


def members(module: str, chosen: str) -> set[str]:
    """Return the full names of a module's chosen, or of all its public, members."""
    names = [name.strip() for name in chosen.split(",") if name.strip()]
    return {f"{module}.{name}" for name in names or import_module(module).__all__}


def homes(package: Any) -> set[str]:
    """Return the full names behind a package's public names."""
    table = package._HOMES
    return {
        f"{package.__name__}.{home}.{name}"
        for home, names in table.items()
        for name in names.split()
    }


def test_generated_parts_are_current() -> None:
    """Tables that come from code are as `python docs/gen_reference.py` writes them."""
    generator = runpy.run_path(str(DOCS / "gen_reference.py"))
    assert generator["stale"]() == []


def test_every_public_name_is_described() -> None:
    """What `entrosdk` and `entrosdk.sync` export stands in the reference."""
    assert (homes(entrosdk) | homes(entrosdk.sync)) - documented() == set()


def test_links_of_the_readme_lead_somewhere() -> None:
    """Each file the README links to exists."""
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []
