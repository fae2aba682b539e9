"""Who may call: a Bearer token with the right scope, and not too often."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from ninja.security import HttpBearer

from reference_app.api import tokens
from reference_app.api.models import ApiToken
from reference_app.api.problems import Problem

__all__ = ["Bearer"]

_MINUTE = 60


class Bearer(HttpBearer):
    """Lets tokens of one scope through; sets `request.merchant`."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        found = tokens.find(token)
        if found is None:
            return None
        _count(found)
        if self._scope not in found.scopes:
            raise Problem(
                403,
                "scope-missing",
                f"This token lacks the scope {self._scope}.",
                "Make a token with that scope under /settings/api/.",
                headers={"WWW-Authenticate": f'Bearer scope="{self._scope}"'},
            )
        request.merchant = found.merchant
        return found


def _count(token: ApiToken) -> None:
    """Count a request in its minute; raises a problem when the minute is used up."""
    now = time.time()
    key = f"api-requests:{token.pk}:{int(now // _MINUTE)}"
    cache = caches["process"]  # quick, and there is one web process; the shared one is a table
    cache.add(key, 0, timeout=2 * _MINUTE)
    try:
        used = cache.incr(key)
    except ValueError:  # the cache dropped it between the two calls
        return
    if used > settings.API_PER_MINUTE:
        wait = int(_MINUTE - now % _MINUTE) + 1
        raise Problem(
            429,
            "too-many-requests",
            f"This token may ask {settings.API_PER_MINUTE} times a minute.",
            f"Wait {wait} seconds.",
            headers={"Retry-After": str(wait)},
        )
