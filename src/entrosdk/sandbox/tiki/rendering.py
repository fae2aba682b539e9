"""Orders as Tiki prints them (book 3.3)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from attrs import frozen

from entrosdk.sandbox.orders import Line, Order, Stage
from entrosdk.sandbox.tiki import words
from entrosdk.sandbox.tiki.money import Share, ends_without_money, shares
from entrosdk.sandbox.tiki.parameters import local
from entrosdk.sandbox.tiki.showcase import SELLER, picture, tiki_sku, title

__all__ = ["OrderPrint", "item_id"]

_PLACE = {
    "id": 402115,
    "name": "Kho Gò Vấp",
    "code": "WH000402115",
    "contact_name": "Đặng Minh Khoa",
    "contact_phone": "+84900000115",
    "street": "118/6 Lê Đức Thọ",
    "owner": "seller",
    "warehouse_type": "pickup",
    "region_code": "VN039",
    "region_id": 294,
    "region_name": "Hồ Chí Minh",
    "district_code": "VN039015",
    "district_id": 491,
    "district_name": "Quận Gò Vấp",
    "ward_code": "VN039015009",
    "ward_id": 10431,
    "ward_name": "Phường 17",
    "country_code": "vn",
    "longitude": 106.6743,
    "latitude": 10.8412,
    "active": True,
}
_REASONS = {"buyer": ("201", "Không còn nhu cầu"), "seller": ("202", "Nhà bán hết hàng")}
_SHOWN = {
    Stage.TO_SHIP: ("awaiting_confirmation", "Chờ xác nhận", "Awaiting Confirmation"),
    Stage.COMPLETED: ("completed", "Đã hoàn thành", "Completed"),
    Stage.CANCELLED: ("canceled", "Hủy", "Canceled"),
}
_COMPANY = {
    "code": "0300000999",
    "address": "14 Hải Hồ, Đà Nẵng",
    "company_name": "CÔNG TY TNHH VÍ DỤ HOA LÁ",
}
_SHOWS_CONTACTS = {"seller_delivery", "cross_border"}  # the privacy rule of 3.3.3


def item_id(order: Order, place: int) -> int:
    """Return the id of an order's line."""
    return 318_000_000 + order.number * 10 + place


