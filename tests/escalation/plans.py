"""Words the tests of plans share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from escalation.domain.target import LayerDraft, ScheduleTarget, UsersTarget
from escalation.models import Layer

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def naming(*people):
    """Return the target that names these memberships."""
    return UsersTarget(user_ids=tuple(membership.user_id for membership in people))


def targeting(schedule):
    """Return the target that pages whoever is on call in ``schedule``."""
    return ScheduleTarget(schedule_id=schedule.id)


def draft(target, minutes=5):
    """Return what a layer is to say."""
    return LayerDraft(timeout=timedelta(minutes=minutes), target=target)


def layers_of(policy):
    """Return the policy's layers as they are stored, in order."""
    return list(Layer.objects.filter(policy_id=policy.id).with_user_ids().order_by("position"))


def positions_of(policy):
    """Return the positions of the policy's layers, in order."""
    return [layer.position for layer in layers_of(policy)]
