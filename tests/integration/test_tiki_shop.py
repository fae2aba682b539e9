"""A Tiki shop through the public API: what the SDK reports is what the marketplace holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import tenacity
from sqlalchemy import text

from entrosdk import (
    App,
    Grant,
    Limiter,
    MemoryStore,
    Money,
    OrderChanged,
    OrderStatus,
    Policy,
    ProductStatus,
    Secret,
    Shop,
    authorize_url,
    exchange_code,
    grant_key,
)
from entrosdk.domain.writing import (
    Handover,
    Image,
    Outcome,
    PriceChange,
    ProductDraft,
    ProductPatch,
    Refusal,
    StockChange,
    SubmissionState,
    VariantDraft,
)
from entrosdk.errors import (
    BadReply,
    Conflict,
    EntroError,
    Forbidden,
    RateLimited,
    Revoked,
    Timeout,
    Unauthorised,
    Unavailable,
    Unreachable,
    Unsupported,
)
from entrosdk.sandbox import TikiProfile
from entrosdk.sandbox.http import Call
from entrosdk.sandbox.transport import SandboxTransport
from entrosdk.sync import SqlSink, sync
from tests.integration.reading import SINCE, by_tasks, by_threads
from tests.sandboxes import NOON, Table


@pytest.mark.parametrize("read", [by_threads, by_tasks])
@pytest.mark.parametrize("seed", [7, 8])
def test_the_sdk_reports_the_truth(read: Callable[[Table], dict[str, Any]], seed: int) -> None:
    """Every order, product and derived payment, with its figures to the dong."""
    table = Table("tiki", seed=seed, orders=250)
    seen, truth = read(table), table.truth()
    assert sorted(
        (o.id, o.raw_status, int(o.updated_at.timestamp()), o.totals.total and o.totals.total.minor)
        for o in seen["orders"]
    ) == sorted((o["id"], o["status"], o["updated_at"], o["total_minor"]) for o in truth["orders"])
    assert sorted(
        (p.id, v.id, v.sku, v.sellable) for p in seen["products"] for v in p.variants
    ) == sorted(
        (p["id"], v["id"], v["sku"], v["sellable"])
        for p in truth["products"]
        for v in p["variants"]
    )
    assert sorted((p.id, p.order_id, p.amount.minor) for p in seen["payments"]) == sorted(
        (p["id"], p["order_id"], p["amount_minor"]) for p in truth["payments"]
    )
    assert (truth["payouts"], truth["returns"]) == ([], [])


def test_both_drivers_ask_for_the_same_and_get_the_same() -> None:
    """One flow, two drivers: equal results, equal requests in equal order."""
    one, other = Table("tiki", orders=120), Table("tiki", orders=120)
    assert by_threads(one) == by_tasks(other)
    assert one.asked() == other.asked()


def test_what_tiki_has_not_raises_before_any_request() -> None:
    """Listings too, which would look for their window first."""
    table = Table("tiki", orders=1)
    with table.shop() as shop:
        for call in (
            lambda: list(shop.returns.list(updated_from=SINCE)),
            lambda: list(shop.payments.payouts(settled_from=SINCE)),
            lambda: shop.returns.get("1"),
            lambda: shop.orders.accept_cancellation("1"),
        ):
            with pytest.raises(Unsupported, match="section"):
                call()
    assert table.asked() == []


def test_payments_of_an_order_add_up_to_tikis_own_figure() -> None:
    """Over a thousand orders, to the dong, in whatever state they are."""
    table = Table("tiki", orders=1000)
    with table.shop() as shop:
        orders = {order.id: order for order in shop.orders.list(updated_from=SINCE)}
        paid: Counter[str] = Counter()
        for payment in shop.payments.get_many(list(orders)):
            paid[payment.order_id] += payment.amount.minor
    assert len(orders) == 1000
    assert {name: paid[name] for name in orders} == {
        name: int(order.source.invoice.total_seller_income) for name, order in orders.items()
    }


def test_sync_brings_everything_and_misses_nothing() -> None:
    """Ids, states, money and stock are the sandbox's own; what it has not is said so."""
    table, sink = Table("tiki", orders=150), SqlSink("sqlite://")
    report = sync(table.async_shop(), sink)
    told = {one.stream: one for one in report.streams}
    assert report.ok
    assert {name for name, one in told.items() if one.unsupported} == {"payouts", "returns"}
    assert [told[name].completeness.missing for name in ("orders", "products", "payments")] == [
        0,
        0,
        0,
    ]
    truth = table.truth()
    with sink._engine.connect() as connection:
        orders = connection.execute(text("select id, raw_status, total_minor from orders"))
        assert {tuple(row) for row in orders} == {
            (o["id"], o["status"], o["total_minor"]) for o in truth["orders"]
        }
        money = connection.execute(text("select id, amount_minor, derived from payments"))
        assert {tuple(row) for row in money} == {
            (p["id"], p["amount_minor"], True) for p in truth["payments"]
        }
    sink.close()


