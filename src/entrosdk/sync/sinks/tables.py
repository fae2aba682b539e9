"""The tables of the SQL sink.

Every key starts with (marketplace, shop_id, …); amounts are in `*_minor` columns, counted in the
smallest unit of `currency`; times are UTC.
Columns marked personal hold NULL unless the sink was asked to keep people's data.
Other people's scripts read these tables: add columns, do not rename or remove them without a
deprecation, and raise `SCHEMA`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

__all__ = [
    "CHECKPOINTS",
    "METADATA",
    "ORDERS",
    "ORDER_LINES",
    "PAYMENTS",
    "PAYOUTS",
    "PRODUCTS",
    "QUARANTINE",
    "RAW_BODIES",
    "RETURNS",
    "RETURN_LINES",
    "SCHEMA",
    "SCHEMA_STAMP",
    "STOCK_LEVELS",
    "VARIANTS",
    "UtcTime",
]

SCHEMA = 2
"""The version of these tables; a database made for another one is refused, never guessed at."""

METADATA = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """An aware instant: `timestamptz` in PostgreSQL, fixed-width ISO text in SQLite.

    SQLite has no time type; `2026-11-24T05:00:00.000000Z` sorts and compares as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        instant = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return instant
        return instant.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return instant.astimezone(UTC)


