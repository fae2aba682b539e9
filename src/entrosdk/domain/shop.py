"""What a marketplace says about a connected shop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import field, frozen

from entrosdk.domain.source import deferring

__all__ = ["ShopInfo"]


@deferring
@frozen(kw_only=True)
class ShopInfo:
    """Name, market and standing of a shop, and until when the seller's consent runs."""

    marketplace: str
    id: str
    name: str
    region: str
    currency: str
    status: str = ""
    consent_from: datetime | None = None
    consent_until: datetime | None = None
    source: Any = field(default=None, repr=False, eq=False)
