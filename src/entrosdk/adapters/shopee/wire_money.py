"""Bodies of payments as Shopee sends them (section 5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import ClassVar

from pydantic import AliasChoices, Field

from entrosdk.adapters.shopee.fees import WALLET, WALLET_CODES, WALLET_STATUS
from entrosdk.adapters.shopee.wire import Envelope
from entrosdk.spi.wire import (
    Amount,
    Epoch,
    Flag,
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
    "ESCROWS",
    "ESCROW_LIST",
    "WALLET_LIST",
    "Adjustment",
    "Escrow",
    "EscrowListPage",
    "EscrowReply",
    "EscrowRow",
    "EscrowStub",
    "EscrowsPage",
    "Income",
    "WalletPage",
    "WalletRow",
]


class EscrowStub(WireModel):
    """A row of get_escrow_list. The unit of `payout_amount` is uncertain (section 5.2): unread."""

    known: ClassVar[frozenset[str]] = frozenset({"payout_amount"})

    order_sn: Id
    escrow_release_time: Moment


class EscrowListBody(WireModel):
    """The payload of get_escrow_list."""

    escrow_list: Many[EscrowStub] = ()
    more: Flag = False


class EscrowListPage(Envelope):
    """The reply of get_escrow_list."""

    response: EscrowListBody


class Adjustment(WireModel):
    """A correction of an escrow after its release."""

    known: ClassVar[frozenset[str]] = frozenset({"adjustment_reason"})

    amount: Amount
    date: Epoch = 0
    currency: Text = ""


class Income(WireModel):
    """order_income: the parts of the formula of section 5.3 and its results.

    The batch call's table spells two parts otherwise and its sample lacks the adjustments.
    """

    known: ClassVar[frozenset[str]] = names(
        "buyer_total_amount original_price order_original_price order_selling_price "
        "order_discounted_price order_seller_discount seller_discount cost_of_goods_sold "
        "drc_adjustable_refund refund_amount_to_buyer seller_voucher_code voucher_from_shopee "
        "voucher_from_external_party coins payment_promotion credit_card_promotion pix_discount "
        "seller_shipping_discount estimated_shipping_fee final_shipping_fee "
        "fsf_seller_protection_fee_claim_amount rsf_seller_protection_fee_premium_amount "
        "order_chargeable_weight buyer_transaction_fee credit_card_transaction_fee "
        "tax_registration_code final_escrow_shipping_gst final_product_vat_tax "
        "final_shipping_vat_tax cross_border_tax final_product_protection bcrs_deposit "
        "seller_lost_compensation instalment_plan buyer_payment_method tenure_info_list "
        "exchange_rate escrow_amount_pri buyer_total_amount_pri original_price_pri "
        "seller_return_refund_pri commission_fee_pri service_fee_pri drc_adjustable_refund_pri "
        "sip_subsidy sip_subsidy_pri net_commission_fee net_service_fee "
        "net_commission_fee_info_list net_service_fee_info_list seller_product_rebate "
        "remaining_voucher items prorated_pix_discount_offset_return_items "
        "prorated_coins_value_offset_return_items prorated_shopee_voucher_offset_return_items "
        "prorated_seller_voucher_offset_return_items "
        "prorated_payment_channel_promo_bank_offset_return_items "
        "prorated_payment_channel_promo_shopee_offset_return_items"
    )

    escrow_amount: MaybeAmount = None
    escrow_amount_after_adjustment: MaybeAmount = None
    total_adjustment_amount: MaybeAmount = None
    order_adjustment: Many[Adjustment] = ()
    pri_currency: Text = ""
    aff_currency: Text = ""

    original_cost_of_goods_sold: Amount = Decimal(0)
    original_shopee_discount: Amount = Decimal(0)
    seller_return_refund: Amount = Decimal(0)
    shopee_discount: Amount = Decimal(0)
    voucher_from_seller: Amount = Decimal(0)
    seller_coin_cash_back: Amount = Decimal(0)
    buyer_paid_shipping_fee: Amount = Decimal(0)
    actual_shipping_fee: Amount = Decimal(0)
    shopee_shipping_rebate: Amount = Decimal(0)
    shipping_fee_discount_from_3pl: Amount = Field(
        default=Decimal(0),
        validation_alias=AliasChoices(
            "shipping_fee_discount_from_3pl", "shipping_fee_discount_from_pl"
        ),
    )
    reverse_shipping_fee: Amount = Decimal(0)
    rsf_seller_protection_fee_claim_amount: Amount = Decimal(0)
    final_return_to_seller_shipping_fee: Amount = Decimal(0)
    seller_transaction_fee: Amount = Decimal(0)
    service_fee: Amount = Decimal(0)
    commission_fee: Amount = Decimal(0)
    campaign_fee: Amount = Decimal(0)
    shipping_seller_protection_fee_amount: Amount = Decimal(0)
    delivery_seller_protection_fee_premium_amount: Amount = Decimal(0)
    final_escrow_product_gst: Amount = Decimal(0)
    order_ams_commission_fee: Amount = Decimal(0)
    escrow_tax: Amount = Decimal(0)
    sales_tax_on_lvg: Amount = Decimal(0)
    reverse_shipping_fee_sst: Amount = Decimal(0)
    shipping_fee_sst: Amount = Decimal(0)
    withholding_tax: Amount = Decimal(0)
    overseas_return_service_fee: Amount = Decimal(0)
    vat_on_imported_goods: Amount = Decimal(0)
    withholding_vat_tax: Amount = Decimal(0)
    withholding_pit_tax: Amount = Decimal(0)
    withholding_cit_tax: Amount = Decimal(0)
    seller_order_processing_fee: Amount = Decimal(0)
    buyer_paid_packaging_fee: Amount = Decimal(0)
    trade_in_bonus_by_seller: Amount = Field(
        default=Decimal(0),
        validation_alias=AliasChoices("trade_in_bonus_by_seller", "trade_in_bonus_seller"),
    )
    fbs_fee: Amount = Decimal(0)
    ads_escrow_top_up_fee_or_technical_support_fee: Amount = Decimal(0)
    th_import_duty: Amount = Decimal(0)

    @property
    def adjustments_told(self) -> bool:
        """Say whether the body tells what was adjusted, be it nothing."""
        told = (self.escrow_amount_after_adjustment, self.total_adjustment_amount)
        return any(figure is not None for figure in told) or bool(self.order_adjustment)


class Escrow(WireModel):
    """get_escrow_detail's payload: what the seller earns from one order."""

    known: ClassVar[frozenset[str]] = frozenset(
        {"buyer_user_name", "return_order_sn_list", "buyer_payment_info"}
    )

    order_sn: Id
    order_income: Maybe[Income] = None