@frozen
class OrderPrint:
    """Prints one order, for one way of asking."""

    order: Order
    models: tuple[str, ...]
    rejected: Collection[int]
    include: frozenset[str]

    @property
    def model(self) -> str:
        """The order's fulfilment type."""
        return words.model(self.order, self.models)

    @property
    def status(self) -> str:
        """The order's status."""
        return words.status(self.order, self.models)

    def body(self) -> dict[str, Any]:
        """Return the whole order; list and detail have one shape."""
        order, rows = self.order, shares(self.order)
        body = {
            "id": 201_000_000 + order.number,
            "code": order.id,
            "fulfillment_type": self.model,
            "status": self.status,
            "items": [self._item(at, line, rows[at]) for at, line in enumerate(order.lines)],
            "status_histories": self._histories() if "status_histories" in self.include else [],
            "created_at": local(order.created),
            "updated_at": local(order.updated),
            "invoice": self._invoice(rows),
            "payment": self._payment(),
            "shipping": self._shipping(),
            "billing_address": self._address(contacts=False),
            "customer": {"id": order.buyer.id, "full_name": order.buyer.name},
            "delivery": self._delivery(),
            "is_vat_exporting": self._wants_invoice(),
            "tiki_warehouse": {"id": 4, "name": "Sai Gon 3", "code": "sgn3"},
            "seller_warehouse": _PLACE,
        }
        return body | _constant() | self._shown() | self._cancelled()

    def _shown(self) -> dict[str, str]:
        """Tell the state as Seller Center shows it."""
        name, vietnamese, english = _SHOWN.get(
            self.order.stage, ("processing", "Đang xử lý", "Processing")
        )
        verified = self.order.stage is Stage.TO_SHIP
        return {
            "main_state": name,
            "main_state_text": vietnamese,
            "main_state_text_en": english,
            "main_substate": "order_verified" if verified else "",
            "main_substate_text": "Tiki đã tiếp nhận đơn hàng" if verified else "",
            "main_substate_text_en": "Order verified" if verified else "",
        }

    def _item(self, place: int, line: Line, share: Share) -> dict[str, Any]:
        name = item_id(self.order, place)
        word = words.confirmation(self.order, self.models, rejected=place in self.rejected)
        deadline = local(self.order.ship_by)
        confirmation: dict[str, Any] = {
            "status": word,
            "confirmed_at": None if word == "waiting" else local(self.order.updated),
            "available_confirm_sla": deadline,
            "pickup_confirm_sla": None,
            "histories": [],
        }
        if "item.confirmation_histories" in self.include:
            row = {"order_item_id": name, "sla_confirmed_at": deadline}
            told = {**row, "confirmed_at": confirmation["confirmed_at"], "status": word}
            confirmation["histories"] = [told]
        return {
            "id": name,
            "product": _ordered(line),
            "seller": SELLER,
            "confirmation": confirmation,
            "parent_item_id": 0,
            "price": line.unit_price,
            "qty": line.quantity,
            "fulfilled_at": None,
            "is_virtual": False,
            "is_ebook": False,
            "is_bookcare": False,
            "is_free_gift": False,
            "is_fulfilled": False,
            "backend_id": 0,
            "applied_rule_ids": [],
            "invoice": self._line_invoice(place, line, share),
            "inventory_requisition": None,
            "inventory_withdrawals": [],
            "seller_inventory_id": _PLACE["id"],
            "seller_inventory_name": _PLACE["name"],
            "seller_income_detail": _income(line, share, paid=not ends_without_money(self.order)),
        }

    def _earns(self, place: int) -> bool:
        return place not in self.rejected and not ends_without_money(self.order)

    def _line_invoice(self, place: int, line: Line, share: Share) -> dict[str, Any]:
        earns = self._earns(place)
        told = earns and "item.fees" in self.include
        return {
            "price": line.unit_price,
            "quantity": line.quantity,
            "subtotal": share.goods,
            "row_total": max(0, share.goods - share.discount),
            "discount_amount": share.discount,
            "discount_tikixu": share.coins,
            "discount_promotion": 0,
            "discount_percent": 0,
            "discount_coupon": share.seller_coupon + share.platform_coupon,
            "discount_other": 0,
            "discount_tikier": 0,
            "discount_tiki_first": 0,
            "discount_data": {},
            "is_seller_discount_coupon": share.seller_coupon > 0,
            "is_taxable": False,
            "fob_price": 0,
            "seller_fee": share.fee if earns else 0,
            "seller_income": share.income if earns else 0,
            "fees": _fees(share, item_id(self.order, place)) if told else [],
        }

    def _invoice(self, rows: list[Share]) -> dict[str, Any]:
        order = self.order
        kept = [share for place, share in enumerate(rows) if self._earns(place)]
        discounts = order.seller_voucher + order.platform_voucher
        return {
            "items_count": len(order.lines),
            "items_quantity": sum(line.quantity for line in order.lines),
            "subtotal": order.goods,
            "grand_total": order.total,
            "collectible_amount": order.total if order.cod else 0,
            "discount_amount": discounts + order.coins,
            "discount_tikixu": order.coins,
            "discount_promotion": 0,
            "discount_percent": 0,
            "discount_coupon": discounts,
            "discount_other": 0,
            "gift_card_amount": 0,
            "gift_card_code": None,
            "coupon_code": "GNMTHANG11" if order.seller_voucher else None,
            "shipping_amount_after_discount": order.buyer_shipping,
            "shipping_discount_amount": order.carrier_shipping - order.buyer_shipping,
            "handling_fee": 0,
            "other_fee": 0,
            "total_seller_fee": sum(share.fee for share in kept),
            "total_seller_income": sum(share.income for share in kept),
            "purchased_at": local(order.created),
            "tax_info": _COMPANY if self._wants_invoice() else None,
        }

    def _wants_invoice(self) -> bool:
        return self.order.number % 10 == 3

    def _payment(self) -> dict[str, Any]:
        cod = self.order.cod
        return {
            "method": "cod" if cod else "momo",
            "is_prepaid": not cod,
            "status": "success",  # even for what is not paid; book 5
            "description": "Thanh toán tiền mặt khi nhận hàng" if cod else "Ví MoMo",
        }

    def _shipping(self) -> dict[str, Any]:
        order = self.order
        own = self.model == "seller_delivery" or not order.tracked
        return {
            "partner_id": None if own else "TNSL",
            "partner_name": None if own else "TikiNOW",
            "tracking_code": None if own else order.tracking,
            "status": None if own else order.parcel.lower(),
            "pickup_shipping_code": None,
            "pickup_partner_code": None,
            "return_shipping_code": None,
            "return_partner_code": None,
            "delivery_shipping_code": None,
            "delivery_partner_code": None,
            "plan": {
                "id": 1,
                "name": "TikiFAST Giao Tiết Kiệm",
                "is_free_shipping": not order.buyer_shipping,
                "promised_delivery_date": local(order.ship_by + 86_400),
                "description": "",
            },
            "address": self._address(contacts=True),
            "shipping_detail": None,
        }

    def _address(self, *, contacts: bool) -> dict[str, Any]:
        buyer = self.order.buyer
        body: dict[str, Any] = {
            "full_name": buyer.name,
            "street": buyer.street,
            "ward": buyer.ward,
            "ward_tiki_code": "VN039015004",
            "district": buyer.district,
            "district_tiki_code": "VN039015",
            "region": buyer.province,
            "region_tiki_code": "VN039",
            "country": "Việt Nam",
            "country_id": "VN",
        }
        if not contacts:
            return body
        shown = self.model in _SHOWS_CONTACTS
        email = f"{buyer.username}@example.com" if shown else None
        return body | {"email": email, "phone": buyer.phone if shown else ""}

    def _delivery(self) -> dict[str, Any]:
        at = self.order.delivered
        return {
            "delivery_confirmed": bool(at),
            "delivery_confirmed_at": local(at) if at else None,
            "delivery_confirmed_by_customer": False,
            "delivery_confirmed_by_customer_at": None,
            "delivery_note": self.order.note or None,
            "delivery_confirmation": [],
        }

    def _cancelled(self) -> dict[str, Any]:
        order = self.order
        if order.stage is not Stage.CANCELLED:
            return {}
        code, text = _REASONS.get(order.cancelled_by, ("2034", "Giao hàng không thành công"))
        info = {"reason_code": code, "reason_text": text, "comment": "", "canceled_at": None}
        return {"cancel_info": info, "state": "canceled"}

    def _histories(self) -> list[dict[str, Any]]:
        """Tell what can be told from an order's own moments."""
        order = self.order
        told = [(order.created, "processing" if order.cod else "waiting_payment")]
        accepted = order.created + 300 if order.cod else order.paid
        if order.paid and not order.cod:
            told.append((order.paid, "processing"))
        waits = order.stage in {Stage.UNPAID, Stage.ON_HOLD}
        told += [(accepted, "queueing")] if accepted and not waits else []
        own = self.model == "seller_delivery"
        sent = "handover_to_partner" if own else "shipping"
        for at, word in (
            (order.picked_up, sent),
            (order.delivered, "successful_delivery"),
            (order.released, "complete"),
        ):
            told += [(at, word)] if at else []
        if order.stage in {Stage.CANCELLED, Stage.RETURNING}:
            told.append((order.updated, self.status))
        first = 2_980_000_000 + order.number * 10
        return [
            {"id": first + number, "status": word, "created_at": local(at)}
            for number, (at, word) in enumerate(told)
        ]


