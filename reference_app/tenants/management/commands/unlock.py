"""Lets in who lost both phone and recovery codes, after the operator made sure who they are."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.tenants import sessions
from reference_app.tenants.models import Merchant, User


class Command(BaseCommand):
    """`python -m reference_app.manage unlock EMAIL`."""

    help = "Turn an account's second step off and end its sessions; the password stays."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the account's address."""
        parser.add_argument("email")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Remove the second factors; the businesses' audit logs say that nobody of theirs did."""
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError("no account has this address")
        with transaction.atomic():
            removed, _ = Authenticator.objects.filter(user=user).delete()
            for merchant in Merchant.objects.filter(memberships__user=user):
                note(merchant, None, Entry.Verb.FACTOR_OFF, user.email, detail="operator")
        ended = sessions.end_all(user)
        self.stdout.write(f"second step off ({removed} removed), {ended} sessions ended")
