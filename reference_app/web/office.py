"""Who may enter our own pages, those of the staff who run the service."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse

__all__ = ["staff_only"]

P = ParamSpec("P")


def staff_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let only staff see a view; for everybody else there is nothing at its address."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: P.args, **keywords: P.kwargs) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404
        return view(request, *arguments, **keywords)

    return guarded
