"""Schedules that Grafana OnCall has from a calendar elsewhere: nobody can take a calendar apart into rotations.

Their shifts of the weeks to come, as it computes them itself, become overrides. Where several people serve together, only
the one whose shift began first does here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from escalation.transfer.arrival import Shift
from escalation.transfer.document import Override
from escalation.transfer.findings import Code
from escalation.transfer.foreign.ledger import Part


def flattened(part: Part, shifts: Sequence[Shift], now: datetime) -> tuple[Override, ...]:
    """Return overrides that have one person at a time serve as the shifts do that are not over by ``now``."""
    found: list[Override] = []
    hidden: list[Shift] = []
    for shift in sorted(shifts, key=lambda each: (each.starts_at, each.ends_at, each.user)):
        last = found[-1] if found else None
        starts_at = shift.starts_at if last is None else max(shift.starts_at, last.ends_at)
        if last is not None and starts_at > shift.starts_at and last.user != shift.user:
            hidden.append(shift)
        if max(starts_at, now) < shift.ends_at:
            found.append(Override(user=shift.user, starts_at=starts_at, ends_at=shift.ends_at, rotation=None))
    _tell(part, found, hidden)
    return tuple(found)


def _tell(part: Part, found: Sequence[Override], hidden: Sequence[Shift]) -> None:
    until = max((override.ends_at for override in found), default=None)
    part.lossy(
        Code.ICAL_FLATTENED,
        "comes from a calendar, of which only the shifts of the weeks to come are imported, as overrides. "
        "Make rotations of it here before these end.",
        was=len(found),
        now=None if until is None else until.isoformat(),
    )
    if hidden:
        message = "has several people on call together for a time; here it is one of them."
        part.lossy(Code.MULTI_ONCALL_UNSUPPORTED, message, was=[_shown(shift) for shift in hidden])


def _shown(shift: Shift) -> dict[str, str]:
    return {"user": shift.user, "startsAt": shift.starts_at.isoformat(), "endsAt": shift.ends_at.isoformat()}
