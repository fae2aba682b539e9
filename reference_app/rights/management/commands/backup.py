"""`python -m reference_app.manage backup DIR [--keep N] [--key-file FILE]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from reference_app.rights.backup.databases import Trouble
from reference_app.rights.backup.here import backup_key, place
from reference_app.rights.backup.making import make, prune


class Command(BaseCommand):
    """Writes a backup while everything goes on."""

    help = "Write a backup of databases and files into DIR; web server and worker may go on."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what can be chosen."""
        parser.add_argument("dir", type=Path, metavar="DIR")
        parser.add_argument("--keep", type=int, default=0, help="delete all but the newest KEEP")
        parser.add_argument("--key-file", help="seal the backup with the key in this file")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Write it, then delete old ones."""
        try:
            made = make(place(), options["dir"], timezone.now(), backup_key(options["key_file"]))
        except (Trouble, OSError) as error:
            raise CommandError(f"No backup was made: {error}") from None
        self.stdout.write(f"{made} ({made.stat().st_size:,} bytes)")
        for old in prune(options["dir"], options["keep"]):
            self.stdout.write(f"deleted {old.name}")
