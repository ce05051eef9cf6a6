"""What replies say about plans: keys in the order of the contract, instants and ids as the renderer spells them."""

from __future__ import annotations

from typing import Any

from escalation.api.reads import LayerRow, PolicyRow, ScheduleRow
from escalation.api.targets import SCHEDULE, USERS
from escalation.models import Layer, Policy, Schedule

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
        "condition": None,
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
        "createdBy": schedule.created_by,
        "createdAt": schedule.created_at,
        "updatedAt": schedule.updated_at,
    }


def _target(layer: Layer | LayerRow) -> Body:
    if layer.schedule_id is not None:
        return {"type": SCHEDULE, "scheduleId": layer.schedule_id}
    return {"type": USERS, "userIds": layer.user_ids}


def _step_target(layer: Layer | LayerRow) -> Body:
    if layer.schedule_id is not None:
        return {"targetType": SCHEDULE, "targetId": layer.schedule_id}
    return {"targetType": USERS, "targetId": next(iter(layer.user_ids), None), "targetIds": layer.user_ids}
