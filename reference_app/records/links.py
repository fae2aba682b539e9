"""What order lines stand for in the merchant's catalogue, where a catalogue is installed."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from reference_app.records.models import OrderLine
from reference_app.records.probing import met

__all__ = ["available", "with_unlinked_lines"]

_APP = "goods"


def available() -> bool:
    """Whether there is a catalogue to link to."""
    return apps.is_installed("reference_app.goods")


def with_unlinked_lines() -> Q:
    """Return the condition of orders with a line that stands for nothing in the catalogue."""
    listing: Any = apps.get_model(_APP, "Listing")
    booked: Any = apps.get_model(_APP, "BookedLine")
    linked = listing.objects.filter(
        store=OuterRef("order__store"),
        product_ref=OuterRef("product_id"),
        variant_ref=OuterRef("variant_id"),
        variant__isnull=False,
    )
    kept = booked.objects.filter(
        store=OuterRef("order__store"),
        order_ref=OuterRef("order__external_id"),
        line_ref=OuterRef("external_id"),
    )
    # Values too, for PostgreSQL takes what two joins leave for next to nothing.
    stands = Coalesce(Subquery(linked.values("pk")[:1]), Subquery(kept.values("pk")[:1]))
    lines = OrderLine.objects.filter(order=OuterRef("pk")).annotate(stands=stands)
    return met(lines.filter(stands__isnull=True))
