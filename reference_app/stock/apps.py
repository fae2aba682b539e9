"""How Django knows this app."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig


class Config(AppConfig):
    """The app's label is the last part of its name."""

    name = "reference_app.stock"

    def ready(self) -> None:
        """Follow links that change."""
        from reference_app.goods.signals import link_changed  # noqa: PLC0415 - models first

        link_changed.connect(_follow_links, dispatch_uid="stock")


def _follow_links(*, moved: Sequence[tuple[int, int | None, int | None]], **_: object) -> None:
    from reference_app.stock import booking  # noqa: PLC0415 - models first

    booking.relinked([listing for listing, before, after in moved if before != after])
