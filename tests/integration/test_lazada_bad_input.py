"""What a user does wrong at Lazada, or Lazada to a user: each a typed error with its next step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import tenacity

from entrosdk import App, MemoryStore, OrderStatus, Policy, Secret, Shop
from entrosdk.errors import (
    BadReply,
    BadSignature,
    Conflict,
    EntroError,
    Forbidden,
    Invalid,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Revoked,
    Unauthorised,
    Unavailable,
    Unreachable,
    Unsupported,
)
from entrosdk.sandbox import LazadaProfile
from entrosdk.sandbox.lazada.gateway import Endpoint
from entrosdk.sandbox.lazada.parameters import Refusal
from tests.sandboxes import NOON, Table

ONCE = Policy(stop=tenacity.stop_after_attempt(1))
DAYS = timedelta(days=3)


def small(**parts: Any) -> Table:
    """A Lazada sandbox with few orders."""
    return Table("lazada", **{"orders": 3, **parts})


def wrong_secret() -> Shop:
    """The secret of another app."""
    table = small()
    return table.shop(app=App(key=table.market.app.key, secret=Secret("of somebody else")))


def wrong_app() -> Shop:
    """An app nobody registered."""
    table = small()
    return table.shop(app=App(key="1", secret=table.market.app.secret))


def clock_off() -> Shop:
    """A machine whose clock is three hours ahead."""
    table = small()
    return table.shop(clock=lambda: table.moment + timedelta(hours=3))


def revoked() -> Shop:
    """A seller who withdrew consent."""
    table = small()
    table.market.revoke("200226518001")
    return table.shop()


def spent_refresh_token() -> Shop:
    """A refresh token that somebody else used, with an access token that ran out."""
    table = small()
    shop = table.shop()
    table.market.grants.renew("200226518001", table.market._first[1], int(NOON.timestamp()))
    table.sleep(8 * 86_400)
    return shop


def refusing(code: str, message: str = "no", kind: str = "ISP") -> Callable[[], Shop]:
    """A marketplace that answers one code, with status 200."""

    def refuse(market: Any, given: Any) -> Any:
        del market, given
        raise Refusal(code, message, kind=kind)

    def make() -> Shop:
        table = small()
        table.market._endpoints["/orders/get"] = Endpoint(refuse)
        return table.shop(policy=ONCE)

    make.__name__ = f"code {code}"
    return make


def faulty(effect: str) -> Callable[[], Shop]:
    """A marketplace that misbehaves on every call."""

    def make() -> Shop:
        table = small()
        table.fault(effect)
        return table.shop(policy=ONCE)

    make.__name__ = effect
    return make


CASES = [
    (wrong_secret, BadSignature, "IncompleteSignature", "secret"),
    (wrong_app, Unauthorised, "InvalidAppKey", "app key"),
    (clock_off, BadSignature, "IllegalTimestamp", "clock"),
    (revoked, Revoked, "IllegalRefreshToken", "consent"),
    (spent_refresh_token, Revoked, "IllegalRefreshToken", "consent"),
    (refusing("SellerCallLimit"), RateLimited, "SellerCallLimit", "Wait"),
    (refusing("998"), Unavailable, "998", "campaign"),
    (refusing("InsufficientPermission"), Forbidden, "InsufficientPermission", "console"),
    (refusing("AppWhiteIpLimit"), Forbidden, "AppWhiteIpLimit", "whitelist"),
    (refusing("InvalidApiPath"), Invalid, "InvalidApiPath", "base_url"),
    (refusing("ServiceTimeout", kind="SYSTEM"), Unavailable, "ServiceTimeout", ""),
    (refusing("17"), Invalid, "17", ""),
    (faulty("500"), Unavailable, "", ""),
    (faulty("429"), RateLimited, "", ""),
    (faulty("html"), BadReply, "", ""),
    (faulty("truncated_json"), BadReply, "", ""),
    (faulty("empty_body"), BadReply, "", ""),
    (faulty("drop_reply"), Unreachable, "", ""),
]


@pytest.mark.parametrize(
    ("make", "kind", "code", "hint"), CASES, ids=[case[0].__name__ for case in CASES]
)
def test_each_fault_is_typed_and_says_what_to_do(
    make: Callable[[], Shop], kind: type[EntroError], code: str, hint: str
) -> None:
    """Marketplace, shop, operation, request id where there was one, and the next step."""
    with make() as shop, pytest.raises(kind) as caught:
        list(shop.orders.list(updated_from=NOON - DAYS, updated_to=NOON))
    error = caught.value
    assert error.context.marketplace == "lazada"
    assert error.context.operation in {"orders.list", "renew"}
    assert error.context.shop == shop.shop_id
    assert code == error.context.code
    # An unknown app is refused before there is a request id (book 2.1).
    assert bool(error.context.request_id) == (bool(code) and code != "InvalidAppKey")
    assert hint in error.advice
    assert "Next step: " in str(error)


def test_all_three_layers_of_errors_are_seen() -> None:
    """The envelope, the result under a code of success, an element of a result of success."""
    table = small()
    order = table.market.shop.buy(table.box.world.now, cod=True)
    with table.shop() as shop:
        with pytest.raises(NotFound) as first:
            shop.orders.cancel_reasons("999")
        assert first.value.context.code == "39"

        def second_layer(market: Any, given: Any) -> Any:
            del market, given
            return {"success": False, "error_code": "700022", "error_msg": "batch size"}

        path = "/order/fulfill/pack"
        good = table.market._endpoints[path]
        table.market._endpoints[path] = Endpoint(second_layer, shape="result")
        with pytest.raises(Invalid) as second:
            shop.orders.ship(order.id)
        assert second.value.context.code == "700022"

        def third_layer(market: Any, given: Any) -> Any:
            del market, given
            unit = {"order_item_id": 1, "item_err_code": "700027", "msg": "FBL"}
            data = {"pack_order_list": [{"order_item_list": [unit]}]}
            return {"success": True, "data": data}

        table.market._endpoints[path] = Endpoint(third_layer, shape="result")
        with pytest.raises(Conflict) as third:
            shop.orders.ship(order.id)
        assert third.value.context.code == "700027"
        table.market._endpoints[path] = good
        assert shop.orders.ship(order.id).packages


def test_an_expired_token_is_renewed_once_by_itself() -> None:
    """The grant that replaces it is stored before it is used."""
    table, store = small(), MemoryStore()
    with table.shop(store=store) as shop:
        table.fault("expire_token", times=1)
        assert shop.info().name
        assert sum("refresh" in path for path in table.asked()) == 1
    with table.shop(store=store) as again:
        assert again.info().name
        assert sum("refresh" in path for path in table.asked()) == 1


def test_an_expired_token_that_cannot_be_renewed_asks_for_the_seller() -> None:
    """Subscribed apps have no renewal."""
    table = small(profile=LazadaProfile(expiring=False))
    table.fault("expire_token")
    with table.shop() as shop, pytest.raises(Revoked):
        shop.info()


def test_an_unknown_status_word_is_no_error() -> None:
    """The word is kept, the order is listed."""
    table = small(orders=20)
    table.fault("unknown_enum")
    with table.shop() as shop:
        orders = list(shop.orders.list(updated_from=NOON - timedelta(days=40)))
    assert len(orders) == 20
    assert {(order.status, order.raw_status) for order in orders} == {
        (OrderStatus.UNKNOWN, "teleported")
    }


def test_repeated_rows_are_told_once() -> None:
    """Within a page, however many."""
    table = small(orders=20)
    table.fault("duplicate_page_row")
    with table.shop() as shop:
        orders = [one.id for one in shop.orders.list(updated_from=NOON - timedelta(days=40))]
        products = [one.id for one in shop.products.list()]
    assert len(orders) == len(set(orders)) == 20
    assert len(products) == len(set(products)) == 72


def test_pages_that_ignore_their_limit_end_all_the_same() -> None:
    """Two hundred and fifty orders arrive once each (quirk 10)."""
    table = small(orders=250, profile=LazadaProfile(ignores_limit=True))
    with table.shop() as shop:
        orders = [one.id for one in shop.orders.list(updated_from=NOON - timedelta(days=40))]
    assert sorted(orders) == sorted(table.market.shop.orders)


def test_a_page_that_repeats_itself_is_refused() -> None:
    """A hundred orders of one second, again and again, are no listing."""
    table = small(orders=0, profile=LazadaProfile(ignores_limit=True))
    for _ in range(101):
        table.market.shop.buy(int(NOON.timestamp()) - 60, cod=True)
    with table.shop() as shop, pytest.raises(BadReply, match="offset"):
        list(shop.orders.list(updated_from=NOON - DAYS, updated_to=NOON))


def test_a_lost_reply_of_a_write_is_never_repeated() -> None:
    """What was cancelled is read back; what cannot be read back is said to be unknown."""
    table = small()
    order = table.market.shop.buy(table.box.world.now, cod=True)
    with table.shop(policy=ONCE) as shop:
        table.fault("drop_reply", match={"path": "cancel/create"})
        shop.orders.cancel(order.id, "10000019")
        assert shop.orders.get(order.id).status is OrderStatus.CANCELLED
        other = table.market.shop.buy(table.box.world.now, cod=True)
        table.fault("500", match={"path": "cancel/create"})
        with pytest.raises(OutcomeUnknown):
            shop.orders.cancel(other.id, "10000019")
    assert sum("cancel/create" in path for path in table.asked()) == 1


def test_a_closed_port_names_the_address() -> None:
    """Nobody listens there."""
    table = small()
    with table.shop(base_url="http://nowhere.sandbox") as shop, pytest.raises(Refused) as caught:
        shop.info()
    assert "nowhere.sandbox" in str(caught.value)


def test_what_lazada_lacks_is_said_before_any_request() -> None:
    """There is no queue of lost pushes."""
    table = small()
    with table.shop() as shop, pytest.raises(Unsupported, match="section 7"):
        shop.events.pull()
    assert table.asked() == []
