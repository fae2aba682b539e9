"""The shapes of the API: ids are strings, instants RFC 3339 in UTC, amounts whole numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, StringConstraints

from reference_app.api.paging import LARGEST

T = TypeVar("T")


def _sane(moment: datetime) -> datetime:
    # Years beyond these cannot be brought to UTC, or are typing errors.
    if not 1990 < moment.year < 2200:
        raise ValueError("the year must lie between 1991 and 2199")
    return moment


def plain(text: str) -> str:
    """Refuse text that no database takes."""
    if "\x00" in text:  # PostgreSQL has no room for it
        raise ValueError("a zero byte stands in the text")
    return text


Moment = Annotated[AwareDatetime, AfterValidator(_sane)]
Text = Annotated[str, StringConstraints(max_length=120), AfterValidator(plain)]
Cursor = Annotated[str, StringConstraints(max_length=200), AfterValidator(plain)]


class Paged(Schema):
    """Which page."""

    cursor: Cursor = Field("", description="`next` of the page before; none starts anew.")
    limit: int = Field(50, ge=1, le=LARGEST)


class Page(Schema, Generic[T]):
    """One page of a list; `next` is the cursor of the next one, `null` on the last."""

    items: list[T]
    next: str | None


class Problem(Schema):
    """RFC 9457 problem details, with the next step."""

    type: str = Field(description="A fixed name, such as `urn:entro:problem:not-found`.")
    title: str
    status: int
    next_step: str = Field(description="What the caller can do about it.")
    errors: list[dict[str, str]] | None = Field(
        None, description="For values that cannot be read: `at` and `reason` of each."
    )


class Money(Schema):
    """An amount in the currency's smallest unit: 129000 VND are 129,000 dong."""

    amount_minor: int
    currency: str


class Store(Schema):
    """A connected shop."""

    id: str
    marketplace: str
    shop_id: str
    name: str
    region: str
    currency: str
    state: str = Field(description="active, paused, needs_reauth or disconnected")
    trouble: str = Field(description="Name of the error the last run ended with, or empty.")
    connected_at: datetime
    last_synced_at: datetime | None
    last_order_at: datetime | None
    read_to: datetime | None = Field(description="All orders up to this instant were read.")
    consent_until: datetime | None


class OrderSummary(Schema):
    """An order as a list has it, without personal data."""

    id: str
    store_id: str
    marketplace: str
    shop_id: str
    number: str
    status: str
    raw_status: str = Field(description="The marketplace's own word.")
    created_at: datetime
    updated_at: datetime | None
    paid_at: datetime | None
    ship_by: datetime | None
    cod: bool
    items: Money
    shipping: Money | None
    seller_discount: Money | None
    platform_discount: Money | None
    total: Money = Field(description="What the buyer pays.")
    units: int
    payment_method: str
    cancel_reason: str
    cancelled_by: str


class OrderLine(Schema):
    """One variant on an order; prices for one unit, discounts for the whole line."""

    id: str
    product_id: str
    variant_id: str
    sku: str
    name: str
    quantity: int
    list_price: Money
    unit_price: Money
    seller_discount: Money
    platform_discount: Money
    raw_status: str


class Package(Schema):
    """A parcel."""

    id: str
    raw_status: str
    carrier: str
    tracking_number: str
    units: int


class Step(Schema):
    """A status the order was seen in."""

    status: str
    raw_status: str
    at: datetime


class Person(Schema):
    """Whom an order goes to. Masked unless the token has the scope `people:read`."""

    masked: bool
    name: str
    phone: str
    area: str = Field(description="Ward, district and province.")
    address: str | None = Field(description="Street and number; only unmasked.")
    buyer_note: str | None = Field(description="Only unmasked.")


class OrderDetail(OrderSummary):
    """An order with everything below it."""

    lines: list[OrderLine]
    packages: list[Package]
    steps: list[Step]
    recipient: Person | None


class StockLevel(Schema):
    """Units of a variant in one warehouse, as the marketplace counts them."""

    warehouse_id: str | None
    sellable: int
    locked: int = Field(description="Held by a campaign.")
    reserved: int


class Variant(Schema):
    """What a buyer puts into the cart."""

    id: str
    sku: str
    options: list[list[str]]
    list_price: Money
    price: Money
    stock: list[StockLevel]


class Product(Schema):
    """A listing."""

    id: str
    store_id: str
    title: str
    status: str
    raw_status: str
    category_id: str
    sku: str
    updated_at: datetime | None
    variants: list[Variant]


