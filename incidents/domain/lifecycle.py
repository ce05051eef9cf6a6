"""The status of an incident: one step forward at a time, no skipping, no going back (contract section 6).

Example: from ``investigating`` the only way is ``identified``; ``resolved`` leads nowhere.
"""

from __future__ import annotations

from typing import Final

STATUSES: Final = ("investigating", "identified", "monitoring", "resolved")
RESOLVED: Final = STATUSES[-1]


def statuses_after(status: str) -> tuple[str, ...]:
    """Return the statuses still to come after ``status``, in order.

    Raises:
        ValueError: ``status`` is none of ``STATUSES``.
    """
    return STATUSES[STATUSES.index(status) + 1 :]


def next_status(status: str) -> str | None:
    """Return the one status that may follow ``status``, or None after ``resolved``.

    Raises:
        ValueError: ``status`` is none of ``STATUSES``.
    """
    return next(iter(statuses_after(status)), None)
