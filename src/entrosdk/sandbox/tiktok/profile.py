"""Switches for what the manual leaves open; the defaults are the fact book's assumptions."""

from __future__ import annotations

from typing import Literal

from attrs import define

__all__ = ["SCOPES", "Profile"]

SCOPES = (
    "seller.authorization.info",
    "seller.shop.info",
    "seller.product.basic",
    "seller.product.write",
    "seller.product.delete",
    "seller.order.info",
    "seller.fulfillment.basic",
    "seller.fulfillment.package.write",
    "seller.logistics",
    "seller.return_refund.basic",
    "seller.finance.info",
)


@define
class Profile:
    """How this TikTok Shop behaves where sources differ or are silent."""

    scopes: tuple[str, ...] = SCOPES
    strict_empty_body: bool = False  # 1.6: whether `{}` may stay unsigned is not known
    masking: bool = True  # 3.7: personal data of parcels the platform ships
    unknown_ids: Literal["refused", "left out"] = "refused"  # 3.2: both are possible
    warehouses: int = 1  # most shops have one; a second one splits stock
    refresh_grace: int = 300  # 1.3: a spent refresh token may work once more
    trouble: Literal["internal", "upstream", "overload"] = "internal"  # what the fault 500 is
    retry_after: bool = True  # 2.4: whether the header is ever sent is not known
    review: int = 1800  # seconds a new or reactivated listing is looked at
    past: int = 300  # 1.5: how old a timestamp may be, and how far ahead
    ahead: int = 30
    redirect_url: str = ""  # 1.2: the app's registered address
