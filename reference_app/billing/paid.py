"""Money that arrives."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen

from reference_app.tenants.models import User

__all__ = ["Outcome", "Settled", "record_payment"]

Outcome: TypeAlias = Literal["paid", "overpaid", "kept", "repeated"]


@frozen(kw_only=True)
class Settled:
    """What became of a payment.

    `paid`: it settled the invoice. `overpaid`: it did, and `credit` dong became account credit.
    `kept`: it did not fit, all of it became account credit and the owner is asked. `repeated`:
    this provider's id was known; nothing changed.
    """

    outcome: Outcome
    payment_id: int
    applied: int = 0
    credit: int = 0
    balance: int = 0


def record_payment(
    *,
    invoice_id: int,
    amount: int,
    way: str,
    provider_id: str,
    at: datetime,
    actor: User | None = None,
) -> Settled:
    """Record `amount` dong for an invoice, once for each (`way`, `provider_id`).

    Raises `ValueError` for an amount that is not positive or an invoice still in draft, and
    `Invoice.DoesNotExist`.
    """
    raise NotImplementedError
