"""Acts of linking over the database: what the rules do, what people do, and undo.

Every act is one transaction and one `LinkBatch`. A merchant's acts come one after the other, by a
lock on the merchant's row: two of them at once could each find the same SKU unlinked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from attrs import frozen
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reference_app.goods import booking
from reference_app.goods.bulk import update_each
from reference_app.goods.matching import Item, Offer, Verdict, judge
from reference_app.goods.models import LinkBatch, LinkChange, Listing, Variant
from reference_app.goods.signals import link_changed
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant, User

__all__ = [
    "Move", "accept", "create_from", "last_of", "link", "move", "reconsider", "settle", "undo",
    "unlink",
]  # fmt: skip

T = TypeVar("T")
_CHUNK = 500  # loose keys, or rows, in one statement
State, Reason, Action = Listing.State, Listing.Reason, LinkBatch.Action


@frozen
class Move:
    """A listing that shall stand for `variant` from now on, or for none."""

    listing: int
    variant: int | None
    reason: str
    held: bool = False


# What people do


def accept(merchant: Merchant, listings: Sequence[int], by: User | None) -> LinkBatch | None:
    """Link suggested listings to what is suggested; others of `listings` are left alone."""
    with _alone(merchant):
        rows = Listing.objects.filter(merchant=merchant, state=State.SUGGESTED)
        moves = [
            Move(pk, suggestion, Reason.PERSON)
            for part in _parts(listings)
            for pk, suggestion in rows.filter(pk__in=part).values_list("pk", "suggestion_id")
            if suggestion is not None
        ]
        return move(merchant, moves, Action.ACCEPT, by)


def link(merchant: Merchant, listing: int, variant: int, by: User | None) -> LinkBatch | None:
    """Link one listing to a variant of the merchant's catalogue."""
    if not Variant.objects.filter(merchant=merchant, pk=variant).exists():
        raise Variant.DoesNotExist
    return move(merchant, [Move(listing, variant, Reason.PERSON)], Action.CHOOSE, by)


def unlink(merchant: Merchant, listings: Iterable[int], by: User | None) -> LinkBatch | None:
    """Take links away; the rules may suggest them again, and no more."""
    moves = [Move(listing, None, Reason.HELD, held=True) for listing in listings]
    return move(merchant, moves, Action.UNLINK, by)


def create_from(merchant: Merchant, listings: Sequence[int], by: User | None) -> LinkBatch | None:
    """Put variants for listings without a link into the catalogue, and link them.

    Listings that share a SKU share one variant. A listing whose SKU the catalogue has already is
    left for review, so that nothing comes to stand there twice.
    """
    with _alone(merchant):
        rows = [row for part in _parts(listings) for row in _without_a_link(merchant, part)]
        made = _variants_for(merchant, rows)
        keyed = {variant.key: variant.pk for variant in made.values() if variant.key}
        moves = [
            Move(row.pk, pk, Reason.CREATED)
            for row in rows
            if (pk := keyed.get(row.key) or (made[row.pk].pk if row.pk in made else None))
        ]
        return move(merchant, moves, Action.CREATE, by)


def undo(merchant: Merchant, batch: LinkBatch, by: User | None) -> LinkBatch | None:
    """Take an act back where its links still stand; `None` when nothing of it does."""
    with _alone(merchant):
        if LinkBatch.objects.filter(undoes=batch).exists():
            return None
        moves = [
            Move(change.listing_id, change.before_id, Reason.HELD, held=_held_after(change))
            for change in batch.changes.select_related("listing")
            if change.listing.variant_id == change.after_id
        ]
        return move(merchant, moves, Action.UNDO, by, undoes=batch)


def last_of(merchant: Merchant, by: User) -> LinkBatch | None:
    """Return the latest act of a person that undo can take back."""
    acts = LinkBatch.objects.filter(merchant=merchant, by=by, undone_by=None)
    return acts.exclude(action=Action.UNDO).order_by("-id").first()


def _held_after(change: LinkChange) -> bool:
    # Taking a new link back keeps the rules from making it again a minute later.
    return True if change.before_id is None else change.held_before


def _without_a_link(merchant: Merchant, ids: Sequence[int]) -> list[Listing]:
    rows = Listing.objects.filter(merchant=merchant, pk__in=ids, gone_at=None)
    return list(rows.exclude(state=State.LINKED).order_by("pk"))


def _variants_for(merchant: Merchant, rows: Sequence[Listing]) -> dict[int, Variant]:
    keys = {row.key for row in rows} - {""}
    present = {
        key
        for part in _parts(sorted(keys))
        for key in Variant.objects.filter(merchant=merchant, key__in=part).values_list(
            "key", flat=True
        )
    }
    made: dict[int, Variant] = {}
    for row in rows:
        if row.key not in present:
            made[row.pk] = _variant_for(merchant, row)
            present.update({row.key} - {""})
    Variant.objects.bulk_create(made.values())
    return made


def _variant_for(merchant: Merchant, row: Listing) -> Variant:
    name = f"{row.title} – {row.options}" if row.options else row.title
    return Variant(
        merchant=merchant,
        sku=" ".join(row.sku.split()),
        name=name[:255],
        price_minor=row.price_minor,
        currency=row.currency,
    ).prepare()


# What the rules do


def settle(store: Store) -> int:
    """Let the rules look at what a finished reading of a store brought; returns links made."""
    made, batch = 0, None
    while looses := _stale(store):
        with _alone(store.merchant):
            links, batch = _judge(store.merchant, looses, store, batch)
        made += links
    return made


def reconsider(merchant: Merchant, looses: Iterable[str]) -> int:
    """Let the rules look again at listings with these loose keys; returns links made.

    Listings that wait for their shop to be read to its end go on waiting.
    """
    with _alone(merchant):
        made, batch = 0, None
        for part in _parts(sorted(set(looses) - {""})):
            links, batch = _judge(merchant, part, batch=batch)
            made += links
        return made


