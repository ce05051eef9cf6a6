"""What is declared to be there on purpose, for those who know policies and schedules by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from escalation.domain.intended import IntendedGap
from escalation.loaders.intended import intended_gap
from escalation.models import IntendedGap as IntendedGapRow
from escalation.transfer.findings import Subject
from escalation.transfer.keys import key_of_name
from escalation.transfer.worlds import layer_id, part_id


def load_declared(organization_id: str) -> Mapping[Subject, tuple[IntendedGap, ...]]:
    """Return what an organization has declared, by the policy or the schedule of which it is.

    Keys are those of ``load_document``, ids those that ``worlds`` makes of them. One statement.
    """
    rows = IntendedGapRow.objects.for_organization(organization_id).select_related("policy", "layer", "schedule")
    found: dict[Subject, list[IntendedGap]] = {}
    for row in rows.order_by("created_at", "id"):
        subject, declared = _declared(row)
        found.setdefault(subject, []).append(declared)
    return {subject: tuple(declared) for subject, declared in found.items()}


def _declared(row: Any) -> tuple[Subject, IntendedGap]:
    if row.schedule is not None:
        key = key_of_name(row.schedule.name)
        return Subject("schedules", key), replace(intended_gap(row), schedule=part_id("schedules", key))
    key = key_of_name(row.policy.name)
    return Subject("policies", key), replace(intended_gap(row), layer=_layer(row, part_id("policies", key)))


def _layer(row: Any, policy: UUID) -> UUID | None:
    return None if row.layer is None else layer_id(policy, row.layer.position)
