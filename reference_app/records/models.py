"""Business records as the marketplaces report them, one row for each store and external id.

Money columns end in `_minor` (dong for VND), instants are UTC, ids are the marketplace's.
`read_at` is the marketplace's time before the record was asked for: it orders two readings of a
record that carry the same update time, so an older reading never overwrites a newer one.
Personal data is in `OrderPrivate` alone, sealed with the merchant's own key.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant


class Owned(models.Model):
    """A row of one store; the merchant stands in it too, so every query can name its tenant."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=80)

    class Meta:
        abstract = True


class Versioned(Owned):
    """A row that is replaced when a newer version of its record is read."""

    updated_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField()

    class Meta:
        abstract = True


class Order(Versioned):
    """An order. `total_minor` is what the buyer pays; `items_minor` what the goods cost.

    `search_text` has the order's ids, skus and product names without diacritics, and no personal
    data. `history` marks backfilled orders, which will move no stock and count for no plan.
    """

    marketplace = models.CharField(max_length=20)
    shop_id = models.CharField(max_length=64)
    number = models.CharField(max_length=80)
    status = models.CharField(max_length=12)
    raw_status = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    ship_by = models.DateTimeField(null=True)
    cod = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    items_minor = models.BigIntegerField()
    shipping_minor = models.BigIntegerField(null=True)
    seller_discount_minor = models.BigIntegerField(null=True)
    platform_discount_minor = models.BigIntegerField(null=True)
    total_minor = models.BigIntegerField()
    units = models.PositiveIntegerField()
    first_line = models.CharField(max_length=255, blank=True)
    line_count = models.PositiveIntegerField(default=0)
    payment_method = models.CharField(max_length=80, blank=True)
    cancel_reason = models.CharField(max_length=255, blank=True)
    cancelled_by = models.CharField(max_length=60, blank=True)
    history = models.BooleanField(default=False)
    search_text = models.TextField(blank=True)
    first_seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "external_id"], name="one_row_per_order")
        ]
        indexes = [
            models.Index(fields=["merchant", "-created_at", "-id"], name="order_list"),
            models.Index(fields=["store", "-created_at", "-id"], name="order_of_store"),
            models.Index(fields=["merchant", "status", "-created_at", "-id"], name="order_status"),
            models.Index(fields=["merchant", "updated_at", "id"], name="order_changes"),
            models.Index(fields=["merchant", "external_id"], name="order_id"),
            models.Index(fields=["merchant", "number"], name="order_number"),
            models.Index(
                fields=["merchant", "created_at", "status", "total_minor"], name="order_revenue"
            ),
            models.Index(fields=["merchant", "status", "ship_by"], name="order_due"),
            models.Index(fields=["merchant", "-total_minor", "-id"], name="order_total"),
        ]

    @property
    def rest_minor(self) -> int:
        """What lies between the goods and the total where the marketplace names no parts."""
        known = (self.seller_discount_minor or 0) + (self.platform_discount_minor or 0)
        return self.total_minor - self.items_minor + known


class OrderLine(models.Model):
    """One variant on an order; prices for one unit, discounts for the whole line."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    external_id = models.CharField(max_length=80)
    product_id = models.CharField(max_length=80)
    variant_id = models.CharField(max_length=80, blank=True)
    sku = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=500)
    quantity = models.PositiveIntegerField()
    list_price_minor = models.BigIntegerField()
    unit_price_minor = models.BigIntegerField()
    seller_discount_minor = models.BigIntegerField()
    platform_discount_minor = models.BigIntegerField()
    raw_status = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["order_id", "position"]
        constraints = [models.UniqueConstraint(fields=["order", "external_id"], name="one_line")]
        indexes = [
            models.Index(fields=["product_id", "variant_id"], name="line_of_listing"),
            models.Index(fields=["sku"], name="line_sku"),
        ]

    @property
    def total_minor(self) -> int:
        """What the line's units cost."""
        return self.unit_price_minor * self.quantity


class Package(models.Model):
    """A parcel of an order."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="packages")
    position = models.PositiveSmallIntegerField()
    external_id = models.CharField(max_length=80)
    raw_status = models.CharField(max_length=60, blank=True)
    carrier = models.CharField(max_length=120, blank=True)
    tracking_number = models.CharField(max_length=120, blank=True)
    units = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order_id", "position"]
        indexes = [models.Index(fields=["tracking_number"], name="package_tracking")]


class OrderStep(models.Model):
    """A status an order was seen in: what its timeline is made of."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="steps")
    status = models.CharField(max_length=12)
    raw_status = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "status", "at"], name="one_step_per_change")
        ]


class OrderPrivate(models.Model):
    """The recipient and notes of an order, sealed with the merchant's key; deleted when due."""

    order = models.OneToOneField(Order, models.CASCADE, related_name="private")
    sealed = models.TextField()