def _stale(store: Store) -> list[str]:
    rows = Listing.objects.filter(merchant_id=store.merchant_id, store=store, stale=True)
    return list(rows.values_list("loose", flat=True).distinct()[:_CHUNK])


def _judge(
    merchant: Merchant,
    looses: Sequence[str],
    read: Store | None = None,
    batch: LinkBatch | None = None,
) -> tuple[int, LinkBatch | None]:
    rows = _group(merchant, looses, read)
    due = {row.pk for row in rows if not row.stale or (read and row.store_id == read.pk)}
    items = _items(merchant, looses)
    live = [_offer(row) for row in rows if row.gone_at is None]
    verdicts = judge(items, live, _taken(merchant, items))
    _file([row for row in rows if row.pk in due], verdicts)
    links = [
        Move(pk, verdict.variant, verdict.reason)
        for pk, verdict in verdicts.items()
        if verdict.state == State.LINKED and pk in due
    ]
    done = move(merchant, links, Action.RULES, None, part_of=batch)
    return len(links), batch or done


def _group(merchant: Merchant, looses: Sequence[str], read: Store | None) -> list[Listing]:
    same = Q(loose__in=[loose for loose in looses if loose])
    if read is not None and "" in looses:
        # Listings without a SKU are judged each by itself: only those that wait are read.
        same |= Q(loose="", stale=True, store=read)
    rows = Listing.objects.filter(same, merchant=merchant).only(
        "id", "store_id", "key", "loose", "variant_id", "held", "state", "reason",
        "suggestion_id", "stale", "gone_at",
    )  # fmt: skip
    return list(rows.order_by("id"))


def _items(merchant: Merchant, looses: Sequence[str]) -> list[Item]:
    rows = Variant.objects.filter(merchant=merchant, active=True, loose__in=looses)
    return [Item(*values) for values in rows.exclude(loose="").values_list("pk", "key", "loose")]


def _offer(row: Listing) -> Offer:
    return Offer(row.pk, row.store_id, row.key, row.loose, row.variant_id, row.held)


def _taken(merchant: Merchant, items: Sequence[Item]) -> set[tuple[int, int]]:
    ids = [item.id for item in items]
    return {
        pair
        for part in _parts(ids)
        for pair in Listing.objects.filter(
            merchant=merchant, variant__in=part, gone_at=None
        ).values_list("store_id", "variant_id")
    }


def _file(rows: Sequence[Listing], verdicts: Mapping[int, Verdict]) -> None:
    """Write down what is no link; links follow as an act of their own."""
    changed = []
    for row in rows:
        found = verdicts.get(row.pk)
        before = (row.state, row.reason, row.suggestion_id, row.stale)
        if found is not None and found.state != State.LINKED:
            row.state, row.reason, row.suggestion_id = found.state, found.reason, found.variant
        row.stale = False
        if before != (row.state, row.reason, row.suggestion_id, row.stale):
            changed.append(row)
    fields = ["state", "reason", "suggestion", "stale"]
    update_each(changed, fields)


# How a link changes


def move(
    merchant: Merchant,
    moves: Sequence[Move],
    action: str,
    by: User | None,
    *,
    undoes: LinkBatch | None = None,
    part_of: LinkBatch | None = None,
) -> LinkBatch | None:
    """Change links as one act, with its history; `None` when nothing had to change.

    `part_of` is the act that these changes continue, where it has too many for one transaction.
    """
    with _alone(merchant):
        wanted = {one.listing: one for one in moves}
        rows = _rows(merchant, wanted)
        if not rows:
            return None
        batch = part_of or LinkBatch.objects.create(
            merchant=merchant, action=action, by=by, undoes=undoes
        )
        moved = [(row.pk, row.variant_id, wanted[row.pk].variant) for row in rows]
        _note(batch, rows, wanted)
        _write(rows, wanted)
        booking.book_listings([pk for pk, _, after in moved if after is not None])
        link_changed.send(sender=LinkBatch, merchant_id=merchant.pk, moved=moved)
        if action != Action.RULES:
            reconsider(merchant, {row.loose for row in rows})
        return batch


def _rows(merchant: Merchant, wanted: Mapping[int, Move]) -> list[Listing]:
    found = [
        row
        for part in _parts(list(wanted))
        for row in Listing.objects.filter(merchant=merchant, pk__in=part)
    ]
    return [row for row in found if row.variant_id != wanted[row.pk].variant]


def _note(batch: LinkBatch, rows: Sequence[Listing], wanted: Mapping[int, Move]) -> None:
    LinkChange.objects.bulk_create(
        LinkChange(
            batch=batch,
            listing=row,
            before_id=row.variant_id,
            after_id=wanted[row.pk].variant,
            held_before=row.held,
            reason=wanted[row.pk].reason,
        )
        for row in rows
    )


def _write(rows: Sequence[Listing], wanted: Mapping[int, Move]) -> None:
    now = timezone.now()
    for row in rows:
        one = wanted[row.pk]
        linked = one.variant is not None
        row.variant_id, row.held, row.suggestion_id = one.variant, one.held, None
        row.state = State.LINKED if linked else State.MISSING
        row.reason, row.linked_at, row.stale = one.reason, now if linked else None, False
    fields = ["variant", "held", "suggestion", "state", "reason", "linked_at", "stale"]
    update_each(rows, fields)


@contextmanager
def _alone(merchant: Merchant) -> Iterator[None]:
    """Hold the merchant's row, so that acts of linking come one after the other."""
    with transaction.atomic():
        Merchant.objects.select_for_update(no_key=True).only("pk").get(pk=merchant.pk)
        yield


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
