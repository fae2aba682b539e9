"""Acts: taken once, carried out once, reported for each order.

An item is claimed (waiting to running) before anything is sent, in a transaction of its own. A
process that dies after that leaves it running; it then counts as unknown and is looked at by the
store's next sync. Nothing that was claimed is ever sent a second time.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from attrs import frozen
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from entrosdk import EntroError, Shop, connect
from entrosdk.sync.sink import Commit, StreamKey
from reference_app.audit.log import note
from reference_app.orders.models import OPEN, Act, ActItem, Kind, LabelFile, Outcome
from reference_app.orders.sending import Verdict, happened, packages, send
from reference_app.orders.tickets import Ticket
from reference_app.records.models import Order
from reference_app.records.sink import DjangoSink
from reference_app.stores.connecting import PATIENCE, POLICY, reach
from reference_app.stores.models import Store
from reference_app.syncing.jobs import ask
from reference_app.tenants.models import Merchant, User

__all__ = ["DIRECT", "LARGEST", "Wish", "begin", "forget_labels", "leave", "look_again", "work_off"]

DIRECT = 5
"""So many orders are done while the member waits; more are done by the worker."""
LARGEST = 200
_DEAD_AFTER = timedelta(minutes=3)  # longer than any one write with its retries
_SETTLES_AFTER = timedelta(seconds=60)  # a lost write may still be on its way
_LABELS_LAST = timedelta(hours=24)
_AT_ONCE = 50

_log = logging.getLogger(__name__)


# Taking


@frozen(kw_only=True)
class Wish:
    """What a form asks for: one kind of act on some orders, with its choices."""

    kind: str
    orders: Sequence[Order]
    how: Mapping[str, str]
    ticket: Ticket


def begin(merchant: Merchant, user: User, wish: Wish) -> Act:
    """Take an act and carry it out, or leave it to the worker when it is large.

    A ticket that was used already returns the act it was used for, and does nothing.
    """
    act = _taken(merchant, user, wish)
    if act is None:
        return Act.objects.get(merchant=merchant, token=wish.ticket.token)
    waiting = list(act.items.filter(outcome=Outcome.WAITING).select_related("order__store"))
    stores = {item.order.store_id: item.order.store for item in waiting}
    for store in stores.values():
        if len(waiting) > DIRECT:
            ask(store, "retry")
        else:
            _carry_out_now(store, [item for item in waiting if item.order.store_id == store.pk])
    return act


def leave(merchant: Merchant, user: User | None, wish: Wish) -> Act:
    """Take an act and leave it to the worker: for callers who do not wait, such as programs."""
    act = _taken(merchant, user, wish)
    if act is None:
        return Act.objects.get(merchant=merchant, token=wish.ticket.token)
    waiting = act.items.filter(outcome=Outcome.WAITING).select_related("order__store")
    for store in {item.order.store_id: item.order.store for item in waiting}.values():
        ask(store, "retry")
    return act


def _taken(merchant: Merchant, user: User | None, wish: Wish) -> Act | None:
    for last_try in (False, True):
        try:
            with transaction.atomic():
                act = Act.objects.create(
                    merchant=merchant,
                    user=user,
                    kind=wish.kind,
                    token=wish.ticket.token,
                    issued_at=wish.ticket.issued_at,
                    how=dict(wish.how),
                )
                ActItem.objects.bulk_create(_items(act, wish.orders))
                return act
        except IntegrityError:
            if Act.objects.filter(merchant=merchant, token=wish.ticket.token).exists():
                return None
            if last_try:  # twice in a row somebody else was quicker with one of the orders
                raise
    return None


def _items(act: Act, orders: Sequence[Order]) -> list[ActItem]:
    told = ActItem.objects.filter(order__in=orders).exclude(kind=Kind.LABEL)
    busy = set(told.filter(outcome__in=OPEN).values_list("order_id", flat=True))
    done = told.filter(outcome=Outcome.ACCEPTED, ended_at__gt=act.issued_at)
    changed = set(done.values_list("order_id", flat=True))
    items = []
    for order in orders:
        item = ActItem(act=act, order=order, kind=act.kind)
        if order.store.state != Store.State.ACTIVE:
            _refused(item, "StorePaused")
        elif act.kind != Kind.LABEL and order.pk in busy:
            _refused(item, "Busy")
        elif act.kind != Kind.LABEL and order.pk in changed:
            _refused(item, "Changed")
        items.append(item)
    return items


def _refused(item: ActItem, cause: str) -> None:
    item.outcome, item.cause, item.ended_at = Outcome.REFUSED, cause, timezone.now()


# Carrying out


def _carry_out_now(store: Store, items: Sequence[ActItem]) -> None:
    try:
        with connect(store.marketplace, **reach(store), timeout=PATIENCE, policy=POLICY) as shop:
            _carry_out(store, shop, items)
    except EntroError as error:  # before anything was sent: settings, credentials
        verdict = Verdict(outcome=Outcome.REFUSED, cause=type(error).__name__, reason=error.message)
        for item in items:
            if _claim(item):
                _conclude(item, verdict)


def work_off(store: Store, shop: Shop) -> None:
    """Carry out what waits for this store; a run of the store does this first."""
    items = ActItem.objects.filter(order__store=store, outcome=Outcome.WAITING)
    waiting = list(items.select_related("act__user", "order__store", "act__merchant")[:LARGEST])
    if waiting:
        _carry_out(store, shop, waiting)


def _carry_out(store: Store, shop: Shop, items: Sequence[ActItem]) -> None:
    touched = []
    for item in items:
        if not _claim(item):
            continue
        verdict = send(shop, item.kind, item.order.external_id, item.act.how)
        _conclude(item, verdict)
        touched.append(item.order.external_id)
    try:
        _fetch(store, shop, touched)
    except EntroError:  # what was done is written down; the next sync reads the orders
        _log.warning("orders of store %s could not be read after an act", store.pk)


def _claim(item: ActItem) -> bool:
    now = timezone.now()
    free = ActItem.objects.filter(pk=item.pk, outcome=Outcome.WAITING)
    before = packages(item.order)
    return free.update(outcome=Outcome.RUNNING, started_at=now, before=before) == 1


def _conclude(item: ActItem, verdict: Verdict) -> None:
    with transaction.atomic():
        item.outcome, item.cause = verdict.outcome, verdict.cause
        item.code, item.reason, item.ended_at = verdict.code, verdict.reason[:300], timezone.now()
        item.save(update_fields=["outcome", "cause", "code", "reason", "ended_at"])
        if verdict.label is not None:
            _keep_label(item, *verdict.label)
        _write_down(item)


def _keep_label(item: ActItem, kind: str, content: bytes) -> None:
    sealed = item.act.merchant.seal().seal(base64.b64encode(content).decode(), f"label:{item.pk}")
    LabelFile.objects.create(item=item, kind=kind[:80], sealed=sealed)


def _write_down(item: ActItem) -> None:
    order = item.order
    note(
        item.act.merchant,
        item.act.user,
        item.kind,
        order.number,
        outcome=item.outcome,
        detail=" ".join(part for part in (item.cause, item.code) if part),
        address=reverse(
            "orders-detail", args=[order.marketplace, order.shop_id, order.external_id]
        ),
    )


def _fetch(store: Store, shop: Shop, ids: Sequence[str]) -> set[str]:
    """Read orders anew, so that the page shows what the marketplace has; returns those read."""
    seen: set[str] = set()
    sink, key = DjangoSink(store), StreamKey(store.marketplace, store.shop_id, "orders")
    for start in range(0, len(ids), _AT_ONCE):
        read_at = shop.now()
        batch = shop.orders.get_many(list(ids[start : start + _AT_ONCE]))
        sink.commit(
            Commit(key=key, records=batch.items, unreadable=batch.unreadable, read_at=read_at)
        )
        seen.update(order.id for order in batch.items)
    return seen


# Looking again


def look_again(store: Store, shop: Shop) -> None:
    """Read the orders of acts whose reply was lost, and settle those that can be told."""
    now = timezone.now()
    mine = ActItem.objects.filter(order__store=store)
    dead = mine.filter(outcome=Outcome.RUNNING, started_at__lt=now - _DEAD_AFTER)
    dead.filter(kind=Kind.LABEL).update(outcome=Outcome.REFUSED, cause="Interrupted", ended_at=now)
    dead.update(outcome=Outcome.UNKNOWN, cause="Interrupted", ended_at=now)
    lost = list(mine.filter(outcome=Outcome.UNKNOWN).values_list("pk", "order__external_id")[:500])
    if not lost:
        return
    seen = _fetch(store, shop, [external_id for _, external_id in lost])
    rows = mine.filter(pk__in=[pk for pk, external_id in lost if external_id in seen])
    for item in rows.select_related("order", "act__merchant", "act__user"):
        _settle(item)


def _settle(item: ActItem) -> None:
    ended = item.ended_at or timezone.now()
    found = happened(item.kind, item.order, item.before)
    if found is None or (not found and timezone.now() - ended < _SETTLES_AFTER):
        return
    if found:
        _conclude(item, Verdict(outcome=Outcome.ACCEPTED, cause="FoundDone"))
    else:
        _conclude(item, Verdict(outcome=Outcome.REFUSED, cause="NotDone"))


def forget_labels() -> int:
    """Delete labels that were made long enough ago; returns how many rows."""
    due = LabelFile.objects.filter(made_at__lt=timezone.now() - _LABELS_LAST)
    return due.delete()[0]
