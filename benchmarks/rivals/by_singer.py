"""Singer SDK: a tap of two streams piped into a target, two processes as Singer means it.

The tap is the SDK's `RESTStream` for ids with a child stream for details; the target is a
`BatchSink` whose batches go into SQLite by hand, which costs less than the SDK's own SQL sink
(that one has no upsert). Both validate against the schema, as they do by default.

    python -m benchmarks.rivals.by_singer JOB [tap|target]
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from benchmarks import shopee
from benchmarks.job import Job, begin, given

if len(sys.argv) > 2:  # the parent that only joins the two stays light
    import requests
    import singer_sdk.typing as th
    from singer_sdk import RESTStream, Tap, Target
    from singer_sdk.exceptions import RetriableAPIError
    from singer_sdk.pagination import BaseAPIPaginator
    from singer_sdk.sinks import BatchSink


def reading(job: Job) -> type[Any]:
    """Make what both streams share: where and how to ask, and when to ask again."""
    pace = shopee.Pace(job.rate)

    class Signed(requests.auth.AuthBase):
        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            time.sleep(pace.wait())
            path = request.path_url.split("?")[0]
            request.prepare_url(request.url, shopee.signed(job, path))
            return request

    class Reading(RESTStream):
        url_base = job.base_url
        authenticator = Signed()

        def validate_response(self, response: requests.Response) -> None:
            super().validate_response(response)
            if shopee.again(response.content):
                raise RetriableAPIError("again", response)

        def backoff_wait_generator(self) -> Iterator[float]:
            return (0.1 * 2**attempt for attempt in count())

        def backoff_jitter(self, value: float) -> float:
            return value

    return Reading


def listing(job: Job, base: type[Any]) -> type[Any]:
    """Make the stream of ids: a record is what one detail call takes."""

    class Pages(BaseAPIPaginator):
        def get_next(self, response: requests.Response) -> str | None:
            return shopee.next_cursor(response.json()["response"]) or None

    class Ids(base):
        name = "ids"
        path = shopee.LIST
        selected_by_default = False  # only its children are wanted
        schema = th.PropertiesList(th.Property("ids", th.ArrayType(th.StringType))).to_dict()

        @property
        def partitions(self) -> list[dict[str, Any]]:
            windows = shopee.windows(job.since, job.until)
            return [{"from": start, "to": end} for start, end in windows]

        def get_new_paginator(self) -> BaseAPIPaginator:
            return Pages("")

        def get_url_params(self, context: Any, next_page_token: str | None) -> dict[str, Any]:
            return shopee.list_query((context["from"], context["to"]), next_page_token or "")

        def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
            for ids in shopee.batches(shopee.ids_of(response.json()["response"])):
                yield {"ids": ids}

        def generate_child_contexts(self, record: Any, context: Any) -> Iterable[dict[str, Any]]:
            yield {"ids": record["ids"]}

    return Ids


def details(job: Job, base: type[Any], parent: type[Any]) -> type[Any]:
    """Make the stream of whole orders."""

    class Orders(base):
        name = "orders"
        path = shopee.DETAIL
        parent_stream_type = parent
        primary_keys = ("marketplace", "shop_id", "id")
        state_partitioning_keys = ()
        schema = orders_schema()

        def get_url_params(self, context: Any, next_page_token: Any) -> dict[str, Any]:
            return shopee.detail_query(context["ids"])

        def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
            for order in response.json()["response"]["order_list"]:
                yield shopee.record(job.shop_id, order)

    return Orders


def tap(job: Job) -> Any:
    """Make the tap."""
    base = reading(job)
    ids = listing(job, base)
    orders = details(job, base, ids)

    class TapShopee(Tap):
        name = "tap-shopee"

        def discover_streams(self) -> list[Any]:
            return [ids(self), orders(self)]

    return TapShopee(config={}, parse_env_config=False)


def orders_schema() -> dict[str, Any]:
    """Describe what `shopee.record` makes."""
    kinds = {"position": th.IntegerType, "quantity": th.IntegerType, "cod": th.BooleanType}

    def columns(names: tuple[str, ...]) -> list[Any]:
        def kind(name: str) -> Any:
            times = th.DateTimeType if name.endswith("_at") else th.StringType
            return th.IntegerType if name.endswith("_minor") else kinds.get(name, times)

        return [th.Property(name, kind(name)) for name in names]

    lines = th.ArrayType(th.ObjectType(*columns(shopee.LINE_COLUMNS)))
    return th.PropertiesList(*columns(shopee.ORDER_COLUMNS), th.Property("lines", lines)).to_dict()


def target(job: Job) -> Any:
    """Make the target."""
    shelf = shopee.Shelf(job.path)

    class Rows(BatchSink):
        max_size = 1000

        def process_batch(self, context: dict[str, Any]) -> None:
            shopee.store_records(shelf, context["records"])

    class TargetSqlite(Target):
        name = "target-sqlite"
        default_sink_class = Rows
        config_jsonschema = th.PropertiesList().to_dict()

    return TargetSqlite(config={}, parse_env_config=False)


def piped() -> int:
    """Run `tap | target` and wait for both."""
    itself = [sys.executable, "-m", "benchmarks.rivals.by_singer", sys.argv[1]]
    with subprocess.Popen([*itself, "tap"], stdout=subprocess.PIPE) as first:
        second = subprocess.Popen([*itself, "target"], stdin=first.stdout)
        assert first.stdout is not None
        first.stdout.close()
        return second.wait() or first.wait()


if __name__ == "__main__":
    if len(sys.argv) == 2:
        given()
        raise SystemExit(piped())
    if sys.argv[2] == "tap":
        tap(begin()).sync_all()
    else:
        target(begin()).listen(sys.stdin)
