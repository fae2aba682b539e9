"""Shopee's money words as data: the escrow formula and the wallet's types (sections 5.3, 5.4)."""

from __future__ import annotations

from collections.abc import Mapping

from entrosdk.domain.payment import PaymentKind

__all__ = ["FORMULA", "GOODS", "WALLET", "WALLET_CODES", "WALLET_STATUS"]

GOODS = "original_cost_of_goods_sold"
"""The part every escrow has, be it zero: what the buyer owed for the goods."""

_PLUS, _MINUS = 1, -1

FORMULA: Mapping[str, tuple[int, PaymentKind]] = {
    GOODS: (_PLUS, PaymentKind.ITEM_PRICE),
    "original_shopee_discount": (_MINUS, PaymentKind.PLATFORM_DISCOUNT),
    # Negative on the wire when goods were refunded.
    "seller_return_refund": (_PLUS, PaymentKind.REFUND),
    "shopee_discount": (_PLUS, PaymentKind.PLATFORM_DISCOUNT),
    "voucher_from_seller": (_MINUS, PaymentKind.SELLER_VOUCHER),
    "seller_coin_cash_back": (_MINUS, PaymentKind.COINS),
    "buyer_paid_shipping_fee": (_PLUS, PaymentKind.BUYER_SHIPPING),
    "actual_shipping_fee": (_MINUS, PaymentKind.ACTUAL_SHIPPING),
    "shopee_shipping_rebate": (_PLUS, PaymentKind.SHIPPING_REBATE),
    "shipping_fee_discount_from_3pl": (_PLUS, PaymentKind.SHIPPING_REBATE),
    "reverse_shipping_fee": (_MINUS, PaymentKind.RETURN_SHIPPING),
    "rsf_seller_protection_fee_claim_amount": (_PLUS, PaymentKind.COMPENSATION),
    "final_return_to_seller_shipping_fee": (_MINUS, PaymentKind.FAILED_DELIVERY),
    "seller_transaction_fee": (_MINUS, PaymentKind.PAYMENT_FEE),
    "service_fee": (_MINUS, PaymentKind.SERVICE_FEE),
    "commission_fee": (_MINUS, PaymentKind.COMMISSION),
    "campaign_fee": (_MINUS, PaymentKind.CAMPAIGN),
    "shipping_seller_protection_fee_amount": (_MINUS, PaymentKind.SHIPPING_PROTECTION),
    "delivery_seller_protection_fee_premium_amount": (_MINUS, PaymentKind.SHIPPING_PROTECTION),
    "final_escrow_product_gst": (_MINUS, PaymentKind.OTHER),
    "order_ams_commission_fee": (_MINUS, PaymentKind.AFFILIATE),
    "escrow_tax": (_MINUS, PaymentKind.OTHER),
    "sales_tax_on_lvg": (_MINUS, PaymentKind.OTHER),
    "reverse_shipping_fee_sst": (_MINUS, PaymentKind.RETURN_SHIPPING),
    "shipping_fee_sst": (_MINUS, PaymentKind.ACTUAL_SHIPPING),
    "withholding_tax": (_MINUS, PaymentKind.OTHER),
    "overseas_return_service_fee": (_MINUS, PaymentKind.RETURN_SHIPPING),
    # Not `tax_vat_withheld`: that is a Vietnamese household's own tax, this is the import's.
    "vat_on_imported_goods": (_MINUS, PaymentKind.OTHER),
    "withholding_vat_tax": (_MINUS, PaymentKind.TAX_VAT_WITHHELD),
    "withholding_pit_tax": (_MINUS, PaymentKind.TAX_PIT_WITHHELD),
    "withholding_cit_tax": (_MINUS, PaymentKind.OTHER),
    "seller_order_processing_fee": (_MINUS, PaymentKind.ORDER_PROCESSING),
    "buyer_paid_packaging_fee": (_PLUS, PaymentKind.OTHER),
    "trade_in_bonus_by_seller": (_MINUS, PaymentKind.SELLER_DISCOUNT),
    "fbs_fee": (_MINUS, PaymentKind.FULFILMENT),
    "ads_escrow_top_up_fee_or_technical_support_fee": (_MINUS, PaymentKind.ADS),
    "th_import_duty": (_MINUS, PaymentKind.OTHER),
}
"""Every part of the published sum: its sign towards the seller, and its kind."""

