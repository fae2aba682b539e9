"""The catalogue: variants a merchant sells, bundles of them, and what listings they stand for.

A listing is one thing a buyer can put into the cart of one store. It is known by the
marketplace's ids, not by a row of `records`: those rows are replaced whenever a product is read.
Money columns end in `_minor`; `key` and `loose` are what SKUs are matched by (see `keys`).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reference_app.goods.keys import key_of, loose_key
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant
from reference_app.web.text import fold

__all__ = [
    "BookedLine",
    "BundlePart",
    "Errand",
    "ErrandNote",
    "LinkBatch",
    "LinkChange",
    "Listing",
    "PricePush",
    "Variant",
]

SKU_LENGTH = 120
NAME_LENGTH = 255


class Variant(models.Model):
    """One thing the merchant keeps and sells, or a bundle of such things.

    A bundle has no stock of its own. `active` is false for what is no longer sold: nothing is
    linked to it by itself any more, its links stay. `low_stock_units` and `low_stock_days` say
    when it counts as low: units left, or days of cover left; empty means no such limit.
    """

    class Kind(models.TextChoices):
        """Whether the variant has stock or is put together from others."""

        SIMPLE = "simple", _("Single item")
        BUNDLE = "bundle", _("Bundle")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="variants")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.SIMPLE)
    sku = models.CharField(max_length=SKU_LENGTH, blank=True)
    key = models.CharField(max_length=SKU_LENGTH * 3, blank=True, editable=False)
    loose = models.CharField(max_length=SKU_LENGTH * 3, blank=True, editable=False)
    name = models.CharField(max_length=NAME_LENGTH)
    search_text = models.TextField(blank=True, editable=False)
    cost_minor = models.BigIntegerField(null=True, blank=True)
    price_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="VND")
    low_stock_units = models.PositiveIntegerField(null=True, blank=True)
    low_stock_days = models.PositiveIntegerField(null=True, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "key"], name="variant_key"),
            models.Index(fields=["merchant", "loose"], name="variant_loose"),
            models.Index(fields=["merchant", "name", "id"], name="variant_list"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}".strip()

    def prepare(self) -> Variant:
        """Fill in what follows from SKU and name; `save` does it too, bulk writes must call it."""
        self.key = key_of(self.sku)
        self.loose = loose_key(self.key)
        self.search_text = fold(f"{self.sku} {self.name}")
        return self

    def save(self, *arguments: object, **keywords: object) -> None:
        self.prepare()
        super().save(*arguments, **keywords)  # type: ignore[arg-type]

    @property
    def is_bundle(self) -> bool:
        """Whether it is put together from others."""
        return self.kind == self.Kind.BUNDLE


class BundlePart(models.Model):
    """So many of one component in a bundle; a component may be a bundle itself, never a circle.

    Write parts through `reference_app.goods.bundles.set_parts`, which refuses circles.
    """

    bundle = models.ForeignKey(Variant, models.CASCADE, related_name="parts")
    component = models.ForeignKey(Variant, models.RESTRICT, related_name="part_of")
    quantity = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["bundle_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["bundle", "component"], name="one_part_per_component"),
            models.CheckConstraint(condition=~Q(bundle=F("component")), name="no_part_of_itself"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="part_has_units"),
        ]


class Listing(models.Model):
    """One variant on one store, and which variant of the catalogue it stands for.

    `variant` is set exactly when `state` is linked. `suggestion` is what review proposes.
    `held` says that a person took a link away: the rules may propose again, never link.
    `stale` rows wait for the rules until their store is read to its end.
    `gone_at` is set when the marketplace shows it no more.
    """

    class State(models.TextChoices):
        """How far linking got."""

        SUGGESTED = "suggested", _("Suggested")
        AMBIGUOUS = "ambiguous", _("Ambiguous")
        MISSING = "missing", pgettext_lazy("listing", "Missing")
        LINKED = "linked", _("Linked")

    class Reason(models.TextChoices):
        """Why the rules, or a person, put it there."""

        NEW = "new", _("Not looked at yet")
        UNIQUE = "unique", _("The SKU is unique here and in the store")
        PERSON = "person", _("Chosen by hand")
        FILE = "file", _("Chosen in an imported file")
        CREATED = "created", _("Created from this listing")
        NO_SKU = "no_sku", _("The listing has no SKU")
        NO_MATCH = "no_match", _("No variant in the catalogue has this SKU")
        TWICE_IN_SHOP = "twice_in_shop", _("Several listings of this store carry the SKU")
        TWICE_IN_CATALOGUE = "twice_in_catalogue", _("Several variants carry the SKU")
        LINKED_ELSEWHERE = "linked_elsewhere", _("The SKU is linked to another variant elsewhere")
        TAKEN_IN_SHOP = "taken_in_shop", _("The variant has another listing in this store")
        SIMILAR = "similar", _("The SKU differs by signs or spaces only")
        SIMILAR_TWICE = "similar_twice", _("Several variants have a similar SKU")
        HELD = "held", _("You took this link away")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="listings")
    store = models.ForeignKey(Store, models.CASCADE, related_name="listings")
    product_ref = models.CharField(max_length=80)
    variant_ref = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=500)
    options = models.CharField(max_length=255, blank=True)
    sku = models.CharField(max_length=SKU_LENGTH, blank=True)
    key = models.CharField(max_length=SKU_LENGTH * 3, blank=True)
    loose = models.CharField(max_length=SKU_LENGTH * 3, blank=True)
    search_text = models.TextField(blank=True)
    price_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="VND")
    state = models.CharField(max_length=10, choices=State, default=State.MISSING)
    reason = models.CharField(max_length=20, choices=Reason, default=Reason.NEW)
    variant = models.ForeignKey(Variant, models.RESTRICT, null=True, related_name="listings")
    suggestion = models.ForeignKey(
        Variant, models.SET_NULL, null=True, related_name="suggested_for"
    )
    held = models.BooleanField(default=False)
    stale = models.BooleanField(default=True)
    linked_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "product_ref", "variant_ref"], name="one_row_per_listing"
            ),
            models.CheckConstraint(
                condition=Q(state="linked", variant__isnull=False)
                | (~Q(state="linked") & Q(variant__isnull=True)),
                name="linked_means_a_variant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "state", "id"],
                name="listing_list",
                condition=Q(gone_at__isnull=True),
            ),
            models.Index(fields=["merchant", "loose"], name="listing_loose"),
            models.Index(fields=["merchant", "key"], name="listing_key"),
            models.Index(fields=["store"], name="listing_stale", condition=Q(stale=True)),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.title}".strip()


class LinkBatch(models.Model):
    """One act of linking, by a person or by the rules; what undo takes back as a whole."""

    class Action(models.TextChoices):
        """What was done."""

        RULES = "rules", _("Linked by SKU")
        ACCEPT = "accept", _("Suggestion accepted")
        CHOOSE = "choose", _("Variant chosen")
        CREATE = "create", _("Variant created")
        UNLINK = "unlink", _("Link removed")
        FILE = "file", _("File imported")
        UNDO = "undo", _("Undone")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    action = models.CharField(max_length=8, choices=Action)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undoes = models.OneToOneField("self", models.SET_NULL, null=True, related_name="undone_by")

    class Meta:
        indexes = [models.Index(fields=["merchant", "-id"], name="link_batch_list")]


class LinkChange(models.Model):
    """One link that changed: what a listing stood for before, and after. Never altered."""

    batch = models.ForeignKey(LinkBatch, models.CASCADE, related_name="changes")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="changes")
    before = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+")
    after = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+")
    held_before = models.BooleanField(default=False)
    reason = models.CharField(max_length=20, choices=Listing.Reason)

    class Meta:
        indexes = [models.Index(fields=["listing", "-id"], name="link_change_list")]


class BookedLine(models.Model):
    """The variant an order line was booked with; re-linking its listing changes nothing here.

    Known by the marketplace's ids: rows of `records.OrderLine` are replaced when an order changes.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    order_ref = models.CharField(max_length=80)
    line_ref = models.CharField(max_length=80)
    listing = models.ForeignKey(Listing, models.SET_NULL, null=True, related_name="booked")
    variant = models.ForeignKey(Variant, models.RESTRICT, related_name="booked")
    booked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "order_ref", "line_ref"], name="one_booking_per_line"
            )
        ]


