"""What TikTok Shop's Open API offers, as data; section numbers are the fact book's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from entrosdk.spi.manifest import Capability, Limit, Manifest, Region, Stream, Support

__all__ = ["CONSENT", "CONSENT_US", "MANIFEST", "NAME", "REGIONS"]

NAME = "tiktok"

# One host serves the shops of every market (section 1.1).
_API = "https://open-api.tiktokglobalshop.com"
_AUTH = "https://auth.tiktok-shops.com"

CONSENT = "https://services.tiktokshop.com"
"""Where sellers consent, of every market but one (section 1.1)."""

CONSENT_US = "https://services.us.tiktokshop.com"

# The markets that the fact book names; a market with several zones has its business capital's.
_MARKETS = (
    ("VN", "VND", "Asia/Ho_Chi_Minh"),
    ("SG", "SGD", "Asia/Singapore"),
    ("MY", "MYR", "Asia/Kuala_Lumpur"),
    ("TH", "THB", "Asia/Bangkok"),
    ("PH", "PHP", "Asia/Manila"),
    ("ID", "IDR", "Asia/Jakarta"),
    ("JP", "JPY", "Asia/Tokyo"),
    ("SA", "SAR", "Asia/Riyadh"),
    ("GB", "GBP", "Europe/London"),
    ("US", "USD", "America/New_York"),
    ("MX", "MXN", "America/Mexico_City"),
    ("BR", "BRL", "America/Sao_Paulo"),
)

REGIONS: Mapping[str, Region] = MappingProxyType(
    {
        code: Region(code=code, currency=currency, zone=zone, api=_API, auth=_AUTH)
        for code, currency, zone in _MARKETS
    }
)

_SUPPORT = {
    Capability.ORDERS_LIST: Support("yes", "fact book section 3.1"),
    Capability.ORDERS_GET: Support("yes", "fact book section 3.2"),
    Capability.ORDERS_SHIPPING_OPTIONS: Support("yes", "fact book sections 3.9, 8"),
    Capability.ORDERS_SHIP: Support("yes", "fact book section 3.9"),
    Capability.ORDERS_LABEL: Support("yes", "fact book section 3.9"),
    # No call lists them: they are data, for Vietnam.
    Capability.ORDERS_CANCEL_REASONS: Support("derived", "fact book section 6.4"),
    Capability.ORDERS_CANCEL: Support("yes", "fact book section 6.3"),
    Capability.ORDERS_ACCEPT_CANCELLATION: Support("yes", "fact book section 6.3"),
    Capability.ORDERS_REFUSE_CANCELLATION: Support("yes", "fact book section 6.3"),
    Capability.PRODUCTS_LIST: Support("yes", "fact book sections 4.2, 4.4, 4.6"),
    Capability.PRODUCTS_GET: Support("yes", "fact book sections 4.4, 4.6"),
    Capability.PRODUCTS_CREATE: Support("yes", "fact book section 4.5"),
    Capability.PRODUCTS_UPDATE: Support("yes", "fact book sections 4.1, 4.5"),
    Capability.PRODUCTS_SUBMISSION: Support("yes", "fact book sections 4.4, 4.5"),
    Capability.PRODUCTS_SET_PRICE: Support("yes", "fact book section 4.7"),
    Capability.PRODUCTS_SET_STOCK: Support("yes", "fact book section 4.6"),
    Capability.PRODUCTS_PUBLISH: Support("yes", "fact book sections 4.1, 4.5"),
    Capability.PRODUCTS_UNPUBLISH: Support("yes", "fact book sections 4.1, 4.5"),
    Capability.PAYMENTS_LIST: Support("yes", "fact book sections 5.2, 5.4, 5.8"),
    Capability.PAYMENTS_FOR_ORDER: Support("yes", "fact book section 5.6"),
    Capability.PAYMENTS_PAYOUTS: Support("yes", "fact book section 5.8"),
    Capability.RETURNS_LIST: Support("yes", "fact book section 6.1"),
    Capability.RETURNS_GET: Support("yes", "fact book section 6.1"),
    Capability.RETURNS_ACCEPT: Support("yes", "fact book section 6.3"),
    Capability.RETURNS_DISPUTE_REASONS: Support("yes", "fact book section 6.3"),
    Capability.RETURNS_DISPUTE: Support("yes", "fact book section 6.3"),
    Capability.EVENTS_PARSE: Support("yes", "fact book sections 7.1-7.4"),
    Capability.EVENTS_PULL: Support("no", "there is no queue: lost webhooks stay lost (7.1)"),
    Capability.SHOP_INFO: Support("yes", "fact book section 1.4"),
    Capability.SHOP_WAREHOUSES: Support("yes", "fact book section 8"),
}


# No longest window is documented. How long a page token lives is not established either, so
# windows stay short enough to be begun again (quirk 7).
_SPAN = timedelta(days=30)

_STREAMS = (
    # Rows move while one pages: windows overlap, in ascending order (quirk 11).
    Stream(name="orders", clock="updated", span=_SPAN, paging="cursor", grain=timedelta(hours=1)),
    # Whether a price or stock write moves a listing's update time is not told: read them all.
    Stream(name="products", clock="none", span=None, paging="cursor"),
    # A statement is dated 00:00 UTC and made some time later, so the last days are read again.
    Stream(
        name="payments",
        clock="settled",
        span=_SPAN,
        paging="snapshot",
        overlap=timedelta(days=2),
    ),
    # A withdrawal is listed by its beginning and ends days later.
    Stream(
        name="payouts",
        clock="settled",
        span=_SPAN,
        paging="snapshot",
        overlap=timedelta(days=7),
    ),
    Stream(name="returns", clock="updated", span=_SPAN, paging="cursor", grain=timedelta(hours=1)),
)

_WRITES = (
    "orders.ship",
    "orders.cancel",
    "orders.accept",
    "orders.refuse",
    "products.create",
    "products.update",
    "products.set",
    "products.publish",
    "products.unpublish",
    "returns.accept",
    "returns.dispute",
)

MANIFEST = Manifest(
    name=NAME,
    title="TikTok Shop",
    api_version="202309 and later",
    version="0.1.0",
    capabilities=MappingProxyType({one: _SUPPORT[one] for one in Capability}),
    # No number is promised any more; this is the upper end of the advice (2.4).
    limits=(Limit(scope="shop", count=10), Limit(scope="shop", count=3, operations=_WRITES)),
    streams=_STREAMS,
    regions=REGIONS,
    # An access token lives seven days (section 1.3): there is no need to cut it fine.
    renew_before=timedelta(hours=1),
)
