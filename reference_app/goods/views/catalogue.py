"""The catalogue: variants with their links, editing, bundles, prices to the stores."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reference_app.goods import bundles, errands, linking, prices, queries
from reference_app.goods.forms import VariantForm
from reference_app.goods.keys import key_of
from reference_app.goods.models import Errand, Listing, PricePush, Variant
from reference_app.tenants.guard import changes_things

_PRICES = 2_000  # prices of one errand


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the variants with their listings."""
    filters = queries.read_variant_filters(request.GET)
    found = queries.variants(request.merchant, filters)
    page = queries.variant_page(found, request.GET)
    context = {
        "filters": filters,
        "page": page,
        "found": found.count() if page.rows else 0,
        "differing": queries.price_differences(request.merchant).count(),
        "listings": page.rows or Listing.objects.filter(merchant=request.merchant).exists(),
    }
    return render(request, "catalogue/index.html", context)


@require_http_methods(["GET", "POST"])
@changes_things
def new(request: HttpRequest) -> HttpResponse:
    """Add a variant or a bundle."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in Variant.Kind.values else Variant.Kind.SIMPLE
    variant = Variant(merchant=request.merchant, kind=kind)
    return _edited(request, variant)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and change a variant."""
    return _edited(request, _mine(request, pk))


def _edited(request: HttpRequest, variant: Variant) -> HttpResponse:
    before = variant.loose
    form = VariantForm(request.POST or None, instance=variant, merchant=request.merchant)
    if request.method == "POST":
        if not request.membership.may_change:
            return _refused()
        if form.is_valid():
            return _saved(request, form, before)
    stored = variant if variant.pk is None else _mine(request, variant.pk)
    context = {"form": form, "variant": stored, **_around(stored)}
    return render(request, "catalogue/detail.html", context)


def _refused() -> HttpResponse:
    from django.core.exceptions import PermissionDenied  # noqa: PLC0415

    raise PermissionDenied


def _saved(request: HttpRequest, form: VariantForm, before: str) -> HttpResponse:
    variant = form.save()
    linked = linking.reconsider(request.merchant, {before, variant.loose})
    messages.success(request, _("%(name)s is saved.") % {"name": variant.name})
    if linked:
        messages.success(request, _("Listings linked by this SKU: %(n)d.") % {"n": linked})
    return redirect("catalogue-detail", variant.pk)


def _around(variant: Variant) -> dict[str, Any]:
    if variant.pk is None:
        return {}
    links = Listing.objects.filter(variant=variant).select_related("store")
    differing = queries.price_differences(variant.merchant, variant=variant.pk)
    return {
        "links": links.order_by("store_id", "pk")[:100],
        "parts": variant.parts.select_related("component"),
        "inside": variant.part_of.select_related("bundle")[:50],
        "differing": differing.count(),
    }


@require_POST
@changes_things
def parts(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a bundle is made of: a quantity for each component, and one to add."""
    bundle = _mine(request, pk)
    try:
        bundles.set_parts(bundle, _wanted(request, bundle))
    except bundles.Circle:
        messages.error(request, _("This would make the bundle hold itself."))
    except ValueError:
        messages.error(request, _("Give each component a whole number of units."))
    except Variant.DoesNotExist:
        messages.error(request, _("No single variant of your catalogue has this SKU."))
    else:
        messages.success(request, _("%(name)s is saved.") % {"name": bundle.name})
    return redirect("catalogue-detail", pk)


def _wanted(request: HttpRequest, bundle: Variant) -> dict[int, int]:
    wanted = {
        part.component_id: _units(request.POST.get(f"part-{part.component_id}", ""))
        for part in bundle.parts.all()
    }
    sku = request.POST.get("sku", "").strip()
    if sku:
        key = key_of(sku)
        found = Variant.objects.filter(merchant=request.merchant, key=key).exclude(key="")[:2]
        if len(found) != 1:
            raise Variant.DoesNotExist
        wanted[found[0].pk] = _units(request.POST.get("quantity", "")) or 1
    return {component: units for component, units in wanted.items() if units}


def _units(text: str) -> int:
    number = int(text or "0")
    if not 0 <= number <= 10**6:
        raise ValueError("not a number of units")
    return number


def _mine(request: HttpRequest, pk: int) -> Variant:
    rows = Variant.objects.select_related("merchant")
    return get_object_or_404(rows, pk=pk, merchant=request.merchant)


# Prices


@require_http_methods(["GET", "POST"])
def price_preview(request: HttpRequest) -> HttpResponse:
    """Show what sending the catalogue's prices would change; send what is ticked."""
    if request.method == "POST":
        return _send(request)
    variant = request.GET.get("variant", "")
    chosen = (
        int(variant) if variant.isascii() and variant.isdecimal() and len(variant) < 18 else None
    )
    found = queries.price_differences(
        request.merchant, variant=chosen, text=request.GET.get("q", "").strip()[:100]
    )
    rows = list(found.select_related("store", "variant").order_by("variant_id", "pk")[:200])
    latest = _latest(rows)
    context = {
        "rows": [(row, latest.get(row.pk)) for row in rows],
        "found": found.count(),
        "token": uuid4().hex,
        "variant": chosen,
    }
    return render(request, "catalogue/prices.html", context)


def _latest(rows: list[Listing]) -> dict[int, PricePush]:
    pushes = PricePush.objects.filter(listing__in=[row.pk for row in rows]).order_by("pk")
    return {push.listing_id: push for push in pushes}


@changes_things
def _send(request: HttpRequest) -> HttpResponse:
    found = queries.price_differences(request.merchant).select_related("variant")
    ids = [int(text) for text in request.POST.getlist("ids") if text.isascii() and text.isdecimal()]
    if not request.POST.get("all"):
        found = found.filter(pk__in=ids[:_PRICES])
    rows = list(found.order_by("store_id", "pk")[:_PRICES])
    if not rows and not Errand.objects.filter(
        merchant=request.merchant, token=request.POST.get("token", "")
    ):
        messages.warning(request, _("No price was chosen, or none differs any more."))
        return redirect("catalogue-prices")
    errand = errands.ask(
        request.merchant,
        request.user,
        Errand.Kind.PRICES,
        token=request.POST.get("token", "")[:40] or uuid4().hex,
        total=len(rows),
    )
    prices.write_down(errand, rows)
    errands.run_if_small(errand)
    return redirect("catalogue-errand", errand.pk)