@pytest.mark.parametrize(
    "effect", ["malformed_record", "unknown_enum", "duplicate_page_row", "late_update"]
)
def test_sync_lives_with_strange_records(effect: str) -> None:
    """What cannot be read stands in quarantine; nothing is missing."""
    table, sink = Table("tiki", orders=60, products=6), SqlSink("sqlite://")
    table.fault(effect, probability=0.3)
    report = sync(table.async_shop(), sink, streams=["orders", "payments"])
    assert report.ok
    (orders,) = (one for one in report.streams if one.stream == "orders")
    assert orders.completeness is not None
    assert orders.completeness.missing == 0
    assert (orders.completeness.quarantined > 0) == (effect == "malformed_record")
    sink.close()


# Consent


def consented(table: Table, **parts: Any) -> Grant:
    """Send the seller through the consent page and take what comes back."""
    store, app = table.box.stores()[0], table.market.app
    where = {"base_url": store["base_url"], "auth_url": store["base_url"], "clock": table.clock}
    back = "https://erp.example/back"
    url = urlsplit(authorize_url("tiki", app=app, redirect_uri=back, state="a long state", **where))
    page = table.box.handle("tiki", Call.of("GET", url.path, url.query, {}, b""))
    came = page.headers["Location"]
    assert "state=a+long+state" in came
    transport = SandboxTransport(table.box)
    (grant,) = exchange_code(
        "tiki", app=app, callback=came, redirect_uri=back, transport=transport, **where, **parts
    )
    return grant


@pytest.mark.parametrize("way", ["basic", "post"])
def test_consent_leads_to_a_grant_that_works(way: Any) -> None:
    """However the app shows itself, which nobody told the SDK."""
    table = Table("tiki", orders=3, profile=TikiProfile(client_auth=way))
    grant = consented(table)
    assert (grant.shop_id, grant.scopes) == ("418207", ("order", "product", "inventory", "offline"))
    with table.shop(grant=grant) as shop:
        assert shop.info().name == "Gốm Nhà Mộc Demo"


def test_an_in_house_app_needs_no_browser_and_renews_by_its_secret() -> None:
    """Its token ends after an hour, and nobody notices."""
    table = Table("tiki", orders=3, profile=TikiProfile(app="in_house", access_life=3600))
    transport = SandboxTransport(table.box)
    (grant,) = exchange_code(
        "tiki",
        app=table.market.app,
        grant_type="client_credentials",
        base_url=table.box.stores()[0]["base_url"],
        transport=transport,
        clock=table.clock,
    )
    assert (grant.shop_id, grant.refresh_token) == ("418207", None)
    with table.shop(grant=grant) as shop:
        assert shop.info().id == "418207"
        table.sleep(3601)
        assert shop.info().id == "418207"


# Events


def test_a_new_order_comes_through_the_queue() -> None:
    """The queue is made at the first pull; later pulls confirm what was taken."""
    table = Table("tiki", orders=1)
    with table.shop() as shop:
        assert shop.events.pull().items == ()
        bought = table.market.shop.buy(table.box.world.now, cod=True).id
        table.sleep(301)
        page = shop.events.pull()
        told = {event.order_id for event in page if isinstance(event, OrderChanged)}
        assert told == {bought}
        assert {event.shop_id for event in page} == {"418207"}
        again = shop.events.pull()
        assert [event.delivery_id for event in again] == [event.delivery_id for event in page]
        last = shop.events.pull(again.next)
    assert (len(last), last.next) == (0, None)
    assert [queue.name for queue in table.market.queues.all.values()] == ["entrosdk-418207"]


# Writing


def accepted(table: Table, model: str, lines: int = 1) -> str:
    """A buyer's order under this model, accepted by Tiki."""
    table.market.profile.models = (model,)
    while True:
        order = table.market.shop.buy(table.box.world.now, cod=True)
        if len(order.lines) >= lines:
            break
    table.sleep(301)
    return str(order.id)


