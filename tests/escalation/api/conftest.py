"""A policy, a layer and a schedule that the API of this app can be called for."""

from __future__ import annotations

import pytest

from tests.escalation.plans import NOW
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory

POLICIES = "/v1/escalation/policies"
SCHEDULES = "/v1/oncall/schedules"


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


def policy_path(policy):
    return f"{POLICIES}/{policy.id}"


def layers_path(policy):
    return f"{POLICIES}/{policy.id}/layers"


def layer_path(layer):
    return f"{POLICIES}/{layer.policy_id}/layers/{layer.id}"


def schedule_path(schedule):
    return f"{SCHEDULES}/{schedule.id}"


def told(response):
    """Return the status and the code of an error, the code None for success."""
    return response.status_code, response.json().get("code")


def fields_of(response):
    """Return the fields a 422 names."""
    assert told(response) == (422, "validation_error")
    return [error["field"] for error in response.json()["errors"]]
