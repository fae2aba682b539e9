"""An invoice as a PDF file, in Vietnamese or English, with fpdf2.

Equal sheets give equal bytes: the file's date is the invoice's own.
"""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from reference_app.paying import vietqr
from reference_app.paying.sheet import Ask, InvoiceSheet, Party, SheetLine
from reference_app.paying.spelled import spelled
from reference_app.web.moments import shown_day
from reference_app.web.money import shown

__all__ = ["invoice"]

_FONTS = Path(__file__).resolve().parents[1] / "static" / "vendor" / "be-vietnam-pro"
_FAMILY = "Be Vietnam Pro"
_INK, _QUIET, _RULE = (23, 33, 43), (91, 105, 118), (205, 213, 221)
_MARGIN, _WIDTH = 18.0, 174.0  # millimetres
_HALF = _WIDTH / 2
_QR = 44.0


def invoice(sheet: InvoiceSheet) -> bytes:
    """Print an invoice."""
    with override(sheet.language):
        paper = _Paper(sheet)
        paper.add_page()
        paper.head()
        paper.people()
        paper.table_of_lines()
        paper.sums()
        if sheet.ask:
            paper.ask(sheet.ask)
        return bytes(paper.output())


class _Paper(FPDF):
    def __init__(self, sheet: InvoiceSheet) -> None:
        super().__init__(format="A4")
        self.sheet = sheet
        self.add_font(_FAMILY, "", _FONTS / "regular.ttf")
        self.add_font(_FAMILY, "B", _FONTS / "bold.ttf")
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(True, _MARGIN + 10)
        self.set_title(f"{_('Invoice')} {sheet.number}".strip())
        self.set_author(sheet.seller.name)
        self.set_lang("vi" if sheet.language == "vi" else "en")
        self.set_creation_date(datetime.combine(sheet.issued_on or date.min, time.min, UTC))

    def footer(self) -> None:
        """Write what the paper is not, the number of the invoice and of the page."""
        self.set_y(-_MARGIN - 4)
        self._font(8, _QUIET)
        # The tax office knows e-invoices of licensed providers only (domain rules, section 4).
        note = _("This document asks for payment. It does not replace the e-invoice.")
        self.cell(_WIDTH, 4, note, new_x="LMARGIN", new_y="NEXT")
        place = _("Page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(_HALF, 5, self.sheet.number)
        self.cell(_HALF, 5, place, align="R")

    # Parts of the page

    def head(self) -> None:
        """Write whose invoice it is, its number, dates and state."""
        sheet = self.sheet
        self._font(22, _INK, "B")
        self.cell(_HALF, 11, _("INVOICE"))
        self._font(11, _INK, "B")
        self.cell(_HALF, 11, sheet.number or _("Draft"), align="R", new_x="LMARGIN", new_y="NEXT")
        for title, day in (
            (_("Issued on"), sheet.issued_on),
            (_("Pay by"), None if sheet.paid_on else sheet.due_on),
            (_("Paid on"), sheet.paid_on),
        ):
            if day:
                self._font(9.5, _QUIET)
                self.cell(
                    _WIDTH, 5, f"{title}: {shown_day(day)}", align="R",
                    new_x="LMARGIN", new_y="NEXT",
                )  # fmt: skip
        state = {"paid": _("PAID"), "void": _("VOID"), "draft": _("DRAFT")}.get(sheet.state)
        if state:
            self._font(11, _INK, "B")
            self.cell(_WIDTH, 7, state, align="R", new_x="LMARGIN", new_y="NEXT")
        self.ln(4)

    def people(self) -> None:
        """Write seller and buyer side by side."""
        top = self.get_y()
        ends = []
        for left, title, party in (
            (_MARGIN, _("Seller"), self.sheet.seller),
            (_MARGIN + _HALF, _("Buyer"), self.sheet.buyer),
        ):
            self.set_xy(left, top)
            self._party(left, title, party)
            ends.append(self.get_y())
        self.set_xy(_MARGIN, max(ends) + 6)

    def _party(self, left: float, title: str, party: Party) -> None:
        def line(text: str, size: float, style: str = "") -> None:
            self.set_x(left)
            self._font(size, _INK if size > 9 else _QUIET, style)
            self.multi_cell(_HALF - 6, 5, _plain(text), align="L", new_x="LMARGIN", new_y="NEXT")

        line(title, 9)
        line(party.name, 10.5, "B")
        if party.tax_id:
            line(f"{_('Tax code')}: {party.tax_id}", 9.5)
        for text in (party.address, party.email):
            if text:
                line(text, 9.5)

    def table_of_lines(self) -> None:
        """Write the lines; heads are repeated on each page."""
        self._font(9.5, _INK)
        self.set_draw_color(*_RULE)
        with self.table(
            col_widths=(88, 18, 34, 34),
            text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT"),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", color=_QUIET),
            line_height=5,
            padding=(1.6, 1),
            width=_WIDTH,
        ) as table:
            table.row((_("Description"), _("Quantity"), _("Unit price"), _("Amount")))
            for line in self.sheet.lines:
                table.row((
                    _described(line), str(line.quantity), self._money(line.unit_price),
                    self._money(line.amount),
                ))  # fmt: skip
        self.ln(3)

    def sums(self) -> None:
        """Write net, tax, total and what is left to pay, and the total in words."""
        sheet = self.sheet
        rows = [(_("Total without tax"), sheet.net, "")]
        if sheet.taxed:
            rows.append((_("VAT %(rate)s %%") % {"rate": sheet.tax_class}, sheet.tax, ""))
        rows.append((pgettext("invoice", "Total"), sheet.total, "B"))
        if sheet.credits:
            rows.append((_("Credit used"), -sheet.credits, ""))
        if sheet.paid:
            rows.append((_("Payments received"), -sheet.paid, ""))
        if sheet.kept:
            rows.append((_("Arrived, kept as credit"), -sheet.kept, ""))
        if sheet.left != sheet.total and sheet.state == "finalised":
            rows.append((_("Left to pay"), sheet.left, "B"))
        if self.get_y() + 6 * len(rows) + 16 > self.page_break_trigger:
            self.add_page()
        for title, amount, style in rows:
            self._font(11 if style else 9.5, _INK, style)
            self.cell(_WIDTH - 40, 6, title, align="R")
            self.cell(40, 6, self._money(amount), align="R", new_x="LMARGIN", new_y="NEXT")
        note = {"KCT": _("Not subject to VAT"), "KKKNT": _("Not declared for VAT")}
        self._font(9, _QUIET)
        if sheet.tax_class in note:
            self.cell(_WIDTH, 5, note[sheet.tax_class], align="R", new_x="LMARGIN", new_y="NEXT")
        words = f"{_('In words')}: {spelled(sheet.total, sheet.language)}."
        self.ln(2)
        self.multi_cell(_WIDTH, 5, words, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(4)

    def ask(self, ask: Ask) -> None:
        """Draw the code, and beside it the same to type by hand."""
        if self.get_y() + _QR + 4 > self.page_break_trigger:
            self.add_page()
        top = self.get_y()
        self.image(
            io.BytesIO(vietqr.png(ask.payload)), _MARGIN, top, _QR, _QR,
            alt_text=_("VietQR code"),
        )  # fmt: skip
        left = _MARGIN + _QR + 6
        self.set_xy(left, top + 3)
        self._font(11, _INK, "B")
        self.cell(_WIDTH - _QR - 6, 6, _("Pay by bank transfer (VietQR)"))
        rows = (
            (_("Bank"), ask.bank), (_("Account number"), ask.account),
            (_("Account holder"), ask.holder),
            (pgettext("transfer", "Amount"), self._money(ask.amount)), (_("Memo"), ask.code),
        )  # fmt: skip
        for place, (title, text) in enumerate(rows):
            self.set_xy(left, top + 11 + 6 * place)
            self._font(9.5, _QUIET)
            self.cell(42, 6, title)
            self._font(9.5, _INK, "B")
            self.cell(_WIDTH - _QR - 48, 6, _plain(text))
        self.set_xy(_MARGIN, top + _QR)

    # How things are written

    def _font(self, size: float, colour: tuple[int, int, int], style: str = "") -> None:
        self.set_font(_FAMILY, style, size)
        self.set_text_color(*colour)

    def _money(self, amount: int) -> str:
        return shown(amount, "VND", self.sheet.language)


def _plain(text: str) -> str:
    """Compose diacritics, since the font has letters and no loose marks."""
    return unicodedata.normalize("NFC", text)


def _described(line: SheetLine) -> str:
    text = _plain(line.text)
    if line.start and line.end:
        last = line.end - timedelta(days=1)
        text += f"\n{shown_day(line.start)} – {shown_day(last)}"
    return text
