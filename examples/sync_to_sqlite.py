"""Brings a shop's records into shop.db, page by page, and says whether anything is missing.

Run it again: only what changed since is read.
"""

from sandbox import settings

from entrosdk import connect_async
from entrosdk.sync import SqlSink, sync

report = sync(connect_async(**settings()), SqlSink("sqlite:///shop.db"))

for stream in report.streams:
    counts = stream.completeness
    print(f"{stream.stream:<10} {stream.written.new} new, {stream.written.changed} changed")
    if counts:
        print(f"{'':<10} {counts.marketplace} there, {counts.local} here, {counts.missing} missing")
raise SystemExit(not report.ok)
