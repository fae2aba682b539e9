"""Stock: movements that are never changed, what orders hold, and what listings are told.

Everything is keyed by variant and warehouse. What is on hand is the sum of movements; a
`Balance` is that sum kept at hand, compared with the ledger every night.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reference_app.goods.models import Listing, Variant
from reference_app.stock.rules.quantities import Level, Share
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant

__all__ = [
    "Alert",
    "Balance",
    "Channel",
    "Drift",
    "Movement",
    "Offer",
    "OrderStock",
    "Push",
    "Receipt",
    "Reservation",
    "Transfer",
    "TransferLine",
    "Warehouse",
]


# What may be sold of a variant over several balances, as the database adds it up: the same as
# `rules.quantities.sellable_together`, where a Python object for each row would take too long.
SELLABLE = Sum(
    Greatest(F("on_hand") - F("reserved") - F("quarantined") - F("buffer"), Value(0)),
    output_field=models.IntegerField(),
)


class Warehouse(models.Model):
    """A place goods lie in. Orders are served from the first (by rank) that has enough."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="warehouses")
    name = models.CharField(max_length=80)
    rank = models.PositiveSmallIntegerField(default=1)
    sells = models.BooleanField(default=True)

    class Meta:
        ordering = ["merchant_id", "rank", "id"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "name"], name="one_warehouse_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class Movement(models.Model):
    """So many units came or went. Rows are only ever added; `reverses` names a mistake.

    `damaged` units are on hand and not for sale. `line` tells the parts of one cause apart.
    """

    class Kind(models.TextChoices):
        """What kind of coming or going it is."""

        OPENING = "opening", _("Opening stock")
        RECEIVE = "receive", _("Goods received")
        SHIP = "ship", _("Handed over")
        RETURN_OK = "return_ok", _("Came back, can be sold")
        RETURN_DAMAGED = "return_damaged", _("Came back damaged")
        TRANSFER_OUT = "transfer_out", _("Sent to another warehouse")
        TRANSFER_IN = "transfer_in", _("Came from another warehouse")
        ADJUST = "adjust", _("Adjusted")
        STOCKTAKE = "stocktake", _("Counted")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.RESTRICT, related_name="movements")
    variant = models.ForeignKey(Variant, models.RESTRICT, related_name="movements")
    delta = models.IntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    damaged = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    cause_type = models.CharField(max_length=16)
    cause_id = models.CharField(max_length=120)
    line = models.CharField(max_length=120, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    reverses = models.ForeignKey("self", models.RESTRICT, null=True, related_name="reversed_by")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "cause_type", "cause_id", "line", "kind"],
                name="one_movement_per_cause",
            )
        ]
        indexes = [
            models.Index(fields=["variant", "-occurred_at", "-id"], name="ledger_of_variant"),
            models.Index(fields=["warehouse", "variant", "occurred_at"], name="ledger_at_place"),
        ]

    @property
    def cause_ref(self) -> str:
        """The order or return it comes from, in the marketplace's words."""
        return self.cause_id.partition(":")[2] or self.cause_id

    @property
    def can_be_reversed(self) -> bool:
        """Whether a person may take it back: what orders, counts and transfers did, they undo."""
        return self.cause_type == "form"


class Balance(models.Model):
    """What the ledger and the reservations add up to, and how much of it is kept back.

    `counted_at` is the latest count: a movement from before it, recorded later, was counted.
    `sold` is what two weeks sold from here when buffers were last reviewed.
    """

    class Buffer(models.TextChoices):
        """How the buffer comes about."""

        AUTOMATIC = "auto", _("By pace and delay")
        FIXED = "fixed", _("A fixed number")
        PERCENT = "percent", _("A share of the stock")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.RESTRICT, related_name="balances")
    variant = models.ForeignKey(Variant, models.RESTRICT, related_name="balances")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    buffer = models.PositiveIntegerField(default=0)
    buffer_kind = models.CharField(max_length=8, choices=Buffer, default=Buffer.AUTOMATIC)
    buffer_value = models.PositiveIntegerField(default=5)
    counted_at = models.DateTimeField(null=True)
    sold = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "warehouse"], name="one_balance_per_place")
        ]
        indexes = [
            models.Index(fields=["merchant", "variant"], name="balance_of_variant"),
            models.Index(
                fields=["merchant"],
                name="balance_short",
                condition=Q(reserved__gt=F("on_hand") - F("quarantined")),
            ),
        ]

    @property
    def level(self) -> Level:
        """The same as a value of the rules."""
        return Level(
            on_hand=self.on_hand,
            reserved=self.reserved,
            quarantined=self.quarantined,
            buffer=self.buffer,
        )


