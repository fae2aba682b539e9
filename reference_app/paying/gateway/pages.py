"""What the payer sees, in both languages. Plain pages: a stylesheet, no scripts."""

from __future__ import annotations

import gettext
from html import escape
from pathlib import Path

from reference_app.paying.gateway.till import Order
from reference_app.web.money import shown

__all__ = ["HEADERS", "STYLE", "booked", "pay", "refused", "transfer"]

_LOCALE = Path(__file__).resolve().parents[2] / "locale"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
STYLE = """
* { box-sizing: border-box }
body { margin: 0; background: #eef2f6; color: #17212b; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 26rem; margin: 6vh auto; padding: 1.75rem; background: #fff;
  border-radius: .75rem; box-shadow: 0 1px 4px rgb(0 0 0 / 15%) }
h1 { margin: 0 0 .25rem; font-size: 1.25rem }
.sum { margin: 1rem 0; font-size: 2rem; font-weight: 700 }
.hint { color: #5b6976; font-size: .9rem }
label { display: block; margin: .75rem 0 .25rem }
input { width: 100%; padding: .6rem; border: 1px solid #b8c4cf; border-radius: .4rem; font: inherit }
button { display: block; width: 100%; margin-top: .6rem; padding: .75rem; border: 1px solid #b8c4cf;
  border-radius: .4rem; background: #fff; color: inherit; font: inherit; cursor: pointer }
button.main { border-color: #0b6e4f; background: #0b6e4f; color: #fff; font-weight: 600 }
button:focus-visible, input:focus-visible { outline: 3px solid #7cc4ad }
"""  # noqa: E501


def _words(language: str) -> gettext.NullTranslations:
    languages = [] if language == "en" else [language]
    return gettext.translation("django", str(_LOCALE), languages, fallback=True)


def pay(order: Order) -> str:
    """Show what is asked and what the payer may do."""
    _ = _words(order.language).gettext
    buttons = "".join(
        f'<button name="choice" value="{name}"{extra}>{escape(title)}</button>'
        for name, title, extra in (
            ("pay", _("Pay"), ' class="main"'),
            ("fail", _("Let it fail: not enough money"), ""),
            ("suspect", _("Let it be held: suspicion of fraud"), ""),
            ("cancel", _("Cancel and go back"), ""),
        )
    )
    body = f"""<h1>{escape(_("Demo payment gateway"))}</h1>
<p class="hint">{escape(_("It stands in for VNPay. No money moves."))}</p>
<p class="sum">{escape(shown(order.amount, "VND", order.language))}</p>
<p>{escape(order.values["vnp_OrderInfo"])}<br>
<span class="hint">{escape(order.values["vnp_TxnRef"])}</span></p>
<form method="post" action="/paymentv2/{order.token}">{buttons}</form>"""
    return _page(_("Demo payment gateway"), body, order.language)


def refused(reason: str, language: str) -> str:
    """Say that a request cannot be shown, and to developers why."""
    _ = _words(language).gettext
    body = f"""<h1>{escape(_("This payment cannot be shown"))}</h1>
<p>{escape(_("Go back to the shop and start the payment again."))}</p>
<p class="hint">{escape(reason)}</p>"""
    return _page(_("Demo payment gateway"), body, language)


def transfer(amount: str, memo: str, language: str, told: str = "") -> str:
    """Show the form of the emulated bank."""
    _ = _words(language).gettext
    note = f"<p><b>{escape(told)}</b></p>" if told else ""
    body = f"""<h1>{escape(_("Demo bank"))}</h1>
<p class="hint">{escape(_("It stands in for your bank's app. No money moves."))}</p>{note}
<form method="post" action="/bank/?lang={escape(language)}">
<label for="amount">{escape(_("Amount in dong"))}</label>
<input id="amount" name="amount" inputmode="numeric" required value="{escape(amount)}">
<label for="memo">{escape(_("Memo"))}</label>
<input id="memo" name="memo" maxlength="200" value="{escape(memo)}">
<button class="main">{escape(_("Transfer"))}</button></form>"""
    return _page(_("Demo bank"), body, language)


def booked(reference: str, language: str) -> str:
    """Say that a transfer was made."""
    _ = _words(language).gettext
    return _("Transferred. The bank's number is %(id)s.") % {"id": reference}


def _page(title: str, body: str, language: str) -> str:
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><link rel="stylesheet" href="/style.css"></head>
<body><main>{body}</main></body></html>"""
