"""`python -m reference_app.manage rotate_keys`, then `rotate_keys --drop-old`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from entrosdk.errors import ConfigError
from entrosdk.runtime.stores.seal import new_key
from reference_app.keys import write_keys
from reference_app.rights.rotation import old_ones, reseal
from reference_app.tenants.sealing import ring


class Command(BaseCommand):
    """Replaces the key that tokens and merchants' own keys are sealed with."""

    help = "Seal everything anew with a new key; --drop-old forgets the old one when it is unused."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the one option."""
        parser.add_argument(
            "--drop-old", action="store_true", help="forget old keys, if nothing uses them"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Do one of the two steps."""
        if options["drop_old"]:
            self._drop()
        else:
            self._rotate()

    def _rotate(self) -> None:
        file = settings.KEYS_FILE
        if len(ring()) == 1:
            if file is None:
                raise CommandError(
                    "ENTRO_SECRETS_KEY holds one key. Next step: put a new key (32 bytes in"
                    " base64) before it, with a comma between them, restart the processes, and"
                    " run this again."
                )
            write_keys(file, [new_key(), *ring()])
            self.stdout.write(f"A new key stands first in {file.name}.")
        try:
            done = reseal()
        except ConfigError as error:
            raise CommandError(
                f"{error.message}. Next step: add the key it was sealed with."
            ) from None
        self.stdout.write(f"{done} values were sealed anew.")
        self.stdout.write("Next step: restart the processes, then rotate_keys --drop-old.")

    def _drop(self) -> None:
        keys, used = ring(), old_ones()
        if used:
            names = ", ".join(f"{name}: {number}" for name, number in used.items())
            raise CommandError(
                f"The old key is still in use ({names}). Next step: run rotate_keys again."
            )
        if len(keys) == 1:
            self.stdout.write("There is one key only, and nothing uses another.")
        elif settings.KEYS_FILE is None:
            self.stdout.write(
                "Nothing uses the old keys. Next step: leave only the first in ENTRO_SECRETS_KEY"
                " and restart the processes."
            )
        else:
            write_keys(settings.KEYS_FILE, keys[:1])
            self.stdout.write("The old key was dropped. Backups from before still need it.")
