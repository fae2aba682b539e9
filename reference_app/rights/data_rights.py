"""What is special about the tables of this house and of the libraries it stands on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps

from entrosdk.errors import ConfigError
from reference_app.rights.registry import (
    hide,
    leave_out,
    nobodys,
    opens,
    reaches,
    sealed,
    sealed_by_merchant,
    sealed_inside,
)
from reference_app.tenants.adapter import reseal_factors

_SECRET = "a secret; connect or make it anew instead"  # noqa: S105 - a reason
_OURS = "an index that only this installation can use"


def _recipient(seal: Any, row: dict[str, Any]) -> dict[str, Any]:
    facts = _open(seal, row["sealed"], f"order:{row['order__external_id']}")
    recipient: dict[str, Any] = facts.get("recipient") or {}
    parts = ("name", "phone", "email", "address", "ward", "district", "province", "region")
    return {
        **{part: recipient.get(part, "") for part in parts},
        "more": {name: recipient[name] for name in recipient if name not in parts},
        "buyer_id": facts.get("buyer_id"),
        "buyer_note": facts.get("buyer_note"),
        "seller_note": facts.get("seller_note"),
    }


def _body(seal: Any, row: dict[str, Any]) -> dict[str, Any]:
    context = f"quarantine:{row['stream']}:{row['external_id']}"
    return {"body": _open(seal, row["body_sealed"], context)}


def _open(seal: Any, sealed: str, context: str) -> Any:
    try:
        text = seal.open(sealed, context)
    except ConfigError:  # deleted, or its key is gone
        return {}
    try:
        return json.loads(text)
    except ValueError:
        return text


opens("records.orderprivate", _recipient)
opens("records.quarantined", _body)
opens("orders.savedfilter", lambda seal, row: {"query": seal.open(row["sealed"], "filter")})

reaches("tenants.merchant", "pk")
reaches("tenants.user", "memberships__merchant")

hide("tenants.merchant", _SECRET, "sealed_key")
hide("tenants.user", _SECRET, "password", "is_staff", "is_superuser")
hide("stores.store", _SECRET, "app_sealed", "hook_token")
hide("records.orderprivate", "opened into the columns beside it", "sealed")
hide("records.quarantined", "opened into the column beside it", "body_sealed")
hide("orders.savedfilter", "opened into the column beside it", "sealed")
hide("api.apitoken", _SECRET, "digest", "hint")
hide("api.webhook", _SECRET, "secret_sealed")

hide("account.emailconfirmation", _SECRET, "key")
hide("usersessions.usersession", _SECRET, "session_key", "data")

leave_out("mfa.authenticator", "secrets of a second factor; set it up anew instead")
leave_out("stores.credential", "secrets; connect the store to get new ones")
leave_out("records.persontoken", _OURS)
leave_out("orders.labelfile", "kept for a day only; print the label from its order")
leave_out("api.keptanswer", "kept for a day only, so that a repeated write is not done twice")
leave_out("rights.export", "this export and those before it")
leave_out("rights.exportpart", "this export and those before it")

nobodys("rights.deletion", "certificates of deletion name nobody and outlive the account")
for _table in ("auth.group", "auth.permission", "auth.group_permissions"):
    nobodys(_table, "roles of this installation's own staff")
for _table in ("tenants.user_groups", "tenants.user_user_permissions"):
    nobodys(_table, "roles of this installation's own staff; they go with the account")
nobodys("contenttypes.contenttype", "names of tables")
nobodys("sessions.session", "who is logged in; ends by itself")

sealed("tenants.merchant", "sealed_key", lambda _: "merchant")
sealed("stores.store", "app_sealed", lambda row: f"app:{row.marketplace}:{row.shop_id}")
sealed("stores.credential", "sealed", lambda row: f"grant:{row.store_id}:{row.key}")

sealed_by_merchant("records.orderprivate", "sealed")
sealed_by_merchant("records.quarantined", "body_sealed")
sealed_by_merchant("orders.labelfile", "sealed")
sealed_by_merchant("orders.savedfilter", "sealed")
sealed_by_merchant("api.webhook", "secret_sealed")


# Second factors: the account library keeps their sealed secrets inside a JSON column.


def _factors() -> Iterator[str]:
    for data in apps.get_model("mfa.authenticator").objects.values_list("data", flat=True):
        yield from (data[name] for name in ("secret", "seed") if data.get(name))


sealed_inside("mfa.authenticator", _factors, reseal_factors)
