"""`python -m reference_app.manage bill [--at ISO]`: do what billing has to do, once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reference_app.billing import clock
from reference_app.billing.renewing import renew_all


class Command(BaseCommand):
    """Make the invoices that are due, remind, and end what has ended."""

    help = "Do what billing has to do now, or as if it were another moment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a moment."""
        parser.add_argument("--at", help="an ISO 8601 moment; local time without an offset")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Do it and say how much there was."""
        self.stdout.write(f"{renew_all(_moment(options['at']))} steps")


def _moment(text: str | None) -> datetime:
    if not text:
        return clock.now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is no ISO 8601 moment, such as 2026-12-01T09:00") from error
    return at if at.tzinfo else timezone.make_aware(at, timezone.get_default_timezone())
