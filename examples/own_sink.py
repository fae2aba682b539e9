"""Syncs into a sink of one's own: one file for each stream, replaced with each commit."""

import pickle
from pathlib import Path

from sandbox import settings

from entrosdk import connect_async
from entrosdk.sync import Written, sync


class FolderSink:
    """Keeps each stream in a file of its own."""

    def __init__(self, folder):
        self._folder = Path(folder)
        self._folder.mkdir(exist_ok=True)

    def checkpoint(self, key):
        return self._read(key)["checkpoint"]

    def commit(self, commit):
        state, written = self._read(commit.key), Written()
        for name, records in grouped(commit.records).items():
            version = (getattr(records[-1], "updated_at", None) or commit.read_at, commit.read_at)
            stored = state["records"].get(name)
            if stored and stored[0] > version:
                written += Written(ignored=len(records))
                continue
            state["records"][name] = (version, records)
            state["unreadable"].pop(name, None)
            written += Written(changed=len(records)) if stored else Written(new=len(records))
        state["unreadable"].update({bad.id: bad for bad in commit.unreadable})
        state["checkpoint"] = commit.checkpoint or state["checkpoint"]
        self._write(commit.key, state)
        return written + Written(quarantined=len(commit.unreadable))

    def known(self, key, ids):
        return set(ids) & self._read(key)["records"].keys()

    def quarantined(self, key, ids):
        return set(ids) & self._read(key)["unreadable"].keys()

    def close(self):
        pass

    def _path(self, key):
        return self._folder / f"{key.marketplace}-{key.shop_id}-{key.stream}"

    def _read(self, key):
        path = self._path(key)
        empty = {"checkpoint": None, "records": {}, "unreadable": {}}
        return pickle.loads(path.read_bytes()) if path.exists() else empty

    def _write(self, key, state):
        fresh = self._path(key).with_suffix(".new")
        fresh.write_bytes(pickle.dumps(state))
        fresh.replace(self._path(key))  # the old file or the new one, never a half


def grouped(records):
    """Payments belong to the record they were read from; of everything else the newest counts."""
    groups = {}
    for record in records:
        if hasattr(record, "source_id"):
            groups.setdefault(record.source_id, []).append(record)
        elif record.id not in groups or newer(record, groups[record.id][0]):
            groups[record.id] = [record]
    return groups


def newer(record, other):
    """A page may hold a record twice. Products tell no update time: the later one counts."""
    mine, theirs = getattr(record, "updated_at", None), getattr(other, "updated_at", None)
    return not mine or not theirs or mine >= theirs


report = sync(connect_async(**settings()), FolderSink("records"), streams=["orders"])
for stream in report.streams:
    print(stream.stream, stream.written.new, "new,", stream.completeness)
raise SystemExit(not report.ok)
