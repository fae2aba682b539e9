"""Bodies of the queue of lost pushes (section 7.4)."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from entrosdk.adapters.shopee.wire import Envelope
from entrosdk.spi.wire import Count, Flag, Many, Rows, Text, WireModel

__all__ = ["LOST", "LostBody", "LostPage", "LostPush"]


class LostPush(WireModel):
    """A push that was not delivered; `data` is the JSON text of its whole original body."""

    known: ClassVar[frozenset[str]] = frozenset({"code", "timestamp"})

    shop_id: Text = ""
    data: str

    @property
    def name(self) -> str:
        """An id of its own: the queue gives its rows none."""
        return f"?{hashlib.sha256(self.data.encode(errors='replace')).hexdigest()[:16]}"


class LostBody(WireModel):
    """The payload of get_lost_push_message."""

    push_message_list: Many[LostPush] = ()
    has_next_page: Flag = False
    last_message_id: Count = 0


class LostPage(Envelope):
    """The reply of get_lost_push_message."""

    response: LostBody


LOST = Rows(LostPage, "response.push_message_list", LostPush, "name")
