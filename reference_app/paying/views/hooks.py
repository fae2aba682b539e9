"""What machines tell us: VNPay's notices and the bank's. Secrets let them in, not sessions."""

from __future__ import annotations

import hmac
import json
import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from reference_app.billing import clock
from reference_app.paying import inbox
from reference_app.paying.conf import Paying
from reference_app.paying.notices import Unread, credit_of
from reference_app.paying.views.merchants import vnpay_values
from reference_app.paying.vnpay import attempts
from reference_app.paying.vnpay.judging import OURS

__all__ = ["bank_notice", "vnpay_ipn"]

_log = logging.getLogger("reference_app.paying")
_LARGEST = 64 * 1024  # bytes; a notice has half a kilobyte


@csrf_exempt
@login_not_required
@require_GET
def vnpay_ipn(request: HttpRequest) -> JsonResponse:
    """Take VNPay's notice of a payment; whatever goes wrong with us is answered 99."""
    paying: Paying = settings.PAYING
    try:
        answer = attempts.settle(paying.terminal, vnpay_values(request), clock.now())
    except Exception:  # noqa: BLE001 - told again later, and the cause is in the log
        _log.exception("a notice of VNPay could not be recorded")
        answer = OURS
    return JsonResponse(answer.body())


@csrf_exempt
@login_not_required
@require_POST
def bank_notice(request: HttpRequest) -> HttpResponse:
    """Take a provider's notice of a transfer; what is not 2xx is told again."""
    paying: Paying = settings.PAYING
    if paying.notice_secret is None:
        return HttpResponse(status=401)
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Apikey {paying.notice_secret.reveal()}".encode()):
        return HttpResponse(status=401)
    if len(request.body) > _LARGEST:
        return HttpResponse(status=413)
    try:
        told = json.loads(request.body)
        credit = credit_of(told, timezone.get_default_timezone())
    except (Unread, ValueError, AttributeError):
        return JsonResponse({"success": False}, status=400)
    if credit is not None:
        inbox.take([credit], "notice", clock.now())
    return JsonResponse({"success": True})
