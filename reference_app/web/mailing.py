"""Plain mails from a template, in the language of the reader."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from reference_app.tenants.models import User

__all__ = ["absolute", "language_of", "send"]


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
