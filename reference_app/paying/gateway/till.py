"""The emulated VNPay's books: what was asked, what the payer chose, and the notices of it.

Pure: time is passed in, and a deliverer does what is due.
"""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlencode

from attrs import define, evolve, field, frozen

from entrosdk import Secret
from reference_app.paying.vnpay.signing import sign, true

__all__ = ["CHOICES", "Mischief", "Notice", "Order", "Refused", "Till"]

ZONE = timezone(timedelta(hours=7))
_MOMENT = "%Y%m%d%H%M%S"
_ENDING = frozenset({"00", "02"})  # answers that stop repeats
_REQUIRED = ("vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_Amount", "vnp_CurrCode",
             "vnp_TxnRef", "vnp_OrderInfo", "vnp_ReturnUrl", "vnp_IpAddr",
             "vnp_CreateDate")  # fmt: skip

# What the payer may choose: response code and state of the transaction.
CHOICES = {
    "pay": ("00", "00"),
    "fail": ("51", "02"),  # not enough money in the account
    "cancel": ("24", "02"),
    "suspect": ("07", "07"),  # taken, but held for a suspicion of fraud
}
_TIMED_OUT = ("11", "02")


class Refused(Exception):
    """A request to pay that the gateway does not show; the message is for developers."""


@frozen(kw_only=True)
class Order:
    """A request to pay, as it was asked; `token` names its page."""

    token: str
    values: Mapping[str, str]
    until: datetime

    @property
    def amount(self) -> int:
        """Whole dong."""
        return int(self.values["vnp_Amount"]) // 100

    @property
    def language(self) -> str:
        """The page's language."""
        return "en" if self.values.get("vnp_Locale") == "en" else "vi"


@frozen(kw_only=True)
class Mischief:
    """What happens to notices from now on.

    `repeat` more copies follow each; `delay` is in seconds; `amount` dong are told in place of
    the true ones, signed; `forge` tells success with a wrong signature; `lose` sends nothing.
    """

    repeat: int = 0
    delay: float = 0.0
    amount: int | None = None
    forge: bool = False
    lose: bool = False


@define
class Notice:
    """A notice on its way: what was answered so far, and whether it came to its end."""

    values: Mapping[str, str]
    replies: list[str] = field(factory=list)
    over: bool = False

    def query(self) -> str:
        """Return what is added to the merchant's address."""
        return urlencode(self.values)


