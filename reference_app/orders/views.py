"""Acting on orders: forms, what came of an act, labels, a recipient, saved filters."""

from __future__ import annotations

import io
import zipfile
from base64 import b64decode
from typing import Any

from attrs import frozen
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from entrosdk import EntroError, connect
from entrosdk.domain.writing import CancelReason, ShippingOptions
from entrosdk.errors import ConfigError
from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.orders import filters, tickets
from reference_app.orders.acting import LARGEST, Wish, begin
from reference_app.orders.models import Act, ActItem, Kind, LabelFile, Outcome, SavedFilter
from reference_app.orders.sending import slot_name, support
from reference_app.orders.telling import told
from reference_app.records.models import Order
from reference_app.records.private import opened
from reference_app.stores.connecting import PATIENCE, POLICY, reach
from reference_app.tenants.guard import changes_things
from reference_app.web import words

_HOW = ("method", "slot", "carrier", "tracking_number", "reason", "comment")
_ENDINGS = {"application/pdf": "pdf", "text/html": "html"}


@require_GET
@changes_things
def prepare(
    request: HttpRequest, marketplace: str, shop_id: str, external_id: str, kind: str
) -> HttpResponse:
    """Show what an act on one order needs, with the marketplace's own choices."""
    if kind not in Kind or kind == Kind.LABEL:
        raise Http404
    order = _mine(request, marketplace, shop_id, external_id)
    context: dict[str, Any] = {
        "order": order,
        "kind": Kind(kind),
        "offered": support(marketplace, kind),
        "ticket": tickets.issue(request.membership.pk),
    }
    if context["offered"].level != "no":
        context |= _choices(order, Kind(kind))
    return render(request, "orders/prepare.html", context)


@frozen(kw_only=True)
class _Slot:
    name: str
    slot: Any


def _choices(order: Order, kind: Kind) -> dict[str, Any]:
    if kind not in {Kind.SHIP, Kind.CANCEL}:
        return {}
    store = order.store
    try:
        with connect(store.marketplace, **reach(store), timeout=PATIENCE, policy=POLICY) as shop:
            if kind == Kind.CANCEL:
                return _reasons(shop.orders.cancel_reasons(order.external_id))
            return _ways(shop.orders.shipping_options(order.external_id))
    except EntroError as error:
        item = ActItem(kind=kind, outcome=Outcome.REFUSED, cause=type(error).__name__)
        return {"trouble": told(item), "said": error.message}


def _reasons(reasons: tuple[CancelReason, ...]) -> dict[str, Any]:
    return {"reasons": reasons, "too_late": not reasons}


def _ways(options: ShippingOptions) -> dict[str, Any]:
    slots = [_Slot(name=slot_name(slot), slot=slot) for slot in options.slots]
    methods = [(way.value, words.HANDOVERS.get(way.value, way.value)) for way in options.methods]
    own = any(way == "OWN" for way, _title in methods)
    return {"methods": methods, "slots": slots, "carriers": options.carriers, "own": own}


@require_POST
@changes_things
def act(request: HttpRequest) -> HttpResponse:
    """Do something with one order or many, once for each form."""
    kind = request.POST.get("kind", "")
    keys = {key for key in request.POST.getlist("order") if key.isdecimal() and len(key) < 18}
    if kind not in Kind:
        raise Http404
    found = Order.objects.filter(merchant=request.merchant, pk__in=list(keys)[: LARGEST + 1])
    orders = list(found.select_related("store").order_by("-created_at", "-id"))
    if len(orders) != len(keys) and len(keys) <= LARGEST:
        raise Http404  # one of them is not there, or not this merchant's
    ticket = tickets.read(request.POST.get("ticket", ""), request.membership.pk)
    refusal = _refusal(kind, orders, len(keys), ticket)
    if refusal or ticket is None:
        messages.warning(request, refusal)
        return redirect("orders")
    how = {name: request.POST.get(name, "")[:200] for name in _HOW if request.POST.get(name)}
    wish = Wish(kind=kind, orders=orders, how=how, ticket=ticket)
    done = begin(request.merchant, request.user, wish)
    if len(orders) == 1 and kind != Kind.LABEL:
        return redirect(_address(orders[0]) + "#acts")
    return redirect("orders-act", pk=done.pk)


def _refusal(kind: str, orders: list[Order], asked: int, ticket: tickets.Ticket | None) -> str:
    if ticket is None:
        return _("The page was open for too long. Nothing was done; please try again.")
    if not orders:
        return _("Choose at least one order.")
    if asked > LARGEST:
        return _("At most %(n)d orders at a time. Nothing was done.") % {"n": LARGEST}
    if kind in {Kind.CANCEL, Kind.REFUSE, Kind.ACCEPT} and len(orders) > 1:
        return _("This is done for one order at a time. Nothing was done.")
    return ""


