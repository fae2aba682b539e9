"""The emulated bank: transfers into one account, told by notices and by a list, as SePay does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from attrs import define, field, frozen

__all__ = ["Bank", "Transfer"]

_ZONE = timezone(timedelta(hours=7))


@frozen(kw_only=True)
class Transfer:
    """Money that came in."""

    number: int
    reference: str
    at: datetime
    amount: int
    memo: str

    def notice(self) -> dict[str, Any]:
        """Return what a notice says."""
        return {
            "id": self.number,
            "gateway": "Demo Bank",
            "transactionDate": _written(self.at),
            "accountNumber": "",
            "code": None,
            "content": self.memo,
            "transferType": "in",
            "transferAmount": self.amount,
            "subAccount": None,
            "referenceCode": self.reference,
        }

    def row(self) -> dict[str, Any]:
        """Return what the list of transactions says, in its other words."""
        return {
            "id": str(self.number),
            "transaction_date": _written(self.at),
            "amount_in": f"{self.amount}.00",
            "amount_out": "0.00",
            "transaction_content": self.memo,
            "reference_number": self.reference,
        }


@define
class Bank:
    """The books of one account. `lose` keeps notices back; the list tells of all."""

    lose: bool = False
    repeat: int = 0
    transfers: list[Transfer] = field(factory=list)

    def take(self, amount: int, memo: str, now: datetime) -> Transfer:
        """Book a transfer; banks write a prefix of their own before the memo."""
        number = int(now.timestamp() * 1000) + len(self.transfers)  # apart over restarts
        reference = f"FT{number}"
        transfer = Transfer(
            number=number, reference=reference, at=now, amount=amount, memo=f"MBVCB.{number}.{memo}"
        )
        self.transfers.append(transfer)
        return transfer

    def since(self, day: str) -> Iterator[Transfer]:
        """Yield transfers from a local day (`2026-11-28`) on."""
        return (one for one in self.transfers if one.at.astimezone(_ZONE).date().isoformat() >= day)


def _written(at: datetime) -> str:
    return at.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S")
