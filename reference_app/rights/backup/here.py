"""What this installation's backups are of, from the settings, and the key they are sealed with."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from django.conf import settings

from reference_app.rights.backup.databases import Trouble, app_database, jobs_database
from reference_app.rights.backup.making import Place
from reference_app.syncing.durable import jobs_url

__all__ = ["backup_key", "place"]


def place() -> Place:
    """Return the databases and the folder of this installation."""
    app = app_database(settings.DATABASES["default"])
    jobs = jobs_database(jobs_url(), app)
    return Place(databases=[app, *([jobs] if jobs else [])], folder=Path(settings.DATA_DIR))


def backup_key(file: str | None) -> bytes | None:
    """Return the key from a file, or from ENTRO_BACKUP_KEY; `None` without one."""
    text = Path(file).read_text() if file else os.environ.get("ENTRO_BACKUP_KEY", "")
    if not text.strip():
        return None
    try:
        key = base64.urlsafe_b64decode(text.strip())
    except ValueError:
        key = b""
    if len(key) != 32:  # AES-256
        raise Trouble(
            "a backup key is 32 bytes in base64. Next step: make one with"
            " `openssl rand -base64 32 | tr '+/' '-_'`."
        )
    return key