@pytest.mark.parametrize(
    ("model", "method", "after"),
    [
        ("dropship", Handover.PICKUP, "picking"),
        ("tiki_delivery", Handover.DROP_OFF, "ready_to_ship"),
        ("seller_delivery", Handover.OWN, "handover_to_partner"),
    ],
)
def test_an_order_of_each_model_is_shipped_and_labelled(
    model: str, method: Handover, after: str
) -> None:
    """Confirmed once; a second time is a conflict."""
    table = Table("tiki", orders=3)
    name = accepted(table, model)
    with table.shop() as shop:
        options = shop.orders.shipping_options(name)
        assert options.methods == (method,)
        with pytest.raises(Conflict):
            shop.orders.label(name)
        shipment = shop.orders.ship(name)
        assert shipment.raw_status == after
        assert shop.orders.get(name).status in {OrderStatus.PACKED, OrderStatus.SHIPPED}
        label = shop.orders.label(name)
        with pytest.raises(Conflict):
            shop.orders.ship(name)
    page = table.box.handle("tiki", Call.of("GET", urlsplit(label.url).path, "", {}, b""))
    assert (page.status, label.kind) == (200, "text/html")


def test_a_confirmation_whose_reply_is_lost_is_not_sent_twice() -> None:
    """The order is looked at instead."""
    table = Table("tiki", orders=3)
    name = accepted(table, "dropship")
    table.fault("drop_reply", match={"path": "confirm-available"}, times=1)
    with table.shop() as shop:
        assert shop.orders.ship(name).raw_status == "picking"
    sent = [path for path in table.asked() if path.endswith("confirm-available")]
    assert len(sent) == 1


def test_orders_are_cancelled_the_way_their_model_allows() -> None:
    """Before the confirmation all of it or some lines; later only what the seller delivers."""
    table = Table("tiki", orders=3)
    first, second = accepted(table, "dropship"), accepted(table, "tiki_delivery", lines=2)
    with table.shop() as shop:
        table.market.profile.models = ("dropship",)
        (reason,) = shop.orders.cancel_reasons(first)
        shop.orders.cancel(first, reason.code)
        assert shop.orders.get(first).status is OrderStatus.CANCELLED
        table.market.profile.models = ("tiki_delivery",)
        lines = shop.orders.get(second).lines
        shop.orders.cancel(second, "seller_canceled", line_ids=[lines[0].id])
        left = shop.orders.get(second)
        assert left.lines[0].raw_status == "seller_canceled"
        assert left.status is OrderStatus.PACKED
        earned = sum(payment.amount.minor for payment in shop.payments.for_order(second))
        assert earned == int(left.source.invoice.total_seller_income)
        third = accepted(table, "seller_delivery")
        shop.orders.ship(third)
        assert len(shop.orders.cancel_reasons(third)) == 2
        shop.orders.cancel(third, "out_of_needs")
        assert shop.orders.get(third).status is OrderStatus.CANCELLED
        with pytest.raises(Conflict):
            shop.orders.cancel(third, "out_of_needs")


def test_stock_prices_and_standing_are_set() -> None:
    """What the SDK wrote is what the marketplace holds."""
    table = Table("tiki", orders=30)
    with table.shop() as shop:
        products = list(shop.products.list())[:45]
        changes = [StockChange(product_id=one.id, quantity=n) for n, one in enumerate(products)]
        assert all(result.ok for result in shop.products.set_stock(changes))
        raised = [
            PriceChange(product_id=one.id, price=one.variants[0].price + Money(1000, "VND"))
            for one in products
        ]
        assert all(result.ok for result in shop.products.set_price(raised))
        assert all(result.ok for result in shop.products.unpublish([products[0].id]))
        assert shop.products.get(products[0].id).status is ProductStatus.INACTIVE
        assert all(result.ok for result in shop.products.publish([products[0].id]))
        now = {one.id: one.variants[0] for one in shop.products.get_many([p.id for p in products])}
    assert {name: variant.sellable for name, variant in now.items()} == {
        change.product_id: change.quantity for change in changes
    }
    assert {name: variant.price for name, variant in now.items()} == {
        change.product_id: change.price for change in raised
    }