def _id(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _maybe(name: str) -> Column[str | None]:
    return Column(name, Text)


def _minor(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(f"{name}_minor", BigInteger, nullable=nullable)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


def _time(name: str, *, nullable: bool = True) -> Column[datetime]:
    return Column(name, UtcTime, nullable=nullable)


def _json(name: str) -> Column[Any]:
    return Column(name, JSON(none_as_null=True))


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _shop() -> tuple[Column[str], Column[str]]:
    return _id("marketplace"), _id("shop_id")


def _belongs(parent: str, *columns: str) -> ForeignKeyConstraint:
    """A part goes when its whole goes. `columns` are pairs own=parent's after the shop's two."""
    own = ["marketplace", "shop_id", *(pair.split("=")[0] for pair in columns)]
    theirs = ["marketplace", "shop_id", *(pair.split("=")[1] for pair in columns)]
    return ForeignKeyConstraint(own, [f"{parent}.{name}" for name in theirs], ondelete="CASCADE")


ORDERS = Table(
    "orders",
    METADATA,
    *_shop(),
    _id("id"),
    _text("number"),
    _text("status"),
    _text("raw_status"),
    _time("created_at", nullable=False),
    _time("updated_at", nullable=False),
    _time("paid_at"),
    _time("ship_by"),
    _flag("cod"),
    _text("currency"),
    _minor("items"),
    _minor("shipping", nullable=True),
    _minor("seller_discount", nullable=True),
    _minor("platform_discount", nullable=True),
    _minor("total", nullable=True),
    _text("payment_method"),
    _maybe("cancel_reason"),
    _maybe("cancelled_by"),
    _text("recipient_region"),
    _text("recipient_province"),
    _json("packages"),
    _flag("history"),
    _time("read_at", nullable=False),
    # personal
    _maybe("buyer_id"),
    _maybe("buyer_note"),
    _maybe("seller_note"),
    _maybe("recipient_name"),
    _maybe("recipient_phone"),
    _maybe("recipient_district"),
    _maybe("recipient_ward"),
    _maybe("recipient_address"),
    _maybe("recipient_postcode"),
    Index("orders_by_creation", "marketplace", "shop_id", "created_at"),
    Index("orders_by_status", "marketplace", "shop_id", "status"),
)

ORDER_LINES = Table(
    "order_lines",
    METADATA,
    *_shop(),
    _id("order_id"),
    _id("line_id"),
    _count("position"),
    _json("unit_ids"),
    _text("product_id"),
    _text("variant_id"),
    _text("sku"),
    _text("name"),
    _count("quantity"),
    _text("currency"),
    _minor("list_price"),
    _minor("unit_price"),
    _minor("seller_discount"),
    _minor("platform_discount"),
    _text("raw_status"),
    _text("warehouse_id"),
    _text("image_url"),
    _belongs("orders", "order_id=id"),
    Index("order_lines_by_sku", "marketplace", "shop_id", "sku"),
)

PRODUCTS = Table(
    "products",
    METADATA,
    *_shop(),
    _id("id"),
    _text("title"),
    _text("status"),
    _text("raw_status"),
    _text("category_id"),
    _text("sku"),
    _text("currency"),
    _json("image_urls"),
    _time("created_at"),
    _time("updated_at"),
    _time("read_at", nullable=False),
)

VARIANTS = Table(
    "variants",
    METADATA,
    *_shop(),
    _id("product_id"),
    _id("variant_id"),
    _count("position"),
    _text("sku"),
    _json("options"),
    _text("currency"),
    _minor("list_price"),
    _minor("price"),
    _count("sellable"),
    _text("raw_status"),
    _belongs("products", "product_id=id"),
    Index("variants_by_sku", "marketplace", "shop_id", "sku"),
)

STOCK_LEVELS = Table(
    "stock_levels",
    METADATA,
    *_shop(),
    _id("product_id"),
    _id("variant_id"),
    _id("warehouse_id"),
    _count("sellable"),
    _count("locked"),
    _count("reserved"),
    _belongs("variants", "product_id=product_id", "variant_id=variant_id"),
)

PAYMENTS = Table(
    "payments",
    METADATA,
    *_shop(),
    _id("id"),
    _text("source_id"),
    _text("order_id"),
    _text("kind"),
    _text("raw_kind"),
    _minor("amount"),
    _text("currency"),
    _time("occurred_at", nullable=False),
    _time("settled_at"),
    _maybe("payout_id"),
    _flag("derived"),
    _flag("history"),
    _time("read_at", nullable=False),
    Index("payments_by_source", "marketplace", "shop_id", "source_id"),
    Index("payments_by_order", "marketplace", "shop_id", "order_id"),
)

PAYOUTS = Table(
    "payouts",
    METADATA,
    *_shop(),
    _id("id"),
    _minor("amount"),
    _text("currency"),
    _time("period_from"),
    _time("period_to"),
    _text("status"),
    _text("raw_status"),
    _time("requested_at", nullable=False),
    _time("paid_at"),
    _flag("history"),
    _time("read_at", nullable=False),
)

RETURNS = Table(
    "returns",
    METADATA,
    *_shop(),
    _id("id"),
    _text("order_id"),
    _text("status"),
    _text("goods_state"),
    _text("money_state"),
    _text("reason"),
    _minor("refund"),
    _text("currency"),
    _time("requested_at", nullable=False),
    _time("updated_at", nullable=False),
    _time("respond_by"),
    _text("tracking_number"),
    _flag("history"),
    _time("read_at", nullable=False),
    # personal
    _maybe("buyer_text"),
    Index("returns_by_order", "marketplace", "shop_id", "order_id"),
)

RETURN_LINES = Table(
    "return_lines",
    METADATA,
    *_shop(),
    _id("return_id"),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("product_id"),
    _text("variant_id"),
    _text("sku"),
    _text("name"),
    _count("quantity"),
    _text("currency"),
    _minor("refund", nullable=True),
    _belongs("returns", "return_id=id"),
)

QUARANTINE = Table(
    "quarantine",
    METADATA,
    *_shop(),
    _id("stream"),
    _id("record_id"),
    _text("reason"),
    Column("body", LargeBinary, nullable=False),
    _count("attempts"),
    _time("first_seen_at", nullable=False),
    _time("read_at", nullable=False),
)

CHECKPOINTS = Table(
    "checkpoints",
    METADATA,
    *_shop(),
    _id("stream"),
    _time("since"),
    _time("done_to"),
    _time("checked_to"),
    # [{"from", "to", "cursor", "history"}]: windows that are being read
    _json("open"),
    _time("read_at", nullable=False),
)

RAW_BODIES = Table(
    "raw_bodies",
    METADATA,
    *_shop(),
    _id("stream"),
    _id("record_id"),
    _text("body"),
    _time("read_at", nullable=False),
)

SCHEMA_STAMP = Table(
    "entrosdk_schema",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
)
