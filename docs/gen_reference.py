"""Writes the parts of the reference that come from code, between their marks in the pages.

`python docs/gen_reference.py` writes; a test calls `stale()` and fails when a page is behind.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

from typer.models import ArgumentInfo, OptionInfo

from entrosdk import Capability, errors
from entrosdk.cli.commands import app
from entrosdk.domain import order, payment, product, returns, writing
from entrosdk.registry import available
from entrosdk.spi.manifest import Support
from entrosdk.sync.sinks.tables import METADATA
from entrosdk.testing.laws import RULES

DOCS = Path(__file__).parent


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; pipes in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in r)} |" for r in lines
    )


def error_tree() -> str:
    """Return the tree in the docstring of `entrosdk.errors`."""
    _, _, tree = (errors.__doc__ or "").partition("\n\n")
    return f"```text\n{tree.rstrip()}\n```"


def error_table() -> str:
    """Return each error with its meaning and its advice."""
    kinds = [getattr(errors, name) for name in errors.__all__]
    found = [kind for kind in kinds if issubclass(kind, errors.EntroError)]
    rows = [(f"`{k.__name__}`", first_line(k.__doc__), k.default_advice) for k in found]
    return table(["error", "meaning", "advice it carries"], rows)


def first_line(docstring: str | None) -> str:
    """Return the first paragraph of a docstring on one line."""
    return " ".join((docstring or "").partition("\n\n")[0].split())


def enumerations() -> str:
    """Return the closed sets of words of the domain."""
    found = [
        kind
        for module in (order, payment, product, returns, writing)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum
    ]
    rows = [
        (f"`{kind.__name__}`", " ".join(f"`{member.name}`" for member in kind)) for kind in found
    ]
    return table(["enumeration", "members"], rows)


def capability_table() -> str:
    """Return what each installed adapter declares."""
    manifests = own_manifests()
    rows = [
        [f"`{capability.value}`", *(cell(m.capabilities.get(capability)) for m in manifests)]
        for capability in Capability
    ]
    return table(["capability", *(m.title for m in manifests)], rows)


def cell(support: Support | None) -> str:
    """Return how far a capability goes, and where the fact book says so."""
    if support is None:
        return "no"
    level = support.level if support.level == "yes" else f"**{support.level}**"
    place = support.source.replace("fact book sections ", "").replace("fact book section ", "")
    return f"{level} <small>{place}</small>"


def stream_table() -> str:
    """Return how each listing behaves."""
    rows = [
        [m.title, s.name, s.clock, str(s.span or "any"), s.paging, str(s.overlap), str(s.settle)]
        for m in own_manifests()
        for s in m.streams
    ]
    head = ["marketplace", "stream", "clock", "longest window", "paging", "overlap", "settling"]
    return table(head, rows)


def limit_table() -> str:
    """Return the requests each adapter allows itself."""
    rows = [
        [
            m.title,
            limit.scope,
            f"{limit.count} in {limit.per:g} s",
            ", ".join(limit.operations) or "all",
        ]
        for m in own_manifests()
        for limit in m.limits
    ]
    return table(["marketplace", "counted for each", "at most", "operations"], rows)


def region_table() -> str:
    """Return the markets of each adapter."""
    rows = [
        [m.title, f"`{region.code}`", region.currency, region.zone, region.api]
        for m in own_manifests()
        for region in m.regions.values()
    ]
    return table(["marketplace", "`region`", "currency", "time zone", "host"], rows)


def own_manifests() -> list[Any]:
    """Return the manifests of the adapters this distribution brings."""
    return [e.manifest for e in available() if e.package == "entrosdk" and e.manifest]


def sql_tables() -> str:
    """Return every table of the SQL sink with its columns."""
    return "\n\n".join(sql_table(t) for t in METADATA.tables.values())


def sql_table(found: Any) -> str:
    """Return one table's columns."""
    rows = [
        [
            f"`{c.name}`",
            column_type(c),
            "key" if c.primary_key else "sometimes" if c.nullable else "always",
        ]
        for c in found.columns
    ]
    return f"### {found.name}\n\n{TABLES[found.name]}\n\n{table(['column', 'type', ''], rows)}"


def column_type(column: Any) -> str:
    """Return a column's type in words that hold for every database."""
    name = type(column.type).__name__
    if column.name.endswith("_minor"):
        return "integer, smallest unit"
    return TYPES[name]


TYPES = {
    "BigInteger": "integer",
    "Boolean": "yes or no",
    "Integer": "integer",
    "JSON": "JSON",
    "LargeBinary": "bytes",
    "Text": "text",
    "UtcTime": "UTC instant",
}

