"""`python -m reference_app.manage restore FILE [--force] [--key-file FILE]`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from entrosdk.errors import ConfigError
from reference_app.rights.backup.databases import Trouble
from reference_app.rights.backup.here import backup_key, place
from reference_app.rights.backup.restoring import put_back, unpacked


class Command(BaseCommand):
    """Puts a backup back; web server and worker must not run."""

    help = "Put a backup back. Stop web server and worker first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what can be chosen."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--force", action="store_true", help="replace a database that is there")
        parser.add_argument("--key-file", help="the key the backup is sealed with")
        parser.add_argument(
            "--check", action="store_true", help="verify the backup, change nothing"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Verify, put back, bring the tables up to date, see whether the keys fit."""
        folder = Path(settings.DATA_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        connections.close_all()
        try:
            with tempfile.TemporaryDirectory(prefix=".restoring-", dir=folder) as work:
                key = backup_key(options["key_file"])
                manifest = unpacked(options["file"], Path(work), key)
                self.stdout.write(
                    f"{options['file'].name}: {len(manifest['files'])} files, made"
                    f" {manifest['made_at']} by {manifest['app']}, whole."
                )
                if options["check"]:
                    return
                put_back(place(), Path(work), manifest, force=options["force"])
        except (Trouble, OSError) as error:
            raise CommandError(f"Nothing was restored: {error}") from None
        call_command("migrate", interactive=False, verbosity=0)
        self._try_keys()

    def _try_keys(self) -> None:
        from reference_app.tenants.models import DESTROYED, Merchant  # noqa: PLC0415

        shut = 0
        for merchant in Merchant.objects.exclude(sealed_key=DESTROYED):
            try:
                merchant.seal()
            except ConfigError:
                shut += 1
        self.stdout.write(f"Restored: {Merchant.objects.count()} businesses.")
        if shut:
            raise CommandError(
                f"The data of {shut} businesses does not open with the keys at hand. Next step: put"
                " the secrets.key (or ENTRO_SECRETS_KEY) of that time in place and start again."
            )
