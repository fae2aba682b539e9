"""Finance endpoints (book 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.orders import Stage
from entrosdk.sandbox.tiktok.gateway import Endpoint
from entrosdk.sandbox.tiktok.ledger import Entry, Statement
from entrosdk.sandbox.tiktok.money import Blocks, parts
from entrosdk.sandbox.tiktok.orders import found
from entrosdk.sandbox.tiktok.paging import page_of
from entrosdk.sandbox.tiktok.parameters import BAD, Parameters, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.tiktok.market import TikTokMarket

__all__ = ["table"]

_UNSETTLED = {Stage.SHIPPED, Stage.DELIVERED, Stage.RETURNING}
_KINDS = {"WITHDRAW", "SETTLE", "TRANSFER", "REVERSE"}
# Names that are there with nothing in them (section 11: a convention of the sandbox).
_ZEROES = {
    "fee": ("referral_fee_amount", "mall_service_fee_amount", "campaign_resource_fee"),
    "tax": ("vat_amount", "import_vat_amount"),
}


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    scope = "seller.finance.info"
    return [
        Endpoint("GET", "/finance/v/statements", _statements, scope),
        Endpoint(
            "GET",
            "/finance/v/statements/{}/statement_transactions",
            _transactions,
            scope,
            ("202501",),
        ),
        Endpoint(
            "GET", "/finance/v/orders/{}/statement_transactions", _of_order, scope, ("202501",)
        ),
        Endpoint("GET", "/finance/v/orders/unsettled", _unsettled, scope, ("202507",)),
        Endpoint("GET", "/finance/v/withdrawals", _withdrawals, scope),
        Endpoint("GET", "/finance/v/payments", _payments, scope, ("202605", "202309")),
    ]


def _statements(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    given.needed("sort_field", "statement_time")
    descending = given.word("sort_order", "ASC", "DESC") == "DESC"
    size = given.page_size(1, 100, 20)
    start, end = given.window(given.flat(), "statement_time")
    rows = [each for each in market.books.statements if start <= each.at < end]
    page, token = page_of(given, rows, lambda each: (each.at, each.id), size, descending=descending)
    return {"statements": [_statement(each) for each in page], "next_page_token": token}


def _statement(each: Statement) -> dict[str, Any]:
    blocks = [entry.blocks for entry in each.entries]
    fees = sum(block.total - sum(block.revenue.values()) for block in blocks)
    body = {
        "id": each.id,
        "statement_time": each.at,
        "currency": "VND",
        "settlement_amount": str(each.settlement),
        "revenue_amount": str(sum(sum(block.revenue.values()) for block in blocks)),
        "fee_amount": str(fees),
        "adjustment_amount": str(sum(entry.adjustment for entry in each.entries)),
        "net_sales_amount": "0",
        "shipping_cost_amount": "0",
        "payment_status": "PAID" if each.paid else "PROCESSING",
        "payment_id": each.payment,
    }
    return {**body, "payment_time": each.paid} if each.paid else body


def _transactions(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    given.needed("sort_field", "order_create_time")
    descending = given.word("sort_order", "ASC", "DESC") == "DESC"
    size = given.page_size(1, 100, 20)
    statement = next((s for s in market.books.statements if s.id == given.ids[0]), None)
    if statement is None:
        raise Refusal(BAD, "StatementId is invalid", 400)
    page, token = page_of(
        given,
        statement.entries,
        lambda entry: (entry.created, entry.id),
        size,
        descending=descending,
    )
    rows = [_spoiled(market, statement, _entry(entry)) for entry in page]
    if rows and market.faults.strike("tiktok", "escrow_list", frozenset({"duplicate_page_row"})):
        rows.append(rows[0])
    total = str(statement.settlement)
    return {
        "id": statement.id,
        "create_time": statement.at,
        "status": "SETTLED",
        "currency": "VND",
        "payable_amount": total,
        "total_settlement_amount": total,
        "total_reserve_amount": "0",
        "total_count": len(statement.entries),
        "next_page_token": token,
        "transactions": rows,
    }


def _spoiled(market: TikTokMarket, statement: Statement, row: dict[str, Any]) -> dict[str, Any]:
    if market.faults.breaks(f"{statement.id}:{row['id']}", "malformed_record"):
        row["settlement_amount"] = "0.5"
    return row


def _entry(entry: Entry) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": entry.id,
        "type": entry.type,
        "settlement_amount": str(entry.settlement),
        "adjustment_amount": str(entry.adjustment),
    }
    if entry.type == "ORDER":
        dates = {"order_id": entry.order, "order_create_time": entry.created}
        return {**body, **dates, **_blocks(entry.blocks)}
    rest = {"revenue_amount": "0", "shipping_cost_amount": "0", "fee_tax_amount": "0"}
    about = {"adjustment_order_id": entry.order} if entry.order else {}
    return {**body, "adjustment_id": str(int(entry.id) + 1), **about, **rest}


def _texts(amounts: dict[str, int], *zeroes: str) -> dict[str, str]:
    return {**dict.fromkeys(zeroes, "0"), **{name: str(one) for name, one in amounts.items()}}


def _blocks(blocks: Blocks) -> dict[str, Any]:
    fees = sum(blocks.fee.values()) + sum(blocks.tax.values())
    informative = {"platform_shipping_fee_discount_amount": "0"}
    return {
        "revenue_amount": str(sum(blocks.revenue.values())),
        "revenue_breakdown": _texts(blocks.revenue),
        "shipping_cost_amount": str(sum(blocks.shipping.values())),
        "shipping_cost_breakdown": {
            **_texts(blocks.shipping),
            "supplementary_component": informative,
        },
        "fee_tax_amount": str(fees),
        "fee_tax_breakdown": {
            "fee": _texts(blocks.fee, *_ZEROES["fee"]),
            "tax": _texts(blocks.tax, *_ZEROES["tax"]),
        },
    }


def _of_order(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    """Tell one order's money, as one row for each statement (one variant stands for all)."""
    order = found(market, given.ids[0])
    rows, total = [], 0
    for statement, entry in market.books.of_order(order.id):
        line = order.lines[0]
        total += entry.blocks.total
        row = {
            "sku_id": str(line.variant.id),
            "sku_name": "Mặc định",
            "product_name": line.product.title,
            "statement_id": statement.id,
            "quantity": str(sum(each.quantity for each in order.lines)),  # a text; quirk 23
            "settlement_amount": str(entry.blocks.total),
        }
        rows.append({**row, **_blocks(entry.blocks)})
    return {
        "order_id": order.id,
        "order_create_time": order.created,
        "currency": "VND",
        "settlement_amount": str(total),
        "sku_transactions": rows,
    }


