"""Words the tests of plans share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalation.domain.target import LayerDraft, ScheduleTarget, UsersTarget
from escalation.models import Layer
from incidents.models import Escalation, Incident
from scaling.errors import InvalidInput

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


def in_schedule(schedule):
    """Return the arguments of a service that changes a part of ``schedule``."""
    return {"organization_id": schedule.organization_id, "schedule_id": schedule.id, "now": LATER}


def version_of(row):
    """Return how often ``row`` was written, and when last."""
    row.refresh_from_db()
    return row.version, row.updated_at


def refused(call, *arguments, **fields):
    """Return the fields for which ``call`` refuses its input."""
    with pytest.raises(InvalidInput) as refusal:
        call(*arguments, **fields)
    return [field for field, _ in refusal.value.errors]


def escalation_in(organization):
    """Return an escalation that runs in ``organization``."""
    incident = Incident.objects.create(
        organization=organization,
        title="Invoices stuck",
        severity="high",
        created_by="key_ci",
        created_at=NOW,
        updated_at=NOW,
    )
    return Escalation.objects.create(organization=organization, incident=incident, plan={}, due_at=NOW, wake_at=NOW)
