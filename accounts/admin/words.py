"""How rows read in lists: marks, and how long ago something was."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince


def mark(text: str, kind: str = "") -> SafeString:
    """Return ``text`` as a mark; ``kind`` is ``good``, ``warn``, ``bad`` or nothing. The text alone says it all."""
    return format_html('<span class="mark {}">{}</span>', kind, text)


def ago(at: datetime | None, now: datetime, *, never: str = "never") -> str:
    """Return how long ago ``at`` was, as "3 hours ago"; ``never`` if it was not."""
    return never if at is None else f"{timesince(at, now, depth=1)} ago"
