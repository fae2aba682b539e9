"""The texts of invoice lines, in both languages whatever the reader's own is."""

from __future__ import annotations

from datetime import date, timedelta

from reference_app.billing.engine.changes import Line
from reference_app.billing.models import PlanVersion

__all__ = ["text_of"]

_VI = {
    "plan": "Gói {name}, {interval}",
    "charge": "Gói {name}, {interval}, phần còn lại của kỳ",
    "credit": "Trừ phần chưa dùng của gói {name}",
    "discount": "Giảm giá",
    "account": "Phần chưa dùng được ghi có vào tài khoản",
}
_EN = {
    "plan": "{name} plan, {interval}",
    "charge": "{name} plan, {interval}, rest of the period",
    "credit": "Less unused time of the {name} plan",
    "discount": "Discount",
    "account": "Unused time, put to your account credit",
}
_INTERVALS = {"month": ("theo tháng", "monthly"), "year": ("theo năm", "annual")}


def text_of(line: Line, plan: PlanVersion) -> tuple[str, str]:
    """Return a line's text in Vietnamese and English; both name the last day, not the one after."""
    interval_vi, interval_en = _INTERVALS[plan.interval]
    last = line.end - timedelta(days=1)
    vi = _VI[line.kind].format(name=plan.name_vi, interval=interval_vi)
    en = _EN[line.kind].format(name=plan.name_en, interval=interval_en)
    return (
        f"{vi} ({_day(line.start)} – {_day(last)})",
        f"{en} ({line.start.isoformat()} – {last.isoformat()})",
    )


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
