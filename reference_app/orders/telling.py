"""What a marketplace said to an act, in plain words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from reference_app.orders.models import ActItem, Kind, Outcome
from reference_app.web import words

__all__ = ["told"]

_DONE = {
    Kind.SHIP: _("The marketplace took the shipment."),
    Kind.LABEL: _("The label is here."),
    Kind.CANCEL: _("The marketplace took the cancellation."),
    Kind.ACCEPT: _("The buyer's cancellation is accepted."),
    Kind.REFUSE: _("The buyer's cancellation is refused; the order goes on."),
}
_OPEN = {
    Outcome.WAITING: _("Waits for its turn."),
    Outcome.RUNNING: _("The marketplace is being asked."),
    Outcome.UNKNOWN: _(
        "The reply was lost. The next sync looks at the order; until then nothing is repeated."
    ),
}
_CAUSES = {
    "Conflict": _("The order is not in a state that allows this."),
    "NotFound": _("The marketplace does not know this order."),
    "Invalid": _("The marketplace refuses these values."),
    "ConfigError": _("Something is missing or cannot work."),
    "RateLimited": _("The marketplace asks us to slow down. Nothing happened; try again."),
    "Unreachable": _("The marketplace cannot be reached. Nothing happened; try again."),
    "Busy": _("Another action on this order is not finished yet."),
    "Changed": _("Somebody acted on this order after you opened the page. Look at it again."),
    "StorePaused": _("The store is not running. Resume it first."),
    "NotDone": _("The reply was lost, and the marketplace shows that nothing was done. Try again."),
    "Interrupted": _("This was interrupted. Try again."),
}


def told(item: ActItem) -> Any:
    """Return what became of an item, in one sentence or two."""
    if item.outcome == Outcome.ACCEPTED:
        return _DONE[Kind(item.kind)]
    if item.outcome in _OPEN:
        return _OPEN[Outcome(item.outcome)]
    trouble = words.trouble(item.cause)
    return _CAUSES.get(item.cause) or (trouble.what if trouble else "")
