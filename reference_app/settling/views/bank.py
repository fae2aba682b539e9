"""What came to the bank, and the payouts it is made of."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from reference_app.goods.files.reading import NotATable
from reference_app.goods.words import REFUSED_FILES
from reference_app.settling import bank
from reference_app.settling.forms import CreditForm
from reference_app.settling.models import BankCredit
from reference_app.tenants.guard import changes_things

_LARGEST_FILE = 5 * 1024 * 1024
_SHOWN = 200


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List credits with what their payouts add up to, and payouts no credit has."""
    return _page(request, CreditForm())


def _page(request: HttpRequest, form: CreditForm, wrong: list[str] | None = None) -> HttpResponse:
    rows = list(bank.credits_of(request.merchant)[:_SHOWN])
    context: dict[str, Any] = {
        "tab": "bank",
        "rows": [(row, _gap(row)) for row in rows],
        "open": bank.open_payouts(request.merchant)[:_SHOWN],
        "form": form,
        "wrong": (wrong or [])[:100],
        "wrong_count": len(wrong or []),
    }
    return render(request, "payments/bank.html", context)


def _gap(row: Any) -> int | None:
    """Return what a credit has more than its payouts; `None` where none are named."""
    return None if row.told_minor is None else row.amount_minor - row.told_minor


@require_POST
@changes_things
def add(request: HttpRequest) -> HttpResponse:
    """Note one credit."""
    form = CreditForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    given = form.cleaned_data
    line = bank.Line(given["day"], given["amount"], given["reference"], given["memo"])
    _say(request, *bank.add(request.merchant, [line], request.user))
    return redirect("payments-bank")


@require_POST
@changes_things
def upload(request: HttpRequest) -> HttpResponse:
    """Take the credits of a bank's file; good lines are taken, bad ones are named."""
    file = request.FILES.get("file")
    if file is None:
        return _page(request, CreditForm(), [_("Choose a file.")])
    if file.size > _LARGEST_FILE:
        return _page(request, CreditForm(), [_("The file is larger than 5 MB.")])
    try:
        found = bank.read(file.read())
    except NotATable as refused:
        return _page(request, CreditForm(), [str(REFUSED_FILES[refused.reason])])
    _say(request, *bank.add(request.merchant, found.lines, request.user))
    return _page(request, CreditForm(), found.wrong) if found.wrong else redirect("payments-bank")


def _say(request: HttpRequest, fresh: int, found: int) -> None:
    told = ngettext("%(n)d new credit;", "%(n)d new credits;", fresh) % {"n": fresh}
    more = ngettext("%(n)d found its payouts.", "%(n)d found their payouts.", found) % {"n": found}
    messages.success(request, f"{told} {more}")


@require_GET
def credit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a credit with its payouts and those it could have."""
    row = get_object_or_404(bank.credits_of(request.merchant), pk=pk)
    mine = set(row.parts.values_list("payout_id", flat=True))
    payouts = bank.open_payouts(request.merchant, row)
    context = {"credit": row, "gap": _gap(row), "rows": [(p, p.pk in mine) for p in payouts]}
    return render(request, "payments/credit.html", context)


@require_POST
@changes_things
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which payouts a credit is made of."""
    row = get_object_or_404(BankCredit, pk=pk, merchant=request.merchant)
    ids = [int(text) for text in request.POST.getlist("payout") if text.isdecimal()]
    bank.choose(row, ids, request.user)
    messages.success(request, _("The credit is noted with its payouts."))
    return redirect("payments-credit", pk)


@require_POST
@changes_things
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a credit that was noted by mistake; its payouts are open again."""
    row = get_object_or_404(BankCredit, pk=pk, merchant=request.merchant)
    bank.remove(row, request.user)
    messages.success(request, _("The credit is gone; its payouts are open again."))
    return redirect("payments-bank")