class Payment(Schema):
    """One signed movement; plus is towards the seller."""

    id: str
    store_id: str
    order_id: str | None
    kind: str
    raw_kind: str
    amount: Money
    occurred_at: datetime
    settled_at: datetime | None
    payout_id: str | None
    derived: bool = Field(description="Worked out from other figures, not reported as such.")


class Payout(Schema):
    """A transfer to the seller's bank."""

    id: str
    store_id: str
    amount: Money
    status: str
    raw_status: str
    period_from: datetime | None
    period_to: datetime | None
    requested_at: datetime
    paid_at: datetime | None


class ReturnLine(Schema):
    """Units a buyer sends back."""

    product_id: str
    variant_id: str
    sku: str
    name: str
    quantity: int
    refund: Money | None


class Return(Schema):
    """A return request: goods and money on two independent tracks."""

    id: str
    store_id: str
    order_id: str
    status: str = Field(description="The marketplace's own word.")
    goods_state: str
    money_state: str
    reason: str
    refund: Money
    requested_at: datetime
    updated_at: datetime | None
    respond_by: datetime | None
    tracking_number: str
    lines: list[ReturnLine]


class StreamRun(Schema):
    """One stream in a run."""

    stream: str
    state: str
    read: int
    new: int
    changed: int
    quarantined: int
    trouble: str


class SyncRun(Schema):
    """One run over all streams of a store."""

    id: str
    store_id: str
    trigger: str
    state: str
    trouble: str = Field(description="Name of the error it ended with, or empty.")
    started_at: datetime
    finished_at: datetime | None
    streams: list[StreamRun]


class Completeness(Schema):
    """The last comparison of a stream with the marketplace's own list of ids."""

    store_id: str
    stream: str
    remote: int | None
    local: int
    quarantined: int
    missing: int
    measured_at: datetime


class Quarantined(Schema):
    """A record that could not be read; its body stays inside the app."""

    id: str
    store_id: str
    stream: str
    record_id: str
    reason: str
    first_seen_at: datetime
    last_seen_at: datetime
    retry_asked_at: datetime | None


class SyncAsked(Schema):
    """A run that was asked for; it appears among the runs once it begins."""

    store_id: str
    asked_at: datetime


class RetryAsked(SyncAsked):
    """A record that will be fetched again with the next run."""

    quarantined_id: str


class Ship(Schema):
    """How an order is handed over; what is left out is chosen as the marketplace proposes."""

    method: Literal["", "PICKUP", "DROP_OFF", "OWN"] = ""
    carrier: Text = Field("", description="Only where the seller delivers.")
    tracking_number: Text = Field("", description="Only where the seller delivers.")


class Cancel(Schema):
    """Why an order is cancelled."""

    reason: Text = Field("", description="A code of the marketplace's own list of reasons.")


class Act(Schema):
    """What a store was asked to do with an order, and what became of it."""

    id: str
    store_id: str
    order_id: str
    kind: str
    outcome: str = Field(description="waiting, running, accepted, refused or unknown.")
    cause: str = Field(description="Why it was refused, in a word of ours; else empty.")
    code: str = Field(description="The marketplace's own code; else empty.")
    asked_at: datetime
    ended_at: datetime | None


Units = Annotated[int, Field(ge=0, le=1_000_000)]


class Warehouse(Schema):
    """A place where stock lies; orders are served from the first one that sells."""

    id: str
    name: str
    sells: bool


class CountLine(Schema):
    """What was counted of one SKU."""

    sku: Text
    units: Units


class Count(Schema):
    """A count: what stood on the shelf at an instant. Later movements come on top."""

    lines: list[CountLine] = Field(min_length=1, max_length=500)
    counted_at: Moment | None = Field(None, description="Now, when it is left out.")
    warehouse_id: Text = Field("", description="The main warehouse, when it is left out.")
    note: Text = ""


class Adjustment(Schema):
    """Units of one SKU that came or, with a minus, went."""

    sku: Text
    delta: int = Field(ge=-1_000_000, le=1_000_000)
    reason: Annotated[Text, StringConstraints(min_length=1)]
    damaged: bool = False
    warehouse_id: Text = Field("", description="The main warehouse, when it is left out.")


class Level(Schema):
    """The stock of one SKU in one warehouse."""

    sku: str
    warehouse_id: str
    on_hand: int
    reserved: int
    quarantined: int
    buffer: int
    sellable: int


class Levels(Schema):
    """The stock after a change."""

    levels: list[Level]


class Price(Schema):
    """The price of one SKU in dong; `push` sends it to every linked listing."""

    sku: Text
    price_minor: int = Field(ge=1, le=10**12)
    push: bool = True


class PriceSet(Schema):
    """A price that was set, and how many listings will be told."""

    sku: str
    price_minor: int
    listings: int
