"""What people do: adjust, count, carry elsewhere; and how stores are told."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reference_app.goods import queries as goods
from reference_app.goods.models import Listing, Variant
from reference_app.stock import counting, ledger, queries, reading
from reference_app.stock.forms import AdjustForm, ChannelForm, CountForm, TransferForm
from reference_app.stock.models import Channel, Transfer, Warehouse
from reference_app.stock.offers import want_listings
from reference_app.stock.views.pool import _about, _mine
from reference_app.stores.models import Store
from reference_app.syncing.jobs import ask
from reference_app.syncing.models import SyncRun
from reference_app.tenants.guard import changes_things

_LARGEST_FILE = 5 * 1024 * 1024


@require_POST
@changes_things
def adjust(request: HttpRequest, pk: int) -> HttpResponse:
    """Add or take units of one variant, with a reason."""
    variant = _mine(request, pk)
    form = AdjustForm(request.POST, merchant=request.merchant)
    if variant.is_bundle or not form.is_valid():
        return render(request, "inventory/variant.html", _about(request, variant, form))
    given = form.cleaned_data
    made = counting.adjust(
        given["warehouse"],
        variant.pk,
        given["delta"],
        counting.Hand(request.user, given["token"]),
        reason=given["reason"],
        kind=given["kind"],
        damaged=given["damaged"],
    )
    told = _("The stock is changed.") if made else _("This was done already; nothing was changed.")
    messages.success(request, told)
    return redirect("inventory-variant", pk)


# Counting


@require_http_methods(["GET", "POST"])
@changes_things
def count(request: HttpRequest) -> HttpResponse:
    """Count the goods in a warehouse: typed in a list, or as a file."""
    ledger.main_warehouse(request.merchant.pk)
    posted = request.method == "POST"
    form = CountForm(
        request.POST if posted else None, request.FILES or None, merchant=request.merchant
    )
    wrong: list[str] = []
    if posted and form.is_valid():
        lines = _counted(request, form)
        wrong = lines.wrong
        if lines.units and _take_count(request, form, lines) and not wrong:
            return redirect("inventory")
        if not lines.units and not wrong:
            form.add_error(None, _("Nothing was counted: fill in a number or choose a file."))
    filters = goods.read_variant_filters(request.GET)
    found = goods.variants(request.merchant, filters).filter(kind=Variant.Kind.SIMPLE)
    page = goods.variant_page(found, request.GET)
    context = {
        "form": form,
        "filters": filters,
        "page": page,
        "rows": queries.rows_of(request.merchant, page.rows),
        "typed": {key: text for key, text in request.POST.items() if key.startswith("units-")},
        "wrong": wrong[:100],
        "wrong_count": len(wrong),
    }
    return render(request, "inventory/count.html", context)


def _counted(request: HttpRequest, form: CountForm) -> reading.Lines:
    upload = form.cleaned_data.get("file")
    if upload:
        if upload.size > _LARGEST_FILE:
            return reading.Lines({}, [_("The file is larger than 5 MB.")])
        try:
            rows = reading.from_csv(upload.read())
        except ValueError:
            return reading.Lines({}, [_("This is no CSV file with UTF-8 text.")])
        return reading.matched(request.merchant, rows, least=0)
    typed = {
        int(name.removeprefix("units-")): text.strip()
        for name, text in request.POST.items()
        if name.removeprefix("units-").isdecimal() and text.strip()
    }
    mine = Variant.objects.filter(
        merchant=request.merchant, pk__in=list(typed), kind=Variant.Kind.SIMPLE
    ).in_bulk()
    good = {pk: int(text) for pk, text in typed.items() if pk in mine and _is_count(text)}
    wrong = [
        f"{mine[pk].sku or mine[pk].name}: {text[:20]} – {_('not a whole number of units')}"
        for pk, text in typed.items()
        if pk in mine and pk not in good
    ]
    return reading.Lines(good, wrong)


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) <= 7


def _take_count(request: HttpRequest, form: CountForm, lines: reading.Lines) -> bool:
    given = form.cleaned_data
    hand = counting.Hand(request.user, given["token"])
    try:
        off = counting.count(given["warehouse"], lines.units, given["at"], hand, given["note"])
    except counting.NotPossible as error:
        form.add_error(None, str(error))
        return False
    told = ngettext(
        "%(n)d variant is counted; %(off)d differed.",
        "%(n)d variants are counted; %(off)d differed.",
        len(lines.units),
    ) % {"n": len(lines.units), "off": off}
    messages.success(request, told)
    return True


# Transfers


@require_http_methods(["GET", "POST"])
def transfers(request: HttpRequest) -> HttpResponse:
    """List transfers, and send goods on their way."""
    ledger.main_warehouse(request.merchant.pk)
    form = TransferForm(request.POST or None, merchant=request.merchant)
    wrong: list[str] = []
    if request.method == "POST":
        wrong, sent = _send(request, form)
        if sent:
            messages.success(request, _("The goods are on their way."))
            return redirect("inventory-transfers")
    rows = Transfer.objects.filter(merchant=request.merchant).select_related("source", "target")
    context = {
        "form": form,
        "wrong": wrong,
        "rows": rows.prefetch_related("lines__variant").order_by("-pk")[:50],
        "warehouses": Warehouse.objects.filter(merchant=request.merchant),
    }
    return render(request, "inventory/transfers.html", context)


@changes_things
def _send(request: HttpRequest, form: TransferForm) -> Any:
    if not form.is_valid():
        return [], False
    given = form.cleaned_data
    lines = reading.matched(request.merchant, reading.from_text(given["lines"]), least=1)
    if lines.wrong or not lines.units:
        return lines.wrong, False
    hand = counting.Hand(request.user, given["token"])
    try:
        counting.send_transfer(given["source"], given["target"], lines.units, hand)
    except counting.NotPossible as error:
        form.add_error(None, str(error))
        return [], False
    return [], True


@require_POST
@changes_things
def arrive(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in the goods of a transfer."""
    transfer = get_object_or_404(Transfer, pk=pk, merchant=request.merchant)
    arrived = {
        line.variant_id: int(text)
        for line in transfer.lines.all()
        if (text := request.POST.get(f"units-{line.variant_id}", "").strip()).isdecimal()
    }
    try:
        taken = counting.receive_transfer(transfer, arrived, request.user)
    except counting.NotPossible as error:
        messages.error(request, str(error))
    else:
        told = _("The goods have arrived.") if taken else _("They were taken in before.")
        messages.success(request, told)
    return redirect("inventory-transfers")


