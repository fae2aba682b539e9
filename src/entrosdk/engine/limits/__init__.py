"""When the next request may go, as arithmetic: windows, turns, and what was learned."""

from entrosdk.engine.limits.headers import Told, read_headers, read_retry_after
from entrosdk.engine.limits.limiter import Limiter
from entrosdk.engine.limits.waiting import Lane, Ticket
from entrosdk.engine.limits.window import Window, slack, spacing

__all__ = [
    "Lane",
    "Limiter",
    "Ticket",
    "Told",
    "Window",
    "read_headers",
    "read_retry_after",
    "slack",
    "spacing",
]
