"""PagerDuty: REST v2, and schedules of v3.

One entry, ``read``. What maps to what is told in ``docs/transfer.md``.
"""

from __future__ import annotations

from escalation.transfer.foreign.pagerduty.reader import read

__all__ = ["read"]
