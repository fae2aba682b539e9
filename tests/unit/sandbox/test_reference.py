"""The emulated Shopee and the adapter stay within the reference of Shopee's endpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from entrosdk.adapters.shopee.fees import FORMULA
from tests.sandboxes import Table

BOOK = Path(__file__).parents[2] / "fixtures" / "shopee" / "reference" / "endpoints.json"
REFERENCE: dict[str, Any] = json.loads(BOOK.read_bytes())["endpoints"]


def test_every_emulated_address_is_one_of_shopees() -> None:
    """With its verb, and with the kind of signature it wants."""
    known = {one["path"]: (one["method"], one["auth"]) for one in REFERENCE.values()}
    emulated = Table(orders=0).market._endpoints
    assert len(emulated) > 50
    for path, endpoint in emulated.items():
        method, auth = known[path]
        assert method in endpoint.method.split(), path
        assert auth == endpoint.auth, path


def test_every_part_of_the_escrow_formula_is_in_the_reference() -> None:
    """No part is spelled in a way of our own."""
    income = REFERENCE["v2.payment.get_escrow_detail"]["response"]["response"]["order_income"]
    assert set(FORMULA) <= set(income)
