"""Words about people and their rights."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

__all__ = ["RIGHTS", "TEAM"]

RIGHTS = {
    "owner": _("Everything, and who else gets in."),
    "staff": _("Works with orders, stock and stores; gives nobody access."),
    "reader": _("Sees everything, changes nothing."),
}
"""What each role may do."""

TEAM = {
    "member": _("This person belongs to the business already."),
    "many": _("Too many invitations are waiting. Withdraw some first."),
    "address": _("This invitation was sent to another e-mail address. Log in with that one."),
    "used": _("This invitation works no longer. Ask for a new one."),
    "last owner": _("A business needs an owner. Make somebody else an owner first."),
}
"""Why an act on the team was refused."""
