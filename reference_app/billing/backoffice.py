"""The back office at /backoffice/, for people of our own (`is_staff`).

Log-in is the app's: what protects accounts protects this too.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

__all__ = ["BackOffice", "office"]


class BackOffice(AdminSite):
    """Django's admin, behind the app's own log-in."""

    site_header = "Entro"
    site_title = "Entro"
    index_title = _("Back office")
    enable_nav_sidebar = False
    index_template = "backoffice/index.html"

    @method_decorator([never_cache, login_not_required])
    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Send a visitor to the log-in, and a customer away."""
        index = reverse("backoffice:index")
        if request.user.is_authenticated:
            if self.has_permission(request):
                return redirect(index)
            return HttpResponseForbidden(_("This is for our own staff."))
        return redirect_to_login(request.GET.get("next") or index, "account_login")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the app's own page: there is one way to change a password."""
        return redirect("account_change_password")

    def get_urls(self) -> list[Any]:
        """Leave out the page that follows Django's own form."""
        return [
            one for one in super().get_urls() if getattr(one, "name", "") != "password_change_done"
        ]


office = BackOffice(name="backoffice")
