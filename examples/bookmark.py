"""Reads a few pages now and the rest in another run: a position is text that may be stored."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox import settings

from entrosdk import connect

bookmark = Path("bookmark.txt")
today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
window = {"updated_from": today - timedelta(days=30), "updated_to": today}

with connect(**settings()) as shop:
    start = bookmark.read_text() if bookmark.exists() else None
    for number, page in enumerate(shop.orders.pages(**window, start=start), 1):
        print(f"page {number}: {len(page)} orders")
        if page.next is None:
            bookmark.unlink(missing_ok=True)
            print("that was the last page")
        elif number == 2:
            bookmark.write_text(page.next)
            print("enough for now; run again to go on")
            break
