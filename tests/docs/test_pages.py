"""Every block of the documentation runs, in order, against a sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, read

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITH_BLOCKS = [
    page for page in PAGES if "```python" in page.read_text() or "```sh" in page.read_text()
]


@pytest.mark.parametrize("page", WITH_BLOCKS, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python and shell blocks of a page do what the page says."""
    monkeypatch.chdir(tmp_path)
    read(page, tmp_path)
