"""Everything that changes a shop, as flows: what both facades run, written once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from attrs import frozen

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
from entrosdk.engine.exchange import Engine
from entrosdk.errors import BadReply, ConfigError
from entrosdk.spi.effects import Flow
from entrosdk.spi.manifest import Capability
from entrosdk.spi.writing import OrderWrites, ProductWrites, ReturnWrites

__all__ = ["Writes"]

T = TypeVar("T")

Results = tuple[ItemResult, ...]


@frozen
class Writes:
    """The writes of one shop. A write that the manifest does not declare never runs."""

    engine: Engine

    # Orders

    def shipping_options(self, order_id: str, package_id: str) -> Flow[ShippingOptions]:
        """How an order can be handed over now."""
        return self._run(
            Capability.ORDERS_SHIPPING_OPTIONS,
            lambda: self._orders.shipping_options(order_id, package_id),
        )

    def ship(self, wish: ShipRequest) -> Flow[Shipment]:
        """Arrange a shipment."""
        return self._run(Capability.ORDERS_SHIP, lambda: self._orders.ship(wish))

    def label(self, order_id: str, package_id: str) -> Flow[Label]:
        """A shipping document."""
        return self._run(Capability.ORDERS_LABEL, lambda: self._orders.label(order_id, package_id))

    def cancel_reasons(self, order_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Reasons a seller may give."""
        return self._run(
            Capability.ORDERS_CANCEL_REASONS, lambda: self._orders.cancel_reasons(order_id)
        )

    def cancel(self, order_id: str, reason: str, line_ids: Sequence[str]) -> Flow[None]:
        """Cancel an order or some of its lines."""
        return self._run(
            Capability.ORDERS_CANCEL,
            lambda: self._orders.cancel(order_id, reason, tuple(line_ids)),
        )

    def accept_cancellation(self, order_id: str) -> Flow[None]:
        """Agree to a buyer's request to cancel."""
        return self._run(
            Capability.ORDERS_ACCEPT_CANCELLATION,
            lambda: self._orders.accept_cancellation(order_id),
        )

    def refuse_cancellation(self, order_id: str, reason: str, comment: str) -> Flow[None]:
        """Refuse a buyer's request to cancel."""
        return self._run(
            Capability.ORDERS_REFUSE_CANCELLATION,
            lambda: self._orders.refuse_cancellation(order_id, reason, comment),
        )

    # Products

    def set_stock(self, changes: Sequence[StockChange]) -> Flow[Results]:
        """Set quantities."""
        below = next((change for change in changes if change.quantity < 0), None)
        if below is not None:
            raise ConfigError(
                f"{below.quantity} is no quantity of stock (product {below.product_id})",
                advice="Set 0 to stop selling.",
            )
        return self._each(
            Capability.PRODUCTS_SET_STOCK, changes, lambda: self._products.set_stock(tuple(changes))
        )

    def set_price(self, changes: Sequence[PriceChange]) -> Flow[Results]:
        """Set prices."""
        return self._each(
            Capability.PRODUCTS_SET_PRICE, changes, lambda: self._products.set_price(tuple(changes))
        )

    def publish(self, ids: Sequence[str]) -> Flow[Results]:
        """Put products on sale."""
        return self._each(
            Capability.PRODUCTS_PUBLISH, ids, lambda: self._products.publish(tuple(ids))
        )

    def unpublish(self, ids: Sequence[str]) -> Flow[Results]:
        """Take products off sale."""
        return self._each(
            Capability.PRODUCTS_UNPUBLISH, ids, lambda: self._products.unpublish(tuple(ids))
        )

    def create(self, draft: ProductDraft) -> Flow[Submission]:
        """Make a product."""
        if not draft.variants:
            raise ConfigError(
                "a product to be made has no variant",
                advice="Give one VariantDraft without options for a product without variants.",
            )
        return self._run(Capability.PRODUCTS_CREATE, lambda: self._products.create(draft))

    def update(self, product_id: str, patch: ProductPatch) -> Flow[Submission]:
        """Change a product's content."""
        return self._run(
            Capability.PRODUCTS_UPDATE, lambda: self._products.update(product_id, patch)
        )

    def submission(self, handle: str) -> Flow[Submission]:
        """How far a submitted product got."""
        return self._run(Capability.PRODUCTS_SUBMISSION, lambda: self._products.submission(handle))

    # Returns

    def accept(self, return_id: str, decision: str) -> Flow[None]:
        """Agree to a return."""
        return self._run(
            Capability.RETURNS_ACCEPT, lambda: self._returns.accept(return_id, decision)
        )

    def dispute_reasons(self, return_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Reasons a seller may give."""
        return self._run(
            Capability.RETURNS_DISPUTE_REASONS, lambda: self._returns.dispute_reasons(return_id)
        )

    def dispute(
        self, return_id: str, reason: str, comment: str, evidence: Sequence[Image]
    ) -> Flow[None]:
        """Refuse a return."""
        return self._run(
            Capability.RETURNS_DISPUTE,
            lambda: self._returns.dispute(return_id, reason, comment, tuple(evidence)),
        )

    # The adapter's own parts, typed; the manifest says which of their methods exist

    @property
    def _orders(self) -> OrderWrites:
        return cast("OrderWrites", self.engine.adapter.orders)

    @property
    def _products(self) -> ProductWrites:
        return cast("ProductWrites", self.engine.adapter.products)

    @property
    def _returns(self) -> ReturnWrites:
        return cast("ReturnWrites", self.engine.adapter.returns)

    def _run(self, capability: Capability, flow: Callable[[], Flow[T]]) -> Flow[T]:
        return self.engine.operate(capability, flow)

    def _each(
        self, capability: Capability, items: Sequence[Any], flow: Callable[[], Flow[Results]]
    ) -> Flow[Results]:
        self.engine.require(capability)
        if not items:
            return ()
        results = yield from self._run(capability, flow)
        if len(results) != len(items):
            raise BadReply(
                f"{len(items)} items were written and {len(results)} results came back",
                advice="Read the products again; report it to the adapter's authors.",
            )
        return results
