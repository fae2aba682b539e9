"""What becomes of money: payments, credit and credit notes (domain 8.5)."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from reference_app.billing.engine.money import rounded

__all__ = ["Received", "Taken", "noted", "received"]


@frozen(kw_only=True)
class Received:
    """`applied` of a payment settles the invoice; `credit` of it becomes account credit."""

    outcome: Literal["paid", "overpaid", "kept"]
    applied: int
    credit: int


def received(balance: int, amount: int) -> Received:
    """Say what a payment does to an invoice of which `balance` is open.

    Less than the balance settles nothing: it is kept as credit, and the owner is asked.

    >>> received(322_920, 300_000)
    Received(outcome='kept', applied=0, credit=300000)
    """
    if balance <= 0 or amount < balance:
        return Received(outcome="kept", applied=0, credit=amount)
    outcome: Literal["paid", "overpaid"] = "paid" if amount == balance else "overpaid"
    return Received(outcome=outcome, applied=balance, credit=amount - balance)


@frozen
class Taken:
    """A part of an invoice that a credit note takes back."""

    net: int
    tax: int


def noted(whole: Taken, before: Taken, net: int) -> Taken:
    """Return a credit note's part, so that all parts of an invoice make the whole to the dong.

    Raises `ValueError` for more than what is left.

    >>> noted(Taken(100_005, 8_000), Taken(0, 0), 33_335)
    Taken(net=33335, tax=2667)
    """
    if not 0 < net <= whole.net - before.net:
        raise ValueError("a credit note takes back at most what the invoice asked")
    so_far = rounded(whole.tax * (before.net + net), whole.net)
    return Taken(net, so_far - before.tax)
