"""How rows read in lists: marks, and how long ago something was."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince


def mark(text: str, kind: str = "", *, symbol: str = "") -> SafeString:
    """Return ``text`` as a mark, behind a ``symbol`` of Material Symbols if there is one.

    ``kind`` is ``good``, ``warn``, ``bad`` or nothing. The text alone says it all.
    """
    drawn = format_html('<span class="material-symbols-outlined" aria-hidden="true">{}</span>', symbol)
    return format_html('<span class="mark {}">{}{}</span>', kind, drawn if symbol else "", text)


def ago(at: datetime | None, now: datetime, *, never: str = "never") -> str:
    """Return how long ago ``at`` was, as "3 hours ago"; ``never`` if it was not."""
    return never if at is None else f"{timesince(at, now, depth=1)} ago"