class PersonToken(models.Model):
    """A keyed hash by which a sealed recipient is found (`tokens`); goes when it goes."""

    private = models.ForeignKey(OrderPrivate, models.CASCADE, related_name="tokens")
    token = models.CharField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["token", "private"], name="person_token")]


class Product(Versioned):
    """A listing of one store."""

    title = models.CharField(max_length=500)
    status = models.CharField(max_length=12)
    raw_status = models.CharField(max_length=60, blank=True)
    category_id = models.CharField(max_length=80, blank=True)
    sku = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "external_id"], name="one_row_per_product")
        ]


class Variant(models.Model):
    """What a buyer puts into the cart; stock is one row for each warehouse."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    external_id = models.CharField(max_length=80, blank=True)
    sku = models.CharField(max_length=120, blank=True)
    options = models.JSONField(default=list)
    list_price_minor = models.BigIntegerField()
    price_minor = models.BigIntegerField()
    stock = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "external_id"], name="one_variant")
        ]
        indexes = [models.Index(fields=["sku"], name="variant_sku")]


class PaymentSource(Versioned):
    """A marketplace's record that movements were read from; replaced as a whole."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "external_id"], name="one_row_per_source")
        ]


class Payment(Owned):
    """One signed movement: plus is towards the seller."""

    source = models.ForeignKey(PaymentSource, models.CASCADE, related_name="payments")
    order_ref = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=24)
    raw_kind = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    occurred_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    payout_ref = models.CharField(max_length=80, blank=True)
    derived = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "external_id"], name="one_row_per_payment")
        ]
        indexes = [
            models.Index(fields=["store", "order_ref"], name="payment_order"),
            models.Index(fields=["merchant", "settled_at"], name="payment_settled"),
            models.Index(fields=["merchant", "-occurred_at", "-id"], name="payment_list"),
            models.Index(
                fields=["merchant", "store", "-occurred_at", "-id"], name="payment_store_list"
            ),
            models.Index(fields=["merchant", "kind", "-occurred_at", "-id"], name="payment_kind"),
            models.Index(fields=["merchant", "order_ref"], name="payment_order_id"),
            models.Index(fields=["store", "payout_ref", "amount_minor"], name="payment_of_payout"),
        ]


class Payout(Versioned):
    """A transfer to the seller's bank."""

    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12)
    raw_status = models.CharField(max_length=60, blank=True)
    period_from = models.DateTimeField(null=True)
    period_to = models.DateTimeField(null=True)
    requested_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "external_id"], name="one_row_per_payout")
        ]
        indexes = [models.Index(fields=["merchant", "-requested_at", "-id"], name="payout_list")]


class Return(Versioned):
    """A return request: goods and money on two independent tracks."""

    order_ref = models.CharField(max_length=80)
    status = models.CharField(max_length=60)
    goods_state = models.CharField(max_length=12)
    money_state = models.CharField(max_length=12)
    reason = models.CharField(max_length=255, blank=True)
    refund_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    requested_at = models.DateTimeField()
    respond_by = models.DateTimeField(null=True)
    tracking_number = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "external_id"], name="one_row_per_return")
        ]
        indexes = [
            models.Index(fields=["store", "order_ref"], name="return_order"),
            models.Index(fields=["merchant", "-requested_at", "-id"], name="return_list"),
            models.Index(fields=["merchant", "money_state", "goods_state"], name="return_tracks"),
        ]


class ReturnLine(models.Model):
    """Units a buyer sends back. `return` is a word of Python, so the link is called `of`."""

    of = models.ForeignKey(Return, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    product_id = models.CharField(max_length=80)
    variant_id = models.CharField(max_length=80, blank=True)
    sku = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=500, blank=True)
    quantity = models.PositiveIntegerField()
    refund_minor = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["of_id", "position"]


class Quarantined(Owned):
    """A record that could not be read: kept whole and sealed until it reads well.

    `reason` names fields, never their values. `retry_asked_at` is set when a person asks for
    another try, and cleared by the run that made it.
    """

    stream = models.CharField(max_length=10)
    reason = models.CharField(max_length=500)
    body_sealed = models.TextField(blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    retry_asked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "stream", "external_id"], name="one_row_per_unreadable"
            )
        ]
        indexes = [
            models.Index(
                fields=["store"], name="retry_asked", condition=Q(retry_asked_at__isnull=False)
            )
        ]


class StreamCheckpoint(models.Model):
    """How far a stream of a store was read; changes in the transaction of its records."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="checkpoints")
    stream = models.CharField(max_length=10)
    done_to = models.DateTimeField(null=True)
    open = models.JSONField(default=list)
    since = models.DateTimeField(null=True)
    checked_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "stream"], name="one_checkpoint_per_stream")
        ]
