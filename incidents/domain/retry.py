"""When a notice is tried again (the retry table of Standard Webhooks 1.0), and how long a failing endpoint rests.

A notice is no page: what is not taken at once may come hours later, and after three days it is given up. News about an
incident is given up within the hour, for by then it is none.

Example: a webhook answers 503 to the first attempt at 03:00:00. The second is due at 03:00:05, the third five minutes
after that, each up to a tenth later, so that what failed together does not come back together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID
from zlib import crc32

_SECONDS: Final = timedelta(seconds=1)
_MINUTES: Final = timedelta(minutes=1)
_HOURS: Final = timedelta(hours=1)

PAUSES: Final[Sequence[timedelta]] = (
    5 * _SECONDS,
    5 * _MINUTES,
    30 * _MINUTES,
    2 * _HOURS,
    5 * _HOURS,
    10 * _HOURS,
    14 * _HOURS,
    20 * _HOURS,
    24 * _HOURS,
)
"""The wait before the second, third, … attempt."""

PAUSES_OF_NEWS: Final = PAUSES[:3]

LONGEST_PAUSE: Final = PAUSES[-1]
_JITTER: Final = 0.1
_FIRST_REST: Final = 5 * _SECONDS
_LONGEST_REST: Final = 5 * _MINUTES
_DOUBLINGS: Final = 6


def pause_after(
    attempts: int, key: UUID, pauses: Sequence[timedelta] = PAUSES, *, asked: timedelta = timedelta()
) -> timedelta | None:
    """Return the wait after so many failed attempts of the notice ``key``, or None if it is given up.

    ``asked`` is how long the other side wants to be left alone: the wait is no shorter, up to a day.
    """
    if attempts > len(pauses):
        return None
    spread = crc32(key.bytes + bytes([attempts])) / 2**32
    return max(pauses[attempts - 1] * (1 + _JITTER * spread), min(asked, LONGEST_PAUSE))


def rest_after(failures: int, *, asked: timedelta = timedelta()) -> timedelta:
    """Return how long an endpoint is left alone after so many failures without a success between them."""
    rest = _FIRST_REST * (1 << min(failures - 1, _DOUBLINGS))
    return max(min(rest, _LONGEST_REST), min(asked, LONGEST_PAUSE))
