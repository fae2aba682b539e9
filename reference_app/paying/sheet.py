"""An invoice as it is printed: a frozen value, so that paper needs no database."""

from __future__ import annotations

from datetime import date

from attrs import frozen

__all__ = ["Ask", "InvoiceSheet", "Party", "SheetLine"]


@frozen(kw_only=True)
class Party:
    """Who sells, or who buys."""

    name: str
    address: str = ""
    tax_id: str = ""
    email: str = ""


@frozen(kw_only=True)
class SheetLine:
    """A line: whole dong without tax; the period is half-open."""

    text: str
    quantity: int
    unit_price: int
    amount: int
    start: date | None = None
    end: date | None = None


@frozen(kw_only=True)
class Ask:
    """How an unpaid invoice asks for its money: the code's text, and the same to type by hand."""

    payload: str
    amount: int
    code: str
    bank: str
    account: str
    holder: str


@frozen(kw_only=True)
class InvoiceSheet:
    """An invoice in one language; amounts are whole dong.

    `state` and `tax_class` are billing's words. Lines of class `KCT` or `KKKNT` have no tax line.
    `credits` and `paid` were taken off the total; `kept` arrived, was too little and waits;
    `left` is what is still to come.
    """

    language: str
    number: str
    state: str
    seller: Party
    buyer: Party
    lines: tuple[SheetLine, ...]
    net: int
    tax_class: str
    tax: int
    total: int
    credits: int = 0
    paid: int = 0
    kept: int = 0
    left: int = 0
    issued_on: date | None = None
    due_on: date | None = None
    paid_on: date | None = None
    ask: Ask | None = None

    @property
    def taxed(self) -> bool:
        """Whether a tax line is printed; 0 % has one, not-subject has none."""
        return self.tax_class.isdecimal()
