"""What a seller earns from an order, part by part, as Shopee publishes the sum (book 5.3).

Rates are invented and constant, so that every figure can be recomputed.
"""

from __future__ import annotations

from entrosdk.sandbox.orders import Order

__all__ = ["income", "payment_parts", "signed_parts"]

_PER_100_000 = {
    "commission_fee": 4_000,
    "service_fee": 6_000,
    "withholding_vat_tax": 1_000,
    "withholding_pit_tax": 500,
}
_TRANSACTION_PER_100_000 = 4_910
_PROCESSING = 3_000

_SIGNS = {
    "original_cost_of_goods_sold": 1,
    "seller_return_refund": 1,  # reported as a negative number
    "voucher_from_seller": -1,
    "buyer_paid_shipping_fee": 1,
    "actual_shipping_fee": -1,
    "shopee_shipping_rebate": 1,
    "seller_transaction_fee": -1,
    "service_fee": -1,
    "commission_fee": -1,
    "withholding_vat_tax": -1,
    "withholding_pit_tax": -1,
    "seller_order_processing_fee": -1,
}


def income(order: Order) -> dict[str, int]:
    """Return every part of the formula with the sign Shopee reports it with."""
    refund = order.refunded
    share = (order.goods - refund) / order.goods if order.goods else 0
    base = max(0, order.goods - order.seller_voucher - refund)
    parts = {
        "original_cost_of_goods_sold": order.goods,
        "seller_return_refund": -refund,
        "voucher_from_seller": order.seller_voucher,
        "buyer_paid_shipping_fee": order.buyer_shipping,
        "actual_shipping_fee": order.carrier_shipping,
        "shopee_shipping_rebate": order.carrier_shipping - order.buyer_shipping,
        "seller_transaction_fee": _share(round(order.total * share), _TRANSACTION_PER_100_000),
        "seller_order_processing_fee": _PROCESSING,
    }
    return parts | {name: _share(base, rate) for name, rate in _PER_100_000.items()}


def signed_parts(order: Order) -> dict[str, int]:
    """Return the same parts signed towards the seller; their sum is the escrow amount."""
    return {name: value * _SIGNS[name] for name, value in income(order).items()}


def payment_parts(order: Order) -> list[tuple[str, int]]:
    """Return ids and signed amounts of an order's movements, as the SDK reports them."""
    kept = "original_cost_of_goods_sold"  # always there, so that an order of nothing is seen too
    parts = [
        (f"{order.id}:{name}", amount)
        for name, amount in signed_parts(order).items()
        if amount or name == kept
    ]
    later = [
        (f"{order.id}:adjustment:{number}", amount)
        for number, (amount, _, _) in enumerate(order.adjustments)
    ]
    return parts + later


def _share(amount: int, per_100_000: int) -> int:
    return (amount * per_100_000 + 50_000) // 100_000
