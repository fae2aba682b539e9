"""Receives one push, verifies it on its raw bytes, answers at once, and fetches later.

It asks the sandbox to push to this process, and lets a buyer buy something.
"""

from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
from sandbox import CONTROL, settings

from entrosdk import Event, OrderChanged, connect
from entrosdk.errors import BadSignature

shop = connect(**settings())
waiting: list[Event] = []  # a table or a message queue in real life


class Receiver(BaseHTTPRequestHandler):
    """The address that the marketplace was told."""

    def do_POST(self) -> None:
        """Verify, keep, answer with an empty 200; nothing slow happens here."""
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            waiting.extend(shop.events.parse(headers=dict(self.headers), body=body, url=URL))
            self.send_response(200)
        except BadSignature:
            self.send_response(401)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log no address: it may carry what is not for logs."""


with HTTPServer(("127.0.0.1", 0), Receiver) as server, shop:
    URL = f"http://127.0.0.1:{server.server_port}/hooks/shopee"
    httpx.post(f"{CONTROL}/control/webhooks", json={"marketplace": "shopee", "url": URL})
    httpx.post(f"{CONTROL}/control/orders", json={"marketplace": "shopee", "cod": True})
    while not any(isinstance(event, OrderChanged) for event in waiting):
        server.handle_request()

    changed = {event.order_id for event in waiting if isinstance(event, OrderChanged)}
    for order in shop.orders.get_many(sorted(changed)):
        print(f"pushed and fetched: {order.id} {order.status} {order.totals.total}")
    httpx.post(f"{CONTROL}/control/webhooks", json={"marketplace": "shopee", "url": ""})
