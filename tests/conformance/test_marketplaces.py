"""Our own adapters keep every law of the kit, under both drivers."""

from __future__ import annotations

from entrosdk.testing import AdapterSuite
from entrosdk.testing.worlds import emulator


class TestShopee(AdapterSuite):
    """Shopee."""

    adapter = "shopee"
    world = emulator("shopee")


class TestLazada(AdapterSuite):
    """Lazada."""

    adapter = "lazada"
    world = emulator("lazada")


class TestTikTok(AdapterSuite):
    """TikTok Shop."""

    adapter = "tiktok"
    world = emulator("tiktok")


class TestTiki(AdapterSuite):
    """Tiki."""

    adapter = "tiki"
    world = emulator("tiki")
