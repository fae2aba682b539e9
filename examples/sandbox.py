"""Where the examples connect to: the first Shopee store of a running sandbox.

Start one with `entrosdk sandbox serve`, or pass the address of its control API as the first
argument (or in ENTRO_SANDBOX).
"""

import os
import sys
from typing import Any

import httpx

from entrosdk import App, Grant, Secret

CONTROL = (sys.argv[1:] or [os.environ.get("ENTRO_SANDBOX", "http://127.0.0.1:9100")])[0]


def store() -> dict[str, str]:
    """Return the store's settings, as `stores.toml` would have them."""
    stores = httpx.get(f"{CONTROL}/control/stores").raise_for_status().json()
    return next(store for store in stores if store["marketplace"] == "shopee")


def settings() -> dict[str, Any]:
    """Return the keywords of `connect`; for a real shop leave the two addresses out."""
    known = store()
    return {
        "marketplace": known["marketplace"],
        "app": App(
            key=known["app_key"],
            secret=Secret(known["app_secret"]),
            push_secret=Secret(known["push_secret"]),
        ),
        "shop_id": known["shop_id"],
        "grant": Grant(
            access_token=Secret(known["access_token"]),
            refresh_token=Secret(known["refresh_token"]),
        ),
        "base_url": known["base_url"],
        "auth_url": known["auth_url"],
    }
