"""Tags and filters of this app; a builtin of every template."""

from __future__ import annotations

from datetime import date as date_type
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.http import HttpRequest, QueryDict
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from reference_app.web import moments, words
from reference_app.web import money as money_words

register = template.Library()

_TITLES = {
    "status": words.STATUSES,
    "stream": words.STREAMS,
    "kind": words.PAYMENT_KINDS,
    "goods": words.GOODS_STATES,
    "refund": words.MONEY_STATES,
    "marketplace": words.MARKETPLACES,
    "policy": words.POLICIES,
    "push": words.PUSHES,
    "push_reason": words.PUSH_REASONS,
    "refusal": words.REFUSALS,
}


@register.filter
def money(minor: int | None, currency: str = "VND") -> str:
    """Write an amount in the visitor's language; nothing for no amount."""
    if minor is None:
        return "–"
    return money_words.shown(minor, currency, get_language() or "vi")


@register.filter
def count(number: int | None) -> str:
    """Write a whole number with grouped digits in the visitor's language."""
    if number is None:
        return "–"
    text = f"{number:,}"
    return text if (get_language() or "vi").startswith("en") else text.replace(",", ".")


@register.filter
def moment(instant: datetime | None) -> SafeString | str:
    """Write an instant in the business zone, with the exact one in the markup."""
    if instant is None:
        return "–"
    return format_html('<time datetime="{}">{}</time>', instant.isoformat(), moments.shown(instant))


@register.filter
def day(date: date_type | None) -> str:
    """Write a local day."""
    return "–" if date is None else moments.shown_day(date)


@register.filter
def percent(hundredths: int | None) -> str:
    """Write hundredths of a percent in the visitor's language."""
    if hundredths is None:
        return "–"
    point = "." if (get_language() or "vi").startswith("en") else ","
    return f"{hundredths // 100}{point}{hundredths % 100:02d} %"


@register.filter
def plain_moment(instant: datetime | None) -> str:
    """Write an instant in the business zone without markup, for mails."""
    return "–" if instant is None else moments.shown(instant)


@register.filter
def ago(instant: datetime | None) -> SafeString | str:
    """Write how long ago an instant was, with the exact one as a hint."""
    if instant is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        instant.isoformat(),
        moments.shown(instant),
        moments.ago(instant),
    )


@register.filter
def span(seconds: float | timedelta | None) -> str:
    """Write a duration."""
    if seconds is None:
        return "–"
    whole = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
    return moments.duration(whole)


@register.filter
def word(code: str, family: str) -> Any:
    """Return the title of a code of one family: status, stream, kind, goods, refund."""
    return _TITLES[family].get(code, code)


@register.filter
def tone(code: str) -> str:
    """Return the colour class of a state."""
    return words.TONES.get(code, "off")


@register.filter
def trouble(name: str) -> words.Trouble | None:
    """Return what went wrong and the next step, for an error's class name."""
    return words.trouble(name)


@register.filter
def named_host(request: HttpRequest) -> bool:
    """Say whether we were called by a name: passkeys are bound to one, and know no IP address."""
    return urlsplit(f"//{request.get_host()}").hostname.rpartition(".")[2].isalpha()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Draw an icon of the sprite; decoration only, text stands beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        extra,
        static("vendor/icons.svg"),
        name,
    )


_MARKS = {"shopee": "S", "lazada": "L", "tiktok": "T", "tiki": "K"}


@register.simple_tag
def mark(marketplace: str) -> SafeString:
    """Draw our own letter mark of a marketplace."""
    title = words.MARKETPLACES.get(marketplace, marketplace)
    return format_html(
        '<svg class="mp mp-{}" viewBox="0 0 24 24" role="img" aria-label="{}">'
        '<rect width="24" height="24" rx="6"/><text x="12" y="12" dy=".36em">{}</text></svg>',
        marketplace,
        title,
        _MARKS.get(marketplace, title[:1].upper()),
    )


@register.simple_tag
def badge(code: str, title: Any) -> SafeString:
    """Draw a state as a coloured label."""
    return format_html('<span class="state state-{}">{}</span>', tone(code), title)


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """Return the present query string with some values changed; `None` removes one."""
    values: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            values.pop(name, None)
        else:
            values[name] = str(value)
    text = values.urlencode()
    return f"?{text}" if text else "?"
