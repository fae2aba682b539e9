"""Invoices of the database as they are printed and paid."""

from __future__ import annotations

from django.conf import settings

from reference_app.billing.clock import day_of
from reference_app.billing.models import CreditEntry, Invoice
from reference_app.paying import vietqr
from reference_app.paying.conf import Paying
from reference_app.paying.sheet import Ask, InvoiceSheet, Party, SheetLine

__all__ = ["ask_of", "kept_for", "left_of", "sheet_of"]


def kept_for(invoice: Invoice) -> int:
    """Return what arrived for an open invoice, was too little, and still waits as credit."""
    kept = CreditEntry.objects.filter(payment__invoice=invoice, kind=CreditEntry.Kind.KEPT)
    arrived = sum(kept.values_list("amount", flat=True))
    if not arrived or not invoice.is_open:
        return 0
    mine = CreditEntry.objects.filter(merchant=invoice.merchant_id)
    return max(0, min(arrived, sum(mine.values_list("amount", flat=True))))


def left_of(invoice: Invoice) -> int:
    """Return what is still to come: the balance less what waits for it as credit.

    Billing settles an invoice once all that arrived for it is enough.
    """
    return max(0, invoice.balance() - kept_for(invoice))


def ask_of(invoice: Invoice) -> Ask | None:
    """Return how an invoice asks for a transfer; `None` when nothing is owed, or no way is set."""
    paying: Paying = settings.PAYING
    account = paying.account
    if account is None or not invoice.is_open or not invoice.pay_code:
        return None
    left = left_of(invoice)
    if not left:
        return None
    text = vietqr.payload(account.bin, account.number, amount=left, memo=invoice.pay_code)
    return Ask(
        payload=text,
        amount=left,
        code=invoice.pay_code,
        bank=account.bank,
        account=account.number,
        holder=account.holder,
    )


def sheet_of(invoice: Invoice, language: str) -> InvoiceSheet:
    """Return an invoice as it is printed in a language."""
    paying: Paying = settings.PAYING
    buyer = {name: str(invoice.buyer.get(name) or "") for name in _BUYER}
    return InvoiceSheet(
        language=language,
        number=invoice.number,
        state=invoice.state,
        seller=paying.seller,
        buyer=Party(**buyer),
        lines=tuple(
            SheetLine(
                text=line.text_en if language == "en" else line.text_vi,
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=line.amount,
                start=line.period_start,
                end=line.period_end,
            )
            for line in invoice.lines.all()
        ),
        net=invoice.net,
        tax_class=invoice.tax_class,
        tax=invoice.tax,
        total=invoice.total,
        credits=invoice.credits_used(),
        paid=invoice.payments_made(),
        kept=kept_for(invoice),
        left=left_of(invoice),
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        paid_on=day_of(invoice.paid_at) if invoice.paid_at else None,
        ask=ask_of(invoice),
    )


_BUYER = ("name", "address", "tax_id", "email")
