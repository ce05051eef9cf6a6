"""A policy, a schedule and what they are made of, that the API of this app can be called for."""

from __future__ import annotations

import pytest

from tests.escalation.plans import NOW
from tests.factories.escalation import (
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    RotationFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)

POLICIES = "/v1/escalation/policies"
SCHEDULES = "/v1/oncall/schedules"
WORKING_HOURS = "/v1/working-hours"


@pytest.fixture
def schedule(organization):
    return ScheduleFactory(organization=organization, name="Primary", created_at=NOW)


@pytest.fixture
def policy(organization):
    return PolicyFactory(organization=organization, name="Billing on fire", created_at=NOW)


@pytest.fixture
def layers(policy, schedule):
    """Three layers at 1 to 3."""
    return LayerFactory.create_batch(3, policy=policy, schedule=schedule, created_at=NOW)


@pytest.fixture
def rotations(schedule, member):
    """Two rotations at 0 and 1."""
    return [RotationFactory(schedule=schedule, people=[member], created_at=NOW) for _ in range(2)]


@pytest.fixture
def override(schedule, member):
    return OverrideFactory(schedule=schedule, membership=member, starts_at=NOW, created_at=NOW)


@pytest.fixture
def hours(organization):
    return WorkingHoursFactory(organization=organization, name="Office", created_at=NOW)


def policy_path(policy):
    return f"{POLICIES}/{policy.id}"


def layers_path(policy):
    return f"{POLICIES}/{policy.id}/layers"


def layer_path(layer):
    return f"{POLICIES}/{layer.policy_id}/layers/{layer.id}"


def schedule_path(schedule):
    return f"{SCHEDULES}/{schedule.id}"


def rotations_path(schedule):
    return f"{SCHEDULES}/{schedule.id}/layers"


def rotation_path(rotation):
    return f"{SCHEDULES}/{rotation.schedule_id}/layers/{rotation.id}"


def overrides_path(schedule):
    return f"{SCHEDULES}/{schedule.id}/overrides"


def override_path(override):
    return f"{SCHEDULES}/{override.schedule_id}/overrides/{override.id}"


def hours_path(hours):
    return f"{WORKING_HOURS}/{hours.id}"


def told(response):
    """Return the status and the code of an error, the code None for success."""
    return response.status_code, response.json().get("code") if response.content else None


def fields_of(response):
    """Return the fields a 422 names."""
    assert told(response) == (422, "validation_error")
    return [error["field"] for error in response.json()["errors"]]
