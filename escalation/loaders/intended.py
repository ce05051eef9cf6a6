"""Declared gaps, as the domain knows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import Q

from escalation.domain.intended import IntendedGap
from escalation.loaders.schedules import windows_of
from escalation.models import IntendedGap as IntendedGapRow


def load_intended(policies: Collection[UUID], schedules: Collection[UUID]) -> Mapping[UUID, tuple[IntendedGap, ...]]:
    """Return what is declared for these policies and schedules, by the id of either, oldest first. One statement.

    Their ids have been found within organizations before.
    """
    rows = IntendedGapRow.objects.filter(Q(policy__in=policies) | Q(schedule__in=schedules))
    found: dict[UUID, list[IntendedGap]] = {}
    for row in rows.order_by("created_at", "id"):
        found.setdefault(row.policy_id or row.schedule_id, []).append(intended_gap(row))
    return {owner: tuple(declared) for owner, declared in found.items()}


def intended_gap(row: IntendedGapRow) -> IntendedGap:
    """Return a declaration by its row."""
    return IntendedGap(
        id=row.id,
        schedule=row.schedule_id,
        layer=row.layer_id,
        timezone=row.timezone,
        windows=windows_of(row.windows),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
    )
