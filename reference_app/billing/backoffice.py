"""The back office at /backoffice/, for people of our own (`is_staff`).

Log-in is the app's: what protects accounts protects this too.
"""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

__all__ = ["BackOffice", "office"]


class BackOffice(AdminSite):
    """Django's admin, behind the app's own log-in."""

    site_header = "Entro"
    site_title = "Entro"
    index_title = _("Back office")
    enable_nav_sidebar = False

    @never_cache
    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Send a visitor to the log-in, and a customer away."""
        if request.user.is_authenticated:
            return HttpResponseForbidden(_("This is for our own staff."))
        return redirect_to_login(request.get_full_path(), "account_login")


office = BackOffice(name="backoffice")
