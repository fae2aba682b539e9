"""Bodies of money as Lazada sends them (fact book section 5): every value is text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from entrosdk.adapters.lazada.fees import FEES
from entrosdk.adapters.lazada.wire import Envelope, Many, Sum
from entrosdk.spi.wire import Id, Rows, Text, WireModel, names

__all__ = ["PAYOUTS", "TRANSACTIONS", "Payout", "PayoutsPage", "Transaction", "TransactionsPage"]


class Transaction(WireModel):
    """A row of the account: plus is towards the seller.

    The tax members are parts of the amount, told beside it.
    """

    known: ClassVar[frozenset[str]] = names(
        "orderItem_no orderItem_status transaction_type fee_name VAT_in_amount WHT_amount "
        "WHT_included_in_amount seller_sku lazada_sku details reference comment payment_ref_id "
        "shipping_provider shipping_speed shipment_type"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {"fee_type": FEES}

    transaction_number: Id
    transaction_date: Text = ""
    order_no: Text = ""
    fee_type: Text = ""
    amount: Sum
    paid_status: Text = ""
    statement: Text = ""


class TransactionsPage(Envelope):
    """The reply of /finance/transaction/details/get, whose payload is a list."""

    data: Many[Transaction] = ()


class Payout(WireModel):
    """A weekly statement and its transfer."""

    known: ClassVar[frozenset[str]] = names(
        "opening_balance item_revenue other_revenue_total fees_total subtotal1 refunds subtotal2 "
        "fees_on_refunds_total shipment_fee shipment_fee_credit guarantee_deposit closing_balance"
    )

    statement_number: Id
    created_at: Text = ""
    updated_at: Text = ""
    payout: Sum
    paid: Text = ""


class PayoutsPage(Envelope):
    """The reply of /finance/payout/status/get, whose payload is a list."""

    data: Many[Payout] = ()


TRANSACTIONS = Rows(TransactionsPage, "data", Transaction, "transaction_number")
PAYOUTS = Rows(PayoutsPage, "data", Payout, "statement_number")
