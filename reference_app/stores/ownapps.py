"""The apps this installation has of its own at marketplaces: what the environment says of them.

| variable | meaning |
|---|---|
| ENTRO_APP_SHOPEE_KEY, _SECRET | the app's key and secret; without both there is no button |
| ENTRO_APP_SHOPEE_PUSH_SECRET | where pushes are signed with a key of their own |
| ENTRO_APP_TIKTOK_SERVICE_ID | what TikTok Shop's present consent page goes by |
| ENTRO_APP_SHOPEE_BASE_URL, _AUTH_URL | another API and consent page, such as a sandbox's |

LAZADA, TIKTOK and TIKI stand in the place of SHOPEE likewise.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from entrosdk import App, Secret

__all__ = ["OwnApp", "from_environment", "variables"]

_MARKETPLACES = ("shopee", "lazada", "tiktok", "tiki")
_FACTS = {
    "app_key": "KEY",
    "app_secret": "SECRET",
    "push_secret": "PUSH_SECRET",
    "base_url": "BASE_URL",
    "auth_url": "AUTH_URL",
}


@frozen(kw_only=True)
class OwnApp:
    """An app and where its marketplace answers; empty addresses are the marketplace's usual."""

    app: App
    base_url: str = ""
    auth_url: str = ""


def from_environment(given: Mapping[str, str]) -> dict[str, OwnApp]:
    """Return the apps by marketplace, in the order their buttons stand in."""
    found: dict[str, OwnApp] = {}
    for marketplace in _MARKETPLACES:

        def value(name: str, prefix: str = f"ENTRO_APP_{marketplace.upper()}_") -> str:
            return given.get(prefix + name, "").strip()

        if not value("KEY") or not value("SECRET"):
            continue
        push = value("PUSH_SECRET")
        found[marketplace] = OwnApp(
            app=App(
                value("KEY"),
                secret=Secret(value("SECRET")),
                push_secret=Secret(push) if push else None,
                service_id=value("SERVICE_ID") or None,
            ),
            base_url=value("BASE_URL").rstrip("/"),
            auth_url=value("AUTH_URL").rstrip("/"),
        )
    return found


def variables(facts: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that name the app of one of a sandbox's stores."""
    prefix = f"ENTRO_APP_{facts['marketplace'].upper()}_"
    return {prefix + name: facts[key] for key, name in _FACTS.items() if facts.get(key)}
