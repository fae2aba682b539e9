"""Emulated marketplaces: seeded, clock-driven, able to misbehave on order.

`Sandbox` holds one world; mount it in your process (`entrosdk.sandbox.transport`) or serve it
(`entrosdk sandbox serve`).
"""

from entrosdk.sandbox.box import Sandbox
from entrosdk.sandbox.lazada.profile import Profile as LazadaProfile
from entrosdk.sandbox.shopee.profile import Profile as ShopeeProfile
from entrosdk.sandbox.tiki.profile import Profile as TikiProfile
from entrosdk.sandbox.tiktok.profile import Profile as TikTokProfile

__all__ = ["LazadaProfile", "Sandbox", "ShopeeProfile", "TikTokProfile", "TikiProfile"]
