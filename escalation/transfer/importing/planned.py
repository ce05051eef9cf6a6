"""Imports planned in the admin: kept until somebody applies or discards them, for a day at most.

What is kept is the saved plan, as the command writes it to a file, and the report. So a plan is applied as it was
shown, or refused because the organization has changed since; then it can be made again without the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import OperationalError, transaction
from psycopg.errors import LockNotAvailable

from escalation.models import PlannedImport
from escalation.services.planned_imports import discard_import
from escalation.transfer.importing.report import report_text
from escalation.transfer.importing.saved import job_of, plan_from, plan_text
from escalation.transfer.importing.service import GAPS, LOSS, Answer, Job, preview_import, run_import
from escalation.transfer.importing.state import fingerprint_of
from escalation.transfer.reading.sources import Source
from scaling.errors import InvalidInput, NotFound, PreconditionFailed

MOST_KEPT: Final = 20
"""Of one organization; a plan may be as large as its files."""

ACCEPTED_BY: Final[Mapping[str, str]] = {LOSS: "accept_loss", GAPS: "accept_gaps"}
"""What has to be said so that an obstacle is none."""

_OTHERS: Final = "Somebody else is changing the organization at this moment: nothing was imported, try again."


def plan_to_apply(job: Job, *, title: str, actor_id: str, now: datetime) -> PlannedImport:
    """Return what an import would do, kept to be applied. Eight statements; nothing else is written.

    Raises:
        InvalidInput: as ``preview_import`` does, or as many are kept as there is room for.
    """
    if PlannedImport.objects.for_organization(job.organization_id).count() >= MOST_KEPT:
        raise InvalidInput([("", f"{MOST_KEPT} imports are kept already: discard one of them first.")])
    return _keep(job, preview_import(job, now), title, actor_id)


def plan_again(*, organization_id: str, import_id: UUID, actor_id: str, now: datetime) -> PlannedImport:
    """Return the import planned anew for the organization as it is now, in the place of the plan that was kept.

    Raises:
        NotFound: none is kept that was not applied.
    """
    kept = _waiting(organization_id, import_id)
    job = replace(
        job_of(plan_from(_source(kept)), organization_id, accept_loss=False, accept_gaps=False),
        fingerprint=None,
        planned_at=None,
    )
    answer = preview_import(job, now)
    with transaction.atomic():
        discard_import(organization_id=organization_id, import_id=import_id)
        return _keep(job, answer, kept.title, actor_id)


def apply_planned(
    *, organization_id: str, import_id: UUID, accept_loss: bool, accept_gaps: bool, actor_id: str, now: datetime
) -> PlannedImport:
    """Return the import, applied: all of it or nothing. What somebody has applied meanwhile is returned as it is.

    Raises:
        NotFound: none is kept.
        InvalidInput: something stands in the way; ``accept_loss`` or ``accept_gaps`` is named, by which it is accepted.
        PreconditionFailed: the organization has changed since the plan was made, or is being changed at this moment.
    """
    kept = _kept(organization_id, import_id)
    if kept.applied_at is not None:
        return kept
    job = job_of(plan_from(_source(kept)), organization_id, accept_loss=accept_loss, accept_gaps=accept_gaps)
    try:
        _apply(job, import_id, actor_id, now)
    except PreconditionFailed:
        # Whoever was quicker with the same plan has changed the organization as it says.
        if _kept(organization_id, import_id).applied_at is None:
            raise
    return _kept(organization_id, import_id)


def is_overtaken(kept: PlannedImport) -> bool:
    """Tell whether the organization has changed since the plan was made. One statement."""
    return fingerprint_of(kept.organization_id) != kept.fingerprint


def _keep(job: Job, answer: Answer, title: str, actor_id: str) -> PlannedImport:
    kept: PlannedImport = PlannedImport.objects.create(
        organization_id=job.organization_id,
        title=title,
        plan=plan_text(job, answer),
        report=report_text(answer, source=job.source),
        totals=_totals(answer),
        fingerprint=answer.plan.state.fingerprint,
        created_by=actor_id,
        created_at=answer.at,
    )
    return kept


def _apply(job: Job, import_id: UUID, actor_id: str, now: datetime) -> None:
    def record(answer: Answer) -> None:
        waiting = PlannedImport.objects.for_organization(job.organization_id).filter(pk=import_id, applied_at=None)
        report, totals = report_text(answer, source=job.source), _totals(answer)
        if not waiting.update(plan="", report=report, totals=totals, applied_by=actor_id, applied_at=now):
            raise NotFound.of("import")

    try:
        answer = run_import(job, actor_id=actor_id, now=now, record=record)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise PreconditionFailed(_OTHERS) from error
        raise
    if answer.obstacles:
        raise InvalidInput([(ACCEPTED_BY[each], f"{each}.") for each in answer.obstacles])


def _totals(answer: Answer) -> Mapping[str, int]:
    actions = Counter(str(each.action) for each in answer.plan.changes)
    return {**actions, "kept": len(answer.kept or {})}


def _kept(organization_id: str, import_id: UUID) -> PlannedImport:
    kept: PlannedImport | None = PlannedImport.objects.for_organization(organization_id).filter(pk=import_id).first()
    if kept is None:
        raise NotFound.of("import")
    return kept


def _waiting(organization_id: str, import_id: UUID) -> PlannedImport:
    kept = _kept(organization_id, import_id)
    if kept.applied_at is not None:
        raise NotFound.of("import")
    return kept


def _source(kept: PlannedImport) -> Source:
    return Source("plan", kept.plan.encode())
