"""How the installation is paid: what the environment says of our bank, VNPay, and ourselves.

| variable | meaning |
|---|---|
| ENTRO_SELLER_NAME, _ADDRESS, _TAX_ID, _EMAIL | who stands on invoices as the seller |
| ENTRO_BANK_BIN, _ACCOUNT, _NAME, _HOLDER | where transfers go; without them no code is drawn |
| ENTRO_BANK_NOTICE_SECRET | the key a provider sends with its notices; without it none is taken |
| ENTRO_BANK_LIST_URL, _SECRET | the provider's list of transactions, swept for missing notices |
| ENTRO_BANK_SWEEP_SECONDS | pause between two sweeps; 300 |
| ENTRO_BANK_DEMO_URL | a page that makes transfers, in a demo only |
| ENTRO_VNPAY_TMN_CODE, _SECRET, _URL | our terminal at VNPay; without them no button |

Nothing has a default that would let money be claimed: `make demo` gives values of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import frozen

from entrosdk import Secret
from reference_app.paying import vietqr
from reference_app.paying.sheet import Party
from reference_app.paying.vnpay.signing import Terminal

__all__ = ["DEMO", "Account", "Paying", "from_environment"]

DEMO = {
    "ENTRO_SELLER_NAME": "Công ty TNHH Entro Demo",
    "ENTRO_SELLER_ADDRESS": "1 Đường Số 1, Phường Sài Gòn, Thành phố Hồ Chí Minh",
    "ENTRO_SELLER_TAX_ID": "0300000000",
    "ENTRO_SELLER_EMAIL": "billing@entro.example",
    "ENTRO_BANK_BIN": "970415",
    "ENTRO_BANK_ACCOUNT": "113366668888",
    "ENTRO_BANK_NAME": "VietinBank",
    "ENTRO_BANK_HOLDER": "CONG TY TNHH ENTRO DEMO",
    "ENTRO_BANK_NOTICE_SECRET": "DEMOBANKSECRET",
    "ENTRO_BANK_LIST_SECRET": "DEMOBANKSECRET",
    "ENTRO_BANK_SWEEP_SECONDS": "20",
    "ENTRO_VNPAY_TMN_CODE": "DEMOTMN1",
    "ENTRO_VNPAY_SECRET": "DEMOSECRET",
}
"""What the demo is paid by; the addresses of its gateway join them."""


@frozen(kw_only=True)
class Account:
    """A bank account; `bin` is the bank's six digits."""

    bin: str
    number: str
    bank: str
    holder: str


@frozen(kw_only=True)
class Paying:
    """The ways there are to be paid; `None` and empty addresses are ways there are not."""

    seller: Party
    account: Account | None = None
    terminal: Terminal | None = None
    notice_secret: Secret | None = None
    list_url: str = ""
    list_secret: Secret | None = None
    sweep_seconds: int = 300
    demo_bank: str = ""

    def form_targets(self) -> list[str]:
        """Return the origins that a form of ours may lead to by a redirect."""
        if self.terminal is None:
            return []
        parts = urlsplit(self.terminal.url)
        return [f"{parts.scheme}://{parts.netloc}"]


def from_environment(given: Mapping[str, str]) -> Paying:
    """Read how we are paid; raises `ValueError` when an account cannot be written as a code."""

    def value(name: str) -> str:
        return given.get(f"ENTRO_{name}", "").strip()

    def secret(name: str) -> Secret | None:
        return Secret(value(name)) if value(name) else None

    account = terminal = None
    if value("BANK_BIN") and value("BANK_ACCOUNT"):
        account = Account(
            bin=value("BANK_BIN"),
            number=value("BANK_ACCOUNT"),
            bank=value("BANK_NAME"),
            holder=value("BANK_HOLDER"),
        )
        vietqr.payload(account.bin, account.number)
    if value("VNPAY_TMN_CODE") and value("VNPAY_SECRET") and value("VNPAY_URL"):
        terminal = Terminal(
            code=value("VNPAY_TMN_CODE"), secret=Secret(value("VNPAY_SECRET")),
            url=value("VNPAY_URL"),
        )  # fmt: skip
    return Paying(
        seller=Party(
            name=value("SELLER_NAME") or "Entrosoft",
            address=value("SELLER_ADDRESS"),
            tax_id=value("SELLER_TAX_ID"),
            email=value("SELLER_EMAIL"),
        ),
        account=account,
        terminal=terminal,
        notice_secret=secret("BANK_NOTICE_SECRET"),
        list_url=value("BANK_LIST_URL"),
        list_secret=secret("BANK_LIST_SECRET"),
        sweep_seconds=int(value("BANK_SWEEP_SECONDS") or 300),
        demo_bank=value("BANK_DEMO_URL"),
    )
