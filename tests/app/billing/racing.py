"""Many hands at one set of books, on the database that the environment names.

python -m tests.app.billing.racing            # prints what became of it as JSON
"""

from __future__ import annotations

import json
import os
from functools import partial
from typing import Any

from tests.app.stock.racing import _together


def main() -> None:
    """Let them race."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    import django
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    # The tables as they stand: how they came about is of no interest here, and takes seconds.
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", interactive=False, verbosity=0, run_syncdb=True)
    races = {"numbers": _numbers(50), "renewals": _renewals(), "paid": _paid(), "told": _told()}
    print(json.dumps(races))


def _customers(count: int, name: str) -> list[Any]:
    from reference_app.billing.models import Subscription
    from reference_app.tenants.models import Merchant
    from tests.app.billing.conftest import Customer

    made = [Merchant.objects.create(name=f"{name} {number}") for number in range(count)]
    Subscription.objects.filter(merchant__in=made).delete()
    return [Customer.paying(one, "2026-07-10") for one in made]


def _numbers(count: int) -> dict[str, Any]:
    """Finalise drafts of several customers at once; every fifth fails after its number."""
    from django.db import transaction

    from reference_app.billing import invoicing
    from reference_app.billing.engine.changes import Line
    from reference_app.billing.models import BillingAccount, Invoice
    from tests.app.billing.conftest import at, sold

    shared = BillingAccount.objects.get(merchant=_customers(1, "numbers")[0].merchant)
    plan = sold("starter").terms()
    day = at("2026-07-10").date()
    line = Line(kind="plan", plan=plan, amount=plan.price, start=day, end=day)
    drafts = [invoicing.draft(shared, None, [line], tax_class="8") for _ in range(count + 10)]

    def finalise(draft: Any, fails: bool) -> None:
        try:
            with transaction.atomic():
                invoicing.finalise(draft, due=day, at=at("2026-07-10"), account=shared)
                if fails:
                    raise LookupError
        except LookupError:
            pass

    acts = [partial(finalise, one, at_ >= count) for at_, one in enumerate(drafts)]
    wrong = _together(acts)
    numbers = sorted(
        int(one[-6:]) for one in Invoice.objects.exclude(number="").values_list("number", flat=True)
    )
    left = Invoice.objects.filter(state="draft", number="").count()
    return {"wrong": wrong, "gapless": numbers == list(range(1, count + 2)), "drafts": left}


def _renewals() -> dict[str, Any]:
    """Eight workers, ten customers, three months late."""
    from reference_app.billing.renewing import renew_all
    from tests.app.billing.conftest import at

    customers = _customers(10, "renewals")
    wrong = _together([partial(renew_all, at("2026-10-12")) for _ in range(8)])
    renew_all(at("2026-10-12"))  # what was locked just then
    months = ["2026-07-10", "2026-08-10", "2026-09-10", "2026-10-10"]
    once = all(one.periods() == months and len(one.invoices) == 4 for one in customers)
    return {"wrong": wrong, "once": once}


def _paid() -> dict[str, Any]:
    """One notice told ten times at once."""
    from reference_app.billing import invoicing

    customer = _customers(1, "paid")[0]
    customer.job("2026-08-10")
    bill = customer.open
    told: list[str] = []

    def pay() -> None:
        told.append(customer.pay("2026-08-10", bill.total, "FT-1", invoice=bill).outcome)

    wrong = _together([pay] * 10)
    return {
        "wrong": wrong,
        "told": sorted(told).count("repeated"),
        "credit": invoicing.credit_of(customer.merchant),
    }


def _told() -> dict[str, Any]:
    """A transfer and a notice of VNPay, each told ten times at once, and ten clicks to VNPay."""
    from entrosdk import Secret
    from reference_app.paying import inbox
    from reference_app.paying.models import Attempt, Transfer
    from reference_app.paying.vnpay import attempts, signing
    from reference_app.tenants.models import User
    from reference_app.web.statements import Credit
    from tests.app.billing.conftest import at

    first, second = _customers(2, "told")
    now = at("2026-08-10")
    for customer in (first, second):
        customer.job("2026-08-10")
    bill, other = first.open, second.open
    credit = Credit(id="FT-9", at=now, amount=bill.total, memo=bill.pay_code)
    terminal = signing.Terminal(code="T", secret=Secret("s"), url="http://127.0.0.1/")
    payer = User.objects.create_user("payer@example.vn")
    where = {"return_url": "/", "address": "127.0.0.1", "language": "vi", "now": now}
    click = partial(attempts.begin, terminal, other, payer, **where)
    wrong = _together([partial(inbox.take, [credit], "notice", now)] * 10 + [click] * 10)
    attempt = Attempt.objects.earliest("number")
    values = {
        "vnp_TxnRef": attempt.reference, "vnp_Amount": str(attempt.amount * 100),
        "vnp_ResponseCode": "00", "vnp_TransactionStatus": "00", "vnp_TransactionNo": "9",
    }  # fmt: skip
    values["vnp_SecureHash"] = signing.sign(values, terminal.secret)
    replies: list[str] = []

    def tell() -> None:
        replies.append(attempts.settle(terminal, values, now).reply.value)

    wrong += _together([tell] * 10)
    for one in (bill, other):
        one.refresh_from_db()
    return {
        "wrong": wrong,
        "states": [bill.state, other.state],
        "transfers": Transfer.objects.count(),
        "attempts": sorted(Attempt.objects.values_list("number", flat=True)),
        "replies": sorted(replies),
        "payments": [one.payments.count() for one in (bill, other)],
    }


if __name__ == "__main__":
    main()
