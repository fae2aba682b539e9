"""Tiki's fee words as data (fact book section 3.3.1). The set is open: unknown keys are kept."""

from __future__ import annotations

from collections.abc import Mapping

from entrosdk.domain.payment import PaymentKind

__all__ = ["FEES"]

FEES: Mapping[str, PaymentKind] = {
    "percent_per_item_sales_value": PaymentKind.COMMISSION,
    "payment_processing_fee": PaymentKind.PAYMENT_FEE,
    # Takes the buyer's and Tiki's share of the shipping away again: the carrier gets it.
    "shipping_fee": PaymentKind.ACTUAL_SHIPPING,
    "base_fee": PaymentKind.ORDER_PROCESSING,  # the same for every item, whatever it costs
    "pickup_fee": PaymentKind.FULFILMENT,
    "handling_fee": PaymentKind.FULFILMENT,
    # A contractor's tax of sellers abroad, not what is withheld from a Vietnamese household.
    "ict_tax_fee": PaymentKind.OTHER,
    "freeship_plus": PaymentKind.CAMPAIGN,
}
"""Every known `fee_type_key` and its kind; charges are negative on the wire already."""
