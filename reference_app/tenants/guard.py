"""What members may do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

__all__ = ["changes_things", "owner_only"]

P = ParamSpec("P")


def changes_things(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Refuse a view to members who may only read."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: P.args, **keywords: P.kwargs) -> HttpResponse:
        if request.membership is None or not request.membership.may_change:
            raise PermissionDenied
        return view(request, *arguments, **keywords)

    return guarded


def owner_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Refuse a view to everybody but the business's owners."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: P.args, **keywords: P.kwargs) -> HttpResponse:
        if request.membership is None or not request.membership.is_owner:
            raise PermissionDenied
        return view(request, *arguments, **keywords)

    return guarded
