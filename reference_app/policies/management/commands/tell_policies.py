"""Tells people by e-mail of versions they have not accepted; each person once for each version."""

from __future__ import annotations

import smtplib
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from reference_app.policies import accepting, versions
from reference_app.policies.models import Told
from reference_app.policies.versions import Version
from reference_app.tenants.models import User
from reference_app.web import mailing


class Command(BaseCommand):
    """`python -m reference_app.manage tell_policies`; safe to repeat."""

    help = "Tell every member by e-mail of new terms or a new privacy policy, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, send nothing")
        parser.add_argument("--digests", action="store_true", help="print the texts' digests")

    def handle(self, *arguments: Any, dry_run: bool, digests: bool, **options: Any) -> None:
        """Go through all members; a mail that fails is left for the next time."""
        if digests:
            self._digests()
            return
        told = failed = 0
        people = User.objects.filter(is_active=True, memberships__isnull=False).distinct()
        for user in people.order_by("pk").iterator():
            new = _news(user)
            if not new:
                continue
            try:
                if not dry_run:
                    _tell(user, new)
                told += 1
            except (smtplib.SMTPException, OSError):
                failed += 1
        self.stdout.write(f"{'would tell' if dry_run else 'told'}: {told}, failed: {failed}")
        if failed:
            raise CommandError("some mails could not be sent; run the command again later")

    def _digests(self) -> None:
        for path in sorted(versions.TEXTS.glob("*.md")):
            self.stdout.write(f"{path.name} {versions.sha256(path.read_bytes()).hexdigest()}")


def _news(user: User) -> list[Version]:
    told = set(Told.objects.filter(user=user).values_list("kind", "version"))
    return [v for v in accepting.open_for(user) if (v.kind, v.number) not in told]


def _tell(user: User, new: list[Version]) -> None:
    now, language = timezone.now(), mailing.language_of(user)
    items = [
        {
            "kind": version.kind,
            "effective": version.effective,
            "changes": version.change(language),
            "url": mailing.absolute(
                reverse("policies-version", args=[version.kind, version.number])
            ),
        }
        for version in new
    ]
    with transaction.atomic():  # a mail that fails takes the note back
        Told.objects.bulk_create(
            Told(user=user, kind=v.kind, version=v.number, at=now) for v in new
        )
        context = {"items": items, "needed_from": accepting.needed_from(user, new)}
        mailing.send(user, language, "policies/mail/changed.txt", context)
