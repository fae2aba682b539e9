"""TikTok Shop's money words as data (fact book sections 5.4, 5.5 and 5.8).

Amounts are signed from the seller's point of view already: no sign is ever flipped (5.3).
New fees appear every few weeks; one that is not listed here is kept as OTHER under its own name.
"""

from __future__ import annotations

from collections.abc import Mapping

from entrosdk.domain.payment import PaymentKind, PayoutStatus

__all__ = [
    "ADJUSTMENTS",
    "FEES",
    "GOODS",
    "INFORMATIVE",
    "REVENUE",
    "SHIPPING",
    "TAXES",
    "WITHDRAWAL_STATUS",
    "kind_of",
]

GOODS = "subtotal_before_discount_amount"
"""The part every settled order has, be it zero: what its units are listed for."""

INFORMATIVE = frozenset(
    {"affiliate_commission_amount_before_pit", "shipping_fee_guarantee_reimbursement"}
)
"""Parts that may repeat what another part or block tells; a block's own total decides."""

REVENUE: Mapping[str, PaymentKind] = {
    GOODS: PaymentKind.ITEM_PRICE,
    "seller_discount_amount": PaymentKind.SELLER_DISCOUNT,
    "refund_subtotal_before_discount_amount": PaymentKind.REFUND,
    "seller_discount_refund_amount": PaymentKind.REFUND,
    "cod_service_fee_amount": PaymentKind.OTHER,
    "refund_cod_service_fee_amount": PaymentKind.REFUND,
    "distant_item_fee_amount": PaymentKind.OTHER,
}

SHIPPING: Mapping[str, PaymentKind] = {
    "actual_shipping_fee_amount": PaymentKind.ACTUAL_SHIPPING,
    "shipping_fee_discount_amount": PaymentKind.SHIPPING_REBATE,
    "customer_paid_shipping_fee_amount": PaymentKind.BUYER_SHIPPING,
    "return_shipping_fee_amount": PaymentKind.RETURN_SHIPPING,
    "return_shipping_fee_paid_buyer_amount": PaymentKind.RETURN_SHIPPING,
    "return_shipping_label_fee_amount": PaymentKind.RETURN_SHIPPING,
    "replacement_shipping_fee_amount": PaymentKind.RETURN_SHIPPING,
    "exchange_shipping_fee_amount": PaymentKind.RETURN_SHIPPING,
    "free_return_subsidy_amount": PaymentKind.RETURN_SHIPPING,
    "failed_delivery_subsidy_amount": PaymentKind.FAILED_DELIVERY,
    "shipping_fee_guarantee_reimbursement": PaymentKind.COMPENSATION,
    "shipping_insurance_fee_amount": PaymentKind.SHIPPING_PROTECTION,
    "seller_self_shipping_service_fee_amount": PaymentKind.ACTUAL_SHIPPING,
    "signature_confirmation_fee_amount": PaymentKind.ACTUAL_SHIPPING,
    "logistics_service_fee": PaymentKind.ACTUAL_SHIPPING,
    "shipping_app_service_fee_amount": PaymentKind.ACTUAL_SHIPPING,
    "international_leg_logistics_amount": PaymentKind.ACTUAL_SHIPPING,
    "distant_shipping_fee_amount": PaymentKind.ACTUAL_SHIPPING,
    "tiktok_shop_shipping_incentive_amount": PaymentKind.SHIPPING_REBATE,
    "fbt_free_shipping_fee_amount": PaymentKind.FULFILMENT,
    "fbt_fulfillment_fee_reimbursement_amount": PaymentKind.FULFILMENT,
}

