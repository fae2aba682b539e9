"""What others may hook into when records are stored."""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["orders_stored"]

orders_stored = Signal()
"""Sent inside the transaction that stores a page of orders.

`sender` is `Order`; `store` the store; `new` and `changed` are tuples of stored rows: never seen
before, and with a newer version than before; `history` says that the page is of before the store
was connected.
"""
