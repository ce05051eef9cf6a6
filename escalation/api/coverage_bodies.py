"""What replies say about coverage: keys in the order of the documentation."""

from __future__ import annotations

from uuid import UUID

from escalation.api.bodies import Body
from escalation.coverage import Ground
from escalation.domain.concerns import Concern
from escalation.domain.coverage import Coverage, DeclaredGap, Gap
from escalation.models import IntendedGap

SEVERITIES = ("critical", "high", "medium", "low")


def coverage_body(ground: Ground, coverage: Coverage, *, policy_id: UUID | None, schedule_id: UUID | None) -> Body:
    """Return the coverage of a policy or of a schedule; exactly one of the ids is given."""
    reasons = {one.id: one.reason for one in ground.intended}
    return {
        "policyId": policy_id,
        "scheduleId": schedule_id,
        "from": coverage.start,
        "to": coverage.end,
        "gaps": [_gap_body(ground, gap) for gap in coverage.gaps],
        "intended": [
            {
                **_gap_body(ground, gap),
                "intendedGapIds": list(gap.declared_by),
                "reasons": [reasons[each] for each in gap.declared_by],
            }
            for gap in coverage.declared
        ],
        "people": [_concern_body(concern) for concern in coverage.concerns],
    }


def intended_gap_body(gap: IntendedGap) -> Body:
    """Return a gap that somebody has declared."""
    return {
        "id": gap.id,
        "orgId": gap.organization_id,
        "policyId": gap.policy_id,
        "scheduleId": gap.schedule_id,
        "layerId": gap.layer_id,
        "reason": gap.reason,
        "timezone": gap.timezone or None,
        "windows": [{"days": each["days"], "start": each["start"], "end": each["end"]} for each in gap.windows],
        "startsAt": gap.starts_at,
        "endsAt": gap.ends_at,
        "createdBy": gap.created_by,
        "createdAt": gap.created_at,
    }


def _gap_body(ground: Ground, gap: Gap | DeclaredGap) -> Body:
    layer = ground.layer_at(gap.position)
    return {
        "from": gap.starts_at,
        "to": gap.ends_at,
        "layerId": None if layer is None else layer.id,
        "position": gap.position,
    }


def _concern_body(concern: Concern) -> Body:
    return {
        "userId": concern.user,
        "problem": concern.problem,
        "severities": [severity for severity in SEVERITIES if severity in concern.severities],
        "positions": list(concern.positions),
    }
