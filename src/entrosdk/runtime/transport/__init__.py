"""Ways to send a request."""

from __future__ import annotations

from importlib.util import find_spec

from entrosdk.runtime.ports import AsyncTransport

__all__ = ["quickest"]


def quickest() -> AsyncTransport:
    """Return a new transport of the quickest kind that is installed.

    That is aiohttp's with `entrosdk[fast]`, else httpx's; both keep the same promises.
    """
    if find_spec("aiohttp") is not None:
        from entrosdk.runtime.transport.aiohttp import (  # noqa: PLC0415 - an extra
            AsyncAiohttpTransport,
        )

        return AsyncAiohttpTransport()
    from entrosdk.runtime.transport.httpx import (  # noqa: PLC0415 - import budget
        AsyncHttpxTransport,
    )

    return AsyncHttpxTransport()
