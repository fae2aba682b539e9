"""Ships an order, waits for its tracking number, and keeps the label as a file.

It lets a buyer of the sandbox buy something first.
"""

from pathlib import Path

import httpx
from sandbox import CONTROL, settings

from entrosdk import connect

with connect(**settings()) as shop:
    bought = httpx.post(f"{CONTROL}/control/orders", json={"marketplace": "shopee", "cod": False})
    order_id = bought.json()["orders"][0]["id"]
    ready = {"status": "TO_SHIP"}
    httpx.post(f"{CONTROL}/control/orders/shopee/{order_id}/status", json=ready)

    options = shop.orders.shipping_options(order_id)
    print(f"{order_id} can go by {', '.join(options.methods)}; {len(options.slots)} times")
    shop.orders.ship(order_id)

    # The carrier answers minutes later; the sandbox's clock can be moved.
    httpx.post(f"{CONTROL}/control/clock", json={"advance_s": 120})
    (package,) = shop.orders.get(order_id).packages
    print(f"{package.carrier}: {package.tracking_number}")

    label = shop.orders.label(order_id)
    Path("label.pdf").write_bytes(label.content)
    print(f"label.pdf: {label.kind}, {len(label.content)} bytes")