def _ordered(line: Line) -> dict[str, Any]:
    product, variant = line.product, line.variant
    return {
        "id": variant.id,
        "type": "simple",
        "super_id": product.id if product.has_models else 0,
        "master_id": variant.id - 1,
        "sku": tiki_sku(variant),
        "name": title(product, variant),
        "catalog_group_name": "Nhà Cửa Đời Sống",
        "inventory_type": "backorder",
        "imeis": [],
        "serial_numbers": [],
        "thumbnail": picture(variant),
        "seller_product_code": variant.sku,
        "seller_supply_method": None,
    }


def _income(line: Line, share: Share, *, paid: bool) -> dict[str, Any]:
    """Tell a line's income; when nothing is earned its fees are gone, its sums are not (3.3.2)."""
    fees = _fees(share, None) if paid else []
    return {
        "item_price": line.unit_price,
        "item_qty": line.quantity,
        "shipping_fee": share.shipping,
        "seller_fees": fees,
        "sub_total": share.sub_total,
        "seller_income": share.income if paid else share.sub_total,
        "discount": {
            "discount_shipping_fee": {
                "sellerDiscount": 0,
                "fee_amount": share.shipping,
                "qty": 1,
                "apply_discount": _rules(share.subsidy),
                "seller_subsidy": 0,
                "tiki_subsidy": share.subsidy,
            },
            "discount_coupon": {
                "seller_discount": share.seller_coupon,
                "platform_discount": share.platform_coupon,
                "total_discount": share.seller_coupon + share.platform_coupon,
            },
            "discount_tikixu": {"amount": share.coins},
        },
    }


def _rules(subsidy: int) -> list[dict[str, Any]]:
    rule = {"rule_id": "4410092", "type": "universal", "amount": subsidy}
    return [{**rule, "seller_sponsor": None, "tiki_sponsor": None}] if subsidy else []


_FEE_NAMES = {
    "percent_per_item_sales_value": "Chiết khấu",
    "payment_processing_fee": "Phí thanh toán",
    "base_fee": "Phí cố định",
    "shipping_fee": "Phí vận chuyển",
}


def _fees(share: Share, item: int | None) -> list[dict[str, Any]]:
    return [
        {
            "id": None if item is None else item * 10 + number,
            "fee_type_key": key,
            "fee_type_name": _FEE_NAMES[key],
            "status": None if item is None else 1,
            "quantity": None if item is None else 1,
            "base_amount": 0,
            "total_amount": amount,
            "discount_amount": 0,
            "final_amount": amount,
        }
        for number, (key, amount) in enumerate(share.fees)
    ]


def _constant() -> dict[str, Any]:
    """Members that say nothing here and are always there (3.3)."""
    return {
        "is_virtual": False,
        "siblings": [],
        "tikixu_point_earning": 0,
        "is_flower_gift": False,
        "dropship_already": False,
        "shipment_status_histories": [],
        "type": "simple",
        "state_histories": [],
        "inventory_status": "backorder",
        "platform": "frontend-mobile-ios",
        "linked_code": "",
        "has_backorder_items": True,
        "original_code": "",
        "children": [],
        "shipment_mappings": [],
        "backend_id": 0,
        "is_bookcare": False,
        "relation_code": "",
        "is_rma": False,
        "boxes": [],
        "labels": [],
        "applied_rule_ids": [],
        "multiseller_confirmation": {"seller_id": 418207, "need_other_sellers_confirm": False},
    }