def _unsettled(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    given.needed("sort_field", "order_create_time")
    size = given.page_size(1, 100, 20)
    start, end = given.window(given.flat(), "search_time")
    ended = {entry.order for entry in market.books.waiting if entry.type == "ORDER"}
    rows = [
        order
        for order in market.shop.orders.values()
        if (order.stage in _UNSETTLED or order.id in ended) and start <= order.created < end
    ]
    page, token = page_of(given, rows, lambda order: (order.created, order.id), size)
    shown = [
        {
            "id": str(int(order.id) + 1),
            "type": "ORDER",
            "status": "UNSETTLED",
            "order_id": order.id,
            "order_create_time": order.created,
            "est_settlement_amount": str(parts(order).total),
        }
        for order in page
    ]
    return {"transactions": shown, "next_page_token": token, "total_count": len(rows)}


def _withdrawals(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    wanted = set(given.ids_of("types", 10))
    if wanted - _KINDS:
        raise Refusal(BAD, "Types is invalid", 400)
    size = given.page_size(1, 100, 20)
    start, end = given.window(given.flat(), "create_time")
    rows = [
        each
        for each in market.books.withdrawals
        if each.type in wanted and start <= each.created < end
    ]
    page, token = page_of(given, rows, lambda each: (each.created, each.id), size)
    shown = [
        {
            "id": each.id,
            "type": each.type,
            "amount": str(each.amount),
            "currency": "VND",
            "status": each.status,
            "create_time": each.created,
        }
        for each in page
    ]
    return {"withdrawals": shown, "next_page_token": token, "total_count": len(rows)}


def _payments(market: TikTokMarket, given: Parameters) -> None:
    del market, given
    raise Refusal(10006402, "Payments are not available in this region.")
