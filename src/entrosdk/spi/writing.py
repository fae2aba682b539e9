"""What an adapter implements to write; of these, only what its manifest declares is ever called.

Writes are never blindly repeated.
A request that changes something is sent by `write`, which marks it unsafe to repeat: when its
reply is lost, the engine raises `OutcomeUnknown` into the adapter's flow.
Where the platform can be read back, `settled` looks and answers in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from attrs import evolve

from entrosdk.domain.writing import (
    CancelReason,
    Image,
    ItemResult,
    Label,
    PriceChange,
    ProductDraft,
    ProductPatch,
    Shipment,
    ShippingOptions,
    ShipRequest,
    StockChange,
    Submission,
)
from entrosdk.errors import OutcomeUnknown
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import Request, Response, Safety

__all__ = ["OrderWrites", "ProductWrites", "ReturnWrites", "settled", "write"]

T = TypeVar("T")


class OrderWrites(Protocol):
    """Changing orders; methods of the adapter's `orders`."""

    def shipping_options(self, order_id: str, package_id: str) -> Flow[ShippingOptions]:
        """Return how a parcel can be handed over now."""
        ...

    def ship(self, wish: ShipRequest) -> Flow[Shipment]:
        """Arrange the shipment; raises `Conflict` when the order cannot be shipped now."""
        ...

    def label(self, order_id: str, package_id: str) -> Flow[Label]:
        """Return the shipping document; raises `Conflict` while it is not printable."""
        ...

    def cancel_reasons(self, order_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Return the reasons a seller may give."""
        ...

    def cancel(self, order_id: str, reason: str, line_ids: Sequence[str]) -> Flow[None]:
        """Cancel an order, or some of its lines; `reason` is the platform's word."""
        ...

    def accept_cancellation(self, order_id: str) -> Flow[None]:
        """Agree to a buyer's request to cancel."""
        ...

    def refuse_cancellation(self, order_id: str, reason: str, comment: str) -> Flow[None]:
        """Refuse a buyer's request to cancel."""
        ...


class ProductWrites(Protocol):
    """Changing products; methods of the adapter's `products`."""

    def set_stock(self, changes: Sequence[StockChange]) -> Flow[tuple[ItemResult, ...]]:
        """Set absolute quantities; one result for each change, in their order."""
        ...

    def set_price(self, changes: Sequence[PriceChange]) -> Flow[tuple[ItemResult, ...]]:
        """Set prices; one result for each change, in their order."""
        ...

    def publish(self, ids: Sequence[str]) -> Flow[tuple[ItemResult, ...]]:
        """Put products on sale; one result for each product."""
        ...

    def unpublish(self, ids: Sequence[str]) -> Flow[tuple[ItemResult, ...]]:
        """Take products off sale; one result for each product."""
        ...

    def create(self, draft: ProductDraft) -> Flow[Submission]:
        """Make a product; pictures given as bytes are uploaded first."""
        ...

    def update(self, product_id: str, patch: ProductPatch) -> Flow[Submission]:
        """Change a product's content."""
        ...

    def submission(self, id: str) -> Flow[Submission]:  # noqa: A002 - the field's name
        """Say how far a submitted product got."""
        ...


class ReturnWrites(Protocol):
    """Answering returns; methods of the adapter's `returns`."""

    def accept(self, return_id: str, decision: str) -> Flow[None]:
        """Agree to a return; `decision` is the platform's word, empty for the natural one."""
        ...

    def dispute_reasons(self, return_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Return the reasons a seller may give."""
        ...

    def dispute(
        self, return_id: str, reason: str, comment: str, evidence: Sequence[Image]
    ) -> Flow[None]:
        """Refuse a return, with a reason of the platform and evidence."""
        ...


def write(request: Request) -> Flow[Response]:
    """Send a request that changes something; a lost reply raises `OutcomeUnknown`."""
    return send(evolve(request, safety=Safety.UNSAFE))


def settled(writing: Flow[T], look: Callable[[], Flow[T | None]]) -> Flow[T]:
    """Run a write; when its outcome is unknown, `look` reads the thing back.

    `look` returns the result if the write took effect, and `None` if that cannot be told, in
    which case `OutcomeUnknown` stands.
    """
    try:
        return (yield from writing)
    except OutcomeUnknown:
        found = yield from look()
        if found is None:
            raise
        return found
