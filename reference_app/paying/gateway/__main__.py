"""`python -m reference_app.paying.gateway --port 9105`: pay pages, notices, and a bank."""

from __future__ import annotations

import argparse
import os

from aiohttp import web

from entrosdk import Secret
from reference_app.paying.gateway.server import Places, application
from reference_app.paying.gateway.till import Till


def main() -> None:
    """Serve until told to stop; who the merchant is comes from the app's own settings."""
    parser = argparse.ArgumentParser(description="Emulate VNPay and a bank on loopback.")
    parser.add_argument("--port", type=int, default=9105)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--app", default="http://127.0.0.1:8000", help="where the app listens")
    parser.add_argument("--tries", type=int, default=10, help="how often a notice is told")
    parser.add_argument("--pause", type=float, default=300.0, help="seconds between two tries")
    options = parser.parse_args()
    till = Till(
        code=os.environ.get("ENTRO_VNPAY_TMN_CODE") or "DEMOTMN1",
        secret=Secret(os.environ.get("ENTRO_VNPAY_SECRET") or "DEMOSECRET"),
        tries=options.tries,
        pause=options.pause,
    )
    app = options.app.rstrip("/")
    places = Places(
        ipn=f"{app}/paying/vnpay/ipn",
        bank=f"{app}/paying/bank/notice",
        bank_secret=Secret(os.environ.get("ENTRO_BANK_NOTICE_SECRET") or "DEMOBANKSECRET"),
    )
    server = application(till, places)
    web.run_app(server, host=options.host, port=options.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