@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what came of an act, order by order; the page asks again while something is open."""
    found = get_object_or_404(Act.objects.select_related("user"), pk=pk, merchant=request.merchant)
    items = list(
        found.items.select_related("order", "order__store", "label").defer("label__sealed")
    )
    open_ones = [item for item in items if item.outcome in {Outcome.WAITING, Outcome.RUNNING}]
    context = {
        "act": found,
        "rows": [(item, told(item)) for item in items],
        "busy": bool(open_ones),
        "counts": _counts(items),
        "labels": sum(1 for item in items if hasattr(item, "label")),
    }
    part = "orders/_act.html" if request.htmx and not request.htmx.boosted else "orders/act.html"
    return render(request, part, context)


def _counts(items: list[ActItem]) -> list[tuple[str, Any, int]]:
    counted = [(one, sum(1 for item in items if item.outcome == one)) for one in Outcome]
    return [(one.value, one.label, number) for one, number in counted if number]


@require_GET
@changes_things
def labels(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an act's labels: one as it is, several as a zip archive.

    Marketplaces send PDF and HTML alike, so they are not merged into one document. A marketplace's
    page is handed over as a file, never shown as a page of ours.
    """
    found = get_object_or_404(Act, pk=pk, merchant=request.merchant, kind=Kind.LABEL)
    rows = LabelFile.objects.filter(item__act=found).select_related("item__order")
    files = [_file(request, row) for row in rows.order_by("item_id")]
    if not files:
        raise Http404
    _note_reading(request, found, len(files))
    if len(files) == 1:
        name, kind, content = files[0]
        return _download(name, kind, content)
    return _download("labels.zip", "application/zip", _zipped(files))


def _file(request: HttpRequest, row: LabelFile) -> tuple[str, str, bytes]:
    try:
        text = request.merchant.seal().open(row.sealed, f"label:{row.item_id}")
    except ConfigError:
        raise Http404 from None
    order = row.item.order
    ending = _ENDINGS.get(row.kind.partition(";")[0], "bin")
    safe = "".join(sign if sign.isalnum() else "-" for sign in order.number)
    return f"{order.marketplace}-{safe}.{ending}", row.kind, b64decode(text)


def _zipped(files: list[tuple[str, str, bytes]]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, _kind, content in files:
            archive.writestr(name, content)
    return body.getvalue()


def _download(name: str, kind: str, content: bytes) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=kind, headers=headers)


def _note_reading(request: HttpRequest, found: Act, number: int) -> None:
    note(
        request.merchant,
        request.user,
        Entry.Verb.LABEL,
        ngettext("%(n)d label", "%(n)d labels", number) % {"n": number},
        address=reverse("orders-act", args=[found.pk]),
    )


@require_POST
@changes_things
def reveal(request: HttpRequest, marketplace: str, shop_id: str, external_id: str) -> HttpResponse:
    """Show an order's recipient in full; that it was looked at is written down first."""
    order = _mine(request, marketplace, shop_id, external_id)
    facts = opened(order)
    if facts is None:
        raise Http404
    note(request.merchant, request.user, Entry.Verb.REVEAL, order.number, address=_address(order))
    response = render(request, "orders/recipient.html", {"order": order, "facts": facts})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep the present filter under a name; a reader may do this too, it is nobody else's."""
    name = " ".join(request.POST.get("name", "").split())[:40]
    query = filters.normal(QueryDict(request.POST.get("query", "")))[:500]
    mine = SavedFilter.objects.filter(merchant=request.merchant, user=request.user)
    if not name or not query:
        messages.warning(request, _("A saved filter needs a name and at least one choice."))
    elif mine.count() >= filters.MOST:
        messages.warning(
            request, _("You have %(n)d saved filters; delete one first.") % {"n": filters.MOST}
        )
    else:
        _keep_filter(request, name, query)
    return redirect(f"{reverse('orders')}?{query}")


def _keep_filter(request: HttpRequest, name: str, query: str) -> None:
    owner = {"merchant": request.merchant, "user": request.user, "name": name}
    sealed = request.merchant.seal().seal(query, "filter")
    try:
        with transaction.atomic():
            SavedFilter.objects.update_or_create(**owner, defaults={"sealed": sealed})
    except IntegrityError:  # saved in another tab at the same moment
        SavedFilter.objects.filter(**owner).update(sealed=sealed)


@require_POST
def delete_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a saved filter."""
    mine = SavedFilter.objects.filter(merchant=request.merchant, user=request.user)
    get_object_or_404(mine, pk=pk).delete()
    return redirect("orders")


def _mine(request: HttpRequest, marketplace: str, shop_id: str, external_id: str) -> Order:
    return get_object_or_404(
        Order.objects.select_related("store", "merchant"),
        merchant=request.merchant,
        marketplace=marketplace,
        shop_id=shop_id,
        external_id=external_id,
    )


def _address(order: Order) -> str:
    return reverse("orders-detail", args=[order.marketplace, order.shop_id, order.external_id])