@require_POST
@changes_things
def add_warehouse(request: HttpRequest) -> HttpResponse:
    """Add a warehouse."""
    name = request.POST.get("name", "").strip()[:80]
    mine = Warehouse.objects.filter(merchant=request.merchant)
    if not name or mine.filter(name=name).exists():
        messages.error(request, _("Give the warehouse a name of its own."))
        return redirect("inventory-transfers")
    sells = bool(request.POST.get("sells"))
    Warehouse.objects.get_or_create(
        merchant=request.merchant, name=name, defaults={"rank": mine.count() + 1, "sells": sells}
    )
    messages.success(request, _("%(name)s is added.") % {"name": name})
    return redirect("inventory-transfers")


# Channels


@require_GET
def channels(request: HttpRequest) -> HttpResponse:
    """Show how each store is told of stock."""
    return render(request, "inventory/channels.html", {"rows": queries.channels(request.merchant)})


@require_http_methods(["GET", "POST"])
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a push to a store would change, and what the store may sell."""
    store = _store(request, pk)
    kept = Channel.objects.filter(store=store).first() or Channel(store=store)
    form = ChannelForm(request.POST or None, instance=kept)
    if request.method == "POST" and _saved(request, form):
        messages.success(request, _("The rules of %(name)s are changed.") % {"name": store.name})
        return redirect("inventory-channel", pk)
    found = queries.preview(store, kept)
    context = {
        "store": store,
        "channel": kept,
        "form": form,
        "wishes": found.wishes,
        "changes": found.changes,
        "count": found.count,
    }
    return render(request, "inventory/channel.html", context)


@changes_things
def _saved(request: HttpRequest, form: ChannelForm) -> Any:
    if form.is_valid():
        form.save()
        return True
    return False


@require_POST
@changes_things
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn pushing to a store on or off."""
    store = _store(request, pk)
    on = request.POST.get("pushing") == "on"
    kept, _made = Channel.objects.get_or_create(store=store)
    if on and not kept.pushing:
        listings = Listing.objects.filter(store=store, state=Listing.State.LINKED, gone_at=None)
        want_listings(listings)
        ask(store, SyncRun.Trigger.STOCK)
    Channel.objects.filter(pk=kept.pk).update(
        pushing=on, turned_on_at=timezone.now() if on else kept.turned_on_at
    )
    told = _("%(name)s is told of stock from now on.") if on else _("%(name)s is told nothing.")
    messages.success(request, told % {"name": store.name})
    return redirect("inventory-channel", pk)


def _store(request: HttpRequest, pk: int) -> Store:
    live = Store.objects.exclude(state=Store.State.DISCONNECTED)
    return get_object_or_404(live, pk=pk, merchant=request.merchant)
