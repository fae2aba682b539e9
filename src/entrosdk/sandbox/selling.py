"""What a seller does through a marketplace's API, in neutral words.

Each function lets it happen or raises `WriteRefused`, having changed nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import (
    HOUR,
    MINUTE,
    Goods,
    Order,
    Parcel,
    Return,
    ReturnStage,
    Stage,
)
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.steps import STEPS, cancel, move_return
from entrosdk.sandbox.trade import WriteRefused, Wrong

__all__ = [
    "add_product",
    "agree_return",
    "answer_cancellation",
    "arrange",
    "cancel_lines",
    "delete",
    "dispute_return",
    "hand_over",
    "pack",
    "renew_variants",
    "seller_cancel",
    "set_listed",
    "set_price",
    "set_stock",
]

_SHIPPABLE = {Stage.TO_SHIP, Stage.RETRY_SHIP}
_CANCELLABLE = {Stage.UNPAID, Stage.ON_HOLD, Stage.TO_SHIP, Stage.RETRY_SHIP, Stage.PACKED}

# What follows once a seller acted: the carrier comes, the buyer gets it and is content.
_PICKUP, _DELIVERY, _CONFIRMATION = 6 * HOUR, 54 * HOUR, 126 * HOUR


# Orders


def arrange(shop: ShopWorld, order: Order, now: int, *, answer_after: int = MINUTE) -> None:
    """Arrange the shipment; the tracking number comes after `answer_after` seconds."""
    _wants(_can_ship(order), f"an order in {order.stage} cannot be shipped")
    shop.forget(order)
    STEPS["ship"](shop, order, now)
    if answer_after:
        shop.plan(now + answer_after, "process", order.id)
    else:
        STEPS["process"](shop, order, now)
    _plan(shop, order, now, pickup=_PICKUP, deliver=_DELIVERY, complete=_CONFIRMATION)


def pack(shop: ShopWorld, order: Order, now: int) -> None:
    """Make the package, with its tracking number; the carrier waits for `hand_over`."""
    _wants(_can_ship(order), f"an order in {order.stage} cannot be packed")
    shop.forget(order)
    STEPS["ship"](shop, order, now)
    STEPS["process"](shop, order, now)


def hand_over(shop: ShopWorld, order: Order, now: int) -> None:
    """Tell the carrier that a packed order is ready."""
    _wants(order.stage is Stage.PACKED, f"an order in {order.stage} is not packed")
    shop.forget(order)
    _plan(shop, order, now, pickup=_PICKUP, deliver=_DELIVERY, complete=_CONFIRMATION)


def seller_cancel(
    shop: ShopWorld,
    order: Order,
    now: int,
    reason: str,
    *,
    sold_out: Iterable[tuple[Product, Variant]] = (),
) -> None:
    """Cancel an order that is not handed over; `sold_out` variants are set to no stock."""
    _wants(order.stage in _CANCELLABLE, f"an order in {order.stage} cannot be cancelled")
    shop.forget(order)
    cancel(shop, order, now, "seller", reason)
    for product, variant in sold_out:
        shop.restock(product, variant, variant.reserved, now)


def cancel_lines(
    shop: ShopWorld, order: Order, now: int, parts: Mapping[int, int], reason: str
) -> None:
    """Cancel units by the place of their line; an order without any left is cancelled whole."""
    _wants(order.stage in _CANCELLABLE, f"an order in {order.stage} cannot be cancelled")
    for place, quantity in parts.items():
        if not 0 < quantity <= order.lines[place].quantity:
            raise WriteRefused(Wrong.VALUE, f"line {place} has {order.lines[place].quantity} units")
    if sum(parts.values()) == sum(line.quantity for line in order.lines):
        seller_cancel(shop, order, now, reason)
        return
    for place, quantity in parts.items():
        shop.take_out(order, order.lines[place], quantity, now)
    order.lines = tuple(line for line in order.lines if line.quantity)
    # Discounts shrink with what they were given for.
    order.seller_voucher = min(order.seller_voucher, order.goods // 10)
    order.platform_voucher = min(order.platform_voucher, order.goods // 8)
    order.coins = min(order.coins, order.goods // 20)
    shop.touch(order, now, order.stage)


def answer_cancellation(shop: ShopWorld, order: Order, now: int, *, agree: bool) -> None:
    """Agree to a buyer's request to cancel, or refuse it."""
    _wants(order.stage is Stage.CANCELLING, "no buyer asks to cancel this order")
    if agree:
        shop.forget(order)
    STEPS["accept_cancel" if agree else "refuse_cancel"](shop, order, now)


# Products