FEES: Mapping[str, PaymentKind] = {
    "platform_commission_amount": PaymentKind.COMMISSION,
    "referral_fee_amount": PaymentKind.COMMISSION,
    "dynamic_commission_amount": PaymentKind.COMMISSION,
    "platform_semi_managed_commission_fee": PaymentKind.COMMISSION,
    "tsp_commission_amount": PaymentKind.COMMISSION,
    "transaction_fee_amount": PaymentKind.PAYMENT_FEE,
    "credit_card_handling_fee_amount": PaymentKind.PAYMENT_FEE,
    "seller_paylater_handling_fee_amount": PaymentKind.PAYMENT_FEE,
    # A flat fee for each delivered order; the one name without the ending of the others.
    "vn_fix_infrastructure_fee": PaymentKind.ORDER_PROCESSING,
    "fee_per_item_sold_amount": PaymentKind.ORDER_PROCESSING,
    "shipping_fee_guarantee_service_fee": PaymentKind.SHIPPING_PROTECTION,
    "insurance_fee": PaymentKind.SHIPPING_PROTECTION,
    "affiliate_commission_amount": PaymentKind.AFFILIATE,
    "affiliate_commission_amount_before_pit": PaymentKind.AFFILIATE,
    "affiliate_partner_commission_amount": PaymentKind.AFFILIATE,
    "affiliate_ads_commission_amount": PaymentKind.AFFILIATE,
    "affiliate_commission_deposit": PaymentKind.AFFILIATE,
    "affiliate_commission_release": PaymentKind.AFFILIATE,
    "tap_shop_ads_commission": PaymentKind.AFFILIATE,
    "cofunded_creator_bonus_amount": PaymentKind.AFFILIATE,
    "external_affiliate_marketing_fee_amount": PaymentKind.AFFILIATE,
    "auto_post_shoppable_video_commission_fee": PaymentKind.AFFILIATE,
    "brand_amplification_program_commission": PaymentKind.AFFILIATE,
    "gmv_max_ad_fee_amount": PaymentKind.ADS,
    "gmv_max_coupon_fee": PaymentKind.ADS,
    "campaign_resource_fee": PaymentKind.CAMPAIGN,
    "campaign_period_fee_cfp_amount": PaymentKind.CAMPAIGN,
    "campaign_period_fee_sp_amount": PaymentKind.CAMPAIGN,
    "category_led_campaign_fee_amount": PaymentKind.CAMPAIGN,
    "brand_campaign_fee": PaymentKind.CAMPAIGN,
    "smart_promotion_fee_amount": PaymentKind.CAMPAIGN,
    "flash_sales_service_fee_amount": PaymentKind.CAMPAIGN,
    "cofunded_promotion_service_fee_amount": PaymentKind.CAMPAIGN,
    "sfp_service_fee_amount": PaymentKind.SERVICE_FEE,
    "voucher_xtra_service_fee_amount": PaymentKind.SERVICE_FEE,
    "live_specials_fee_amount": PaymentKind.SERVICE_FEE,
    "bonus_cashback_service_fee_amount": PaymentKind.SERVICE_FEE,
    "mall_service_fee_amount": PaymentKind.SERVICE_FEE,
    "pre_order_service_fee_amount": PaymentKind.SERVICE_FEE,
    "installation_service_fee": PaymentKind.SERVICE_FEE,
    "dt_handling_fee_amount": PaymentKind.SERVICE_FEE,
    "epr_pob_service_fee_amount": PaymentKind.SERVICE_FEE,
    "refund_administration_fee_amount": PaymentKind.SERVICE_FEE,
    "seller_growth_fee_amount": PaymentKind.SERVICE_FEE,
    "platform_special_service_fee_amount": PaymentKind.SERVICE_FEE,
    "seller_funded_user_spoint_service_fee": PaymentKind.SERVICE_FEE,
    "failed_delivery_shipping_fee": PaymentKind.FAILED_DELIVERY,
    "buyer_fault_return_shipping_fee": PaymentKind.RETURN_SHIPPING,
}

