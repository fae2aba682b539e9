"""What every request passes: language, headers, too much of it, the end of a session."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRedirect

from reference_app.api import problems


class ChosenLanguage:
    """`?lang=vi|en` counts for this request already and is kept in a cookie.

    Stands before Django's own language middleware, which then reads the cookie.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.GET.get("lang", "")
        if chosen not in dict(settings.LANGUAGES):
            return self.get_response(request)
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = chosen
        response = self.get_response(request)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        )
        return response


class MoreHeaders:
    """Headers that Django has no setting for."""

    # Nothing here needs a device's sensors; passkeys and the clipboard keep their defaults.
    _POLICY = ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope",
            "magnetometer", "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
        )
    )  # fmt: skip

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", self._POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class UploadLimit:
    """Refuses requests that are too large, before anything reads them.

    Files may be as large as ENTRO_UPLOAD_MB says; whatever is held in memory, as Django's setting.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        files = request.content_type == "multipart/form-data"
        limit = settings.UPLOAD_LIMIT if files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length.isdecimal() and int(length) > limit:
            return too_large(request, limit)
        return self.get_response(request)


def too_large(request: HttpRequest, limit: int) -> HttpResponse:
    """Answer 413, in words; a program gets its own kind of answer."""
    megabytes = limit / 1024 / 1024
    if request.path.startswith("/api/"):
        return problems.answer(problems.too_large(megabytes))
    return render(request, "413.html", {"megabytes": f"{megabytes:g}"}, status=413)


class LostSession:
    """A part of a page that is asked for without a session sends the whole page to log in.

    Otherwise the log-in form would appear inside the page. Stands before the log-in check.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        part = "HX-Request" in request.headers and response.status_code == 302
        if not part or request.user.is_authenticated:
            return response
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
        page = here.path + (f"?{here.query}" if here.query else "")
        return HttpResponseClientRedirect(redirect_to_login(page or "/").url)
