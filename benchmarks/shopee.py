"""What every contender that is not ours shares: Shopee's signing and windows, rows, tables.

Standard library only, because the rivals run in environments of their own.
Section numbers are those of the Shopee Open Platform manual as the SDK's comments cite them.
"""

from __future__ import annotations

import hmac
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from benchmarks.job import Job

LIST = "/api/v2/order/get_order_list"
DETAIL = "/api/v2/order/get_order_detail"
PAGE, BATCH = 100, 50
FIELDS = (
    "buyer_user_id,buyer_username,estimated_shipping_fee,recipient_address,"
    "actual_shipping_fee,actual_shipping_fee_confirmed,note,note_update_time,item_list,"
    "pay_time,split_up,buyer_cancel_reason,cancel_by,cancel_reason,fulfillment_flag,"
    "pickup_done_time,package_list,shipping_carrier,payment_method,total_amount,"
    "invoice_data,order_chargeable_weight_gram,return_request_due_date,edt,payment_info"
)
AGAIN = {"error_rate_limit", "error_server", "error_system_busy", "error_inner"}
"""Errors that end by themselves (2.2)."""

_SPAN = 15 * 86_400 - 1  # exactly 15 days were refused in production (3.2)


_REFUSED = tuple(f'"error":"{code}"'.encode() for code in AGAIN)


# Asking


def signed(job: Job, path: str) -> dict[str, str]:
    """Return the common parameters of a request to `path`, signed now (1.6, 1.7)."""
    stamp = str(int(time.time()))
    base = f"{job.partner_id}{path}{stamp}{job.access_token}{job.shop_id}"
    return {
        "partner_id": job.partner_id,
        "timestamp": stamp,
        "access_token": job.access_token,
        "shop_id": job.shop_id,
        "sign": hmac.new(job.partner_key.encode(), base.encode(), sha256).hexdigest(),
    }


def address(job: Job, path: str, query: dict[str, Any]) -> str:
    """Return the whole address of a signed GET."""
    return f"{job.base_url}{path}?{urlencode(signed(job, path) | query)}"


def windows(since: int, until: int) -> Iterator[tuple[int, int]]:
    """Cut [`since`, `until`] into windows that Shopee accepts; both ends are inclusive."""
    while since < until:
        yield since, min(since + _SPAN, until)
        since += _SPAN + 1


def list_query(window: tuple[int, int], cursor: str) -> dict[str, Any]:
    """Ask for a page of ids by update time (3.2)."""
    return {
        "time_range_field": "update_time",
        "time_from": window[0],
        "time_to": window[1],
        "page_size": PAGE,
        "cursor": cursor,
        "request_order_status_pending": "true",  # held orders are invisible otherwise
    }


def detail_query(ids: Iterable[str]) -> dict[str, Any]:
    """Ask for up to 50 whole orders (3.3)."""
    return {
        "order_sn_list": ",".join(ids),
        "response_optional_fields": FIELDS,
        "request_order_status_pending": "true",
    }


def next_cursor(listed: dict[str, Any]) -> str:
    """Return where the list goes on, or "" at its end; a short page is no end (3.2)."""
    return str(listed["next_cursor"]) if listed["more"] else ""


def ids_of(listed: dict[str, Any]) -> list[str]:
    """Return the ids of a page of the list."""
    return [row["order_sn"] for row in listed["order_list"]]


def batches(ids: list[str]) -> list[list[str]]:
    """Cut a page of ids into what one detail call takes."""
    return [ids[at : at + BATCH] for at in range(0, len(ids), BATCH)]


def again(body: bytes) -> bool:
    """Say whether a reply with status 200 is worth asking for again: cut short, or refused."""
    return not body.endswith(b"}") or (len(body) < 500 and any(one in body for one in _REFUSED))


# Normalising

STATUS = {
    "UNPAID": "UNPAID",
    "PENDING": "ON_HOLD",
    "INVOICE_PENDING": "ON_HOLD",
    "READY_TO_SHIP": "TO_SHIP",
    "RETRY_SHIP": "TO_SHIP",
    "PROCESSED": "PACKED",
    "SHIPPED": "SHIPPED",
    "TO_CONFIRM_RECEIVE": "DELIVERED",
    "IN_CANCEL": "CANCELLING",
    "CANCELLED": "CANCELLED",
    "TO_RETURN": "RETURNED",
    "COMPLETED": "COMPLETED",
}
ORDER_COLUMNS = (
    "marketplace", "shop_id", "id", "status", "raw_status", "created_at", "updated_at",
    "paid_at", "ship_by", "cod", "currency", "items_minor", "total_minor", "payment_method",
    "cancel_reason", "cancelled_by", "recipient_region", "recipient_province", "packages",
)  # fmt: skip
LINE_COLUMNS = (
    "marketplace", "shop_id", "order_id", "line_id", "position", "product_id", "variant_id",
    "sku", "name", "quantity", "currency", "list_price_minor", "unit_price_minor",
    "seller_discount_minor", "warehouse_id", "image_url",
)  # fmt: skip


