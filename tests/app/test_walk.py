"""Every route of the app that names a row, walked with the ids of somebody else's rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from reference_app import samples
from reference_app.records.models import Order
from reference_app.stores.models import Store
from reference_app.tenants.models import Membership, Merchant, User

pytestmark = pytest.mark.django_db
# Accounts are not a merchant's; pushes and the API are let in by secrets and have walks of their
# own; the back office is for our own staff, and plans are everybody's.
_OTHERS = ("accounts/", "hooks/", "api/", "backoffice/", "billing/plans/")


@pytest.fixture
def foreign(owner: User, other: Merchant) -> Store:
    """Return somebody else's store with something of everything."""
    # Our own place in our business gets an id that no row of theirs has.
    Membership.objects.exclude(merchant=other).update(id=-1)
    store = samples.store(other, "shopee", "9001")
    samples.fill(store, orders=3)
    samples.programs(other)
    return store


def routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    """Yield every route with a parameter, as it was written."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver) and not route.startswith(_OTHERS):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and "<" in route and not route.startswith(_OTHERS):
            yield route


def addresses(store: Store) -> Iterator[str]:
    """Yield every such route with every id that could be a row of `store`'s merchant."""
    order = Order.objects.filter(store=store).latest("pk")
    words = {"marketplace": store.marketplace, "shop_id": store.shop_id}
    keys = sorted({row["pk"] for rows in everything().values() for row in rows[-1:]})
    for route in routes(get_resolver().url_patterns):
        places = re.findall(r"<(?:(\w+):)?(\w+)>", route)
        choices = [
            [str(key) for key in keys] if kind == "int" else [words.get(name, order.external_id)]
            for kind, name in places
        ]
        for values in product(*choices):
            filled = iter(values)
            yield "/" + re.sub(r"<[^>]+>", lambda _, filled=filled: next(filled), route)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return all business rows, by table."""
    ours = [app for app in apps.get_app_configs() if app.name.startswith("reference_app.")]
    models = [model for app in ours for model in app.get_models()]
    return {
        model._meta.label: [
            {**row, "pk": row[model._meta.pk.attname]}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in models
    }


@pytest.mark.slow
def test_no_route_shows_or_changes_foreign_rows(browser_of: Client, foreign: Store) -> None:
    """Whatever id of another merchant is asked for, read or written, nothing is there."""
    before = everything()
    asked = {
        (method, path): getattr(browser_of, method)(path).status_code
        for path in addresses(foreign)
        for method in ("get", "post")
    }
    assert len(asked) > 100
    assert {call: code for call, code in asked.items() if code not in {404, 405}} == {}
    assert everything() == before
