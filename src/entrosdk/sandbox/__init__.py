"""Emulated marketplaces: seeded, clock-driven, able to misbehave on order.

`Sandbox` holds one world; mount it in your process (`entrosdk.sandbox.transport`) or serve it
(`entrosdk sandbox serve`).
"""

from entrosdk.sandbox.box import Sandbox
from entrosdk.sandbox.shopee.profile import Profile as ShopeeProfile

__all__ = ["Sandbox", "ShopeeProfile"]
