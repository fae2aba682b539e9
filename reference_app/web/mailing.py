"""Plain mails from a template, in the language of the reader."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from reference_app.tenants.models import User

__all__ = ["absolute", "language_of", "notify", "send"]

_log = logging.getLogger(__name__)


def language_of(reader: User, otherwise: str = "") -> str:
    """Return the language a person chose, else `otherwise`, else that of the installation."""
    known = dict(settings.LANGUAGES)
    wishes = (getattr(reader, "language", ""), otherwise)
    return next((wish for wish in wishes if wish in known), settings.LANGUAGE_CODE)


def absolute(path: str) -> str:
    """Return the public address of a page; the bare path where none is configured."""
    return f"{settings.PUBLIC_URL}{path}"


def send(reader: User, language: str, template: str, context: dict[str, Any]) -> None:
    """Send a mail whose template holds the subject in its first line.

    Raises what the mail server's library raises; nothing is sent then.
    """
    with translation.override(language):
        text = render_to_string(template, context)
    subject, _, body = text.strip().partition("\n")
    send_mail(subject.strip(), body.strip() + "\n", None, [reader.email])


def notify(subject: str, text: str, to: Sequence[str]) -> None:
    """Send a notice of something that holds without it: a mail server that is away is logged."""
    try:
        send_mail(" ".join(subject.split()), text, None, to)
    except OSError as error:  # smtplib's errors are of this kind
        _log.warning("a notice could not be sent: %s", type(error).__name__)
