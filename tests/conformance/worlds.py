"""A world by name, as a partner's package would have one."""

from __future__ import annotations

from entrosdk.testing.worlds import emulator

shopee = emulator("shopee")