TAXES: Mapping[str, PaymentKind] = {
    # What is withheld from a Vietnamese household may stand under either name (5.5).
    "vat_amount": PaymentKind.TAX_VAT_WITHHELD,
    "local_vat_amount": PaymentKind.TAX_VAT_WITHHELD,
    "pit_amount": PaymentKind.TAX_PIT_WITHHELD,
    "import_vat_amount": PaymentKind.OTHER,
    "customs_duty_amount": PaymentKind.OTHER,
    "customs_clearance_amount": PaymentKind.OTHER,
    "anti_dumping_duty_amount": PaymentKind.OTHER,
    "sst_amount": PaymentKind.OTHER,
    "gst_amount": PaymentKind.OTHER,
    "iva_amount": PaymentKind.OTHER,
    "isr_amount": PaymentKind.OTHER,
    "cedular_tax": PaymentKind.OTHER,
    "article_22_income_tax_withheld": PaymentKind.OTHER,
}

_FAMILIES = (
    ("fbt_", PaymentKind.FULFILMENT),
    ("hazmat_", PaymentKind.ACTUAL_SHIPPING),
    ("non_standard_", PaymentKind.ACTUAL_SHIPPING),
    ("growth_package", PaymentKind.SERVICE_FEE),
)
"""Families of names that the fact book does not list one by one."""

ADJUSTMENTS: Mapping[str, PaymentKind] = {
    "CHARGE_BACK": PaymentKind.REFUND,
    "CUSTOMER_SERVICE_COMPENSATION": PaymentKind.COMPENSATION,
    "DEDUCTIONS_INCURRED_BY_SELLER": PaymentKind.PENALTY,
    "GMV_PAYMENT_FOR_ADS": PaymentKind.ADS,
    "PLATFORM_COMMISSION_ADJUSTMENT": PaymentKind.COMMISSION,
    "PLATFORM_COMMISSION_COMPENSATION": PaymentKind.COMMISSION,
    "PLATFORM_PENALTY": PaymentKind.PENALTY,
    "PROMOTION_ADJUSTMENT": PaymentKind.CAMPAIGN,
    "REBATE": PaymentKind.COMPENSATION,
    "PLATFORM_COMPENSATION": PaymentKind.COMPENSATION,
    "PLATFORM_REIMBURSEMENT": PaymentKind.COMPENSATION,
    "COFUNDED_CREATOR_REWARDS": PaymentKind.AFFILIATE,
    "FBT_WAREHOUSE_SERVICE_FEE": PaymentKind.FULFILMENT,
    "LOGISTICS_REIMBURSEMENT": PaymentKind.COMPENSATION,
    "SHIPPING_FEE_ADJUSTMENT": PaymentKind.ACTUAL_SHIPPING,
    "SHIPPING_FEE_COMPENSATION": PaymentKind.COMPENSATION,
    "SHIPPING_FEE_REBATE": PaymentKind.SHIPPING_REBATE,
    "SAMPLE_SHIPPING_FEE": PaymentKind.ACTUAL_SHIPPING,
    "SELLER_MISSION_REWARD": PaymentKind.COMPENSATION,
    "OTHER_ADJUSTMENT": PaymentKind.ADJUSTMENT,
}
"""Types of corrections; the free-text ones about negative balances are plain adjustments."""

WITHDRAWAL_STATUS: Mapping[str, PayoutStatus] = {
    "INIT": PayoutStatus.PENDING,
    "ORDERED": PayoutStatus.PENDING,
    "PROCESSING": PayoutStatus.PENDING,
    "RECEIVED": PayoutStatus.PENDING,
    "PROCESSED": PayoutStatus.PENDING,
    "EXCEPTION": PayoutStatus.PENDING,
    "SUCCESS": PayoutStatus.PAID,
    "PAID": PayoutStatus.PAID,  # older text
    "FAILED": PayoutStatus.FAILED,
    "REVERSED": PayoutStatus.FAILED,
    "CLOSED": PayoutStatus.FAILED,
    "UNKNOWN": PayoutStatus.UNKNOWN,
}


def kind_of(name: str) -> PaymentKind | None:
    """Return the kind of a part by its name; `None` for one that nobody has told us of."""
    for table in (REVENUE, SHIPPING, FEES, TAXES):
        if name in table:
            return table[name]
    return next((kind for start, kind in _FAMILIES if name.startswith(start)), None)
