"""How mails leave: read from one address, so that a server needs one variable."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

__all__ = ["mail"]

_BACKENDS = "django.core.mail.backends"
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


def mail(url: str) -> dict[str, Any]:
    """Turn ENTRO_EMAIL_URL into Django's settings; raises `ValueError` for another scheme.

    Without an address mails are printed, which is what a laptop needs.
    """
    parts = urlsplit(url)
    if not url:
        return {"EMAIL_BACKEND": f"{_BACKENDS}.console.EmailBackend"}
    if parts.scheme == "file":
        return {
            "EMAIL_BACKEND": f"{_BACKENDS}.filebased.EmailBackend",
            "EMAIL_FILE_PATH": unquote(parts.path),
        }
    if parts.scheme not in _PORTS or not parts.hostname:
        # The address itself holds a password and is not repeated.
        raise ValueError(
            "ENTRO_EMAIL_URL must begin with smtp://, smtps://, smtp+plain:// or file:///"
        )
    return {
        "EMAIL_BACKEND": f"{_BACKENDS}.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or _PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }
