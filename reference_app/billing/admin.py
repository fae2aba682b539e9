"""Plans, customers and bills in the back office. Books are read; acts go through `staffing`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from reference_app.billing import clock, plans, staffing
from reference_app.billing.backoffice import office
from reference_app.billing.engine.changes import NotPossible
from reference_app.billing.models import (
    BillingAccount,
    Changed,
    CreditEntry,
    CreditNote,
    Invoice,
    InvoiceLine,
    Payment,
    PlanVersion,
    Subscription,
    SubscriptionEvent,
)


class ReadOnly(ModelAdmin):  # type: ignore[type-arg]
    """Rows that are looked at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is added by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Books are kept."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is changed by hand."""
        return False


@admin.register(PlanVersion, site=office)
class PlanAdmin(ModelAdmin):  # type: ignore[type-arg]
    """Saving a plan puts a new version on sale; customers stay on theirs."""

    list_display = ("code", "interval", "version", "price", "stores", "orders", "on_sale")
    list_filter = ("code", "interval", "on_sale")
    exclude = ("version", "created_at", "on_sale")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A version belongs to its plan for good."""
        return ("code", "interval") if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Add a version instead of changing one."""
        if not change:
            obj.version = 1
            super().save_model(request, obj, form, change)
            return
        wanted = {name: form.cleaned_data[name] for name in form.changed_data}
        if wanted:
            made = plans.edit(PlanVersion.objects.get(pk=obj.pk), **wanted)
            self.message_user(request, f"{made}")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was sold is kept."""
        return False


@admin.register(BillingAccount, site=office)
class AccountAdmin(ReadOnly):
    """Customers, and those whose billing waits for a person."""

    list_display = ("merchant", "name", "tax_id", "may_sync", "parked_because")
    list_filter = ("may_sync",)
    search_fields = ("merchant__name", "name", "tax_id")
    actions = ("unpark",)

    @admin.action(description=_("Let billing go on"))
    def unpark(self, request: HttpRequest, chosen: QuerySet[BillingAccount]) -> None:
        """Take accounts off the parking place."""
        for account in chosen:
            staffing.unpark(account, request.user)


class EventRows(admin.TabularInline):  # type: ignore[type-arg]
    """A subscription's log."""

    model = SubscriptionEvent
    extra = 0
    can_delete = False
    fields = ("day", "kind", "plan", "invoice", "start", "end", "due", "reason", "actor")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The log writes itself."""
        return False


@admin.register(Subscription, site=office)
class SubscriptionAdmin(ModelAdmin):  # type: ignore[type-arg]
    """Logs and coupons."""

    list_display = ("merchant", "created_at", "closed_on", "look_on", "coupon_text")
    search_fields = ("merchant__name",)
    fields = ("coupon_text", "coupon_amount", "coupon_ppm", "coupon_periods")
    inlines = (EventRows,)
    actions = ("extend", "move")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Customers begin by themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Books are kept."""
        return False

    @admin.action(description=_("Let the trial last 7 days longer"))
    def extend(self, request: HttpRequest, chosen: QuerySet[Subscription]) -> None:
        """Extend trials."""
        for one in chosen:
            _try(self, request, one, lambda sub: staffing.extend(sub, 7, request.user, clock.now()))

    @admin.action(description=_("Move to the newest version of the plan, with notice"))
    def move(self, request: HttpRequest, chosen: QuerySet[Subscription]) -> None:
        """Plan the newest version for the next period."""
        for one in chosen:
            _try(self, request, one, lambda sub: staffing.move(sub, request.user, clock.now()))


class LineRows(admin.TabularInline):  # type: ignore[type-arg]
    """Lines of an invoice."""

    model = InvoiceLine
    extra = 0
    can_delete = False
    fields = ("position", "text_vi", "quantity", "amount", "period_start", "period_end")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Invoices write themselves."""
        return False


class Acting(ActionForm):
    """What acts on invoices need to know."""

    net = forms.IntegerField(required=False, min_value=1, label=_("Net amount to credit"))
    reason = forms.CharField(required=False, max_length=200, label=_("Reason"))


@admin.register(Invoice, site=office)
class InvoiceAdmin(ReadOnly):
    """Bills: mark as paid, void, correct."""

    list_display = ("number", "merchant", "state", "issued_on", "due_on", "total", "pay_code")
    list_filter = ("state", "issued_on")
    search_fields = ("number", "pay_code", "merchant__name")
    inlines = (LineRows,)
    actions = ("mark_paid", "take_back", "correct")
    action_form = Acting

    @admin.action(description=_("Mark as paid"))
    def mark_paid(self, request: HttpRequest, chosen: QuerySet[Invoice]) -> None:
        """Record payments that no provider told of."""
        for one in chosen:
            _try(
                self, request, one, lambda bill: staffing.mark_paid(bill, request.user, clock.now())
            )

    @admin.action(description=_("Void"))
    def take_back(self, request: HttpRequest, chosen: QuerySet[Invoice]) -> None:
        """Void open invoices."""
        for one in chosen:
            _try(
                self, request, one, lambda bill: staffing.take_back(bill, request.user, clock.now())
            )

    @admin.action(description=_("Write a credit note"))
    def correct(self, request: HttpRequest, chosen: QuerySet[Invoice]) -> None:
        """Take back the amount that was given, or all that is left."""
        given = request.POST.get("net", "")
        reason = request.POST.get("reason", "")[:200]

        def act(bill: Invoice) -> object:
            noted = sum(bill.credit_notes.values_list("net", flat=True))
            net = int(given) if given.isdigit() else bill.net - noted
            return staffing.correct(bill, net, reason, request.user, clock.now())

        for one in chosen:
            _try(self, request, one, act)


@admin.register(CreditNote, site=office)
class NoteAdmin(ReadOnly):
    """Credit notes."""

    list_display = ("number", "merchant", "invoice", "issued_on", "total", "reason")
    search_fields = ("number", "invoice__number", "merchant__name")


@admin.register(Payment, site=office)
class PaymentAdmin(ReadOnly):
    """What arrived."""

    list_display = ("at", "merchant", "invoice", "way", "amount", "applied", "outcome")
    list_filter = ("way", "outcome")
    search_fields = ("provider_id", "invoice__number", "merchant__name")


@admin.register(CreditEntry, site=office)
class CreditAdmin(ReadOnly):
    """Account credit."""

    list_display = ("at", "merchant", "kind", "amount", "invoice", "note")
    list_filter = ("kind",)
    search_fields = ("merchant__name",)


def _try(page: ModelAdmin, request: HttpRequest, one: Any, act: Callable[[Any], object]) -> None:  # type: ignore[type-arg]
    try:
        act(one)
    except (ValueError, Changed, NotPossible) as refused:
        page.message_user(request, f"{one}: {refused}", messages.ERROR)
    else:
        page.message_user(request, f"{one}")
