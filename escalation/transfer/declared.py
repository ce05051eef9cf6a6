"""What is declared to be there on purpose, for those who know policies and schedules by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from escalation.domain.intended import IntendedGap
from escalation.loaders.intended import intended_gap
from escalation.models import IntendedGap as IntendedGapRow
from escalation.transfer.findings import Section, Subject
from escalation.transfer.keys import key_of_name
from escalation.transfer.worlds import layer_id, part_id


def load_declared(
    organization_id: str, becomes: Mapping[Subject, str] | None = None
) -> Mapping[Subject, tuple[IntendedGap, ...]]:
    """Return what an organization has declared, by the policy or the schedule of which it is.

    Keys are those of ``load_document``, or of ``becomes``, for what is to be known by another; ids those that ``worlds``
    makes of them. One statement.
    """
    rows = IntendedGapRow.objects.for_organization(organization_id).select_related("policy", "layer", "schedule")
    found: dict[Subject, list[IntendedGap]] = {}
    for row in rows.order_by("created_at", "id"):
        subject, declared = _declared(row, becomes or {})
        found.setdefault(subject, []).append(declared)
    return {subject: tuple(declared) for subject, declared in found.items()}


def _declared(row: Any, becomes: Mapping[Subject, str]) -> tuple[Subject, IntendedGap]:
    section: Section = "policies" if row.schedule is None else "schedules"
    subject = Subject(section, key_of_name((row.schedule or row.policy).name))
    subject = subject._replace(key=becomes.get(subject, subject.key))
    part = part_id(section, subject.key)
    if section == "schedules":
        return subject, replace(intended_gap(row), schedule=part)
    return subject, replace(intended_gap(row), layer=_layer(row, part))


def _layer(row: Any, policy: UUID) -> UUID | None:
    return None if row.layer is None else layer_id(policy, row.layer.position)
