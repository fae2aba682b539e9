"""Finding listings and variants: filters, search, and pages found by position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from attrs import frozen
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from reference_app.goods.models import Listing, Variant
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant
from reference_app.web.text import fold

__all__ = [
    "ListingFilters", "Page", "VariantFilters", "counts", "listing_page", "listings",
    "price_differences", "read_listing_filters", "read_variant_filters", "variant_page", "variants",
    "variants_like",
]  # fmt: skip

PAGE = 50
T = TypeVar("T")


@frozen(kw_only=True)
class Page(Generic[T]):
    """One page; `before` and `after` are positions for the neighbouring pages."""

    rows: tuple[T, ...]
    before: str = ""
    after: str = ""


# Listings


@frozen(kw_only=True)
class ListingFilters:
    """What a visitor asks for; unreadable values count as not given."""

    state: str = ""
    store: int | None = None
    text: str = ""

    @property
    def narrow(self) -> bool:
        """Whether anything but the tab narrows the list."""
        return bool(self.store or self.text)


def read_listing_filters(values: Mapping[str, str]) -> ListingFilters:
    """Read filters from a query string or a form."""
    state = values.get("state", "")
    return ListingFilters(
        state=state if state in Listing.State.values else "",
        store=_number(values.get("store", "")),
        text=values.get("q", "").strip()[:100],
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def counts(merchant: Merchant) -> dict[str, int]:
    """Return how many live listings are in each state; states without any are 0."""
    rows = Listing.objects.filter(merchant=merchant, gone_at=None).order_by()
    found = dict(rows.values_list("state").annotate(n=Count("pk")))
    return {state: found.get(state, 0) for state in Listing.State.values}


def listings(merchant: Merchant, filters: ListingFilters) -> QuerySet[Listing]:
    """Return the merchant's live listings that match, in no order."""
    found = Listing.objects.filter(merchant=merchant, gone_at=None)
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.store:
        found = found.filter(store_id=filters.store)
    return _with_words(found, filters.text)


def listing_page(found: QuerySet[Listing], values: Mapping[str, str]) -> Page[Listing]:
    """Return a page of listings in the order they were first seen."""
    rows = found.select_related("store", "variant", "suggestion")
    return _page(rows, values)


def _with_words(found: QuerySet[T], text: str) -> QuerySet[T]:  # type: ignore[type-var]
    for word in fold(text).split():
        found = found.filter(search_text__contains=word)
    return found


def _page(found: QuerySet[T], values: Mapping[str, str]) -> Page[T]:  # type: ignore[type-var]
    after, before = _number(values.get("after", "")), _number(values.get("before", ""))
    if before:
        rows = list(found.filter(pk__lt=before).order_by("-pk")[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        return Page(rows=tuple(rows), before=_first(rows) if more else "", after=_last(rows))
    rows = list(found.filter(pk__gt=after or 0).order_by("pk")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Page(
        rows=tuple(rows), before=_first(rows) if after else "", after=_last(rows) if more else ""
    )


def _first(rows: list[T]) -> str:
    return str(rows[0].pk) if rows else ""  # type: ignore[attr-defined]


def _last(rows: list[T]) -> str:
    return str(rows[-1].pk) if rows else ""  # type: ignore[attr-defined]


# Variants


@frozen(kw_only=True)
class VariantFilters:
    """What a visitor asks for; `show` is "", "bundles", "unlinked" or "inactive"."""

    show: str = ""
    text: str = ""

    @property
    def any(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.show or self.text)


def read_variant_filters(values: Mapping[str, str]) -> VariantFilters:
    """Read filters from a query string."""
    show = values.get("show", "")
    return VariantFilters(
        show=show if show in {"bundles", "unlinked", "inactive"} else "",
        text=values.get("q", "").strip()[:100],
    )


def variants(merchant: Merchant, filters: VariantFilters) -> QuerySet[Variant]:
    """Return the merchant's variants that match, in no order."""
    found = Variant.objects.filter(merchant=merchant)
    found = found.filter(active=filters.show != "inactive")
    if filters.show == "bundles":
        found = found.filter(kind=Variant.Kind.BUNDLE)
    elif filters.show == "unlinked":
        found = found.filter(~Exists(Listing.objects.filter(variant=OuterRef("pk"))))
    return _with_words(found, filters.text)


def variant_page(found: QuerySet[Variant], values: Mapping[str, str]) -> Page[Variant]:
    """Return a page of variants in the order they were made, each with its live listings."""
    page = _page(found, values)
    linked: dict[int | None, list[Listing]] = {}
    live = Listing.objects.filter(variant__in=[row.pk for row in page.rows], gone_at=None)
    for row in live.select_related("store").order_by("store_id", "pk"):
        linked.setdefault(row.variant_id, []).append(row)
    for row in page.rows:
        row.links = linked.get(row.pk, [])  # type: ignore[attr-defined]
    return page


def variants_like(merchant: Merchant, text: str, limit: int = 12) -> list[Variant]:
    """Return active variants with these words in SKU or name."""
    found = Variant.objects.filter(merchant=merchant, active=True)
    return list(_with_words(found, text).order_by("sku", "pk")[:limit])


# Prices


def price_differences(
    merchant: Merchant, variant: int | None = None, text: str = ""
) -> QuerySet[Listing]:
    """Return live listings whose price is not that of their variant, in no order."""
    found = Listing.objects.filter(merchant=merchant, state=Listing.State.LINKED, gone_at=None)
    found = found.filter(
        ~Q(price_minor=F("variant__price_minor")),
        variant__price_minor__isnull=False,
        currency=F("variant__currency"),
        store__state=Store.State.ACTIVE,
    )
    if variant is not None:
        found = found.filter(variant_id=variant)
    return _with_words(found, text)
