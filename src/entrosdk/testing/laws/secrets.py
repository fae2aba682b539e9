"""Secrets and people."""

from __future__ import annotations

import io
import logging
import traceback

from entrosdk.engine.events import log
from entrosdk.errors import EntroError
from entrosdk.spi.manifest import Capability
from entrosdk.testing.bench import Bench
from entrosdk.testing.rules import rule


@rule("secrets.quiet", Capability.ORDERS_LIST)
def quiet(bench: Bench) -> None:
    """No key and no token is in any log line, repr, error or traceback, whatever happens."""
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    logger = logging.getLogger("entrosdk")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        for effect in ("", "500", "html", "malformed_record", "expire_token"):
            _drive(bench, effect, told)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
    seen = told.getvalue()
    assert "orders.list" in seen, "nothing was logged"
    assert [name for name in bench.secrets() if name in seen] == []
    assert not any(request.body and request.body.decode() in seen for request in bench.sent)


def _drive(bench: Bench, effect: str, told: io.StringIO) -> None:
    bench.behave()
    if effect:
        bench.fault(effect, probability=0.5)
    with bench.shop(hooks=(log,)) as shop:
        for call in (
            lambda: list(shop.orders.list(updated_from=bench.since, on_unreadable=lambda _: None)),
            lambda: shop.orders.get("0"),
            shop.info,
        ):
            try:
                told.write(f"{call()!r} {shop!r}\n")
            except EntroError as error:
                told.write(f"{error!r} {error} {error.__dict__}\n")
                told.write("".join(traceback.format_exception(error)))
