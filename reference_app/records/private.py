"""A recipient as it may be shown: opened from its seal and masked."""

from __future__ import annotations

import json
from typing import Any

from attrs import frozen

from entrosdk.errors import ConfigError
from reference_app.records.models import Order, OrderPrivate

__all__ = ["Shown", "mask_name", "mask_phone", "masked", "opened"]


@frozen(kw_only=True)
class Shown:
    """What is left of a recipient after masking; `area` is ward, district and province."""

    name: str
    phone: str
    area: str
    has_note: bool = False


def opened(order: Order) -> dict[str, Any] | None:
    """Return the recipient and notes in the clear; whoever shows them writes down who looked.

    `None` when there are none, they were deleted, or their key is gone.
    """
    row = OrderPrivate.objects.filter(order=order).first()
    if row is None:
        return None
    try:
        text = order.merchant.seal().open(row.sealed, f"order:{order.external_id}")
    except ConfigError:  # its key is gone: the data was made unreadable on purpose
        return None
    facts: dict[str, Any] = json.loads(text)
    return {**facts, "recipient": facts["recipient"] or {}}


def masked(order: Order) -> Shown | None:
    """Return the order's recipient, masked; `None` when there is none or it was deleted."""
    facts = opened(order)
    if facts is None:
        return None
    recipient: dict[str, Any] = facts["recipient"]
    places = (recipient.get(part, "") for part in ("ward", "district", "province"))
    return Shown(
        name=mask_name(recipient.get("name", "")),
        phone=mask_phone(recipient.get("phone", "")),
        area=", ".join(place for place in places if place.strip("* ")),
        has_note=bool(facts["buyer_note"]),
    )


def mask_name(name: str) -> str:
    """Leave the first letter of each word: `Nguyễn Văn An` becomes `N*** V*** A***`."""
    return " ".join(f"{word[0]}***" for word in name.split() if word[0] != "*") or (
        "***" if name else ""
    )


def mask_phone(phone: str) -> str:
    """Leave the last two digits."""
    digits = [letter for letter in phone if letter.isdigit()]
    return f"******{''.join(digits[-2:])}" if phone else ""
