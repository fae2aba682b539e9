"""Which invoice a memo names."""

from __future__ import annotations

import pytest

from reference_app.paying.matching import Match, Why, match

ONE, TWO = "ENT23456E", "ENT7K3Q97"


@pytest.mark.parametrize(
    ("memo", "known", "expected"),
    [
        ("ck tu NGUYEN VAN A ent-23456-e", {ONE: 1}, Match(Why.CODE, 1)),
        ("ENT23456E ENT23456E", {ONE: 1}, Match(Why.CODE, 1)),
        ("ENT23456E ENT7K3Q97", {ONE: 1}, Match(Why.CODE, 1)),
        ("ENT23456E ENT7K3Q97", {ONE: 1, TWO: 2}, Match(Why.SEVERAL_CODES)),
        ("ENT23456E", {}, Match(Why.UNKNOWN_CODE)),
        ("ENT23456F", {ONE: 1}, Match(Why.NO_CODE)),
        ("chuyen khoan", {ONE: 1}, Match(Why.NO_CODE)),
        ("", {ONE: 1}, Match(Why.NO_CODE)),
    ],
)
def test_the_invoice_of_a_memo(memo: str, known: dict[str, int], expected: Match) -> None:
    """One known code names an invoice; none, unknown ones or two are left to a person."""
    assert match(memo, known) == expected
