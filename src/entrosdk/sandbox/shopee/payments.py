"""Payment endpoints (book 5)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.orders import DAY, Line, Order
from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.ledger import WalletRow
from entrosdk.sandbox.shopee.money import income, signed_parts
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["table"]

_ZERO_PARTS = tuple(
    """
    payment_promotion cross_border_tax seller_lost_compensation seller_coin_cash_back escrow_tax
    shipping_fee_sst reverse_shipping_fee shipping_fee_discount_from_3pl seller_shipping_discount
    drc_adjustable_refund buyer_transaction_fee campaign_fee order_ams_commission_fee
    final_product_protection final_return_to_seller_shipping_fee withholding_tax
    withholding_cit_tax buyer_paid_packaging_fee rsf_seller_protection_fee_claim_amount
    original_shopee_discount shopee_discount
    """.split()  # noqa: SIM905 - a list of names reads better as lines of text
)


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "payment/get_escrow_list": Endpoint("GET", "shop", _list),
        "payment/get_escrow_detail": Endpoint("GET", "shop", _detail),
        # The reference says GET, one widely used client posts; book 5.3.
        "payment/get_escrow_detail_batch": Endpoint("GET POST", "shop", _batch),
        "payment/get_wallet_transaction_list": Endpoint("GET", "shop", _wallet),
        "payment/get_payout_detail": Endpoint("GET", "shop", _cross_border_only),
        "payment/get_payout_info": Endpoint("GET", "shop", _cross_border_only),
    }


def _list(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    start, end = given.number("release_time_from"), given.number("release_time_to")
    released = market.wallet.released
    first = bisect_left(released, start, key=lambda entry: entry[0])
    stop = bisect_right(released, end, key=lambda entry: entry[0])
    size = given.page_size(40)
    at = first + (max(given.number("page_no", 1), 1) - 1) * size
    rows = []
    for moment, name in released[at : min(at + size, stop)]:
        order = market.shop.orders[name]
        amount = sum(signed_parts(order).values())
        rows.append({"order_sn": name, "payout_amount": amount, "escrow_release_time": moment})
    if rows and market.faults.strike("shopee", "escrow_list", frozenset({"duplicate_page_row"})):
        rows.append(rows[0])
    return {"escrow_list": rows, "more": at + size < stop}


def _detail(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    order = market.shop.orders.get(given.text("order_sn"))
    if order is None:
        raise Refusal("order_not_found", "The order is not found.")
    return _escrow(market, order)


def _batch(market: ShopeeMarket, given: Parameters) -> list[dict[str, Any]]:
    names = given.items("order_sn_list", 50)
    return [_entry(market, name) for name in names]


def _entry(market: ShopeeMarket, name: str) -> dict[str, Any]:
    order = market.shop.orders.get(name)
    if order is None:
        fault = {"fail_error": "order_not_found", "fail_message": "The order is not found."}
        return {"escrow_detail": {"order_sn": name}, **fault}
    return {"escrow_detail": _escrow(market, order)}


def _escrow(market: ShopeeMarket, order: Order) -> dict[str, Any]:
    earned = _income(order)
    if market.faults.breaks(f"escrow:{order.id}", "malformed_record"):
        earned["escrow_amount"] = "nhiều tiền"
    return {
        "order_sn": order.id,
        "buyer_user_name": order.buyer.username,
        "return_order_sn_list": [each.id for each in order.returns],
        "order_income": earned,
        "buyer_payment_info": _buyer_paid(order),
    }


def _income(order: Order) -> dict[str, Any]:
    parts = income(order)
    amount = sum(signed_parts(order).values())
    later = sum(amount for amount, _, _ in order.adjustments)
    listed = sum(line.list_price * line.quantity for line in order.lines)
    body: dict[str, Any] = {
        "escrow_amount": amount,
        "escrow_amount_after_adjustment": amount + later,
        "total_adjustment_amount": later,
        "buyer_total_amount": order.total,
        "order_original_price": listed,
        "original_price": listed,
        "order_selling_price": listed,
        "order_discounted_price": order.goods,
        "order_seller_discount": listed - order.goods,
        "seller_discount": listed - order.goods,
        "voucher_from_shopee": order.platform_voucher,
        "coins": order.coins,
        "seller_voucher_code": ["DEMO"] if order.seller_voucher else [],
        "cost_of_goods_sold": order.goods - order.refunded,
        "credit_card_transaction_fee": parts["seller_transaction_fee"],  # a roll-up; quirk 8
        "estimated_shipping_fee": order.carrier_shipping,
        "final_shipping_fee": parts["shopee_shipping_rebate"] - order.carrier_shipping,
        "order_chargeable_weight": 900,
        "buyer_payment_method": "Cash on Delivery" if order.cod else "ShopeePay",
        "instalment_plan": "N/A",
        "tax_registration_code": "8881234567-888",
        "items": [_item(line) for line in order.lines],
        **dict.fromkeys(_ZERO_PARTS, 0),
        **parts,
    }
    if order.adjustments:  # the list is missing when there is none; book 5.3
        body["order_adjustment"] = [
            {"amount": amount, "date": moment, "currency": "VND", "adjustment_reason": why}
            for amount, moment, why in order.adjustments
        ]
    return body


def _item(line: Line) -> dict[str, Any]:
    # Line totals here, prices of one unit in the order detail; quirk 6.
    count = line.quantity
    return {
        "item_id": line.product.id,
        "item_name": line.product.title,
        "item_sku": line.product.sku,
        "model_id": line.variant.id,
        "model_sku": line.variant.sku if line.variant.id else "",
        "original_price": line.list_price * count,
        "selling_price": line.list_price * count,
        "discounted_price": line.unit_price * count,
        "seller_discount": (line.list_price - line.unit_price) * count,
        "shopee_discount": 0,
        "activity_type": "",
        "activity_id": 0,
        "is_main_item": False,
        "quantity_purchased": count,
        "promotion_list": [],
    }


def _buyer_paid(order: Order) -> dict[str, Any]:
    # Vouchers and coins are negative here, positive above; quirk 7.
    return {
        "buyer_payment_method": "Cash on Delivery" if order.cod else "ShopeePay",
        "merchant_subtotal": order.goods,
        "shipping_fee": order.buyer_shipping,
        "seller_voucher": -order.seller_voucher,
        "shopee_voucher": -order.platform_voucher,
        "shopee_coins_redeemed": -order.coins,
        "buyer_total_amount": order.total,
    }


def _wallet(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    start, end = given.number("create_time_from"), given.number("create_time_to")
    if end - start > 15 * DAY:
        raise Refusal("time_period_too_large", "Time period is too large, at most 15 days.")
    if start >= end:
        raise Refusal("time_invalid", "Time is invalid.")
    flow, tab = given.text("money_flow", ""), given.text("transaction_tab_type", "")
    kind = given.text("transaction_type", "")
    rows = [
        row
        for row in market.wallet.between(start, end)
        if flow in {"", _flow(row)} and tab in {"", _tab(row)} and kind in {"", row.kind}
    ]
    size = given.page_size(40)
    at = given.number("page_no", 0) * size  # from 0 here; quirk 15
    page = [_row(row) for row in rows[at : at + size]]
    return {"transaction_list": page, "more": at + size < len(rows)}


def _flow(row: WalletRow) -> str:
    return "MONEY_IN" if row.amount >= 0 else "MONEY_OUT"


def _tab(row: WalletRow) -> str:
    if row.kind.startswith("WITHDRAWAL"):
        return "wallet_withdrawals"
    if row.kind.startswith("ESCROW"):
        return "wallet_order_income"
    return "wallet_adjustment_filter"


def _row(row: WalletRow) -> dict[str, Any]:
    return {
        "status": row.status,
        "transaction_type": row.kind,
        "amount": row.amount,
        "current_balance": row.balance,
        "create_time": row.at,
        "order_sn": row.order,
        "refund_sn": "",
        "withdrawal_type": "",
        "transaction_fee": 0,
        "description": "",
        "buyer_name": "",
        "pay_order_list": [],
        "shop_name": "",
        "withdrawal_id": row.withdrawal,
        "reason": "",
        "root_withdrawal_id": row.withdrawal,
        "transaction_tab_type": _tab(row),
        "money_flow": _flow(row),
    }


def _cross_border_only(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    del market, given
    raise Refusal("error_permission", "only applicable for cross boarder shop")
