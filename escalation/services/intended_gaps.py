"""Declaring that a gap is there on purpose, and taking that back.

It is written under the lock of its policy or its schedule, so that there are never too many; neither of them gets a new
version by it, for nobody is paged differently. Errors name fields as the API does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models.tenancy import TenantQuerySet
from escalation.domain.model import Window
from escalation.models import IntendedGap, Layer, Policy, Schedule
from escalation.models.intended_gap import MAX_INTENDED_GAPS, REASON_LENGTH
from escalation.services.locking import lock_to_change
from escalation.services.validation import checked_instant, checked_timezone
from escalation.services.windows import checked_windows
from scaling.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class GapDraft:
    """What is declared: without ``windows``, which need a ``timezone``, at any time of the week."""

    reason: str
    timezone: str | None = None
    windows: Sequence[Window] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@transaction.atomic
def declare_policy_gap(
    *,
    organization_id: str,
    policy_id: UUID,
    layer_id: UUID | None = None,
    actor_id: str,
    now: datetime,
    draft: GapDraft,
) -> IntendedGap:
    """Declare that a layer of a policy, or the policy with all its layers (None), reaches nobody on purpose.

    Raises:
        NotFound: the organization has no such policy.
        InvalidInput: a value is unusable, the policy has no such layer, or all the declarations it may have.
    """
    policy = lock_to_change(Policy, organization_id=organization_id, row_id=policy_id, if_match=None)
    layers = Layer.objects.for_organization(organization_id).filter(policy=policy)
    if layer_id is not None and not layers.filter(id=layer_id).exists():
        raise InvalidInput([("layerId", "No layer with that id in this policy.")])
    gap = IntendedGap(organization_id=organization_id, policy=policy, layer_id=layer_id)
    return _declared(gap, _of(policy), draft, actor_id, now)


@transaction.atomic
def declare_schedule_gap(
    *, organization_id: str, schedule_id: UUID, actor_id: str, now: datetime, draft: GapDraft
) -> IntendedGap:
    """Declare that nobody is on call in a schedule on purpose. It counts for the layers that target the schedule too.

    Raises:
        NotFound: the organization has no such schedule.
        InvalidInput: a value is unusable, or the schedule has all the declarations it may have.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=None)
    gap = IntendedGap(organization_id=organization_id, schedule=schedule)
    return _declared(gap, _of(schedule), draft, actor_id, now)


@transaction.atomic
def withdraw_policy_gap(*, organization_id: str, policy_id: UUID, gap_id: UUID, if_match: str | None = None) -> None:
    """Take a declaration back.

    Raises:
        NotFound: the organization has no such policy, or the policy no such declaration.
        PreconditionFailed: the policy has changed since the client read it.
    """
    policy = lock_to_change(Policy, organization_id=organization_id, row_id=policy_id, if_match=if_match)
    _withdraw(_of(policy), gap_id)


@transaction.atomic
def withdraw_schedule_gap(
    *, organization_id: str, schedule_id: UUID, gap_id: UUID, if_match: str | None = None
) -> None:
    """Take a declaration back.

    Raises:
        NotFound: the organization has no such schedule, or the schedule no such declaration.
        PreconditionFailed: the schedule has changed since the client read it.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=if_match)
    _withdraw(_of(schedule), gap_id)


def _of(owner: Policy | Schedule) -> TenantQuerySet:
    named = {"policy": owner} if isinstance(owner, Policy) else {"schedule": owner}
    return IntendedGap.objects.for_organization(owner.organization_id).filter(**named)


def _declared(gap: IntendedGap, others: TenantQuerySet, draft: GapDraft, actor_id: str, now: datetime) -> IntendedGap:
    if others.count() >= MAX_INTENDED_GAPS:
        raise InvalidInput([("", f"There may be at most {MAX_INTENDED_GAPS} of them.")])
    gap.reason = _checked_reason(draft.reason)
    gap.timezone = _checked_timezone(draft)
    gap.windows = checked_windows("windows", draft.windows)
    gap.starts_at, gap.ends_at = _checked_span(draft)
    gap.created_by, gap.created_at = actor_id, now
    gap.save(force_insert=True)
    return gap


def _checked_reason(reason: str) -> str:
    trimmed = reason.strip()
    if not 1 <= len(trimmed) <= REASON_LENGTH:
        raise InvalidInput([("reason", f"must be between 1 and {REASON_LENGTH} characters.")])
    return trimmed


def _checked_timezone(draft: GapDraft) -> str:
    if draft.timezone is not None:
        return checked_timezone(draft.timezone)
    if draft.windows:
        raise InvalidInput([("timezone", "is needed where there are windows.")])
    return ""


def _checked_span(draft: GapDraft) -> tuple[datetime | None, datetime | None]:
    starts_at = None if draft.starts_at is None else checked_instant("startsAt", draft.starts_at)
    ends_at = None if draft.ends_at is None else checked_instant("endsAt", draft.ends_at)
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise InvalidInput([("endsAt", "must be after startsAt.")])
    return starts_at, ends_at


def _withdraw(declared: TenantQuerySet, gap_id: UUID) -> None:
    gone, _ = declared.filter(id=gap_id).delete()
    if not gone:
        raise NotFound.of("intended gap")
