"""Switches for what the book leaves open; the defaults are its assumptions."""

from __future__ import annotations

from typing import Literal

from attrs import define

__all__ = ["Profile"]


@define
class Profile:
    """How this Tiki behaves where sources differ or are silent."""

    app: Literal["public", "in_house"] = "public"  # 1.3: whose data the app's own token opens
    client_auth: Literal["basic", "post"] = "basic"  # 1.3: fixed for each app in the console
    access_life: int = 1_295_999  # 1.4: as recorded; the manual's example says 3600
    scopes: str = "offline order product inventory"  # 1.5: what the app may ask for
    redirect_uri: str = ""  # 1.4: compared exactly; empty accepts any
    seller_active: bool = True  # 8
    models: tuple[str, ...] = (
        "dropship",
        "dropship",
        "tiki_delivery",
        "seller_delivery",
    )  # 3.1: orders take them in turn
    largest_page: int = 100  # 2.1: 100 is plausible, 50 is safe
    strict_lines: bool = False  # 3.7: wrong line ids cancel the order; strict answers 400
    limit_headers: bool = False  # 2.4: none is documented
    warehouses: Literal[1, 2] = 1  # 8: where the seller ships from
    stock_delay: int = 0  # 4.3: seconds until a change of stock shows
    review_seconds: int = 120  # 4.5: from a request to its approval
    batch_rows: bool = False  # 4.4: answer a batch with one row for each product
    events_per_pull: int = 100  # 7.1: not established
    queue_limit: int = 20  # 7.1: limited, number not established
    short_pages: bool = False  # 2.1: v1 did it, v2 is said not to
    old_header: bool = False  # 1.2: accept `tiki-api`
