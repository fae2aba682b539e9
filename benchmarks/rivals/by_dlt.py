"""dlt: a resource over `RESTClient`, merged by key into SQLite by its SQLAlchemy destination.

As its documentation recommends: pages are yielded whole, details are deferred to its thread
pool, lines are nested and become a child table, `incremental` keeps the newest update time.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import dlt.destinations.impl.sqlalchemy.sqlalchemy_job_client
import requests
from dlt.destinations import sqlalchemy
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import AuthConfigBase
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

from benchmarks import shopee
from benchmarks.job import Job, begin

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"


class Signed(AuthConfigBase):
    """Signs each request when it is sent, and keeps the pace."""

    def __init__(self, job: Job) -> None:
        self._job, self._pace = job, shopee.Pace(job.rate)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        time.sleep(self._pace.wait())
        request.prepare_url(request.url, shopee.signed(self._job, request.path_url.split("?")[0]))
        return request


def _again(response: requests.Response | None, _error: BaseException | None) -> bool:
    return response is not None and shopee.again(response.content)


def orders(job: Job) -> Any:
    """Make the resource."""
    client = RESTClient(
        base_url=job.base_url,
        session=Client(retry_condition=_again, request_backoff_factor=0.1).session,
        auth=Signed(job),
        paginator=JSONResponseCursorPaginator(
            cursor_path="response.next_cursor", cursor_param="cursor"
        ),
    )

    @dlt.defer
    def details(ids: list[str]) -> list[dict[str, Any]]:
        reply = client.get(shopee.DETAIL, params=shopee.detail_query(ids))
        found = reply.json()["response"]["order_list"]
        return [shopee.record(job.shop_id, order) for order in found]

    newest = dlt.sources.incremental("updated_at", initial_value=shopee.iso(job.since))

    @dlt.resource(
        name="orders", primary_key=("marketplace", "shop_id", "id"), write_disposition="merge"
    )
    def listed(updated: Any = newest) -> Iterator[Any]:
        del updated  # a later run would begin at its last value
        for window in shopee.windows(job.since, job.until):
            query = shopee.list_query(window, "")
            for page in client.paginate(shopee.LIST, params=query, data_selector="response"):
                for ids in shopee.batches(shopee.ids_of(page[0])):
                    yield details(ids)

    return listed()


def main(job: Job) -> None:
    """Extract, normalise, load."""
    with tempfile.TemporaryDirectory() as place:
        pipeline = dlt.pipeline(
            pipeline_name="bench",
            pipelines_dir=place,
            destination=sqlalchemy(f"sqlite:///{Path(job.path).absolute()}"),
            dataset_name="main",
        )
        pipeline.run(orders(job))


if __name__ == "__main__":
    main(begin())
