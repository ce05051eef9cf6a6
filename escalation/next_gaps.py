"""Where nobody will be reached next, in an organization, as its marks of coverage tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from escalation.models import CoverageMark, Policy, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class NextGap:
    """The first gap of a policy or a schedule that nobody has declared, and how many follow it.

    ``position`` is that of the layer of a policy it is about; None for a gap of the whole.
    """

    owner: Policy | Schedule
    is_policy: bool
    position: int | None
    starts_at: datetime
    ends_at: datetime
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NextGaps:
    """How many policies and schedules have gaps, how many were looked at, and the first gaps of those that come next."""

    with_gaps: int
    checked: int
    first: tuple[NextGap, ...]


def load_next_gaps(organization_id: str, at: datetime, *, most: int) -> NextGaps:
    """Return the gaps that have not ended at ``at``, the next first, ``most`` of them. Three statements."""
    marks = CoverageMark.objects.for_organization(organization_id)
    open_gaps = marks.with_gaps().filter(gap_ends_at__gt=at)
    first = open_gaps.select_related("policy", "schedule").order_by("gap_starts_at", "id")[:most]
    return NextGaps(
        with_gaps=open_gaps.count(),
        checked=marks.filter(checked_at__isnull=False).count(),
        first=tuple(_next_gap(mark) for mark in first),
    )


def _next_gap(mark: CoverageMark) -> NextGap:
    return NextGap(
        owner=mark.policy or mark.schedule,
        is_policy=mark.policy_id is not None,
        position=mark.gap_position,
        starts_at=mark.gap_starts_at,  # type: ignore[arg-type]  # there is one, says a constraint
        ends_at=mark.gap_ends_at,  # type: ignore[arg-type]  # the same
        more=mark.gap_count - 1,
    )