def test_stock_of_two_warehouses_is_set_one_by_one() -> None:
    """Tiki empties a warehouse that a write leaves out, so the SDK leaves none out (quirk 18)."""
    table = Table("tiki", orders=30, profile=TikiProfile(warehouses=2))
    with table.shop() as shop:
        assert [place.id for place in shop.warehouses()] == ["402115", "402116", "402117"]
        product = next(iter(shop.products.list()))
        first, second = product.variants[0].stock
        nameless = StockChange(product_id=product.id, quantity=5)
        (result,) = shop.products.set_stock([nameless])
        assert (result.outcome, result.refusal) == (Outcome.REFUSED, Refusal.INVALID)
        change = StockChange(product_id=product.id, quantity=5, warehouse_id="402116")
        assert shop.products.set_stock([change])[0].ok
        now = shop.products.get(product.id).variants[0].stock
    assert [(one.warehouse_id, one.sellable) for one in now] == [
        ("402115", first.sellable),
        ("402116", 5),
    ]
    assert second.sellable != 5
    (held,) = (one for one in table.truth()["products"] if one["id"] == product.id)
    assert held["variants"][0]["sellable"] == first.sellable + 5


def test_one_wrong_item_does_not_stop_the_others() -> None:
    """The batch is refused as a whole, and its rows are sent one by one."""
    table = Table("tiki", orders=3)
    with table.shop() as shop:
        first, second = list(shop.products.list())[:2]
        cheap = PriceChange(product_id=second.id, price=Money(1, "VND"))
        good = PriceChange(product_id=first.id, price=first.variants[0].price)
        unknown = PriceChange(product_id="7", price=Money(50_000, "VND"))
        results = shop.products.set_price([cheap, good, unknown])
    assert [(result.outcome, result.refusal) for result in results] == [
        (Outcome.REFUSED, Refusal.INVALID),
        (Outcome.ACCEPTED, None),
        (Outcome.REFUSED, Refusal.NOT_FOUND),
    ]


def test_units_of_a_campaign_are_locked() -> None:
    """The refusal says so; nothing is taken away."""
    table = Table("tiki", orders=3)
    with table.shop() as shop:
        product = next(iter(shop.products.list()))
        _, variant = table.market.shop.find(product.sku)
        variant.reserved = 5
        (result,) = shop.products.set_stock([StockChange(product_id=product.id, quantity=4)])
        assert (result.outcome, result.refusal) == (Outcome.REFUSED, Refusal.LOCKED)
        (result,) = shop.products.set_stock([StockChange(product_id=product.id, quantity=5)])
    assert result.ok


def test_a_product_is_made_by_a_reviewed_request() -> None:
    """It is followed by its track id, and becomes one product for each variant."""
    table = Table("tiki", orders=3)
    draft = ProductDraft(
        title="Ấm trà gốm men rạn",
        description="<p>Ấm trà</p>",
        category_id="100001",
        images=(Image(url="https://cdn.example.com/a.jpg"),),
        variants=tuple(
            VariantDraft(
                sku=f"NEW-{name}",
                price=Money(359_000, "VND"),
                quantity=9,
                options=(("color", name),),
            )
            for name in ("Xanh", "Nâu")
        ),
    )
    with table.shop() as shop:
        submitted = shop.products.create(draft)
        assert submitted.state is SubmissionState.REVIEWING
        table.sleep(121)
        done = shop.products.submission(submitted.id)
        assert done.state is SubmissionState.DONE
        made = {sku: shop.products.get(name) for sku, name in done.variant_ids}
        assert set(made) == {"NEW-Xanh", "NEW-Nâu"}
        assert made["NEW-Nâu"].variants[0].options == (("color", "Nâu"),)
        assert made["NEW-Nâu"].variants[0].sellable == 9
        again = shop.products.create(draft)
        table.sleep(121)
        refused = shop.products.submission(again.id)
        assert (refused.state, refused.reason) == (
            SubmissionState.REFUSED,
            "Seller product code is not unique",
        )
        change = shop.products.update(done.product_id, ProductPatch(title="Tên mới"))
        table.sleep(121)
        assert shop.products.submission(change.id).state is SubmissionState.DONE
        assert shop.products.get(done.product_id).title.startswith("Tên mới")


# What goes wrong

ONCE = Policy(stop=tenacity.stop_after_attempt(1))


def faulty(effect: str) -> Callable[[], Shop]:
    """A marketplace that misbehaves on every call."""

    def make() -> Shop:
        table = Table("tiki", orders=2)
        table.fault(effect)
        return table.shop(policy=ONCE)

    make.__name__ = effect
    return make


