"""Every table that hangs on a merchant, found by walking the models.

`forgotten()` names what the walk could not place: a test keeps it empty, so a table added
tomorrow is exported and deleted, or somebody said why not.
"""

from __future__ import annotations

import re
from collections import deque
from graphlib import TopologicalSorter
from typing import Any

from attrs import frozen
from django.apps import apps
from django.db import models
from django.db.models import QuerySet

from reference_app.rights.registry import HIDDEN, KEPT, LEFT_OUT, PATHS, UNOWNED, Kept
from reference_app.tenants.models import Merchant, User

__all__ = ["Table", "children_first", "forgotten", "owned", "unkept"]

_SECRET = re.compile(r"sealed|password|secret|digest")


@frozen(kw_only=True)
class Table:
    """One table, and the path of fields from its rows to their merchant."""

    label: str
    model: Any
    path: str

    @property
    def left_out(self) -> str:
        """Why it is not exported; empty when it is."""
        return LEFT_OUT.get(self.label, "")

    @property
    def hidden(self) -> dict[str, str]:
        """Columns that are not exported, with the reason; sealed ones never are."""
        columns = [field.attname for field in self.model._meta.concrete_fields]
        sealed = {name: "a secret" for name in columns if _SECRET.search(name)}
        return sealed | HIDDEN.get(self.label, {})

    @property
    def kept(self) -> Kept | None:
        """What stays of it when its merchant is deleted."""
        return KEPT.get(self.label)

    def rows(self, merchant: int) -> QuerySet[Any]:
        """Return the merchant's rows, in the order of their keys."""
        return self.model._default_manager.filter(**{self.path: merchant}).order_by("pk")


def owned() -> list[Table]:
    """Return all tables with a merchant's rows, by name."""
    found = []
    for model in _walk():
        path = _path(model)
        if path:
            found.append(Table(label=model._meta.label_lower, model=model, path=path))
    return found


def forgotten() -> list[str]:
    """Return tables that lead to no merchant and that nobody has spoken of."""
    return [model._meta.label_lower for model in _walk() if not _path(model)
            and model._meta.label_lower not in UNOWNED]  # fmt: skip


def children_first() -> list[Table]:
    """Return the tables in an order in which their rows may be deleted."""
    tables = {table.model: table for table in owned()}
    sorter: TopologicalSorter[Any] = TopologicalSorter({model: set() for model in tables})
    for model in tables:
        for target in {link.remote_field.model for link in _links(model)} - {model}:
            if target in tables:
                sorter.add(target, model)
    return [tables[model] for model in sorter.static_order()]


def unkept() -> list[str]:
    """Return tables that have to be kept because kept rows hang on them, and are not."""
    tables = {table.model: table for table in owned()}
    return sorted(
        {
            tables[link.remote_field.model].label
            for table in tables.values()
            if table.kept
            for link in _links(table.model)
            if link.remote_field.on_delete is not models.SET_NULL
            and link.remote_field.model is not Merchant
            and link.remote_field.model in tables
            and not tables[link.remote_field.model].kept
        }
    )


def _walk() -> list[Any]:
    found = apps.get_models(include_auto_created=True)
    real = [model for model in found if model._meta.managed and not model._meta.proxy]
    return sorted(real, key=lambda model: str(model._meta.label_lower))


def _path(model: Any) -> str:
    label = model._meta.label_lower
    if label in UNOWNED:
        return ""
    return PATHS.get(label) or _shortest(model, Merchant) or _by_user(model)


def _by_user(model: Any) -> str:
    """What belongs to a person belongs to that person's business."""
    path = _shortest(model, User)
    return f"{path}__memberships__merchant" if path else ""


def _shortest(model: Any, goal: Any) -> str:
    """Return the shortest path of links that are never empty."""
    waiting = deque([(model, "")])
    seen = {model}
    while waiting:
        here, before = waiting.popleft()
        for link in _links(here):
            target = link.remote_field.model
            if target is goal and not link.null:
                return f"{before}{link.name}"
            if not link.null and target not in seen and target is not User:
                seen.add(target)
                waiting.append((target, f"{before}{link.name}__"))
    return ""


def _links(model: Any) -> list[Any]:
    return [link for link in model._meta.concrete_fields if isinstance(link, models.ForeignKey)]