@define
class Till:
    """The gateway's books. A notice that is not answered 00 or 02 is told up to `tries` times."""

    code: str
    secret: Secret
    tries: int = 10  # (confirm) with the manual in force, as is the pause
    pause: float = 300.0  # seconds
    mischief: Mischief = field(factory=Mischief)
    orders: dict[str, Order] = field(factory=dict)
    outcomes: dict[str, str] = field(factory=dict)
    notices: list[Notice] = field(factory=list)
    _due: list[tuple[float, int, Notice]] = field(factory=list)
    _count: int = 0

    def ask(self, values: Mapping[str, str], now: datetime) -> Order:
        """Take a request to pay; raises `Refused`."""
        lacking = [name for name in _REQUIRED if not values.get(name)]
        if lacking:
            raise Refused(f"missing {', '.join(lacking)}")
        if values["vnp_TmnCode"] != self.code:
            raise Refused("unknown terminal")
        if not true(values, self.secret):
            raise Refused("wrong signature")
        if values["vnp_Version"] != "2.1.0" or values["vnp_Command"] != "pay":
            raise Refused("only pay of version 2.1.0")
        if not values["vnp_Amount"].isdecimal() or int(values["vnp_Amount"]) < 500_000:
            raise Refused("an amount is at least 5,000 dong, times 100")
        if any(order.values["vnp_TxnRef"] == values["vnp_TxnRef"] for order in self._decided()):
            raise Refused("this reference was used before")
        until = _moment(values.get("vnp_ExpireDate")) or now + timedelta(minutes=15)
        if until <= now:
            raise Refused("the request has expired")
        order = Order(token=secrets.token_urlsafe(12), values=dict(values), until=until)
        self.orders[order.token] = order
        return order

    def _decided(self) -> list[Order]:
        return [self.orders[token] for token in self.outcomes]

    def choose(self, token: str, choice: str, now: datetime) -> str:
        """Note what the payer chose and return where to send the browser.

        The first choice stands; a second click leads to the same place.
        """
        order = self.orders[token]
        if token not in self.outcomes:
            codes = CHOICES[choice] if now < order.until else _TIMED_OUT
            result = self._result(order, codes, now)
            self.outcomes[token] = urlencode(result)
            self._tell(order, result, now)
        mark = "&" if "?" in order.values["vnp_ReturnUrl"] else "?"
        return f"{order.values['vnp_ReturnUrl']}{mark}{self.outcomes[token]}"

    def _result(self, order: Order, codes: tuple[str, str], now: datetime) -> dict[str, str]:
        self._count += 1
        asked = order.values
        return self._signed({
            "vnp_TmnCode": self.code,
            "vnp_Amount": asked["vnp_Amount"],
            "vnp_BankCode": "NCB",
            "vnp_BankTranNo": f"VNP{14_000_000 + self._count}",
            "vnp_CardType": "ATM",
            "vnp_PayDate": now.astimezone(ZONE).strftime(_MOMENT),
            "vnp_OrderInfo": asked["vnp_OrderInfo"],
            "vnp_TransactionNo": self._number(now),
            "vnp_ResponseCode": codes[0],
            "vnp_TransactionStatus": codes[1],
            "vnp_TxnRef": asked["vnp_TxnRef"],
        })  # fmt: skip

    def _number(self, now: datetime) -> str:
        # The books live in memory only: the clock keeps numbers apart over restarts.
        return f"{int(now.timestamp() * 1000)}{self._count % 100:02d}"[-15:]

    def _signed(self, values: Mapping[str, str]) -> dict[str, str]:
        return {**values, "vnp_SecureHash": sign(values, self.secret)}

    # Notices

    def _tell(self, order: Order, result: Mapping[str, str], now: datetime) -> None:
        what = self.mischief
        values = {name: value for name, value in result.items() if name != "vnp_SecureHash"}
        if what.amount is not None:
            values["vnp_Amount"] = str(what.amount * 100)
        told = self._signed(values)
        if what.forge:
            values |= {"vnp_ResponseCode": "00", "vnp_TransactionStatus": "00"}
            told = {**values, "vnp_SecureHash": sign(values, Secret("somebody else's"))}
        for _ in range(0 if what.lose else 1 + what.repeat):
            self.send(Notice(told), now.timestamp() + what.delay)

    def send(self, notice: Notice, at: float) -> None:
        """Put a notice on its way, due at an epoch second."""
        self.notices.append(notice)
        self._push(notice, at)

    def _push(self, notice: Notice, at: float) -> None:
        self._count += 1
        heapq.heappush(self._due, (at, self._count, notice))

    def take_due(self, now: float) -> list[Notice]:
        """Take the notices whose time has come; each comes back by `answered`."""
        taken = []
        while self._due and self._due[0][0] <= now:
            taken.append(heapq.heappop(self._due)[2])
        return taken

    def answered(self, notice: Notice, reply: str, now: float) -> None:
        """Note what the merchant answered; `reply` is its code, or why there was none."""
        notice.replies.append(reply)
        notice.over = reply in _ENDING or len(notice.replies) >= self.tries
        if not notice.over:
            self._push(notice, now + self.pause)

    def misbehave(self, **what: object) -> None:
        """Change what happens to notices from now on."""
        self.mischief = evolve(Mischief(), **what)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, _MOMENT).replace(tzinfo=ZONE).astimezone(UTC)
    except ValueError:
        raise Refused("a date is yyyyMMddHHmmss") from None
