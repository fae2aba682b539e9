"""Plans on sale: from the data file, and new versions of them."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps as global_apps
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Max

from reference_app.billing.models import PlanVersion
from reference_app.billing.terms import DATA, TRIAL_PLAN

__all__ = ["edit", "load", "newest", "on_sale", "trial_plan"]


def load(apps: Apps = global_apps, using: str = DEFAULT_DB_ALIAS, **_: object) -> None:
    """Add the versions that the data file has and the database has not.

    Follows every migration and flush; `apps` is how things stand after it, which may be without
    this table.
    """
    try:
        model = apps.get_model("billing", "PlanVersion")
    except LookupError:
        return
    rows = model.objects.using(using)
    known = set(rows.values_list("code", "interval", "version"))
    for facts in json.loads((DATA / "plans.json").read_text("utf-8")):
        version = facts.pop("version", 1)
        prices = {interval: facts.pop(interval) for interval in ("month", "year")}
        rows.bulk_create(
            model(version=version, interval=interval, price=price, **facts)
            for interval, price in prices.items()
            if (facts["code"], interval, version) not in known
        )


def on_sale() -> list[PlanVersion]:
    """Return the newest version of each plan that is sold, smallest plan first."""
    newest: dict[tuple[str, str], PlanVersion] = {}
    for plan in PlanVersion.objects.filter(on_sale=True).order_by("rank", "interval", "version"):
        newest[plan.code, plan.interval] = plan
    return list(newest.values())


def trial_plan() -> PlanVersion:
    """Return the plan that a sign-up tries."""
    code, interval = TRIAL_PLAN
    found = PlanVersion.objects.filter(code=code, interval=interval, on_sale=True)
    return found.order_by("-version")[0]


def newest(plan: PlanVersion) -> PlanVersion:
    """Return the version of a plan that is sold now, or the plan itself."""
    same = PlanVersion.objects.filter(code=plan.code, interval=plan.interval, on_sale=True)
    return same.order_by("-version").first() or plan


def edit(plan: PlanVersion, **changes: Any) -> PlanVersion:
    """Put a new version on sale in place of `plan`; who has the old one stays on it."""
    facts = {
        field.attname: getattr(plan, field.attname)
        for field in PlanVersion._meta.concrete_fields
        if field.attname not in {"id", "version", "created_at"}
    }
    with transaction.atomic():
        same = PlanVersion.objects.select_for_update(no_key=True).filter(
            code=plan.code, interval=plan.interval
        )
        latest = same.aggregate(latest=Max("version"))["latest"] if list(same) else 0
        same.update(on_sale=False)
        facts |= changes | {"on_sale": True}
        return PlanVersion.objects.create(version=latest + 1, **facts)
