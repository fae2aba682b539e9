"""Sends a seller to the consent page, takes the code that comes back, keeps the grants.

The sandbox's seller agrees at once; a real one sees a page, and comes back to your server.
"""

import secrets
from urllib.parse import parse_qs, urlsplit

import httpx
from sandbox import settings

from entrosdk import authorize_url, connect, exchange_code, grant_key
from entrosdk.runtime.stores.file import FileStore

known = settings()
app = known["app"]
hosts = {"base_url": known["base_url"], "auth_url": known["auth_url"]}
state = secrets.token_urlsafe(16)

link = authorize_url(
    "shopee", app=app, redirect_uri="https://erp.example.com/connected", state=state, **hosts
)
came_back_to = httpx.get(link).headers["location"]
assert parse_qs(urlsplit(came_back_to).query)["state"] == [state]  # our visitor's, not a stranger's

store = FileStore("grants.json")
for grant in exchange_code("shopee", app=app, callback=came_back_to, **hosts):
    key = grant_key("shopee", app, grant.shop_id)
    present = store.load(key)
    store.save(key, grant, present.version if present else 0)
    with connect("shopee", app=app, shop_id=grant.shop_id, store=store, **hosts) as shop:
        info = shop.info()
        print(f"connected {info.name} ({info.id}) until {info.consent_until:%Y-%m-%d}")
