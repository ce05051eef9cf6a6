"""GoAlert: what its GraphQL answers, of any age, or the same lists by themselves.

One entry, ``read``. What maps to what is told in ``docs/transfer.md``.
"""

from __future__ import annotations

from escalation.transfer.foreign.goalert.reader import read

__all__ = ["read"]
