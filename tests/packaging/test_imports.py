"""What importing the package costs and shows."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import entrosdk

NAMES = """
App AsyncShop Batch CancelReason Capability EntroError Event GoodsState Grant GrantExpiring
GrantGiven GrantRevoked Handover Image ItemResult Label Limiter MemoryStore Money MoneyState
Order OrderChanged OrderLine OrderQuery OrderStatus OrderTotals Outcome Package Page Parcel
Payment PaymentKind PaymentQuery Payout PayoutStatus PickupSlot Policy PriceChange Product
ProductChanged ProductDraft ProductPatch ProductQuery ProductStatus Recipient Refusal Return
ReturnChanged ReturnLine ReturnQuery Secret ShipRequest Shipment ShippingOptions Shop ShopInfo
StockChange StockChanged StockLevel Stub Submission SubmissionState Unreadable Unrecognised
Variant VariantDraft Warehouse __version__ authorize_url connect connect_async exchange_code
exchange_code_async grant_key
"""

# Nothing that could send, wait, draw lots or look at a clock, a file or the environment.
PURE = """
__future__ attrs base64 collections datetime decimal email entrosdk enum functools hashlib hmac
itertools json math operator pydantic re types typing urllib xml
"""

PROBE = """
import json, sys
before = set(sys.modules)
{code}
print(json.dumps(sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})))
"""


def loaded(code: str) -> set[str]:
    """The top-level modules that `code` loads in a fresh interpreter."""
    command = [sys.executable, "-c", PROBE.format(code=code)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return set(json.loads(done.stdout))


def test_import_entrosdk_is_cheap() -> None:
    """Neither pydantic nor an HTTP library nor even attrs comes with the name."""
    heavy = {
        "pydantic",
        "msgspec",
        "httpx",
        "httpx2",
        "tenacity",
        "attr",
        "sqlalchemy",
        "typer",
        "asyncio",
    }
    assert loaded("import entrosdk") & heavy == set()


def test_values_need_only_attrs() -> None:
    """Using a domain value loads no wire and no transport."""
    code = "from entrosdk import App, Grant, Money, Order, Secret"
    assert loaded(code) & {"pydantic", "msgspec", "httpx", "tenacity", "sqlalchemy"} == set()


def test_naming_connect_loads_no_http_library() -> None:
    """The transport comes with the first connected shop."""
    assert (
        loaded("from entrosdk import connect") & {"pydantic", "msgspec", "httpx", "httpx2"} == set()
    )


def test_exported_names_are_these() -> None:
    """The public list changes on purpose only."""
    assert entrosdk.__all__ == sorted(NAMES.split())


def test_every_exported_name_is_there() -> None:
    """The lazy table points at things that exist, and unknown names fail as usual."""
    assert all(getattr(entrosdk, name) is not None for name in entrosdk.__all__)
    assert not hasattr(entrosdk, "connnect")
    assert "connect" in dir(entrosdk)


ADAPTERS = Path(entrosdk.__file__).parent / "adapters"


def imported(tree: ast.AST) -> set[str]:
    """The whole names of what a module imports, wherever it does."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_adapters_import_nothing_that_acts() -> None:
    """No HTTP library, no clock, no chance; of the present moment they are told."""
    seen = set()
    for path in ADAPTERS.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = imported(tree)
        calls = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert {name.partition(".")[0] for name in names} <= set(PURE.split()), path
        assert not names & {"urllib.request", "xml.etree", "email.utils.localtime"}, path
        assert not calls & {"now", "utcnow", "today", "localtime"}, path
        seen.add(path.relative_to(ADAPTERS).parts[0])
    assert {"shopee", "lazada", "tiktok", "tiki"} <= seen
