"""Bodies of statements, their transactions, and withdrawals (fact book sections 5.2-5.8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from entrosdk.adapters.tiktok.fees import WITHDRAWAL_STATUS
from entrosdk.adapters.tiktok.wire import Envelope, Listing
from entrosdk.spi.wire import (
    Epoch,
    Id,
    Many,
    Maybe,
    MaybeAmount,
    Moment,
    Rows,
    Text,
    WireModel,
    names,
)

__all__ = [
    "STATEMENTS",
    "TRANSACTIONS",
    "WITHDRAWALS",
    "Amounts",
    "Breakdown",
    "OrderMoney",
    "OrderMoneyReply",
    "SkuTransaction",
    "Statement",
    "StatementsPage",
    "Transaction",
    "Unsettled",
    "UnsettledReply",
    "TransactionsPage",
    "Withdrawal",
    "WithdrawalsPage",
]


def _bag(value: Any) -> Any:
    return {} if value is None or value in ("", []) else value


Amounts = Annotated[dict[str, Any], BeforeValidator(_bag)]
"""Amounts by name, read one by one: new names appear every few weeks (section 5.5)."""


class Statement(WireModel):
    """A day's settlement (section 5.2)."""

    known: ClassVar[frozenset[str]] = names(
        "currency settlement_amount revenue_amount fee_amount adjustment_amount payment_status "
        "payment_id payment_time net_sales_amount shipping_cost_amount"
    )

    id: Id
    statement_time: Moment


class StatementsBody(Listing):
    """The payload of the list of statements."""

    statements: Many[Statement] = ()


class StatementsPage(Envelope):
    """The reply of the list of statements."""

    data: StatementsBody


STATEMENTS = Rows(StatementsPage, "data.statements", Statement, "id")


class Breakdown(WireModel):
    """Fees and taxes of a transaction, apart."""

    fee: Amounts = Field(default_factory=dict)
    tax: Amounts = Field(default_factory=dict)


class Blocks(WireModel):
    """What transactions of statements and of orders have in common."""

    settlement_amount: MaybeAmount = None
    revenue_amount: MaybeAmount = None
    revenue_breakdown: Amounts = Field(default_factory=dict)
    shipping_cost_amount: MaybeAmount = None
    shipping_cost_breakdown: Amounts = Field(default_factory=dict)
    fee_tax_amount: MaybeAmount = None
    fee_tax_breakdown: Maybe[Breakdown] = None
    adjustment_amount: MaybeAmount = None


class Transaction(Blocks):
    """An order's settlement, or a correction (section 5.4)."""

    known: ClassVar[frozenset[str]] = names(
        "order_create_time adjustment_id supplementary_component reserve_id reserve_status "
        "estimated_release_time"
    )

    id: Id
    type: Text = ""
    order_id: Text = ""
    adjustment_order_id: Text = ""
    associated_order_id: Text = ""
    reserve_amount: MaybeAmount = None


class TransactionsBody(Listing):
    """The payload of a statement's transactions."""

    known: ClassVar[frozenset[str]] = names(
        "status payable_amount total_reserve_amount total_settlement_amount "
        "total_settlement_breakdown"
    )

    id: Text = ""
    create_time: Epoch = 0
    currency: Text = ""
    transactions: Many[Transaction] = ()


class TransactionsPage(Envelope):
    """The reply of a statement's transactions."""

    data: TransactionsBody


TRANSACTIONS = Rows(TransactionsPage, "data.transactions", Transaction, "id")


class SkuTransaction(Blocks):
    """What one variant of an order brought in one statement (section 5.6)."""

    known: ClassVar[frozenset[str]] = names("sku_name product_name quantity")

    sku_id: Text = ""
    statement_id: Text = ""


class OrderMoney(WireModel):
    """The payload of an order's transactions; its sums have a name of their own (quirk 23)."""

    known: ClassVar[frozenset[str]] = names(
        "order_id revenue_amount shipping_cost_amount fee_and_tax_amount"
    )

    order_create_time: Epoch = 0
    currency: Text = ""
    settlement_amount: MaybeAmount = None
    sku_transactions: Many[SkuTransaction] = ()


class OrderMoneyReply(Envelope):
    """The reply of an order's transactions."""

    data: OrderMoney


class Unsettled(WireModel):
    """What an order is expected to bring; it goes once the order is settled (section 5.7).

    How its estimated parts are nested is not told in full, so only their sum is read.
    """

    order_id: Text = ""
    order_create_time: Epoch = 0
    est_settlement_amount: MaybeAmount = None


class UnsettledBody(Listing):
    """The payload of the list of what is not settled."""

    currency: Text = ""
    transactions: Many[Unsettled] = ()


class UnsettledReply(Envelope):
    """The reply of the list of what is not settled."""

    data: UnsettledBody


class Withdrawal(WireModel):
    """A movement of the seller's balance (section 5.8)."""

    words: ClassVar[Mapping[str, Collection[str]]] = {"status": WITHDRAWAL_STATUS}

    id: Id
    type: Text = ""
    amount: MaybeAmount = None
    currency: Text = ""
    status: Text = ""
    create_time: Moment


class WithdrawalsBody(Listing):
    """The payload of the list of withdrawals."""

    withdrawals: Many[Withdrawal] = ()


class WithdrawalsPage(Envelope):
    """The reply of the list of withdrawals."""

    data: WithdrawalsBody


WITHDRAWALS = Rows(WithdrawalsPage, "data.withdrawals", Withdrawal, "id")
