"""What the API's document promises, tried with invented requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from reference_app import samples
from reference_app.api import tokens
from reference_app.api.models import Scope
from reference_app.records.models import Order, Quarantined
from reference_app.stores.models import Store
from reference_app.syncing.models import SyncRun

pytestmark = pytest.mark.django_db
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
FEW = settings(
    max_examples=4,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def headers(store: Store) -> Iterator[dict[str, str]]:
    """Return the headers of a caller who may do everything, with rows to find."""
    samples.fill(store, orders=4)
    _, secret = tokens.make(store.merchant, None, "test", Scope.values)
    cache.clear()
    with override_settings(API_PER_MINUTE=100_000):
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)  # the test's transaction is on this one
        yield {"Authorization": f"Bearer {secret}"}
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def rows_of(store: Store) -> dict[str, str]:
    """Return ids that are there, by the names of the document's parameters."""
    return {
        "store_id": str(store.pk),
        "order_id": Order.objects.filter(store=store)[0].external_id,
        "run_id": str(SyncRun.objects.filter(store=store)[0].pk),
        "quarantined_id": str(Quarantined.objects.get(store=store).pk),
        "act_id": "1",
    }


def strategies(store: Store) -> Iterator[Any]:
    """Yield strategies of requests: well-formed ones, with ids that are there, and broken ones."""
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    ids = rows_of(store)
    for found in document.get_all_operations():
        operation = found.ok()
        yield operation.as_strategy(GenerationMode.POSITIVE)
        yield operation.as_strategy(GenerationMode.NEGATIVE)
        names = [parameter.name for parameter in operation.path_parameters]
        if names:
            yield operation.as_strategy(path_parameters={name: ids[name] for name in names})


def test_no_request_breaks_the_api(headers: dict[str, str], store: Store) -> None:
    """Whatever is sent, no answer is a server error, and each is as the document says."""
    for requests in strategies(store):

        @FEW
        @given(requests)
        def try_out(case: Any) -> None:
            response = case.call(headers=headers)
            case.validate_response(response, checks=CHECKS)

        try_out()