def wrong_secret() -> Shop:
    """The secret of another app, noticed when a token has to be renewed."""
    table = Table("tiki", orders=2)
    table.market.grants.expire("418207")
    return table.shop(app=App(key=table.market.app.key, secret=Secret("of somebody else")))


def revoked() -> Shop:
    """A seller who withdrew consent."""
    table = Table("tiki", orders=2)
    table.market.grants.revoke("418207")
    return table.shop()


def spent_refresh_token() -> Shop:
    """A grant whose refresh token somebody else used."""
    table = Table("tiki", orders=2)
    shop = table.shop()
    table.market.grants.renew("418207", table.market._first[1], table.box.world.now)
    return shop


def no_scope() -> Shop:
    """A seller who granted something else."""
    table = Table("tiki", orders=2)
    table.market.granted = ("product",)
    return table.shop()


def sleeping_seller() -> Shop:
    """A seller who is not active."""
    return Table("tiki", orders=2, profile=TikiProfile(seller_active=False)).shop()


CASES: list[tuple[Callable[[], Shop], type[EntroError], str]] = [
    (wrong_secret, Unauthorised, "client id and secret"),
    (revoked, Revoked, "consent"),
    (spent_refresh_token, Revoked, "consent"),
    (no_scope, Forbidden, "scopes"),
    (sleeping_seller, Forbidden, "active"),
    (faulty("429"), RateLimited, ""),
    (faulty("500"), Unavailable, ""),
    (faulty("html"), BadReply, ""),
    (faulty("truncated_json"), BadReply, ""),
    (faulty("empty_body"), BadReply, ""),
    (faulty("drop_reply"), Unreachable, ""),
    (faulty("timeout"), Timeout, ""),
]


@pytest.mark.parametrize(("make", "kind", "hint"), CASES, ids=[case[0].__name__ for case in CASES])
def test_each_fault_is_typed_and_says_what_to_do(
    make: Callable[[], Shop], kind: type[EntroError], hint: str
) -> None:
    """Marketplace, shop, operation, and the next step."""
    with make() as shop, pytest.raises(kind) as caught:
        list(shop.orders.list(updated_from=NOON - timedelta(days=3), updated_to=NOON))
    error = caught.value
    assert error.context.marketplace == "tiki"
    assert error.context.shop == "418207"
    assert error.context.operation in {"orders.list", "renew"}
    assert hint in error.advice
    assert "Next step: " in str(error)


def test_a_wrong_shop_is_noticed_by_a_check_of_the_credentials() -> None:
    """The token decides whose data is shown."""
    table = Table("tiki", orders=2)
    with table.shop(shop_id="999") as shop, pytest.raises(Forbidden, match="418207"):
        shop.info()


def test_a_bare_429_is_waited_out() -> None:
    """The gateway's own text, without any header."""
    table = Table("tiki", orders=2)
    table.control("POST", "/control/limits", b'{"marketplace": "tiki", "shop": 2}')
    with table.shop(limiter=Limiter(())) as shop:
        for _ in range(6):
            assert shop.info().id == "418207"
    assert len(table.slept) >= 2


def test_an_expired_token_is_renewed_and_kept() -> None:
    """Once, by the pair that Tiki rotates."""
    table, keeper = Table("tiki", orders=2), MemoryStore()
    with table.shop(store=keeper) as shop:
        table.fault("expire_token", times=1)
        assert shop.info().id == "418207"
    stored = keeper.load(grant_key("tiki", table.market.app, "418207"))
    assert stored is not None
    assert stored.version == 2
    assert stored.grant.access_token.reveal() != table.box.stores()[0]["access_token"]


def test_no_secret_shows_in_errors_and_logs(caplog: pytest.LogCaptureFixture) -> None:
    """Neither tokens nor the client's secret nor a buyer."""
    table = Table("tiki", orders=5)
    store = table.box.stores()[0]
    secrets = [store[key] for key in ("app_secret", "access_token", "refresh_token")]
    with caplog.at_level("DEBUG"), table.shop() as shop:
        orders = list(shop.orders.list(updated_from=SINCE))
        shop.events.pull()
        table.market.grants.revoke("418207")
        with pytest.raises(Revoked) as caught:
            shop.info()
    people = [order.recipient.name for order in orders if order.recipient]
    shown = caplog.text + str(caught.value) + repr(caught.value.__dict__) + repr(orders)
    assert [text for text in (*secrets, *people) if text in shown] == []
