"""Switches for what the manual leaves open; the defaults are the fact book's assumptions."""

from __future__ import annotations

from typing import Literal

from attrs import define

__all__ = ["Profile"]


@define
class Profile:
    """How this Shopee behaves where sources differ or are silent."""

    statuses: Literal["gateway_403", "always_200"] = "gateway_403"  # 2.4: evidence is mixed
    masking: Literal["full", "partial", "none"] = "partial"  # 3.9: three shapes were seen
    strict_window: bool = True  # 3.2: exactly 15 days was refused in the field
    short_pages: bool = True  # 3.2: a page may be short while `more` is true
    refresh_reuse: Literal["reject", "same_pair_4h"] = "reject"  # 1.5: the guide against one FAQ
    message_ids: bool = True  # 7.1: msg_id is seen in the wild, not in the documentation
    one_place: Literal["ignored", "refused"] = "ignored"  # 4.5: a location where there is one
    warehouses: bool = False  # 8: most VN shops are not on the multi-warehouse list
    more_shops: tuple[str, ...] = ()  # 1.5: what a main account owns beside the demo shop
    skew: int = 300  # 12: tolerance on the future side is not documented
    rate_answer: Literal["error_rate_limit", "429"] = "error_rate_limit"  # 2.4, 2.5
    retry_after: int = 0  # 2.5: whether the header is sent is not known; 0 leaves it out
    unknown_path: Literal["404", "error_param"] = "404"  # 2.2 and 2.4 differ
    carrier: Literal["integrated", "own"] = "integrated"  # 3.7: the seller's own number
    number_after: int = 60  # 3.7: seconds until the carrier's number comes
    paper_after: int = 2  # 3.7: seconds a shipping document takes
    review: int = 0  # 4.1: seconds a new item is REVIEWING
    redirect_domain: str = ""  # 1.3: not enforced when none was declared
