"""Invented records for tests, screenshots and measurements; the demo itself uses the sandbox.

Records are the SDK's own values and take the usual way through the sink.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import evolve, frozen
from django.utils import timezone

from entrosdk import (
    App,
    GoodsState,
    Money,
    MoneyState,
    Order,
    OrderLine,
    OrderStatus,
    OrderTotals,
    Package,
    Payment,
    PaymentKind,
    Payout,
    PayoutStatus,
    Product,
    ProductStatus,
    Recipient,
    Return,
    ReturnLine,
    Secret,
    StockLevel,
    Unreadable,
    Variant,
)
from entrosdk.sync.sink import Checkpoint, Commit, StreamKey
from reference_app.api import delivering, outbox, tokens
from reference_app.api.models import OutgoingDelivery, TokenNote
from reference_app.audit.log import note
from reference_app.goods import bundles, errands, linking
from reference_app.goods.models import Errand, Listing
from reference_app.goods.models import Variant as Kept
from reference_app.orders.models import Act, ActItem
from reference_app.policies import accepting
from reference_app.records.models import Order as KeptOrder
from reference_app.records.sink import DjangoSink
from reference_app.status.models import Incident, IncidentUpdate
from reference_app.stock import counting, ledger
from reference_app.stock.models import Channel, Drift, Offer, Push, Warehouse
from reference_app.stores.models import Credential, Store
from reference_app.support import keeping
from reference_app.support.keeping import Words
from reference_app.support.models import Ticket
from reference_app.syncing.models import Completeness, RunState, StreamRun, SyncRun
from reference_app.tenants.models import Membership, Merchant, User

__all__ = [
    "Factory",
    "acts",
    "catalogue",
    "commit",
    "fill",
    "merchant_with_owner",
    "programs",
    "service",
    "stock",
    "store",
]

_GOODS = [
    ("Áo thun cotton trơn cổ tròn unisex", "AT-TRON", 129_000),
    ("Quần jean ống rộng lưng cao", "QJ-RONG", 289_000),
    ("Đầm hoa nhí dáng xòe đi biển", "DH-NHI", 345_000),
    ("Giày thể thao đế êm chạy bộ", "GT-EM", 459_000),
    ("Túi tote vải canvas in chữ", "TT-CANVAS", 89_000),
    ("Bình giữ nhiệt inox 500 ml", "BGN-500", 175_000),
    ("Nước mắm cá cơm Phú Quốc 40 độ đạm chai 620 ml", "NM-PQ40", 98_000),
    ("Đèn ngủ cảm ứng hình con thỏ", "DN-THO", 149_000),
]
_NAMES = ["Nguyễn Thị Hạnh", "Trần Văn Đức", "Lê Mỹ Duyên", "Phạm Quốc Bảo", "Võ Ngọc Ánh"]
# Where orders stand by age in days.
_STATUSES = [
    (1.0, "UNPAID TO_SHIP TO_SHIP TO_SHIP PACKED CANCELLED"),
    (2.0, "TO_SHIP PACKED PACKED SHIPPED SHIPPED CANCELLING"),
    (6.0, "SHIPPED SHIPPED SHIPPED DELIVERED CANCELLED TO_SHIP"),
    (9.0, "DELIVERED COMPLETED COMPLETED SHIPPED"),
    (99.0, "COMPLETED COMPLETED COMPLETED COMPLETED COMPLETED CANCELLED RETURNED"),
]


def _dong(amount: int) -> Money:
    return Money(amount, "VND")


def merchant_with_owner(name: str, email: str, password: str = "") -> tuple[Merchant, User]:
    """Make a business and the person who owns it."""
    merchant = Merchant.objects.create(name=name)
    user = User.objects.create_user(email, password or None)
    user.trust_email()
    Membership.objects.create(user=user, merchant=merchant, role=Membership.Role.OWNER)
    accepting.accept(user, accepting.open_for(user), "vi", timezone.now())
    return merchant, user


def store(merchant: Merchant, marketplace: str = "shopee", shop_id: str = "1001") -> Store:
    """Make a connected store with credentials nobody accepts."""
    row = Store(merchant=merchant, marketplace=marketplace, shop_id=shop_id)
    row.name = f"{merchant.name} {shop_id}"
    row.keep_app(App("2000001", secret=Secret("not-a-real-secret")))
    row.consent_until = timezone.now() + timedelta(days=212)
    row.next_run_at = timezone.now() + timedelta(minutes=3)
    row.save()
    return row


def commit(where: Store, stream: str, *records: object, **more: object) -> Commit:
    """Make a commit of records of one store, read now unless told otherwise."""
    key = StreamKey(where.marketplace, where.shop_id, stream)
    values: dict[str, object] = {"read_at": timezone.now(), **more}
    return Commit(key=key, records=records, **values)  # type: ignore[arg-type]


@frozen
class Factory:
    """Makes records of one store; equal seeds make equal records."""

    store: Store
    now: datetime
    dice: random.Random

    @classmethod
    def of(cls, where: Store, seed: int = 7, now: datetime | None = None) -> Factory:
        """Return a factory for `where`."""
        return cls(where, now or timezone.now(), random.Random(f"{seed}-{where.shop_id}"))  # noqa: S311

    def order(self, number: int = 1, **changes: object) -> Order:
        """Make an order with one or two lines, paid and addressed."""
        age = self.dice.random() * 20
        created = self.now - timedelta(days=age, minutes=1)
        lines = tuple(self._line(place) for place in range(self.dice.choice([1, 1, 1, 2, 3])))
        items = sum(line.unit_price.minor * line.quantity for line in lines)
        shipping = self.dice.choice([0, 15_000, 22_000, 30_000])
        words = next(words for oldest, words in _STATUSES if age < oldest)
        status = OrderStatus(self.dice.choice(words.split()))
        order = Order(
            marketplace=self.store.marketplace,
            shop_id=self.store.shop_id,
            id=f"26{self.store.shop_id[-2:]}{number:010d}",
            number=f"26{self.store.shop_id[-2:]}{number:010d}",
            status=status,
            raw_status=f"{status.value}_RAW",
            created_at=created,
            updated_at=created + timedelta(hours=min(30, age * 12), minutes=6),
            paid_at=None if status is OrderStatus.UNPAID else created + timedelta(minutes=4),
            ship_by=created + timedelta(days=2),
            cod=self.dice.random() < 0.35,
            currency="VND",
            lines=lines,
            totals=OrderTotals(
                items=_dong(items), shipping=_dong(shipping), total=_dong(items + shipping)
            ),
            recipient=self._recipient(),
            packages=self._packages(number, status),
            cancel_reason="Đổi ý, không muốn mua nữa" if status is OrderStatus.CANCELLED else None,
            payment_method="Ví điện tử",
        )
        return evolve(order, **changes)

    def _line(self, place: int) -> OrderLine:
        name, sku, price = self.dice.choice(_GOODS)
        size = self.dice.choice(["S", "M", "L", "XL"])
        return OrderLine(
            id=str(place + 1),
            product_id=sku,
            variant_id=f"{sku}-{size}",
            sku=f"{sku}-{size}",
            name=name,
            quantity=self.dice.choice([1, 1, 1, 2, 3]),
            list_price=_dong(price + self.dice.choice([0, 0, 30_000])),
            unit_price=_dong(price),
            seller_discount=_dong(0),
            platform_discount=_dong(0),
        )

    def _recipient(self) -> Recipient:
        return Recipient(
            name=self.dice.choice(_NAMES),
            phone=f"+849{self.dice.randrange(10**8):08d}",
            province="Thành phố Hồ Chí Minh",
            district="Quận 3",
            ward="Phường Võ Thị Sáu",
            address=f"{self.dice.randrange(1, 300)} Nguyễn Đình Chiểu",
        )

    def _packages(self, number: int, status: OrderStatus) -> tuple[Package, ...]:
        if status in {OrderStatus.UNPAID, OrderStatus.CANCELLED, OrderStatus.TO_SHIP}:
            return ()
        return (
            Package(id=f"P{number}", carrier="SPX Express", tracking_number=f"SPXVN{number:09d}"),
        )

    def product(self, place: int, **changes: object) -> Product:
        """Make a listing with four sizes."""
        name, sku, price = _GOODS[place % len(_GOODS)]
        variants = tuple(
            Variant(
                id=f"{sku}-{size}-{place}",
                sku=f"{sku}-{size}",
                options=(("Kích cỡ", size),),
                list_price=_dong(price),
                price=_dong(price),
                stock=(StockLevel(sellable=self.dice.randrange(80)),),
            )
            for size in ("S", "M", "L", "XL")
        )
        product = Product(
            marketplace=self.store.marketplace,
            shop_id=self.store.shop_id,
            id=f"{9000 + place}",
            title=name,
            status=ProductStatus.ACTIVE,
            raw_status="NORMAL",
            currency="VND",
            variants=variants,
            updated_at=self.now,
        )
        return evolve(product, **changes)

    def payments(self, order: Order) -> Iterator[Payment]:
        """Yield the movements of an order, as the worked example of a household shop has them."""
        goods = order.totals.items.minor
        parts = [
            (PaymentKind.ITEM_PRICE, goods),
            (PaymentKind.SELLER_VOUCHER, -round(goods * 0.02)),
            (PaymentKind.BUYER_SHIPPING, 15_000),
            (PaymentKind.ACTUAL_SHIPPING, -32_000),
            (PaymentKind.SHIPPING_REBATE, 17_000),
            (PaymentKind.COMMISSION, -round(goods * 0.11)),
            (PaymentKind.PAYMENT_FEE, -round(goods * 0.05)),
            (PaymentKind.SERVICE_FEE, -round(goods * 0.03)),
            (PaymentKind.ORDER_PROCESSING, -3_000),
            (PaymentKind.TAX_VAT_WITHHELD, -round(goods * 0.01)),
            (PaymentKind.TAX_PIT_WITHHELD, -round(goods * 0.005)),
        ]
        for kind, amount in parts:
            yield Payment(
                marketplace=order.marketplace,
                shop_id=order.shop_id,
                id=f"{order.id}:{kind.value}",
                source_id=order.id,
                order_id=order.id,
                kind=kind,
                raw_kind=kind.value,
                amount=_dong(amount),
                occurred_at=order.updated_at,
                settled_at=order.updated_at,
            )

    def payouts(self) -> Iterator[Payout]:
        """Yield three weekly transfers, the last of them on its way."""
        for week in range(3):
            asked = self.now - timedelta(days=2 + 7 * week)
            yield Payout(
                marketplace=self.store.marketplace,
                shop_id=self.store.shop_id,
                id=f"W{self.store.shop_id}{week}",
                amount=_dong(2_400_000 + 315_000 * week),
                currency="VND",
                status=PayoutStatus.PAID if week else PayoutStatus.PENDING,
                raw_status="COMPLETED" if week else "PROCESSING",
                requested_at=asked,
                paid_at=asked + timedelta(days=1) if week else None,
            )

    def returns(self, orders: list[Order]) -> Iterator[Return]:
        """Yield returns of orders: one to answer, one refunded but not back, one that is over."""
        tracks = [
            (GoodsState.EXPECTED, MoneyState.PENDING),
            (GoodsState.IN_TRANSIT, MoneyState.REFUNDED),
            (GoodsState.RECEIVED, MoneyState.REFUNDED),
        ]
        for order, (goods, money) in zip(orders, tracks, strict=False):
            due = self.now + timedelta(days=1) if money is MoneyState.PENDING else None
            yield self.return_of(order, goods_state=goods, money_state=money, respond_by=due)

    def return_of(self, order: Order, **changes: object) -> Return:
        """Make a return of the first unit of an order."""
        line = order.lines[0]
        value = Return(
            marketplace=order.marketplace,
            shop_id=order.shop_id,
            id=f"R{order.id[-8:]}",
            order_id=order.id,
            status="PROCESSING",
            lines=(
                ReturnLine(product_id=line.product_id, sku=line.sku, name=line.name, quantity=1),
            ),
            goods_state=GoodsState.IN_TRANSIT,
            money_state=MoneyState.PENDING,
            reason="WRONG_SIZE",
            refund=line.unit_price,
            requested_at=order.updated_at,
            updated_at=order.updated_at,
        )
        return evolve(value, **changes)


def fill(where: Store, orders: int = 60, seed: int = 7) -> list[Order]:
    """Fill a store as a finished sync leaves it, with one unreadable record and some history."""
    make, sink = Factory.of(where, seed), DjangoSink(where)
    made = [make.order(number) for number in range(1, orders + 1)]
    bad = Unreadable(
        id="2601009999",
        reason="item_list.0.model_quantity_purchased: not an integer",
        body=b'{"order_sn": "2601009999", "recipient_address": {"name": "N", "phone": "0"},'
        b' "item_list": [{"item_name": "Ao thun", "model_quantity_purchased": "two"}]}',
    )
    done = Checkpoint(done_to=make.now, since=make.now - timedelta(days=30))
    sink.commit(commit(where, "orders", *made, checkpoint=done, unreadable=(bad,)))
    sink.commit(commit(where, "products", *(make.product(place) for place in range(8))))
    finished = [order for order in made if order.status is OrderStatus.COMPLETED]
    sink.commit(
        commit(where, "payments", *(p for o in finished for p in make.payments(o)), checkpoint=done)
    )
    _taken_twice(sink, where, make, finished[-1:])
    sink.commit(commit(where, "payouts", *make.payouts(), checkpoint=done))
    sink.commit(commit(where, "returns", *make.returns(finished), checkpoint=done))
    _history(where, make, len(made), len(finished))
    Store.objects.filter(pk=where.pk).update(last_synced_at=make.now, checked_at=make.now)
    return made


def _taken_twice(sink: DjangoSink, where: Store, make: Factory, orders: list[Order]) -> None:
    """Let the service fee of an order be taken twice, as marketplaces do now and then."""
    for order in orders:
        parts = list(make.payments(order))
        fee = next(one for one in parts if one.kind is PaymentKind.SERVICE_FEE)
        sink.commit(commit(where, "payments", *parts, evolve(fee, id=f"{fee.id}:again")))


def catalogue(where: Store, by: User) -> Kept:
    """Make a catalogue from most listings of a filled store; returns a bundle of two variants.

    One product stands there twice, one has no SKU, and a file with a bad line was imported.
    """
    make, sink = Factory.of(where), DjangoSink(where)
    twice, bare = make.product(8, id="9108"), make.product(9, id="9109")
    bare = evolve(bare, variants=(evolve(bare.variants[0], sku=""),))
    sink.commit(commit(where, "products", twice, bare))
    merchant = where.merchant
    linking.settle(where)
    listings = Listing.objects.filter(store=where, product_ref__lt="9007").order_by("pk")
    linking.create_from(merchant, list(listings.values_list("pk", flat=True)), by)
    bundle = Kept.objects.create(
        merchant=merchant, kind="bundle", sku="CB-HE", name="Combo đi biển", price_minor=399_000
    )
    first, second = Kept.objects.filter(merchant=merchant, kind="simple").order_by("pk")[:2]
    bundles.set_parts(bundle, {first.pk: 2, second.pk: 1})
    Kept.objects.filter(pk=second.pk).update(price_minor=145_000, cost_minor=62_000)
    body = "sku,name,price\nQT-01,Quạt mini để bàn,159000\nQT-02,Quạt tích điện,mười nghìn\n"
    kind = Errand.Kind.VARIANTS_FILE
    errands.run_if_small(
        errands.ask(
            merchant, by, kind, token=f"sample-{where.pk}", name="hang-hoa.csv", body=body, total=2
        )
    )
    return bundle


def stock(where: Store, by: User) -> None:
    """Give the catalogue of a store stock, with something of everything that happens to it.

    Some goods are short, one is oversold, one order was cancelled on its way, a push was refused
    during a campaign and a listing was changed by hand.
    """
    merchant = where.merchant
    listings = list(
        Listing.objects.filter(store=where, state="linked").select_related("variant").order_by("pk")
    )
    main = ledger.main_warehouse(merchant.pk)
    second = Warehouse.objects.create(merchant=merchant, name="Kho Hà Nội", rank=2)
    units = {one.variant_id or 0: 4 + place * 7 % 40 for place, one in enumerate(listings)}
    opening = timezone.now() - timedelta(days=3)
    counting.count(main, units, opening, counting.Hand(by, f"sample-{where.pk}"), "Tồn đầu kỳ")
    Store.objects.filter(pk=where.pk).update(connected_at=opening)
    where.refresh_from_db()
    _live_orders(where, listings)
    carried = counting.Hand(by, f"sample-carry-{where.pk}")
    counting.send_transfer(main, second, {listings[3].variant_id or 0: 2}, carried)
    Channel.objects.create(store=where, pushing=True, percent=90)
    _pushes(listings)


def _live_orders(where: Store, listings: list[Listing]) -> None:
    make, sink = Factory.of(where, seed=11), DjangoSink(where)
    wanted = [(0, 2), (1, 1), (2, 90), (4, 1), (5, 2), (0, 1)]
    orders = []
    for number, (place, quantity) in enumerate(wanted, 9001):
        order = make.order(number, created_at=make.now, updated_at=make.now)
        line = evolve(
            order.lines[0],
            product_id=listings[place].product_ref,
            variant_id=listings[place].variant_ref,
            quantity=quantity,
        )
        orders.append(evolve(order, status=OrderStatus.TO_SHIP, lines=(line,)))
    gone = [evolve(order, status=OrderStatus.SHIPPED) for order in orders[3:5]]
    sink.commit(commit(where, "orders", *orders[:3], *gone, orders[5]))
    back = evolve(gone[0], status=OrderStatus.CANCELLED, updated_at=make.now + timedelta(hours=1))
    sink.commit(commit(where, "orders", back))


def _pushes(listings: list[Listing]) -> None:
    now = timezone.now()
    told = [
        ("accepted", "", ""),
        ("confirmed", "", ""),
        ("refused", "LOCKED", "Tồn kho không thể ít hơn số khuyến mãi đang giữ."),
        ("retrying", "", "unchanged"),
        ("skipped", "", "newer"),
        ("unknown", "", "lost"),
    ]
    for place, (outcome, refusal, reason) in enumerate(told):
        offer = Offer.objects.get(listing=listings[place])
        shown = {"observed": 9 + place, "observed_at": now, "sent": 9, "sent_at": now}
        what = {"outcome": outcome, "refusal": refusal, "reason": reason}
        locked = 5 if refusal else 0
        Offer.objects.filter(pk=offer.pk).update(locked=locked, **shown, **what)
        Push.objects.create(
            offer=offer, store_id=offer.store_id, version=1, quantity=9, observed=12,
            unseen=int(place == 1), **what,
        )  # fmt: skip
    for place, cause in enumerate(Drift.Cause.values):
        Drift.objects.create(
            offer=Offer.objects.get(listing=listings[place]),
            store_id=listings[place].store_id,
            expected=9,
            observed=12 + place,
            cause=cause,
            corrected=place == 1,
            seen_at=now,
        )


def _history(where: Store, make: Factory, orders: int, finished: int) -> None:
    counts = {"orders": orders, "products": 8, "payments": finished, "returns": min(3, finished)}
    for age in range(26, 0, -1):
        started = make.now - timedelta(minutes=age * 4)
        failed = age in {9, 10}
        run = SyncRun.objects.create(
            merchant=where.merchant,
            store=where,
            state=RunState.FAILED if failed else RunState.DONE,
            trouble="Unavailable" if failed else "",
            started_at=started,
            finished_at=started + timedelta(seconds=make.dice.randrange(2, 40)),
        )
        if age == 1:
            _streams(run, counts)
    for stream, number in counts.items():
        held = int(stream == "orders")
        Completeness.objects.create(
            store=where,
            stream=stream,
            remote=number + held,
            local=number,
            quarantined=held,
            measured_at=make.now,
        )
    Credential.objects.get_or_create(
        store=where,
        key="sample",
        defaults={"version": 1, "sealed": "", "expires_at": make.now + timedelta(hours=3)},
    )


def _streams(run: SyncRun, counts: dict[str, int]) -> None:
    StreamRun.objects.bulk_create(
        StreamRun(
            run=run,
            stream=stream,
            state=RunState.DONE,
            done=number,
            new=3 if stream == "orders" else 0,
            changed=11 if stream == "orders" else 0,
        )
        for stream, number in counts.items()
    )


def acts(where: Store, by: User) -> None:
    """Let a member have sent three orders at once, each with an outcome of its own."""
    orders = KeptOrder.objects.filter(store=where, status="TO_SHIP").order_by("-pk")[:3]
    ends = [("accepted", ""), ("refused", "Conflict"), ("unknown", "")]
    act = Act.objects.create(
        merchant=where.merchant, user=by, kind="ship", token=f"sample-{where.pk}",
        issued_at=timezone.now(),
    )  # fmt: skip
    for order, (outcome, cause) in zip(orders, ends, strict=False):
        ActItem.objects.create(act=act, order=order, kind="ship", outcome=outcome, cause=cause)
        note(where.merchant, by, "ship", order.number, outcome=outcome)
    note(where.merchant, by, "reveal", orders[0].number)


def programs(merchant: Merchant) -> None:
    """Let other programs have been at work: a token, and a webhook with what came of it."""
    token, _ = tokens.make(merchant, None, "Phần mềm kho", ["orders:read", "people:read"])
    tokens.note(token, TokenNote.Act.PERSON, "shopee 260100000001")
    delivering.make_webhook(merchant, "https://kho.example.vn/hooks/entro", ["order.created"])
    numbers = [f"26010000000{place}" for place in range(1, 5)]
    outbox.emit(merchant.pk, [("order.created", number, {"id": number}) for number in numbers])
    outcomes = [("done", "200"), ("waiting", "timeout"), ("failed", "503"), ("waiting", "")]
    deliveries = OutgoingDelivery.objects.filter(webhook__merchant=merchant).order_by("pk")
    for delivery, (state, outcome) in zip(deliveries, outcomes, strict=True):
        tries = {"done": 1, "waiting": len(outcome) // 3, "failed": 9}[state]
        changes: dict[str, object] = {"state": state, "outcome": outcome, "attempts": tries}
        changes["tried_at"] = timezone.now() - timedelta(minutes=2) if tries else None
        later = timezone.now() + timedelta(minutes=4)
        OutgoingDelivery.objects.filter(pk=delivery.pk).update(next_at=later, **changes)


def service(merchant: Merchant, user: User) -> None:
    """Let the merchant's owner, who is staff as well, ask and be answered; enter an incident."""
    User.objects.filter(pk=user.pk).update(is_staff=True)
    now = timezone.now()
    asked = keeping.ask(
        merchant, user, "Phí vận chuyển không khớp", Words("Nhờ xem giúp."), now - timedelta(days=9)
    )
    keeping.answer(asked, user, Words("Chênh lệch là trợ giá của sàn."), now - timedelta(days=8))
    late = keeping.ask(merchant, user, "Thêm kế toán", Words("Làm sao?"), now - timedelta(days=7))
    Ticket.objects.filter(pk=late.pk).update(priority=Ticket.Priority.HIGH)
    for days, kind, ends in ((3, "incident", now - timedelta(days=2)), (-3, "maintenance", None)):
        start = now - timedelta(days=days)
        entry = Incident.objects.create(
            kind=kind,
            title_vi="Nâng cấp",
            title_en="Upgrade",
            components=["web"],
            starts_at=start,
            ends_at=ends or start + timedelta(hours=1),
        )
        IncidentUpdate.objects.create(
            incident=entry, by=user, text_vi="Khoảng 20 phút.", text_en="For about 20 minutes."
        )
