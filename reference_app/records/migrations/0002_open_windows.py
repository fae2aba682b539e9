"""Any number of windows may be open in a checkpoint, since they are read side by side."""

from datetime import UTC
from typing import Any

from django.db import migrations, models


def opening(since: Any, start: Any, end: Any, cursor: str | None) -> dict[str, Any]:
    """Write the one window that used to be open in the form of the list that replaces it."""
    texts = [
        moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        for moment in (start, end)
    ]
    # A window before what is covered was a backfill.
    history = since is not None and start < end <= since
    return {"from": texts[0], "to": texts[1], "cursor": cursor, "history": history}


def cover(row: Any) -> None:
    """Let what is covered reach round the open window; it used to end where that began."""
    start, end = row.window_from, row.window_to
    if start == end:  # a listing without a clock
        return
    if row.since is None or start < row.since:
        row.since, row.checked_to = start, None
    row.done_to = max(end, row.done_to or end)


def carry_over(apps: Any, _editor: Any) -> None:
    """Turn each open window into a list of one."""
    checkpoints = apps.get_model("records", "StreamCheckpoint").objects
    for row in checkpoints.filter(window_from__isnull=False, window_to__isnull=False):
        row.open = [opening(row.since, row.window_from, row.window_to, row.cursor)]
        cover(row)
        row.save()


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [
        migrations.AddField("streamcheckpoint", "open", models.JSONField(default=list)),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveField("streamcheckpoint", "window_from"),
        migrations.RemoveField("streamcheckpoint", "window_to"),
        migrations.RemoveField("streamcheckpoint", "cursor"),
    ]