def iso(epoch: int | None) -> str | None:
    """Write epoch seconds as UTC; 0 stands for never (3.1)."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)) if epoch else None


def order_row(shop_id: str, order: dict[str, Any]) -> tuple[Any, ...]:
    """Normalise an order: one row in the order of `ORDER_COLUMNS`. Dong has no decimals."""
    total, to = order.get("total_amount"), order.get("recipient_address") or {}
    items = order["item_list"]
    goods = sum(one["model_discounted_price"] * one["model_quantity_purchased"] for one in items)
    packages = [
        {
            "id": one["package_number"],
            "raw_status": one["logistics_status"],
            "carrier": one["shipping_carrier"],
            "tracking_number": one.get("tracking_number", ""),
        }
        for one in order.get("package_list") or ()
    ]
    return (
        "shopee",
        shop_id,
        order["order_sn"],
        STATUS.get(order["order_status"], "UNKNOWN"),
        order["order_status"],
        iso(order["create_time"]),
        iso(order["update_time"]),
        iso(order.get("pay_time")),
        iso(order.get("ship_by_date")),
        order["cod"],
        order["currency"],
        int(goods),
        None if total is None else int(total),
        order.get("payment_method", ""),
        order.get("cancel_reason") or order.get("buyer_cancel_reason") or None,
        order.get("cancel_by") or None,
        to.get("region", ""),
        to.get("state", ""),
        json.dumps(packages, ensure_ascii=False),
    )


def line_rows(shop_id: str, order: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Normalise an order's lines: rows in the order of `LINE_COLUMNS`."""
    return [
        (
            "shopee",
            shop_id,
            order["order_sn"],
            str(line["line_item_id"]),
            position,
            str(line["item_id"]),
            str(line["model_id"] or ""),
            line["model_sku"] or line["item_sku"],
            line["item_name"],
            line["model_quantity_purchased"],
            order["currency"],
            int(line["model_original_price"]),
            int(line["model_discounted_price"]),
            int(line["model_original_price"] - line["model_discounted_price"])
            * line["model_quantity_purchased"],
            (line["product_location_id"] or [""])[0],
            (line.get("image_info") or {}).get("image_url", ""),
        )
        for position, line in enumerate(order["item_list"])
    ]


def record(shop_id: str, order: dict[str, Any]) -> dict[str, Any]:
    """Normalise an order into one dictionary, its lines inside: what frameworks pass around."""
    lines = [dict(zip(LINE_COLUMNS, row, strict=True)) for row in line_rows(shop_id, order)]
    head = dict(zip(ORDER_COLUMNS, order_row(shop_id, order), strict=True))
    return {**head, "lines": lines}


# Storing

_TABLES = f"""
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists orders (
    {", ".join(ORDER_COLUMNS)}, primary key (marketplace, shop_id, id));
create table if not exists order_lines (
    {", ".join(LINE_COLUMNS)}, primary key (marketplace, shop_id, order_id, line_id));
"""


def _put(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"insert or replace into {table} ({', '.join(columns)}) values ({marks})"


_PUT_ORDER, _PUT_LINE = _put("orders", ORDER_COLUMNS), _put("order_lines", LINE_COLUMNS)


class Shelf:
    """Orders and lines in SQLite: an order read before never overwrites what was read later."""

    def __init__(self, path: str) -> None:
        # Singer's target writes its last batch from another thread than the others.
        self._sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._sql.executescript(_TABLES)

    def put(self, orders: list[tuple[Any, ...]], lines: list[tuple[Any, ...]]) -> None:
        """Store rows of whole orders in one transaction."""
        sql = self._sql
        sql.execute("begin immediate")
        marks = ", ".join("?" * len(orders))
        known = dict(
            sql.execute(
                "select id, updated_at from orders where marketplace = 'shopee' and shop_id = ?"
                f" and id in ({marks})",
                [orders[0][1], *(row[2] for row in orders)],
            )
        )
        fresh = [row for row in orders if row[6] >= known.get(row[2], "")] if known else orders
        if known:  # lines of an order that was changed may have gone
            mine = [(row[1], row[2]) for row in fresh if row[2] in known]
            where = "marketplace = 'shopee' and shop_id = ? and order_id = ?"
            sql.executemany(f"delete from order_lines where {where}", mine)
            kept = {row[2] for row in fresh}
            lines = [row for row in lines if row[2] in kept]
        sql.executemany(_PUT_ORDER, fresh)
        sql.executemany(_PUT_LINE, lines)
        sql.execute("commit")

    def close(self) -> None:
        """Close the file."""
        self._sql.close()


def store_records(shelf: Shelf, records: list[dict[str, Any]]) -> None:
    """Store what `record` made."""
    rows = [tuple(map(one.get, ORDER_COLUMNS)) for one in records]
    lines = [tuple(map(line.get, LINE_COLUMNS)) for one in records for line in one["lines"]]
    shelf.put(rows, lines)


def stored(shelf: Shelf, shop_id: str, orders: list[dict[str, Any]]) -> None:
    """Normalise whole orders and store them."""
    rows = [order_row(shop_id, order) for order in orders]
    shelf.put(rows, [row for order in orders for row in line_rows(shop_id, order)])


class Pace:
    """A little less than `rate` requests a second, evenly; 0 means any number.

    At exactly the rate the jitter of the network would put one too many into some seconds.
    """

    def __init__(self, rate: float) -> None:
        self._gap = 1.01 / rate if rate else 0.0
        self._next = 0.0

    def wait(self) -> float:
        """Book the next request and return the seconds until it may go."""
        now = time.monotonic()
        due = max(now, self._next)
        self._next = due + self._gap
        return due - now