def set_stock(shop: ShopWorld, product: Product, variant: Variant, quantity: int, now: int) -> None:
    """Set what buyers can buy; units that a campaign holds cannot be taken away."""
    if quantity < 0:
        raise WriteRefused(Wrong.VALUE, "stock cannot be negative")
    if quantity < variant.reserved:
        raise WriteRefused(Wrong.LOCKED, f"{variant.reserved} units are held by a campaign")
    shop.restock(product, variant, quantity, now)


def set_price(
    shop: ShopWorld,
    product: Product,
    variant: Variant,
    now: int,
    *,
    price: int,
    list_price: int | None = None,
) -> None:
    """Set prices; a variant in a campaign keeps its own."""
    if price <= 0:
        raise WriteRefused(Wrong.VALUE, "a price is more than nothing")
    if variant.reserved:
        raise WriteRefused(Wrong.LOCKED, "the variant is in a campaign")
    old = variant.price
    variant.price = price
    variant.list_price = price if list_price is None else list_price
    product.updated = now
    change = Change("price", now, product=product, variant=variant, old=str(old), new=str(price))
    shop.tell(change)


def set_listed(shop: ShopWorld, product: Product, now: int, *, listed: bool) -> None:
    """Put a product on sale or take it off; one in a campaign stays on sale."""
    _wants(not product.deleted, "the product is deleted")
    if not listed and any(variant.reserved for variant in product.variants):
        raise WriteRefused(Wrong.LOCKED, "the product is in a campaign")
    product.listed, product.updated = listed, now
    shop.tell(Change("product", now, product=product, new="listed" if listed else "unlisted"))


def add_product(shop: ShopWorld, product: Product, now: int, *, review: int = 0) -> None:
    """Take a new product into the shop; the marketplace looks at it for `review` seconds first."""
    shop.products.append(product)
    shop.by_product[product.id] = product
    if review:
        product.reviewing = True
        shop.plan(now + review, "reviewed", str(product.id))
    shop.tell(Change("product", now, product=product, new="created"))


def renew_variants(
    shop: ShopWorld,
    product: Product,
    now: int,
    tiers: tuple[tuple[str, tuple[str, ...]], ...],
    variants: Iterable[Variant],
) -> None:
    """Give a product other variants; the old ones live on in the orders that have them."""
    _wants(not product.deleted, "the product is deleted")
    if any(variant.reserved for variant in product.variants):
        raise WriteRefused(Wrong.LOCKED, "the product is in a campaign")
    product.tiers, product.variants = tiers, list(variants)
    product.updated = now
    shop.tell(Change("product", now, product=product, new="variants"))


def delete(shop: ShopWorld, product: Product, now: int) -> None:
    """Take a product out of the shop for good; it can still be read."""
    _wants(not product.deleted, "the product is deleted")
    if any(variant.reserved for variant in product.variants):
        raise WriteRefused(Wrong.LOCKED, "the product is in a campaign")
    product.deleted, product.listed, product.updated = True, False, now
    shop.tell(Change("product", now, product=product, new="deleted"))


# Returns


def agree_return(shop: ShopWorld, returned: Return, now: int) -> None:
    """Agree to a return: the money goes back, after the goods where they are to come back."""
    order = returned.order
    _wants(_open(returned, ReturnStage.REQUESTED), f"a return that is {returned.stage} is decided")
    shop.forget(order)
    if returned.after_completion:
        STEPS["late_return_accepted"](shop, order, now)
    elif returned.goods_back:
        STEPS["return_processing"](shop, order, now)
        _plan(shop, order, now, return_shipped=24 * HOUR, return_accepted=72 * HOUR)
        _plan(shop, order, now, complete=74 * HOUR)
    else:
        STEPS["return_accepted"](shop, order, now)
        _plan(shop, order, now, complete=2 * HOUR)


def dispute_return(shop: ShopWorld, returned: Return, now: int) -> None:
    """Refuse a return: the platform decides two days later."""
    can = _open(returned, ReturnStage.REQUESTED, ReturnStage.PROCESSING)
    _wants(can, f"a return that is {returned.stage} is decided")
    order = returned.order
    shop.forget(order)
    move_return(shop, order, now, ReturnStage.DISPUTED, Goods(returned.goods))
    if returned.after_completion:
        _plan(shop, order, now, late_return_judged=48 * HOUR)
    else:
        _plan(shop, order, now, return_judged=48 * HOUR, complete=50 * HOUR)


def _open(returned: Return, *stages: ReturnStage) -> bool:
    # An order's story moves its latest return only.
    return returned.stage in stages and returned.order.returns[-1] is returned


def _can_ship(order: Order) -> bool:
    return order.stage in _SHIPPABLE and order.parcel is not Parcel.REQUESTED


def _wants(true: bool, text: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not true:
        raise WriteRefused(Wrong.STAGE, text)


def _plan(shop: ShopWorld, order: Order, now: int, **later: int) -> None:
    for what, seconds in later.items():
        shop.plan(now + seconds, what, order.id)