TABLES = {
    "orders": "One row for each order.",
    "order_lines": "One row for each line of an order.",
    "products": "One row for each listing.",
    "variants": "One row for each variant; a product without variants has one whose id is empty.",
    "stock_levels": "Stock of a variant in a warehouse.",
    "payments": "One row for each signed money movement; plus is towards the seller.",
    "payouts": "One row for each transfer to the seller's bank.",
    "returns": "One row for each return.",
    "return_lines": "One row for each line of a return.",
    "quarantine": "Records that could not be read, with the reason and the body as it came.",
    "checkpoints": "How far each stream was read.",
    "raw_bodies": "The marketplace's own body of a record, where the sink was asked to keep it.",
    "entrosdk_schema": "The version of these tables.",
}


def rules() -> str:
    """Return the laws of the conformance kit."""
    rows = [
        [f"`{rule.id}`", rule.about, " ".join(f"`{need.value}`" for need in rule.needs)]
        for rule in RULES.values()
    ]
    return table(["rule", "what it checks", "switched on by"], rows)


def commands() -> str:
    """Return every command with its options, from what `--help` is made of."""
    return "\n\n".join(command_section(name, found) for name, found in leaves("entrosdk", app))


def leaves(name: str, found: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the commands a person can type, below `found`."""
    for command in found.registered_commands:
        yield f"{name} {command.name or command.callback.__name__}", command.callback
    for group in found.registered_groups:
        yield from leaves(f"{name} {group.name}", group.typer_instance)


def command_section(name: str, command: Callable[..., Any]) -> str:
    """Return one command's help."""
    parts = [(p, *get_args(p.annotation)) for p in inspect.signature(command).parameters.values()]
    arguments = [p.name.upper() for p, _, told in parts if isinstance(told, ArgumentInfo)]
    rows = [option_row(*part) for part in parts if isinstance(part[2], OptionInfo)]
    usage = " ".join([name, *arguments, "[OPTIONS]"])
    options = table(["option", "default", "meaning"], rows)
    about = inspect.getdoc(command)
    return f"## {name}\n\n```text\n{usage}\n```\n\n{about}\n\n{options}"


def option_row(parameter: inspect.Parameter, kind: Any, told: OptionInfo) -> list[str]:
    """Return an option's name, default and help."""
    given = [told.default, *(told.param_decls or ())]  # in Annotated the first is no default
    names = [text for text in given if isinstance(text, str) and text.startswith("--")]
    name = names[0] if names else f"--{parameter.name.replace('_', '-')}"
    value = "" if kind is bool else f" {parameter.name.upper()}"
    default = parameter.default
    if default is inspect.Parameter.empty:
        return [f"`{name}{value}`", "required", told.help or ""]
    said = told.show_default if isinstance(told.show_default, str) else ""
    shown = said if default is None or default is False or default == "" else f"`{default}`"
    return [f"`{name}{value}`", shown, told.help or ""]


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "error-tree": ("reference/errors.md", error_tree),
    "error-table": ("reference/errors.md", error_table),
    "enumerations": ("reference/values.md", enumerations),
    "capabilities": ("reference/capabilities.md", capability_table),
    "streams": ("reference/capabilities.md", stream_table),
    "limits": ("reference/capabilities.md", limit_table),
    "regions": ("reference/capabilities.md", region_table),
    "commands": ("reference/command-line.md", commands),
    "rules": ("reference/testing.md", rules),
    "sql-tables": ("reference/tables.md", sql_tables),
}


def with_part(page: str, name: str, content: str) -> str:
    """Return `page` with the text between the marks of `name` replaced."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    fresh, count = pattern.subn(lambda _: f"{begin}\n\n{content}\n\n{end}", page)
    if count != 1:
        raise ValueError(f"a page needs the marks of {name} exactly once, found {count}")
    return fresh


def pages() -> dict[Path, str]:
    """Return the pages with generated parts as they should be."""
    texts: dict[Path, str] = {}
    for name, (place, make) in PARTS.items():
        path = DOCS / place
        texts[path] = with_part(texts.get(path) or path.read_text(), name, make())
    return texts


def stale() -> list[str]:
    """Return the pages that are behind the code."""
    return [path.name for path, text in pages().items() if path.read_text() != text]


def main() -> int:
    """Write every generated part."""
    for path, text in pages().items():
        path.write_text(text)
        sys.stdout.write(f"{path.relative_to(DOCS)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
