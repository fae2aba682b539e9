"""The emulated VNPay and bank as a server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from attrs import frozen

from entrosdk import Secret
from reference_app.paying.gateway import pages
from reference_app.paying.gateway.bank import Bank, Transfer
from reference_app.paying.gateway.till import CHOICES, Notice, Refused, Till
from reference_app.web.statements import amount_of

__all__ = ["Places", "application"]

_LOOK = 0.05  # seconds between looks for notices that are due
_PATIENCE = ClientTimeout(total=10)
TILL, BANK, PLACES = (
    web.AppKey("till", Till), web.AppKey("bank", Bank), web.AppKey("places", "Places")
)  # fmt: skip


@frozen(kw_only=True)
class Places:
    """Where the merchant listens: for VNPay's notices, and for the bank's with their secret."""

    ipn: str
    bank: str
    bank_secret: Secret


def application(till: Till, places: Places, bank: Bank | None = None) -> web.Application:
    """Make the server."""
    app = web.Application()
    app[TILL], app[BANK], app[PLACES] = till, bank or Bank(), places
    app.add_routes([
        web.get("/healthz", _healthy),
        web.get("/style.css", _style),
        web.get("/paymentv2/vpcpay.html", _show),
        web.post("/paymentv2/{token}", _choose),
        web.get("/bank/", _bank_form),
        web.post("/bank/", _bank_transfer),
        web.get("/bank/transactions/list", _bank_list),
        web.get("/control/notices", _notices),
        web.post("/control/notices", _misbehave),
        web.post("/control/transfers", _transfer),
        web.post("/control/bank", _misbehave_bank),
    ])  # fmt: skip
    app.cleanup_ctx.append(_delivering)
    return app


def _now() -> datetime:
    return datetime.now(UTC)


async def _healthy(request: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _style(request: web.Request) -> web.Response:
    return web.Response(text=pages.STYLE, content_type="text/css")


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status, headers=pages.HEADERS)


# VNPay


async def _show(request: web.Request) -> web.Response:
    values = dict(request.query)
    try:
        return _html(pages.pay(request.app[TILL].ask(values, _now())))
    except Refused as refused:
        language = "en" if values.get("vnp_Locale") == "en" else "vi"
        return _html(pages.refused(str(refused), language), 400)


async def _choose(request: web.Request) -> web.Response:
    choice = str((await request.post()).get("choice", ""))
    token = request.match_info["token"]
    till = request.app[TILL]
    if token not in till.orders or choice not in CHOICES:
        raise web.HTTPNotFound
    raise web.HTTPFound(till.choose(token, choice, _now()))


async def _delivering(app: web.Application) -> AsyncIterator[None]:
    """Tell the merchant what is due while the server runs."""
    async with ClientSession(timeout=_PATIENCE) as session:
        task = asyncio.create_task(_deliver(app, session))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _deliver(app: web.Application, session: ClientSession) -> None:
    till, sending = app[TILL], set[asyncio.Task[None]]()
    while True:
        for notice in till.take_due(_now().timestamp()):
            task = asyncio.create_task(_tell(till, notice, app[PLACES].ipn, session))
            sending.add(task)  # the loop itself holds tasks by weak references only
            task.add_done_callback(sending.discard)
        await asyncio.sleep(_LOOK)


async def _tell(till: Till, notice: Notice, address: str, session: ClientSession) -> None:
    try:
        async with session.get(f"{address}?{notice.query()}") as reply:
            body = json.loads(await reply.text())
            said = str(body.get("RspCode", ""))
    except (ClientError, TimeoutError, ValueError, AttributeError) as failure:
        said = type(failure).__name__
    till.answered(notice, said, _now().timestamp())


# Bank


async def _bank_form(request: web.Request) -> web.Response:
    asked = request.query
    language = "en" if asked.get("lang") == "en" else "vi"
    return _html(pages.transfer(asked.get("amount", ""), asked.get("memo", ""), language))


async def _bank_transfer(request: web.Request) -> web.Response:
    form = await request.post()
    language = "en" if request.query.get("lang") == "en" else "vi"
    amount, memo = amount_of(str(form.get("amount", ""))), str(form.get("memo", ""))[:200]
    if not amount:
        return _html(pages.transfer(str(form.get("amount", "")), memo, language), 400)
    transfer = await _book(request.app, amount, memo)
    return _html(pages.transfer("", "", language, pages.booked(transfer.reference, language)))


async def _book(app: web.Application, amount: int, memo: str) -> Transfer:
    """Book a transfer and tell the merchant; a notice that fails is found by the list."""
    bank, places = app[BANK], app[PLACES]
    transfer = bank.take(amount, memo, _now())
    headers = {"Authorization": f"Apikey {places.bank_secret.reveal()}"}
    async with ClientSession(timeout=_PATIENCE) as session:
        for _ in range(0 if bank.lose else 1 + bank.repeat):
            with contextlib.suppress(ClientError, TimeoutError):
                body = transfer.notice()
                async with session.post(places.bank, json=body, headers=headers) as reply:
                    await reply.read()
    return transfer


async def _bank_list(request: web.Request) -> web.Response:
    given = request.headers.get("Authorization", "").encode()
    secret = request.app[PLACES].bank_secret.reveal()
    if not hmac.compare_digest(given, f"Bearer {secret}".encode()):
        raise web.HTTPUnauthorized
    found = request.app[BANK].since(request.query.get("transaction_date_min", ""))
    return web.json_response({"status": 200, "transactions": [one.row() for one in found]})


# Control


async def _notices(request: web.Request) -> web.Response:
    rows = [
        {"reference": one.values["vnp_TxnRef"], "replies": one.replies, "over": one.over}
        for one in request.app[TILL].notices
    ]
    return web.json_response(rows)


async def _misbehave(request: web.Request) -> web.Response:
    try:
        request.app[TILL].misbehave(**await _asked(request))
    except TypeError as wrong:
        raise web.HTTPBadRequest(text=str(wrong)) from None
    return web.json_response({})


async def _misbehave_bank(request: web.Request) -> web.Response:
    asked, bank = await _asked(request), request.app[BANK]
    bank.lose, bank.repeat = bool(asked.get("lose")), int(asked.get("repeat", 0))
    return web.json_response({})


async def _transfer(request: web.Request) -> web.Response:
    asked = await _asked(request)
    transfer = await _book(request.app, int(asked["amount"]), str(asked.get("memo", "")))
    return web.json_response({"reference": transfer.reference})


async def _asked(request: web.Request) -> dict[str, Any]:
    asked = json.loads(await request.text() or "{}")
    if not isinstance(asked, dict):
        raise web.HTTPBadRequest(text="an object is needed")
    return asked
