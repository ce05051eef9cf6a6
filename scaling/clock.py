"""The one source of time: the database's clock (design D6).

Nothing on the paging path reads the clock of the machine it runs on. ``now()`` is asked once per request or tick
and handed down as an argument. The clock is a setting so that tests can put another one in its place.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string


class Clock(Protocol):
    """Where the present comes from."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class DatabaseClock:
    """The clock of the PostgreSQL server; one statement a call."""

    def now(self) -> datetime:
        """Return ``clock_timestamp()``: unlike ``now()`` it moves on inside a transaction."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (value,) = cursor.fetchone()
        return _in_utc(value)


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


@cache
def clock() -> Clock:
    """Return the clock this process runs by (setting ``CLOCK``)."""
    chosen: Clock = import_string(settings.CLOCK)()
    return chosen


def now() -> datetime:
    """Return the present instant by the process's clock."""
    return clock().now()
