"""`entrosdk sync --follow --listen`, as a person runs it: pushes bring orders until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from entrosdk.sync.realtime import ShopKey, SqlInbox
from tests.sandboxes import ask, serving

FOLLOW = "sync --follow --every 60 --streams orders --listen 127.0.0.1:0 --to sqlite:///shop.db"


def test_pushes_bring_orders_until_ctrl_c(tmp_path: Path) -> None:
    """It tells where it listens, follows what it hears at once, and ends well."""
    with serving("--only", "shopee", "--orders", "3") as control:
        command = [sys.executable, "-m", "entrosdk.cli", *FOLLOW.split()]
        command += ["--stores", f"{control}/control/stores.toml"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                told = process.stderr.readline()
                assert told.startswith("Pushes of shopee are received at http://127.0.0.1:")
                url = told.split()[-1]
                ask(f"{control}/control/webhooks", {"marketplace": "shopee", "url": url})
                ask(f"{control}/control/orders", {"count": 1, "cod": True})
                (store,) = ask(f"{control}/control/stores")
                shop = ShopKey("shopee", store["shop_id"])
                with closing(SqlInbox(f"sqlite:///{tmp_path / 'shop.db'}")) as inbox:
                    assert _until(lambda: inbox.tally(shop).done > 0)
            finally:
                process.send_signal(signal.SIGINT)
                rest = process.stderr.read() if process.stderr else ""
    assert process.returncode == 0, rest
    assert "Stopped; the next run goes on from here." in rest


def _until(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Wait for another process's doing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
