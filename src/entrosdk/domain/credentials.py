"""Who we are to a marketplace (`App`) and what a seller let us do (`Grant`)."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from entrosdk.domain.secret import Secret

__all__ = ["App", "Grant"]


@frozen
class App:
    """The application registered in a marketplace's developer console.

    `key` is Shopee's partner_id, Lazada's and TikTok's app_key, Tiki's client_id.
    `push_secret` verifies notifications where the marketplace issues a separate key for them
    (Shopee's push partner key); it falls back to `secret`.
    `service_id` is only TikTok Shop's.
    `email` is where a marketplace writes to about a dispute (Shopee wants one with each).
    """

    key: str = field(converter=str)
    secret: Secret
    push_secret: Secret | None = None
    service_id: str | None = None
    email: str = field(default="", repr=False)

    @property
    def push_key(self) -> Secret:
        """The secret that notifications are signed with."""
        return self.push_secret or self.secret


@frozen
class Grant:
    """A seller's consent: the tokens of one shop.

    Both `expires_at` and `refresh_expires_at` are aware UTC instants, `None` when unknown.
    `shop_id` names the shop the grant is for; `shop_ref` is a second handle that some
    marketplaces want beside it (TikTok's shop_cipher).
    """

    access_token: Secret
    refresh_token: Secret | None = None
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    shop_id: str | None = None
    shop_ref: str | None = None
    scopes: tuple[str, ...] = ()
