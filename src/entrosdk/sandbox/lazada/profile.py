"""Switches for what the manual leaves open; the defaults are the fact book's assumptions."""

from __future__ import annotations

from typing import Literal

from attrs import define

__all__ = ["Profile"]


@define
class Profile:
    """How this Lazada behaves where sources differ or are silent."""

    times: Literal["offset", "naive", "iso"] = "offset"  # 3.9: all three were seen
    typing: Literal["live", "doc"] = "live"  # 2.1: documents write every value as text
    masking: bool = True  # 3.4: until the app passed the security review
    partial_code: Literal["501", "0"] = "501"  # 4.3: which one is unsettled
    applies_rest: bool = True  # 4.3: rows that are not named are applied
    detail: Literal["rich", "min", "sku"] = "rich"  # 2.4: shapes that were seen
    user_info: Literal["own", "both"] = "own"  # 1.3: a name for create, another for refresh
    expiring: bool = True  # 1.3: `refresh_expires_in` 0 says that there is no renewal
    access_s: int = 7 * 86_400  # 1.3: documents disagree about lives
    consent_days: int = 30
    campaign: bool = False  # 2.3: product calls are switched off (998)
    trouble_every: int = 0  # 2.4: every so many calls end in an internal error (1000)
    ignores_limit: bool = False  # quirk 10: pages of 100 whatever was asked for
    skew: int = 7200  # 1.4
    review_s: int = 3600  # 4.1: how long quality control looks at a new listing
    label_after_s: int = 0  # 3.7: labels take 5 to 30 seconds to render
    warehouses: bool = False  # 8: a second warehouse makes a shop a multi-warehouse one
    redirect_uri: str = ""  # 1.2: must equal the app's callback; empty takes any
