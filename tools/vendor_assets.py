"""Copy the pinned front-end files the app serves into `reference_app/static/vendor`.

    python tools/vendor_assets.py            # download, copy, write manifest.json
    python tools/vendor_assets.py --check    # compare the committed files with manifest.json

Packages come through the ordinary `npm pack NAME@VERSION` client.
The result is committed, so nobody needs npm to run the app.
Stylesheets are changed in one way only: images inlined as `data:` become files, because the app's
content security policy allows nothing but its own origin.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from urllib.parse import unquote

TARGET = Path(__file__).resolve().parent.parent / "reference_app" / "static" / "vendor"

PACKAGES = {
    "@tabler/core": "1.6.1",
    "@tabler/icons": "3.51.0",
    "@fontsource-variable/inter": "5.3.0",
    "htmx.org": "2.0.8",
    "echarts": "6.1.0",
    "@expo-google-fonts/be-vietnam-pro": "0.4.1",
}

# package, path inside it, name under vendor/
COPIES = [
    ("@tabler/core", "dist/css/tabler.min.css", "tabler/tabler.min.css"),
    ("@tabler/icons", "LICENSE", "tabler/LICENSE"),  # one licence for icons and core: MIT, Tabler
    (
        "@fontsource-variable/inter",
        "files/inter-latin-wght-normal.woff2",
        "inter/inter-latin.woff2",
    ),
    (
        "@fontsource-variable/inter",
        "files/inter-vietnamese-wght-normal.woff2",
        "inter/inter-vietnamese.woff2",
    ),
    ("@fontsource-variable/inter", "LICENSE", "inter/LICENSE"),
    ("htmx.org", "dist/htmx.min.js", "htmx/htmx.min.js"),
    ("htmx.org", "LICENSE", "htmx/LICENSE"),
    # The simple build: bars, lines, pies on a canvas. It writes no styles into the page, as the
    # full build's tooltips do, so the content security policy stays as strict as it is.
    ("echarts", "dist/echarts.simple.min.js", "echarts/echarts.simple.min.js"),
    ("echarts", "LICENSE", "echarts/LICENSE"),
    ("echarts", "licenses/LICENSE-d3", "echarts/LICENSE-d3"),
    ("echarts", "NOTICE", "echarts/NOTICE"),
    # For invoices as PDF, which need whole TrueType files.
    (
        "@expo-google-fonts/be-vietnam-pro",
        "400Regular/BeVietnamPro_400Regular.ttf",
        "be-vietnam-pro/regular.ttf",
    ),
    (
        "@expo-google-fonts/be-vietnam-pro",
        "700Bold/BeVietnamPro_700Bold.ttf",
        "be-vietnam-pro/bold.ttf",
    ),
    ("@expo-google-fonts/be-vietnam-pro", "LICENSE_FONT", "be-vietnam-pro/LICENSE"),
]

# The icons in use, gathered into one sprite.
ICONS = [
    "alert-circle",
    "alert-triangle",
    "arrow-back-up",
    "arrow-left",
    "arrow-right",
    "building-store",
    "building-warehouse",
    "calendar",
    "cash",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-check",
    "circle-dot",
    "circle-x",
    "clock",
    "device-laptop",
    "dots",
    "download",
    "file-text",
    "filter",
    "help",
    "home",
    "info-circle",
    "key",
    "language",
    "link",
    "loader-2",
    "lock",
    "logout",
    "mail",
    "map-pin",
    "message-circle",
    "note",
    "package",
    "player-pause",
    "player-play",
    "plug",
    "plug-x",
    "plus",
    "qrcode",
    "receipt",
    "refresh",
    "search",
    "settings",
    "shield-check",
    "shopping-bag",
    "truck",
    "user",
    "users",
    "webhook",
    "x",
]

_DATA_URI = re.compile(r"""url\((["'])data:image/svg\+xml,(.*?)\1\)""")
_SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/")


def main() -> int:
    """Vendor, or check what was vendored."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare with the manifest")
    return check() if parser.parse_args().check else vendor()


def vendor() -> int:
    """Download the packages and copy what is needed."""
    with tempfile.TemporaryDirectory() as place:
        roots = {name: unpack(name, version, Path(place)) for name, version in PACKAGES.items()}
        for package, source, name in COPIES:
            write(name, (roots[package] / source).read_bytes())
        write("icons.svg", sprite(roots["@tabler/icons"] / "icons" / "outline").encode())
    unpack_images("tabler/tabler.min.css")
    manifest = {"packages": PACKAGES, "files": digests()}
    write("manifest.json", (json.dumps(manifest, indent=2) + "\n").encode())
    return check()


def unpack(name: str, version: str, place: Path) -> Path:
    """Fetch one package and return the folder it unpacks to."""
    folder = place / re.sub(r"\W", "-", name)
    folder.mkdir()
    subprocess.run(
        ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def sprite(icons: Path) -> str:
    """Gather the outline icons in use into one SVG of symbols."""
    symbols = [symbol(name, (icons / f"{name}.svg").read_text()) for name in sorted(ICONS)]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def symbol(name: str, svg: str) -> str:
    """Turn one icon file into a symbol that takes stroke and colour from its user."""
    inner = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    if inner is None:
        raise SystemExit(f"{name} is no SVG")
    body = re.sub(r"\s+", " ", inner[1]).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>'


def unpack_images(name: str) -> None:
    """Move images inlined in a stylesheet into files beside it."""

    def move(match: re.Match[str]) -> str:
        image = unquote(match[2]).encode()
        file = f"img/{hashlib.sha256(image).hexdigest()[:10]}.svg"
        write(str(Path(name).parent / file), image)
        return f'url("{file}")'

    text = _DATA_URI.sub(move, (TARGET / name).read_text())
    write(name, _SOURCE_MAP.sub("", text).encode())


def write(name: str, body: bytes) -> None:
    """Write one file under vendor/."""
    path = TARGET / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def digests() -> dict[str, str]:
    """Return the sha256 of every vendored file."""
    files = sorted(path for path in TARGET.rglob("*") if path.is_file())
    return {
        str(path.relative_to(TARGET)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name != "manifest.json"
    }


def check() -> int:
    """Compare the files with the manifest; 0 when they agree."""
    expected = json.loads((TARGET / "manifest.json").read_text())["files"]
    actual = digests()
    wrong = sorted(set(expected.items()) ^ set(actual.items()))
    for name, _ in wrong:
        print(f"differs from the manifest: {name}", file=sys.stderr)
    if not wrong:
        size = sum((TARGET / name).stat().st_size for name in actual)
        print(f"{len(actual)} files, {size / 1024:.0f} KiB")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