class EscrowReply(Envelope):
    """The reply of get_escrow_detail."""

    response: Escrow


class EscrowRow(WireModel):
    """A row of get_escrow_detail_batch; a failed one has only the order_sn and the cause."""

    known: ClassVar[frozenset[str]] = frozenset({"fail_message"})

    escrow_detail: Escrow
    fail_error: Text = ""


class EscrowsPage(Envelope):
    """The reply of get_escrow_detail_batch, whose payload is a list."""

    response: Many[EscrowRow] = ()


class WalletRow(WireModel):
    """A movement of the seller's wallet (section 5.4); `amount` is signed."""

    known: ClassVar[frozenset[str]] = names(
        "withdrawal_type root_withdrawal_id transaction_fee description reason "
        "buyer_name pay_order_list shop_name outlet_shop_name transaction_tab_type money_flow "
        "txn_title"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {"kind": WALLET, "status": WALLET_STATUS}

    status: Text = ""
    transaction_type: Text = ""
    amount: Amount
    current_balance: Amount = Decimal(0)
    create_time: Moment
    order_sn: Text = ""
    refund_sn: Text = ""
    withdrawal_id: Text = ""

    @property
    def kind(self) -> str:
        """The type's name; the wire may carry its number instead (section 12)."""
        return WALLET_CODES.get(self.transaction_type, self.transaction_type)

    @property
    def name(self) -> str:
        """An id made of what cannot change: Shopee gives wallet rows none."""
        figures = f"{_plain(self.amount)}:{_plain(self.current_balance)}"
        return f"wallet:{self.create_time}:{self.kind}:{figures}"

    @property
    def twin(self) -> tuple[str, ...]:
        """What a repeated row has in common: rows of nothing may share their name."""
        return (self.name, self.order_sn, self.refund_sn, self.withdrawal_id)


def _plain(amount: Decimal) -> str:
    # Adding 0 turns -0 into 0; normalising drops trailing zeros, "f" the exponent.
    return format((amount + 0).normalize(), "f")


class WalletBody(WireModel):
    """The payload of get_wallet_transaction_list."""

    transaction_list: Many[WalletRow] = ()
    more: Flag = False


class WalletPage(Envelope):
    """The reply of get_wallet_transaction_list."""

    response: WalletBody


ESCROW_LIST = Rows(EscrowListPage, "response.escrow_list", EscrowStub, "order_sn")
ESCROWS = Rows(EscrowsPage, "response", EscrowRow, "escrow_detail.order_sn")
WALLET_LIST = Rows(WalletPage, "response.transaction_list", WalletRow, "name", twin="twin")
