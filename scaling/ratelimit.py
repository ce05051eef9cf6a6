"""How often something may happen in a while (reliability B96).

Counts live in an unlogged table: all web processes share them, they cost no write-ahead log, and a crash of the
database merely starts them anew.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from django.db import connection

from scaling.errors import RateLimited
from scaling.models import RateWindow

KEPT = timedelta(days=1)

_COUNT = """
    INSERT INTO scaling_ratewindow (bucket, starts_at, hits) VALUES (%s, %s, 1)
    ON CONFLICT (bucket, starts_at) DO UPDATE SET hits = scaling_ratewindow.hits + 1
    RETURNING hits
"""


def count(bucket: str, *, limit: int, window: timedelta, now: datetime) -> None:
    """Count one more happening in ``bucket``; one statement. ``bucket`` is at most 100 characters.

    Windows follow each other on the clock, so that up to twice ``limit`` can pass within one ``window`` of time.
    Call it outside a transaction that may be rolled back, as the count would be too.

    Raises:
        RateLimited: this window has had its ``limit`` already; says when the next begins.
    """
    starts_at = _window_start(window, now)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [bucket, starts_at])
        (hits,) = cursor.fetchone()
    if hits > limit:
        wait = math.ceil((starts_at + window - now).total_seconds())
        raise RateLimited("Too many requests of this kind; wait before the next.", retry_after_seconds=wait)


def delete_old_windows(*, now: datetime) -> int:
    """Delete the counts of windows that began more than a day ago; return how many."""
    deleted, _ = RateWindow.objects.filter(starts_at__lt=now - KEPT).delete()
    return deleted


def _window_start(window: timedelta, now: datetime) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return now - (now - epoch) % window