class OrderStock(models.Model):
    """How far stock has followed an order: its version and phase.

    Also the tombstone of a cancel that came before its order. `coming` says that the goods were
    handed over and the order cancelled afterwards: they are to come back.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    order_ref = models.CharField(max_length=80)
    phase = models.CharField(max_length=6)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    read_at = models.DateTimeField()
    coming = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "order_ref"], name="one_stock_row_per_order")
        ]
        indexes = [
            models.Index(
                fields=["merchant", "updated_at"], name="order_coming", condition=Q(coming=True)
            )
        ]


class Reservation(models.Model):
    """Units of one variant that one line of an order holds, or held.

    `sold` is the variant the line was sold as: a bundle holds several components, `each` units
    for one of it. `turn` rises when a hand-over is taken back, so that it can happen again.
    """

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("Held")
        CONSUMED = "consumed", _("Handed over")
        RELEASED = "released", _("Given back")

    order = models.ForeignKey(OrderStock, models.CASCADE, related_name="reservations")
    line = models.CharField(max_length=80)
    listing = models.ForeignKey(Listing, models.SET_NULL, null=True, related_name="+")
    sold = models.ForeignKey(Variant, models.RESTRICT, related_name="+")
    variant = models.ForeignKey(Variant, models.RESTRICT, related_name="reservations")
    warehouse = models.ForeignKey(Warehouse, models.RESTRICT, related_name="reservations")
    each = models.PositiveIntegerField(default=1)
    units = models.PositiveIntegerField()
    short = models.PositiveIntegerField(default=0)  # units that were not there when it was made
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    turn = models.PositiveSmallIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "line", "variant"], name="one_hold_per_part")
        ]
        indexes = [
            models.Index(fields=["variant", "state", "-changed_at"], name="holds_of_variant"),
            models.Index(fields=["listing", "changed_at"], name="holds_of_listing"),
        ]


class Receipt(models.Model):
    """Units that came back, or never will: looked at once, booked once."""

    class Condition(models.TextChoices):
        """What they are worth."""

        SELLABLE = "sellable", _("Can be sold")
        DAMAGED = "damaged", _("Damaged")
        LOST = "lost", pgettext_lazy("goods", "Lost")

    order = models.ForeignKey(OrderStock, models.CASCADE, related_name="receipts")
    return_ref = models.CharField(max_length=80)
    reservation = models.ForeignKey(Reservation, models.CASCADE, related_name="receipts")
    units = models.PositiveIntegerField()
    condition = models.CharField(max_length=8, choices=Condition)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "return_ref", "reservation"], name="one_receipt_per_return"
            )
        ]


class Transfer(models.Model):
    """Goods on their way between two warehouses: sellable nowhere until they arrive."""

    class State(models.TextChoices):
        """Where the goods are."""

        SENT = "sent", _("On the way")
        RECEIVED = "received", _("Arrived")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    source = models.ForeignKey(Warehouse, models.RESTRICT, related_name="+")
    target = models.ForeignKey(Warehouse, models.RESTRICT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.SENT)
    token = models.CharField(max_length=40)  # of the form it came from: sent once
    sent_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "token"], name="one_transfer_per_form")
        ]


class TransferLine(models.Model):
    """Units of a variant in a transfer, and how many arrived."""

    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.RESTRICT, related_name="+")
    units = models.PositiveIntegerField()
    arrived = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transfer", "variant"], name="one_line_per_variant")
        ]


class Channel(models.Model):
    """What a store may sell of the pool, and whether it is told at all.

    `pushing` is off until the seller turns it on. `last_units` other stores are told nothing
    when so few are left and one store is named to sell them. `bound` is the largest drift that
    is corrected without a person.
    """

    store = models.OneToOneField(Store, models.CASCADE, related_name="channel")
    pushing = models.BooleanField(default=False)
    percent = models.PositiveSmallIntegerField(default=100)
    buffer = models.PositiveIntegerField(default=0)
    cap = models.PositiveIntegerField(null=True, blank=True)
    takes_last = models.BooleanField(default=False)
    last_units = models.PositiveSmallIntegerField(default=0)
    bound = models.PositiveIntegerField(default=10)
    turned_on_at = models.DateTimeField(null=True)

    @property
    def share(self) -> Share:
        """The same as a value of the rules."""
        return Share(percent=self.percent, buffer=self.buffer, cap=self.cap)


class Offer(models.Model):
    """What a listing should show: a version that rises with every reason to tell it again.

    `version` is wanted, `done` is the newest that was dealt with. While a push is in flight,
    `flight` is its version and nobody else sends before `flight_until`. `sent` and `sent_at` are
    the last quantity known to have been taken, on the marketplace's clock; `maybe` and
    `maybe_at` those of a push whose answer never came.
    """

    listing = models.OneToOneField(Listing, models.CASCADE, related_name="offer")
    store = models.ForeignKey(Store, models.CASCADE, related_name="offers")
    version = models.PositiveIntegerField(default=1)
    done = models.PositiveIntegerField(default=0)
    wanted_at = models.DateTimeField(default=timezone.now)
    flight = models.PositiveIntegerField(null=True)
    flight_until = models.DateTimeField(null=True)
    sent = models.PositiveIntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    maybe = models.PositiveIntegerField(null=True)
    maybe_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)
    refusal = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    observed = models.IntegerField(null=True)
    locked = models.PositiveIntegerField(default=0)
    was_locked = models.PositiveIntegerField(default=0)  # before that reading
    observed_at = models.DateTimeField(null=True)
    unjudged = models.BooleanField(default=False)  # read, and not yet compared with what should be
    relinked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["store", "retry_at"],
                name="offer_open",
                condition=Q(version__gt=F("done")),
            ),
            models.Index(fields=["store", "outcome"], name="offer_outcome"),
            models.Index(fields=["store"], name="offer_unjudged", condition=Q(unjudged=True)),
        ]

    @property
    def is_open(self) -> bool:
        """Whether something is still to be sent."""
        return self.version > self.done


class Push(models.Model):
    """One attempt to tell a listing its quantity, or one that a newer version made needless."""

    class Outcome(models.TextChoices):
        """What became of it."""

        ACCEPTED = "accepted", pgettext_lazy("push", "Accepted")
        CONFIRMED = "confirmed", pgettext_lazy("push", "Confirmed")
        SKIPPED = "skipped", pgettext_lazy("push", "Skipped")
        REFUSED = "refused", pgettext_lazy("push", "Refused")
        RETRYING = "retrying", pgettext_lazy("push", "Will be tried again")
        UNKNOWN = "unknown", pgettext_lazy("push", "Answer lost")

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="pushes")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField(null=True)
    unseen = models.PositiveIntegerField(default=0)
    observed = models.IntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    refusal = models.CharField(max_length=12, blank=True)
    code = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["store", "-at", "-id"], name="push_of_store"),
            models.Index(fields=["offer", "-id"], name="push_of_offer"),
        ]


class Drift(models.Model):
    """A listing that showed another number than it should have, and why."""

    class Cause(models.TextChoices):
        """Why."""

        REFUSED = "refused", _("The last push was refused")
        LINK = "link", _("The link was changed")
        CAMPAIGN = "campaign", _("A campaign gave units back")
        UNSEEN = "unseen", _("Sales we have not heard of yet")
        MANUAL = "manual", _("Changed at the marketplace by hand")
        UNEXPLAINED = "unexplained", _("Not explained")

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="drifts")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    expected = models.IntegerField()
    observed = models.IntegerField()
    cause = models.CharField(max_length=12, choices=Cause)
    corrected = models.BooleanField(default=False)
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer"], condition=Q(closed_at__isnull=True), name="one_open_drift"
            )
        ]
        indexes = [models.Index(fields=["store", "-seen_at"], name="drift_of_store")]

    @property
    def units(self) -> int:
        """Units more (or fewer) than there should have been."""
        return self.observed - self.expected


class Alert(models.Model):
    """More of a variant was sold than is there; open until it is there again."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="+")
    units = models.PositiveIntegerField()
    order = models.ForeignKey(OrderStock, models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "warehouse"],
                condition=Q(closed_at__isnull=True),
                name="one_open_alert",
            )
        ]
        indexes = [models.Index(fields=["merchant", "-opened_at"], name="alert_list")]
