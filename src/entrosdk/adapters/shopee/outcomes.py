"""What became of each item of a batch, whatever shape Shopee gives its failures (section 4.5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from attrs import define, evolve, field, frozen

from entrosdk.adapters.shopee import wire_writes as wire
from entrosdk.domain.writing import ItemResult, Outcome, Refusal
from entrosdk.errors import (
    Conflict,
    EntroError,
    Forbidden,
    Invalid,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
    Unreachable,
)
from entrosdk.spi.effects import Flow
from entrosdk.spi.request import Request, Response
from entrosdk.spi.wire import read
from entrosdk.spi.writing import write

__all__ = ["Batch", "accepted", "refused", "runs", "sent", "unknown"]

T = TypeVar("T")

Target = tuple[str, str, str]
"""Product, variant and warehouse."""

# `failed_reason` is free text (section 4.5); the first hit counts.
_REASONS: tuple[tuple[str, Refusal], ...] = (
    ("promotion", Refusal.LOCKED),
    ("campaign", Refusal.LOCKED),
    ("reserved", Refusal.LOCKED),
    ("locked", Refusal.LOCKED),
    ("not exist", Refusal.NOT_FOUND),
    ("not found", Refusal.NOT_FOUND),
    ("permission", Refusal.FORBIDDEN),
    ("try again", Refusal.BUSY),
    ("system error", Refusal.BUSY),
    ("busy", Refusal.BUSY),
    ("status", Refusal.STATE),
    ("deleted", Refusal.STATE),
    ("banned", Refusal.STATE),
    ("reviewing", Refusal.STATE),
    ("invalid", Refusal.INVALID),
    ("price", Refusal.INVALID),
    ("stock", Refusal.INVALID),
    ("location", Refusal.INVALID),
    ("exceed", Refusal.INVALID),
)

_CLASSES: tuple[tuple[type[EntroError], Refusal], ...] = (
    (NotFound, Refusal.NOT_FOUND),
    (Invalid, Refusal.INVALID),
    (Conflict, Refusal.STATE),
    (Forbidden, Refusal.FORBIDDEN),
    (RateLimited, Refusal.BUSY),
    (Unavailable, Refusal.BUSY),
    (Unreachable, Refusal.BUSY),
)


# One item


def accepted(target: Target) -> ItemResult:
    """The item was taken, or stands as asked."""
    return _result(target, Outcome.ACCEPTED)


def unknown(target: Target) -> ItemResult:
    """The reply was lost and looking did not tell."""
    return _result(target, Outcome.UNKNOWN)


def refused(target: Target, refusal: Refusal, reason: str, code: str = "") -> ItemResult:
    """The item was refused."""
    result = _result(target, Outcome.REFUSED)
    return evolve(result, refusal=refusal, reason=reason, code=code)


def _result(target: Target, outcome: Outcome) -> ItemResult:
    product, variant, warehouse = target
    return ItemResult(
        product_id=product, variant_id=variant, warehouse_id=warehouse, outcome=outcome
    )


def cause(reason: str) -> Refusal:
    """Read the free text of a refusal."""
    words = reason.lower()
    return next((refusal for part, refusal in _REASONS if part in words), Refusal.OTHER)


def _by_error(target: Target, error: EntroError) -> ItemResult:
    """A call that was refused as a whole refuses each of its items."""
    told = cause(error.message)
    known = next((found for kind, found in _CLASSES if isinstance(error, kind)), Refusal.OTHER)
    refusal = Refusal.LOCKED if told is Refusal.LOCKED else known
    return refused(target, refusal, error.message, error.context.code)


# A batch

Look = Callable[[Sequence[T]], "Flow[Collection[T]]"]
"""Reads changes back; returns those that stand as asked."""


@frozen(kw_only=True)
class Batch(Generic[T]):
    """A call that carries some changes, and how to tell which row is whose.

    `target` names what a change is about; `look` reads it back when the reply is lost.
    `placeless` is the same call without locations, for a shop that has only one and may refuse
    its name (section 4.5).
    """

    changes: tuple[T, ...]
    request: Request
    target: Callable[[T], Target]
    look: Look[T]
    placeless: Request | None = None


@define
class _Ledger(Generic[T]):
    """Results as they come, by the place of the change in what was given."""

    results: dict[int, ItemResult] = field(factory=dict)
    wrote: bool = False


def sent(
    given: Sequence[T],
    local: Mapping[int, ItemResult],
    batches: Iterator[tuple[Sequence[int], Batch[T]]],
) -> Flow[tuple[ItemResult, ...]]:
    """Send batches one after the other; returns one result for each change, in their order.

    `local` are the results that are known without asking.
    An error that is no answer about the items is raised only while nothing was written;
    afterwards it would hide what was done, so it stands at the items it kept from being sent.
    """
    ledger: _Ledger[T] = _Ledger(dict(local))
    for places, batch in batches:
        found = yield from _one(batch, raising=not ledger.wrote)
        ledger.wrote = True
        ledger.results |= dict(zip(places, found, strict=True))
    return tuple(ledger.results[place] for place in range(len(given)))


def _one(batch: Batch[T], *, raising: bool) -> Flow[list[ItemResult]]:
    try:
        reply = yield from write(batch.request)
    except OutcomeUnknown:
        return (yield from _looked(batch, batch.changes))
    except (Rejected, Forbidden) as error:
        if batch.placeless and "location" in error.message.lower():  # surely without effect
            again = evolve(batch, request=batch.placeless, placeless=None)
            return (yield from _one(again, raising=raising))
        return [_by_error(batch.target(change), error) for change in batch.changes]
    except EntroError as error:
        if raising:
            raise
        return [_by_error(batch.target(change), error) for change in batch.changes]
    return (yield from _read(batch, reply))


def _looked(batch: Batch[T], changes: Sequence[T]) -> Flow[list[ItemResult]]:
    try:
        standing = yield from batch.look(changes)
    except EntroError:
        standing = ()
    return [
        accepted(batch.target(change)) if change in standing else unknown(batch.target(change))
        for change in changes
    ]


def _read(batch: Batch[T], reply: Response) -> Flow[list[ItemResult]]:
    """Read both lists, even when the envelope reports an error (section 4.5)."""
    page = read(wire.Written, reply.body)
    body = page.response or wire.WrittenBody()
    told = {change: _told(batch.target(change), page.error, body) for change in batch.changes}
    untold = [change for change in batch.changes if told[change] is None]
    found = (yield from _looked(batch, untold)) if untold else []
    seen = dict(zip(untold, found, strict=True))
    return [told[change] or seen[change] for change in batch.changes]


def _told(target: Target, code: str, body: wire.WrittenBody) -> ItemResult | None:
    """Find the row of an item: a success names the place too, a failure the variant only."""
    product, variant, place = target
    if any(_is(row, product, variant, place) for row in body.success_list):
        return accepted(target)
    for row in body.failure_list:
        if _is(row, product, variant, ""):
            return refused(target, cause(row.failed_reason), row.failed_reason, code)
    return None


def _is(row: wire.WrittenRow, product: str, variant: str, place: str) -> bool:
    # Rows of one item's batch name its models only; rows over items name the items.
    same = str(row.item_id) == product if row.item_id else row.model_id == int(variant or 0)
    return same and (not place or row.location_id in {"", place})


# Cutting


def runs(
    given: Sequence[T], key: Callable[[T], object], size: int
) -> Iterator[tuple[tuple[int, T], ...]]:
    """Cut changes into runs of at most `size`, in which no two are about the same thing.

    Each comes with its place in what was given; a repeated one waits for the next run.
    """
    waiting = list(enumerate(given))
    while waiting:
        run: dict[object, tuple[int, T]] = {}
        for place, change in waiting:
            if len(run) < size:
                run.setdefault(key(change), (place, change))
        taken = {place for place, _ in run.values()}
        waiting = [entry for entry in waiting if entry[0] not in taken]
        yield tuple(run.values())
