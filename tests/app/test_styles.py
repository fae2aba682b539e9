"""The style sheet: one place for each thing."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import reference_app

AT_RULE = r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}"
SHEET = Path(reference_app.__file__).parent / "static" / "app.css"


def test_a_selector_is_styled_in_one_place() -> None:
    """A second rule elsewhere is meant for something else and changes what the first one drew.

    What media queries and other at-rules hold is meant to differ.
    """
    plain = re.sub(r"/\*.*?\*/", "", SHEET.read_text(), flags=re.DOTALL)
    outside = re.sub(AT_RULE, "", re.sub(AT_RULE, "", plain))  # one may stand in another
    heads = Counter(head.strip() for head in re.findall(r"([^{};]+)\{", outside))
    assert "h1" in heads  # or nothing was read
    assert [head for head, times in heads.items() if times > 1] == []
