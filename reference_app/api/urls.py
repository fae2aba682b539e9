"""The API's addresses: `/api/v1/…`, every answer JSON, every error a problem."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from reference_app.api import problems, reading, trading, writing

__all__ = ["api", "app_name", "urlpatterns"]

app_name = "api-v1"


class _Api(NinjaAPI):
    """An API whose document says that refusals are problems."""

    def get_openapi_schema(self, **keywords: Any) -> Any:
        document = super().get_openapi_schema(**keywords)
        for operations in document["paths"].values():
            for operation in operations.values():
                _name_problems(operation["responses"])
        return document


def _name_problems(responses: dict[int, Any]) -> None:
    for code, response in responses.items():
        if int(code) >= 400 and "application/json" in response.get("content", {}):
            response["content"] = {problems.TYPE: response["content"]["application/json"]}


api = _Api(
    title="Entro",
    version="1",
    description=(
        "Stores, orders, products, stock, money, returns and syncs of one merchant. Ids are"
        " strings, amounts whole numbers of the currency's smallest unit (for VND: dong), instants"
        " RFC 3339 in UTC. Errors are RFC 9457 problem details with a `next_step`."
    ),
    docs_url=None,  # its pages load scripts from elsewhere
    urls_namespace=app_name,
)
problems.register(api)
api.add_router("", reading.router)
api.add_router("", writing.router)
api.add_router("", trading.router)


def _ours(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask for a token instead of a session, and answer a wrong method as a problem too."""

    @csrf_exempt  # no cookie opens anything here
    @login_not_required
    @wraps(view)
    def called(request: HttpRequest, *arguments: Any, **keywords: Any) -> HttpResponse:
        response = view(request, *arguments, **keywords)
        if response.status_code == 405:
            response = problems.answer(problems.not_allowed(response["Allow"]))
        response.setdefault("Cache-Control", "no-store")
        return response

    return called


@csrf_exempt
@login_not_required
def _nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    return problems.answer(problems.not_found())


urlpatterns: list[URLPattern] = [
    path(str(pattern.pattern), _ours(pattern.callback), name=pattern.name)
    for pattern in api.urls[0]
    if pattern.name != "api-root"
] + [path("", _nothing, name="api-root"), path("<path:rest>", _nothing)]
