"""The marks of coverage, for lists and for the dashboard: what workers have found, and nothing that costs to judge."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID

from django.db.models import Count, Q

from escalation.models import CoverageMark, Policy, Schedule

OLD_AFTER: Final = timedelta(hours=3)
"""When a mark has not been renewed for so long, no worker keeps them."""


class Standing(StrEnum):
    """What a mark comes to. Only ``COVERED`` is fine."""

    UNCHECKED = "unchecked"
    FAILED = "failed"
    GAPS = "gaps"
    PEOPLE = "people"
    COVERED = "covered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How a policy or a schedule stands, and that in a few words; ``details`` tell where there is more to say."""

    standing: Standing
    words: str
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextGap:
    """The first gap of a policy or a schedule, and how many follow it.

    ``position`` is that of a layer, None for the whole.
    """

    kind: Literal["policy", "schedule"]
    id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime
    position: int | None
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How the policies and schedules of an organization stand: how many have gaps, or are not known to have none.

    ``next`` are the first gaps, in the order in which they begin.
    """

    policies_with_gaps: int
    schedules_with_gaps: int
    unknown: int
    next: tuple[NextGap, ...]

    @property
    def with_gaps(self) -> int:
        """How many policies and schedules have gaps."""
        return self.policies_with_gaps + self.schedules_with_gaps


def load_marks(
    model: type[Policy] | type[Schedule], ids: Collection[UUID], organization_id: str, now: datetime
) -> Mapping[UUID, Mark]:
    """Return how policies, or schedules, of an organization stand, each of ``ids``. One statement."""
    name = _name(model)
    rows = CoverageMark.objects.for_organization(organization_id).filter(**{f"{name}__in": ids})
    found = {getattr(row, f"{name}_id"): row for row in rows}
    return {each: mark_of(found.get(each), now) for each in ids}


def mark_of(row: CoverageMark | None, now: datetime) -> Mark:
    """Return what a mark comes to at ``now``; None is one that is not there yet."""
    if row is None or row.checked_at is None:
        return Mark(standing=Standing.UNCHECKED, words="not checked yet")
    if now - row.checked_at > OLD_AFTER:
        return Mark(standing=Standing.UNCHECKED, words="not checked", details=f"since {_shown(row.checked_at)}")
    if row.failure:
        return Mark(standing=Standing.FAILED, words="not known", details=row.failure)
    if row.gap_starts_at is not None:
        since = "now" if row.gap_starts_at <= row.checked_at else f"from {_shown(row.gap_starts_at)}"
        layer = "" if row.gap_position is None else f", layer {row.gap_position}"
        count = f"{row.gap_count} gap{'' if row.gap_count == 1 else 's'}"
        return Mark(standing=Standing.GAPS, words=count, details=f"{since}{layer}")
    if row.concern_count:
        people = "1 person" if row.concern_count == 1 else f"{row.concern_count} people"
        return Mark(standing=Standing.PEOPLE, words=f"{people} hard to reach")
    return Mark(standing=Standing.COVERED, words="no gaps")


def standing_filter(model: type[Policy] | type[Schedule], standing: Standing, now: datetime) -> Q:
    """Return the condition by which policies, or schedules, stand like that; it holds for each of them for one."""
    fresh = Q(checked_at__gte=now - OLD_AFTER)
    condition = {
        Standing.FAILED: fresh & ~Q(failure=""),
        Standing.GAPS: fresh & Q(failure="", gap_count__gt=0),
        Standing.PEOPLE: fresh & Q(failure="", gap_count=0, concern_count__gt=0),
        Standing.COVERED: fresh & Q(failure="", gap_count=0, concern_count=0),
    }.get(standing, fresh)
    name = _name(model)
    rows = CoverageMark.objects.filter(condition, **{f"{name}__isnull": False}).values(name)
    return ~Q(pk__in=rows) if standing is Standing.UNCHECKED else Q(pk__in=rows)


def load_summary(organization_id: str, now: datetime, *, most: int) -> Summary:
    """Return how an organization stands, with ``most`` of its next gaps. Four statements, whatever there is."""
    rows = CoverageMark.objects.for_organization(organization_id).filter(checked_at__gte=now - OLD_AFTER)
    known, gaps = Q(failure=""), Q(failure="", gap_count__gt=0)
    counts = rows.aggregate(
        known=Count("pk", filter=known),
        policies=Count("policy", filter=gaps),
        schedules=Count("schedule", filter=gaps),
    )
    there = sum(model.objects.for_organization(organization_id).count() for model in (Policy, Schedule))
    following = rows.filter(gaps, gap_ends_at__gt=now).select_related("policy", "schedule")
    return Summary(
        policies_with_gaps=counts["policies"],
        schedules_with_gaps=counts["schedules"],
        unknown=max(there - counts["known"], 0),
        next=tuple(_next_gap(row) for row in following.order_by("gap_starts_at", "id")[:most]),
    )


def _next_gap(row: Any) -> NextGap:
    owner: Policy | Schedule = row.policy or row.schedule
    return NextGap(
        kind="schedule" if row.policy is None else "policy",
        id=owner.id,
        name=owner.name,
        starts_at=row.gap_starts_at,
        ends_at=row.gap_ends_at,
        position=row.gap_position,
        more=row.gap_count - 1,
    )


def _name(model: type[Policy] | type[Schedule]) -> str:
    return str(model._meta.model_name)


def _shown(at: datetime) -> str:
    local = at.astimezone(UTC)
    return f"{local:%a} {local.day} {local:%b %H:%M} UTC"
