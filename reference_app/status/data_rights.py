"""What export and deletion have to know of the status page; read by the app that does both."""

from __future__ import annotations

from reference_app.rights.registry import nobodys

for _table in ("heartbeat", "componentstate", "dayuptime", "incident", "incidentupdate"):
    nobodys(f"status.{_table}", "about the installation, not about a merchant")
