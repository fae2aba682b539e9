"""What other parts of the app may listen to."""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["link_changed"]

link_changed = Signal()
"""Sent once for each act of linking, inside its transaction, by `LinkBatch`.

Carries `merchant_id` and `moved`: tuples of listing id, variant id before and after (`None` for
no link). Order lines that waited for a link are booked already.
"""
