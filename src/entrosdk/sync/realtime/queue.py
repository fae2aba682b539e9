"""Events that wait in a marketplace's queue become the same hints as pushes (Tiki, book 7.1)."""

from __future__ import annotations

import logging
from collections.abc import Collection

from entrosdk.client.async_shop import AsyncShop
from entrosdk.runtime import clock as machine
from entrosdk.runtime.ports import Clock
from entrosdk.sync.realtime.desk import InboxDesk
from entrosdk.sync.realtime.hints import ShopKey, hints_of
from entrosdk.sync.realtime.inbox import Inbox

__all__ = ["QUEUES", "pull_queue"]

QUEUES = ("tiki",)
"""Marketplaces whose queue is one shop's own.

Shopee's holds lost pushes of all shops of an app, and reading confirms them for everybody: only
who follows all of the app's shops may add "shopee".
"""

_log = logging.getLogger("entrosdk.realtime")


async def pull_queue(
    shop: AsyncShop,
    inbox: Inbox | InboxDesk,
    *,
    shops: Collection[str] | None = None,
    clock: Clock = machine.now,
) -> int:
    """Take everything that waits in the shop's queue; returns how many events there were.

    The position is stored in one transaction with the hints, and only the next pull tells the
    marketplace that they were received: whatever happens in between, they come again or are here.
    `shops` are the ids that may be spoken of, by default the shop's own.
    """
    desk = inbox if isinstance(inbox, InboxDesk) else InboxDesk(inbox)
    key = ShopKey(shop.marketplace, shop.shop_id)
    ours = {shop.shop_id} if shops is None else shops
    try:
        cursor, taken = await desk.ask(lambda: desk.inbox.position(key)), 0
        while True:
            page = await shop.events.pull(cursor)
            now = clock()
            hints = [hint for event in page.items for hint in hints_of(event, now, ours)]
            if page.unreadable:
                words = (len(page.unreadable), shop.marketplace, shop.shop_id)
                _log.warning("%d events of %s %s cannot be read", *words)
            if page.next is None or page.next == cursor:
                return taken
            await desk.put(hints, (key, page.next))
            cursor, taken = page.next, taken + len(page.items) + len(page.unreadable)
    finally:
        if desk is not inbox:
            desk.close()
