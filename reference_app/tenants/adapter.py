"""What the account library asks of us: mails that may fail, secrets that are sealed."""

from __future__ import annotations

import logging
import smtplib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.utils.translation import gettext as _

from reference_app.tenants.sealing import master

__all__ = ["AccountAdapter", "FactorAdapter", "reseal_factors"]

_log = logging.getLogger(__name__)
_PURPOSE = "second factor"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts with an e-mail address."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; a mail server that fails breaks no page, and the visitor is told."""
        try:
            super().send_mail(template_prefix, email, context)
        except (smtplib.SMTPException, OSError) as error:
            # The kind alone: what the server said may repeat the address.
            _log.error("a mail could not be sent: %s", type(error).__name__)
            told = _("Our mail server does not answer. Ask for another code in a few minutes.")
            messages.error(current.request, told)


def reseal_factors() -> int:
    """Seal all second factors with the newest key of the ring; returns how many.

    For whoever replaces the installation's key: these stand inside a JSON column of the library's.
    One that changes meanwhile was sealed with the newest key by its writer and is left alone.
    """
    done, seal = 0, master()
    for row in Authenticator.objects.order_by("pk").iterator():
        parts = {name: row.data[name] for name in ("secret", "seed") if row.data.get(name)}
        if parts:
            fresh = {
                name: seal.seal(seal.open(text, _PURPOSE), _PURPOSE) for name, text in parts.items()
            }
            same = Authenticator.objects.filter(pk=row.pk, data=row.data)
            done += same.update(data={**row.data, **fresh})
    return done


class FactorAdapter(DefaultMFAAdapter):
    """Second factors; their secrets are sealed with the installation's key."""

    def encrypt(self, text: str) -> str:
        return master().seal(text, _PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return str(master().open(encrypted_text, _PURPOSE))

    def build_totp_svg(self, url: str) -> str:
        svg: str = super().build_totp_svg(url)
        return svg[svg.index("<svg") :]  # it stands inside a page: our policy loads no data: images
