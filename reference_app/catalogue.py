"""The Vietnamese catalogue: what has to be translated, what is, and its compiled form.

    python -m reference_app.catalogue            # list what lacks a translation, compile the rest
    python -m reference_app.catalogue --check    # exit 1 when anything is missing or out of date

Plain Python in place of the gettext binaries, so that nobody needs a system package.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

BASE = Path(__file__).resolve().parent
PO = BASE / "locale" / "vi" / "LC_MESSAGES" / "django.po"

Key = tuple[str, str, str]  # context, singular, plural: empty where there is none
_CALLS = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
}


# What has to be translated


def wanted(root: Path = BASE) -> set[Key]:
    """Return the messages of all Python files and templates below `root`."""
    keys: set[Key] = set()
    for path in sorted(root.rglob("*.py")):
        keys.update(_in_python(path.read_text()))
    for kind in ("*.html", "*.txt"):
        for path in sorted((root / "templates").rglob(kind)):
            keys.update(in_template(path.read_text()))
    return keys


def in_template(text: str) -> set[Key]:
    """Return the messages of a template."""
    from django.utils.translation.template import templatize  # noqa: PLC0415 - only here

    # Django turns a template into a list of calls; what lies between them is noise.
    calls = re.findall(
        r"""(?:\bn?p?gettext|\b_)\((?:u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')[ ,]*|count)+\)""",
        templatize(text),
        re.DOTALL,
    )
    found: set[Key] = set()
    for call in calls:
        found.update(_in_python(call.replace("\n", "\\n") if '"""' not in call else call))
    return found


def _in_python(text: str) -> Iterator[Key]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _name(node.func) in _CALLS:
            places = _CALLS[_name(node.func)]
            values = [_text(node.args, place) for place in places]
            if values[1]:
                yield values[0], values[1], values[2]


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def _text(arguments: list[ast.expr], place: int | None) -> str:
    if place is None or place >= len(arguments):
        return ""
    value = arguments[place]
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


# What is translated


def read(path: Path = PO) -> dict[Key, list[str]]:
    """Read a catalogue; the header stands under the empty key."""
    entries: dict[Key, list[str]] = {}
    for block in re.split(r"\n\s*\n", path.read_text()):
        fields = _fields(block)
        if "msgid" in fields:
            key = (fields.get("msgctxt", ""), fields["msgid"], fields.get("msgid_plural", ""))
            entries[key] = [
                text for name, text in sorted(fields.items()) if name.startswith("msgstr")
            ]
    return entries


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        match = re.match(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)\s+(".*")$', line)
        if match:
            name = match[1]
            fields[name] = ast.literal_eval(match[2])
        elif line.startswith('"') and name:
            fields[name] += ast.literal_eval(line)
    return fields


def missing() -> list[Key]:
    """Return the messages that have no Vietnamese text."""
    known = read()
    return sorted(key for key in wanted() if not all(known.get(key) or [""]))


# Its compiled form


def compiled(entries: dict[Key, list[str]]) -> bytes:
    """Write a catalogue in gettext's binary form, entries sorted as its readers expect."""
    pairs = sorted((_mo_key(key), "\0".join(texts).encode()) for key, texts in entries.items())
    header = 7 * 4
    offset = header + 16 * len(pairs)
    keys, texts = [key for key, _ in pairs], [text for _, text in pairs]
    key_table, offset = _table(keys, offset)
    text_table, _ = _table(texts, offset)
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), header, header + 8 * len(pairs), 0, 0)
    return head + key_table + text_table + b"".join(part + b"\0" for part in keys + texts)


def _mo_key(key: Key) -> bytes:
    context, singular, plural = key
    text = f"{context}\x04{singular}" if context else singular
    return (f"{text}\0{plural}" if plural else text).encode()


def _table(parts: Iterable[bytes], offset: int) -> tuple[bytes, int]:
    table = b""
    for part in parts:
        table += struct.pack("<2I", len(part), offset)
        offset += len(part) + 1
    return table, offset


def main() -> int:
    """List what is missing and compile, or only check."""
    import django  # noqa: PLC0415 - templates are read with its help
    from django.conf import settings  # noqa: PLC0415

    settings.configure(USE_I18N=True)
    django.setup()
    lacking = missing()
    for context, text, plural in lacking:
        print("untranslated:", repr(text), repr(plural or ""), context)
    body = compiled(read())
    target = PO.with_suffix(".mo")
    if "--check" in sys.argv:
        return int(bool(lacking) or target.read_bytes() != body)
    target.write_bytes(body)
    return int(bool(lacking))


if __name__ == "__main__":
    sys.exit(main())
