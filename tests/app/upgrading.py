"""An upgrade, as a process of its own: `python -m tests.app.upgrading`.

The database of the settings is made as the previous release left it: every app at the migration
before its last. Each table gets rows by its columns alone, so tables that come tomorrow take part.
Then everything is migrated, and what the rows held is looked for.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import django

_ROWS = 3
_NOON = datetime(2026, 7, 5, 12, tzinfo=UTC)


def main() -> int:
    """Upgrade and print what was lost."""
    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    old = previous(executor)
    executor.migrate(old)
    state = MigrationExecutor(connection).loader.project_state(old).apps
    rows = fill(state)
    newest = MigrationExecutor(connection)
    newest.migrate(newest.loader.graph.leaf_nodes())
    from django.apps import apps

    lost = {label: missing(apps, label, kept) for label, kept in rows.items()}
    print(json.dumps({
        "before": [f"{app}.{name}" for app, name in old],
        "tables": len(rows),
        "rows": sum(len(kept) for kept in rows.values()),
        "lost": {label: found for label, found in lost.items() if found},
    }))  # fmt: skip
    return 0


def previous(executor: Any) -> list[tuple[str, str]]:
    """Return the tips of a history in which every app of ours lacks its last migration.

    An app's last migration stays where an older one of another app builds on it.
    """
    graph = executor.loader.graph
    last = {
        leaf
        for leaf in graph.leaf_nodes()
        if graph.nodes[leaf].__module__.startswith("reference_app.")
        and any(node.key[0] == leaf[0] for node in graph.node_map[leaf].parents)
    }
    there = set(graph.nodes) - last
    while needed := {
        leaf for leaf in last if any(child.key in there for child in children(graph, leaf))
    }:
        last -= needed
        there |= needed
    return sorted(
        name for name in there if not any(child.key in there for child in children(graph, name))
    )


def children(graph: Any, name: tuple[str, str]) -> Any:
    """Return what builds on a migration."""
    return graph.node_map[name].children


def fill(state: Any) -> dict[str, list[dict[str, Any]]]:
    """Put rows into every table, parents first; returns what stands in them."""
    from graphlib import TopologicalSorter

    models = {model._meta.label: model for model in state.get_models()}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for label, model in models.items():
        parents = {link.related_model._meta.label for link in links(model) if not link.null}
        sorter.add(label, *(parents & set(models)) - {label})
    for label in sorter.static_order():
        if models[label]._meta.app_label not in {"contenttypes", "auth"}:
            put(models[label])
    return {
        label: list(model.objects.order_by("pk").values())
        for label, model in models.items()
        if model._meta.app_label not in {"contenttypes", "auth"}
    }


def links(model: Any) -> list[Any]:
    """Return a model's links."""
    return [field for field in model._meta.concrete_fields if field.is_relation]


def put(model: Any) -> None:
    """Put rows into one table, each value made from its column and the row's number."""
    for number in range(1, _ROWS + 1):
        seen: dict[Any, int] = defaultdict(int)
        values = {}
        for field in model._meta.concrete_fields:
            if field.get_internal_type() in {"AutoField", "BigAutoField"}:
                continue
            if field.is_relation:
                if not field.null:
                    parents = list(field.related_model.objects.order_by("pk")[:_ROWS])
                    # Two links to one table take two rows: a bundle is no part of itself.
                    place = number - 1 + seen[field.related_model]
                    seen[field.related_model] += 1
                    values[field.name] = parents[place % len(parents)]
            else:
                values[field.name] = value(field, number)
        model.objects.create(**seal(model, values))


def value(field: Any, number: int) -> Any:  # noqa: C901 - one line for each kind of column
    """Make a value that its column takes."""
    from django.db import models

    if field.choices:
        return field.get_default() if field.has_default() else field.choices[0][0]
    match field:
        case models.JSONField():
            return field.get_default() if field.has_default() else {}
        case models.BooleanField():
            return False
        case models.DateTimeField():
            return _NOON + timedelta(days=number)
        case models.DateField():
            return date(2026, 7, number)
        case models.IntegerField():
            return number
        case models.GenericIPAddressField():
            return f"192.0.2.{number}"
        case models.UUIDField():
            return uuid.UUID(int=number)
        case models.DecimalField():
            return Decimal(number)
        case models.EmailField():
            return f"nguoi{number}@example.vn"
        case models.CharField():
            return f"{field.name}-{number}"[-(field.max_length or 40) :]
        case _:
            return f"{field.name}-{number}"


def seal(model: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Give merchants a key that opens: migrations seal with it."""
    if model._meta.label == "tenants.Merchant":
        from reference_app.tenants.models import Merchant

        fresh = Merchant(name="x")
        from entrosdk.runtime.stores.seal import new_key
        from reference_app.tenants.sealing import master

        fresh.sealed_key = master().seal(new_key().reveal(), "merchant")
        values["sealed_key"] = fresh.sealed_key
    return values


def missing(apps: Any, label: str, kept: list[dict[str, Any]]) -> list[str]:
    """Return what of a table's rows is gone or altered."""
    try:
        model = apps.get_model(label)
    except LookupError:
        return [f"the table is gone with {len(kept)} rows"] if kept else []
    here = {row[model._meta.pk.attname]: row for row in model._base_manager.values()}
    found = []
    for row in kept:
        now = here.get(row[model._meta.pk.attname])
        if now is None:
            found.append(f"row {row[model._meta.pk.attname]}")
            continue
        changed = [name for name in row if name in now and now[name] != row[name]]
        found += [f"{name} of row {row[model._meta.pk.attname]}" for name in changed]
    return found


if __name__ == "__main__":
    sys.exit(main())