class Errand(models.Model):
    """Work that may take longer than a person waits: a file to import, prices to send.

    `position` moves in the transaction of what it counts, so an errand whose process died goes on
    where it stood. `token` is the form it came from: a form sent twice is one errand.
    """

    class Kind(models.TextChoices):
        """What has to be done."""

        VARIANTS_FILE = "variants_file", _("Import of the catalogue")
        LINKS_FILE = "links_file", _("Import of links")
        PRICES = "prices", _("Prices to the stores")

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=14, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    token = models.CharField(max_length=40)
    name = models.CharField(max_length=120, blank=True)
    body = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    batch = models.ForeignKey(LinkBatch, models.SET_NULL, null=True, related_name="+")
    handed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "token"], name="one_errand_per_form")
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="errand_list"),
            models.Index(
                fields=["handed_at"], name="errand_due", condition=Q(finished_at__isnull=True)
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done, or being done."""
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def percent(self) -> int:
        """How much is done."""
        return min(100, self.position * 100 // self.total) if self.total else 0


class ErrandNote(models.Model):
    """A line of a file that was left out: where it stands, what it says, and why it was left."""

    errand = models.ForeignKey(Errand, models.CASCADE, related_name="notes")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=20)
    detail = models.CharField(max_length=160, blank=True)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["errand_id", "line", "id"]


class PricePush(models.Model):
    """A price sent, or to be sent, to one listing, and what became of it."""

    class Outcome(models.TextChoices):
        """What the marketplace made of it."""

        WAITING = "waiting", _("Waiting")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        UNKNOWN = "unknown", _("Outcome unknown")

    errand = models.ForeignKey(Errand, models.CASCADE, related_name="pushes")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="pushes")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+")
    before_minor = models.BigIntegerField()
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.WAITING)
    cause = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["errand_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["errand", "listing"], name="one_price_per_listing")
        ]
        indexes = [models.Index(fields=["listing", "-id"], name="price_push_list")]
