"""Returns: Tiki's Open API has none (fact book section 6).

An order tells that it is a replacement (`is_rma`) or that it came back (`returned`); requests,
goods and refunds are handled in Seller Center only, and are not guessed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from entrosdk.domain.returns import Return, ReturnQuery
from entrosdk.errors import Unsupported
from entrosdk.spi.effects import Flow
from entrosdk.spi.page import Batch, Page, Stub

__all__ = ["Returns"]


class Returns:
    """What the manifest declares absent; the engine refuses it before it gets here."""

    def page(self, query: ReturnQuery, cursor: str | None) -> Flow[Page[Return]]:  # noqa: ARG002
        """Raise `Unsupported`."""
        _absent()

    def stubs(self, query: ReturnQuery, cursor: str | None) -> Flow[Page[Stub]]:  # noqa: ARG002
        """Raise `Unsupported`."""
        _absent()

    def many(self, ids: Sequence[str]) -> Flow[Batch[Return]]:  # noqa: ARG002
        """Raise `Unsupported`."""
        _absent()


def _absent() -> NoReturn:
    raise Unsupported(
        "Tiki has no returns in its API", advice="Look at returns in Tiki's Seller Center."
    )