WALLET: Mapping[str, PaymentKind | None] = {
    # Told by the escrow itself
    "ESCROW_VERIFIED_ADD": None,
    "ESCROW_VERIFIED_MINUS": None,
    # Transfers to the bank: payouts
    "WITHDRAWAL_CREATED": None,
    "WITHDRAWAL_COMPLETED": None,
    "WITHDRAWAL_CANCELLED": None,
    "REFUND_VERIFIED_ADD": PaymentKind.REFUND,
    "AUTO_REFUND_ADD": PaymentKind.REFUND,
    "ADJUSTMENT_ADD": PaymentKind.ADJUSTMENT,
    "ADJUSTMENT_MINUS": PaymentKind.ADJUSTMENT,
    "FBS_ADJUSTMENT_ADD": PaymentKind.FULFILMENT,
    "FBS_ADJUSTMENT_MINUS": PaymentKind.FULFILMENT,
    "ADJUSTMENT_CENTER_ADD": PaymentKind.ADJUSTMENT,
    "ADJUSTMENT_CENTER_DEDUCT": PaymentKind.ADJUSTMENT,
    "ESCROW_ADJUSTMENT_FOR_FD_DEDUCT": PaymentKind.FAILED_DELIVERY,
    "FSF_COST_PASSING_DEDUCT": PaymentKind.FAILED_DELIVERY,
    "PERCEPTION_VAT_TAX_DEDUCT": PaymentKind.OTHER,
    "ADJUSTMENT_FOR_RR_AFTER_ESCROW_VERIFIED": PaymentKind.REFUND,
    "AFFILIATE_COMMISSION_FEE_ADD": PaymentKind.AFFILIATE,
    "CROSS_MERCHANT_ADJUSTMENT_ADD": PaymentKind.ADJUSTMENT,
    "CROSS_MERCHANT_ADJUSTMENT_DEDUCT": PaymentKind.ADJUSTMENT,
    "SELLER_COMPENSATE_ADD": PaymentKind.COMPENSATION,
    "CAMPAIGN_PACKAGE_ADD": PaymentKind.CAMPAIGN,
    "CAMPAIGN_PACKAGE_MINUS": PaymentKind.CAMPAIGN,
    "PAID_ADS_CHARGE": PaymentKind.ADS,
    "PAID_ADS_REFUND": PaymentKind.ADS,
    "FAST_ESCROW_DISBURSE": PaymentKind.OTHER,
    "FAST_ESCROW_DEDUCT": PaymentKind.OTHER,
    "FAST_ESCROW_DISBURSE_REMAIN": PaymentKind.OTHER,
    "AFFILIATE_ADS_SELLER_FEE": PaymentKind.AFFILIATE,
    "AFFILIATE_ADS_SELLER_FEE_REFUND": PaymentKind.AFFILIATE,
    "AFFILIATE_FEE_DEDUCT": PaymentKind.AFFILIATE,
    "SHOPEE_WALLET_PAY": PaymentKind.OTHER,
    "SPM_DEDUCT": PaymentKind.OTHER,
    "APM_DEDUCT": PaymentKind.OTHER,
    "SPM_REFUND_ADD": PaymentKind.OTHER,
    "APM_REFUND_ADD": PaymentKind.OTHER,
    "DP_REFUND_VERIFIED_ADD": PaymentKind.REFUND,
    "SPM_DEDUCT_DIRECT": PaymentKind.OTHER,
    "SPM_DISBURSE_ADD": PaymentKind.OTHER,
}
"""Every type of wallet row and its kind; `None` for rows that are told elsewhere."""

WALLET_CODES: Mapping[str, str] = {
    "101": "ESCROW_VERIFIED_ADD",
    "102": "ESCROW_VERIFIED_MINUS",
    "201": "WITHDRAWAL_CREATED",
    "202": "WITHDRAWAL_COMPLETED",
    "203": "WITHDRAWAL_CANCELLED",
    "301": "REFUND_VERIFIED_ADD",
    "302": "AUTO_REFUND_ADD",
    "401": "ADJUSTMENT_ADD",
    "402": "ADJUSTMENT_MINUS",
    "404": "FBS_ADJUSTMENT_ADD",
    "405": "FBS_ADJUSTMENT_MINUS",
    "406": "ADJUSTMENT_CENTER_ADD",
    "407": "ADJUSTMENT_CENTER_DEDUCT",
    "408": "ESCROW_ADJUSTMENT_FOR_FD_DEDUCT",
    "409": "PERCEPTION_VAT_TAX_DEDUCT",
    "411": "ADJUSTMENT_FOR_RR_AFTER_ESCROW_VERIFIED",
    "412": "AFFILIATE_COMMISSION_FEE_ADD",
    "413": "CROSS_MERCHANT_ADJUSTMENT_ADD",
    "414": "CROSS_MERCHANT_ADJUSTMENT_DEDUCT",
    "415": "SELLER_COMPENSATE_ADD",
    "416": "CAMPAIGN_PACKAGE_ADD",
    "417": "CAMPAIGN_PACKAGE_MINUS",
    "450": "PAID_ADS_CHARGE",
    "451": "PAID_ADS_REFUND",
    "452": "FAST_ESCROW_DISBURSE",
    "455": "AFFILIATE_ADS_SELLER_FEE",
    "456": "AFFILIATE_ADS_SELLER_FEE_REFUND",
    "458": "FAST_ESCROW_DEDUCT",
    "459": "FAST_ESCROW_DISBURSE_REMAIN",
    "460": "AFFILIATE_FEE_DEDUCT",
    "501": "SHOPEE_WALLET_PAY",
    "502": "SPM_DEDUCT",
    "503": "APM_DEDUCT",
    "504": "SPM_REFUND_ADD",
    "505": "APM_REFUND_ADD",
    "701": "DP_REFUND_VERIFIED_ADD",
    "801": "SPM_DEDUCT_DIRECT",
    "802": "SPM_DISBURSE_ADD",
}
"""The types' numbers, should the wire carry them (section 12)."""

WALLET_STATUS = frozenset({"COMPLETED", "PENDING", "INITIAL", "FAILED"})
