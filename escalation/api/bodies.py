"""What replies say about plans: keys in the order of the contract, instants and ids as the renderer spells them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from escalation.api.reads import LayerRow, PolicyRow, RotationRow, ScheduleRow
from escalation.api.targets import SCHEDULE, USERS
from escalation.models import Layer, Override, Policy, QuietHours, Rotation, Schedule, WorkingHours
from escalation.services.windows import StoredWindow

Body = dict[str, Any]


def policy_body(policy: Policy | PolicyRow) -> Body:
    """Return a policy without its layers."""
    return {
        "id": policy.id,
        "orgId": policy.organization_id,
        "name": policy.name,
        "description": policy.description,
        "createdBy": policy.created_by,
        "createdAt": policy.created_at,
        "updatedAt": policy.updated_at,
    }


def layer_body(layer: Layer | LayerRow) -> Body:
    """Return a layer of a policy; needs ``user_ids``."""
    return {
        "id": layer.id,
        "policyId": layer.policy_id,
        "orgId": layer.organization_id,
        "position": layer.position,
        "ackTimeoutMinutes": -(-layer.timeout_seconds // 60),
        "target": _target(layer),
        "createdAt": layer.created_at,
        "updatedAt": layer.updated_at,
    }


def step_body(layer: Layer | LayerRow) -> Body:
    """Return a layer as the newer generation tells it (contract section 11); needs ``user_ids``."""
    return {
        "id": layer.id,
        "position": layer.position,
        **_step_target(layer),
        "escalateAfterSeconds": layer.timeout_seconds,
        "condition": _condition(layer),
        "createdAt": layer.created_at,
        "updatedAt": layer.updated_at,
    }


def schedule_body(schedule: Schedule | ScheduleRow) -> Body:
    """Return a schedule without its rotations."""
    return {
        "id": schedule.id,
        "orgId": schedule.organization_id,
        "name": schedule.name,
        "description": schedule.description,
        "timezone": schedule.timezone,
        "pagingMode": schedule.paging_mode,
        "createdBy": schedule.created_by,
        "createdAt": schedule.created_at,
        "updatedAt": schedule.updated_at,
    }


def rotation_body(rotation: Rotation | RotationRow) -> Body:
    """Return a rotation layer of a schedule; needs ``user_ids``."""
    return {
        "id": rotation.id,
        "scheduleId": rotation.schedule_id,
        "name": rotation.name,
        "position": rotation.position,
        "rotationType": rotation.rotation_type,
        "rotationLengthDays": rotation.length_days,
        "handoffTime": f"{rotation.handoff_time:%H:%M}",
        "effectiveFrom": rotation.effective_from,
        "effectiveUntil": rotation.effective_until,
        "participantIds": rotation.user_ids,
        "restrictions": _windows(rotation.restrictions),
        "createdAt": rotation.created_at,
        "updatedAt": rotation.updated_at,
    }


def override_body(override: Override) -> Body:
    """Return an override of a schedule; needs ``membership``."""
    return {
        "id": override.id,
        "scheduleId": override.schedule_id,
        "orgId": override.organization_id,
        "rotationLayerId": override.rotation_id,
        "userId": override.membership.user_id,
        "startsAt": override.starts_at,
        "endsAt": override.ends_at,
        "createdBy": override.created_by,
        "createdAt": override.created_at,
        "updatedAt": override.updated_at,
    }


def working_hours_body(hours: WorkingHours) -> Body:
    """Return working hours."""
    return {
        "id": hours.id,
        "orgId": hours.organization_id,
        "name": hours.name,
        "timezone": hours.timezone,
        "windows": _windows(hours.windows),
        "createdBy": hours.created_by,
        "createdAt": hours.created_at,
        "updatedAt": hours.updated_at,
    }


def quiet_hours_body(hours: QuietHours | None) -> Body:
    """Return a person's quiet hours; None is none."""
    told = None if hours is None else {"timezone": hours.timezone, "windows": _windows(hours.windows)}
    return {"quietHours": told}


def _windows(windows: Iterable[StoredWindow]) -> list[Body]:
    """Return windows with their keys in the order of the contract, which a jsonb column does not keep."""
    return [{"days": window["days"], "start": window["start"], "end": window["end"]} for window in windows]


def _condition(layer: Layer | LayerRow) -> Body | None:
    if layer.working_hours_id is None:
        return None
    return {"workingHoursId": layer.working_hours_id, "when": layer.condition}


def _target(layer: Layer | LayerRow) -> Body:
    if layer.schedule_id is not None:
        return {"type": SCHEDULE, "scheduleId": layer.schedule_id}
    return {"type": USERS, "userIds": layer.user_ids}


def _step_target(layer: Layer | LayerRow) -> Body:
    if layer.schedule_id is not None:
        return {"targetType": SCHEDULE, "targetId": layer.schedule_id}
    return {"targetType": USERS, "targetId": next(iter(layer.user_ids), None), "targetIds": layer.user_ids}
