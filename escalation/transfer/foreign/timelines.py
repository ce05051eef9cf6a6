"""Timelines out of what products have computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from escalation.transfer.arrival import Shift, Timeline
from escalation.transfer.foreign.bundle import Bundle


def timeline_of(
    bundle: Bundle, shifts: Sequence[Shift], windows: Iterable[tuple[datetime, datetime]] = ()
) -> Timeline | None:
    """Return the timeline of shifts, of which those without a user are nobody's; None if it would say nothing.

    It reaches over the ``windows`` that the answers name, or over the weeks that the bundle holds, or where neither is known
    from the first shift to the last; but not back before the fetch, as what was then is no plan.
    """
    spans = list(windows) or _weeks_of(bundle) or [(shift.starts_at, shift.ends_at) for shift in shifts]
    start = max(bundle.fetched_at, min((start for start, _ in spans), default=bundle.fetched_at))
    end = max((end for _, end in spans), default=start)
    if end <= start:
        return None
    return Timeline(start=start, end=end, shifts=tuple(shift for shift in shifts if shift.user))


def _weeks_of(bundle: Bundle) -> list[tuple[datetime, datetime]]:
    return [(bundle.fetched_at, bundle.fetched_at + timedelta(weeks=bundle.weeks))] if bundle.weeks else []
