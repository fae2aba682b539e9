"""Finance endpoints (book 5): every value is text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.lazada.gateway import Endpoint
from entrosdk.sandbox.lazada.ledger import Statement, Transaction
from entrosdk.sandbox.lazada.parameters import LOCAL, Parameters, Refusal
from entrosdk.sandbox.orders import DAY

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["table"]

_MOST = 500
_LONGEST = 180 * DAY
_INCOME, _OTHER = {"13"}, {"8", "211"}
_REFUNDS, _REFUNDED_FEES = {"14"}, {"15", "121"}


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "/finance/transaction/details/get": Endpoint(_details),
        "/finance/payout/status/get": Endpoint(_payouts),
        "/finance/transaction/accountTransactions/query": Endpoint(_account, shape="flat"),
    }


def _details(market: LazadaMarket, given: Parameters) -> list[dict[str, str]]:
    start, end = given.day("start_time"), given.day("end_time")
    if (end - start).total_seconds() >= _LONGEST:
        raise Refusal("1000012", "endTime - startTime must should be less than 180 days")
    kind = given.text("trans_type", "-1")
    if kind != "-1" and not kind.isdecimal():
        raise Refusal("1000014", "unknown transaction type")
    order, unit = given.text("trade_order_id", ""), given.text("trade_order_line_id", "")
    since, until = start.timestamp(), end.timestamp() + DAY
    rows = [
        row
        for row in market.account.between(since, until)
        if kind in {"-1", row.fee} and order in {"", row.order} and unit in {"", row.unit}
    ]
    offset, limit = given.whole("offset", 0, "14"), given.whole("limit", _MOST, "19", _MOST)
    page = [_row(market, row) for row in rows[offset : offset + limit]]
    if page and market.strikes("/finance/transaction/details/get", "duplicate_page_row"):
        page.append(page[0])
    return page


def _row(market: LazadaMarket, row: Transaction) -> dict[str, str]:
    family, name = row.names
    paid = row.statement is not None and bool(row.statement.paid)
    amount = f"{row.amount}.00"
    if market.faults.breaks(f"fee:{row.number}", "malformed_record"):
        amount = "nhiều tiền"
    kind = row.fee
    if market.faults.breaks(f"fee:{row.number}", "unknown_enum"):
        kind = "99999"
    return {
        "transaction_number": row.number,
        "transaction_date": f"{datetime.fromtimestamp(row.at, LOCAL):%d %b %Y}",
        "transaction_type": family,
        "fee_name": name,
        "fee_type": kind,
        "amount": amount,
        "VAT_in_amount": "0.00",
        "WHT_amount": "0.00",
        "WHT_included_in_amount": "No",
        "paid_status": "Paid" if paid else "Not paid",
        "statement": market.account.period(row),
        "order_no": row.order,
        "orderItem_no": row.unit,
        "orderItem_status": row.status,
        "reference": row.unit or "SD",
        "seller_sku": row.sku,
        "lazada_sku": "",
        "details": "",
        "comment": "",
        "payment_ref_id": "",
        "shipping_provider": "LEX VN" if row.order else "",
        "shipping_speed": "Standard" if row.order else "",
        "shipment_type": "Dropshipping" if row.order else "",
    }


def _payouts(market: LazadaMarket, given: Parameters) -> list[dict[str, str]]:
    since = given.day("created_after").timestamp()
    return [_statement(one) for one in market.account.statements if one.made >= since]


def _statement(one: Statement) -> dict[str, str]:
    def of(fees: set[str]) -> int:
        return sum(row.amount for row in one.rows if row.fee in fees)

    income, other = of(_INCOME), of(_OTHER)
    refunds, refunded = -of(_REFUNDS), of(_REFUNDED_FEES)
    fees = income + other - refunds + refunded - sum(row.amount for row in one.rows)
    first, second = income + other - fees, income + other - fees - refunds
    figures = {
        "opening_balance": one.opening,
        "item_revenue": income,
        "other_revenue_total": other,
        "fees_total": fees,
        "subtotal1": first,
        "refunds": refunds,
        "subtotal2": second,
        "fees_on_refunds_total": refunded,
        "shipment_fee": -of({"7"}),
        "shipment_fee_credit": other,
        "guarantee_deposit": 0,
        "closing_balance": one.opening + second + refunded,
    }
    return {
        "statement_number": one.number,
        "created_at": _moment(one.made),
        "updated_at": _moment(one.paid or one.made),
        **{name: f"{figure}.00" for name, figure in figures.items()},
        "payout": f"{one.payout}.00 VND",
        "paid": "1" if one.paid else "0",
    }


def _moment(second: int) -> str:
    return f"{datetime.fromtimestamp(second, LOCAL):%Y-%m-%d %H:%M:%S}"


def _account(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    page, size = given.whole("page_num", 1, "121"), given.whole("page_size", 10, "120", 100)
    given.text("start_time")
    given.text("end_time")
    rows = [
        {
            "transaction_number": f"D{one.number}",
            "transaction_time": _moment(one.paid),
            "type": "Deposit",
            "sub_type": "Settlement",
            "amount": f"+{one.payout}.00",
            "currency": "VND",
            "pmt_reference": "",
            "payee_account": {"account": "", "description": ""},
            "remarks": one.number,
            "tracking_list": [],
        }
        for one in market.account.statements
        if one.paid and one.payout
    ]
    at = (max(page, 1) - 1) * size
    info = {
        "page_num": str(page),
        "page_size": str(size),
        "total_page": str(-(-len(rows) // size)),
        "total_count": str(len(rows)),
    }
    data = {"page_info": info, "transactions": rows[at : at + size]}
    return {"success": "true", "msg": None, "error_code": None, "data": data}
