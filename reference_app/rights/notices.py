"""The letter by which owners learn that their business is to be deleted."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from reference_app.rights.models import Deletion
from reference_app.tenants.models import Membership
from reference_app.web import mailing, moments

__all__ = ["tell_owners"]


def tell_owners(request: HttpRequest, deletion: Deletion) -> None:
    """Write to every owner: when it begins, how to withdraw it, where the certificate will be.

    A mail server that does not answer must not stand between a person and this right.
    """
    owners = Membership.objects.filter(merchant=request.merchant, role=Membership.Role.OWNER)
    addresses = list(owners.values_list("user__email", flat=True))
    page = request.build_absolute_uri(reverse("settings-data"))
    paper = request.build_absolute_uri(reverse("certificate", args=[deletion.public_id]))
    facts = {
        "name": request.merchant.name,
        "when": f"{moments.local(deletion.due_at):%d/%m/%Y %H:%M}",
        "page": page,
        "paper": paper,
    }
    text = "\n\n".join([
        _("All data of %(name)s will be deleted from %(when)s on."),
        _("If you do not want this, withdraw it before then: %(page)s"),
        _("Keep this address; the certificate of deletion will be there: %(paper)s"),
    ])  # fmt: skip
    subject = _("Deletion of %(name)s") % facts
    for address in addresses:
        mailing.notify(subject, text % facts, [address])
