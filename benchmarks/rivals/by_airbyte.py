"""Airbyte's Python CDK: a hand-written stream and the loop that reads it, into SQLite.

Two streams as its documentation recommends, a list and a sub-stream of details, read one request
after the other; no schema is checked and no type converted.
Airbyte's own destinations are containers: writing is by hand here, a page at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import requests
from airbyte_cdk.models import (
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    FailureType,
    SyncMode,
    Type,
)
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.streams.call_rate import APIBudget, MovingWindowCallRatePolicy, Rate
from airbyte_cdk.sources.streams.http import HttpStream, HttpSubStream
from airbyte_cdk.sources.streams.http.error_handlers import (
    BackoffStrategy,
    ErrorResolution,
    HttpStatusErrorHandler,
    ResponseAction,
)
from requests.auth import AuthBase

from benchmarks import shopee
from benchmarks.job import Job, begin

WRITTEN_AT_ONCE = 100


class Signed(AuthBase):
    """Signs a request when it is prepared."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.prepare_url(request.url, shopee.signed(self._job, request.path_url.split("?")[0]))
        return request


class Patience(HttpStatusErrorHandler):
    """Asks again for what Shopee refuses with status 200, and for replies that were cut short."""

    def interpret_response(
        self, response_or_exception: requests.Response | Exception | None = None
    ) -> ErrorResolution:
        got = response_or_exception
        if isinstance(got, requests.Response) and got.ok and shopee.again(got.content):
            return ErrorResolution(ResponseAction.RETRY, FailureType.transient_error, "again")
        return super().interpret_response(got)


class Soon(BackoffStrategy):
    """Waits as long as the others do."""

    def backoff_time(self, response_or_exception: Any, attempt_count: int) -> float:
        return 0.1 * 2**attempt_count


class Reading:
    """What both streams share."""

    primary_key = None

    def __init__(self, job: Job, **kwargs: Any) -> None:
        self.job = job
        super().__init__(authenticator=Signed(job), **kwargs)

    @property
    def url_base(self) -> str:
        return self.job.base_url

    def get_error_handler(self) -> Patience:
        return Patience(self.logger, max_retries=5)

    def get_backoff_strategy(self) -> Soon:
        return Soon()

    def get_json_schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": True}


class Ids(Reading, HttpStream):
    """Ids of changed orders, window by window."""

    name = "ids"

    def stream_slices(self, **_: Any) -> Iterable[Mapping[str, Any]]:
        for window in shopee.windows(self.job.since, self.job.until):
            yield {"window": window}

    def path(self, **_: Any) -> str:
        return shopee.LIST

    def request_params(
        self, stream_state: Any, stream_slice: Any = None, next_page_token: Any = None
    ) -> dict[str, Any]:
        return shopee.list_query(stream_slice["window"], (next_page_token or {}).get("cursor", ""))

    def next_page_token(self, response: requests.Response) -> dict[str, str] | None:
        cursor = shopee.next_cursor(response.json()["response"])
        return {"cursor": cursor} if cursor else None

    def parse_response(self, response: requests.Response, **_: Any) -> Iterable[dict[str, Any]]:
        for ids in shopee.batches(shopee.ids_of(response.json()["response"])):
            yield {"ids": ids}


class Orders(Reading, HttpSubStream):
    """Details of 50 orders for each record of the parent."""

    name = "orders"
    cursor_field = "updated_at"
    state: Mapping[str, Any] = {}

    def path(self, **_: Any) -> str:
        return shopee.DETAIL

    def request_params(
        self, stream_state: Any, stream_slice: Any = None, next_page_token: Any = None
    ) -> dict[str, Any]:
        return shopee.detail_query(stream_slice["parent"]["ids"])

    def next_page_token(self, response: requests.Response) -> None:
        return None

    def parse_response(self, response: requests.Response, **_: Any) -> Iterable[dict[str, Any]]:
        newest = self.state.get("updated_at", "")
        for order in response.json()["response"]["order_list"]:
            row = shopee.record(self.job.shop_id, order)
            newest = max(newest, row["updated_at"])
            yield row
        self.state = {"updated_at": newest}


class Shopee(AbstractSource):
    """A source with one stream worth reading."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def check_connection(self, logger: logging.Logger, config: Any) -> tuple[bool, Any]:
        return True, None

    def streams(self, config: Mapping[str, Any]) -> list[Any]:
        rates = [Rate(self.job.rate, timedelta(seconds=1))] if self.job.rate else []
        policies = [MovingWindowCallRatePolicy(rates=rates, matchers=[])] if rates else []
        budget = APIBudget(policies=policies)
        return [Orders(self.job, parent=Ids(self.job, api_budget=budget), api_budget=budget)]


def catalog() -> ConfiguredAirbyteCatalog:
    """Ask for the orders, whole."""
    stream = AirbyteStream(
        name="orders",
        json_schema={},
        supported_sync_modes=[SyncMode.incremental],
        source_defined_cursor=True,
    )
    configured = ConfiguredAirbyteStream(
        stream=stream,
        sync_mode=SyncMode.incremental,
        destination_sync_mode=DestinationSyncMode.append_dedup,
    )
    return ConfiguredAirbyteCatalog(streams=[configured])


def main(job: Job) -> None:
    """Read messages, write their records."""
    logger = logging.getLogger("airbyte")
    logger.setLevel(logging.WARNING)
    shelf, waiting = shopee.Shelf(job.path), []
    try:
        for message in Shopee(job).read(logger, {}, catalog(), []):
            if message.type is Type.RECORD:
                waiting.append(message.record.data)
            if len(waiting) >= WRITTEN_AT_ONCE:
                shopee.store_records(shelf, waiting)
                waiting.clear()
    finally:
        if waiting:
            shopee.store_records(shelf, waiting)
        shelf.close()


if __name__ == "__main__":
    main(begin())
