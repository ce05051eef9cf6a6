"""The compiled reads say what the ORM says, and the bodies what the description of the API says."""

from __future__ import annotations

import json

import pytest

from escalation.api import reads
from escalation.api.bodies import (
    layer_body,
    override_body,
    policy_body,
    rotation_body,
    schedule_body,
    step_body,
    working_hours_body,
)
from escalation.api.serializers.policies import LayerReply, PolicyReply, StepReply
from escalation.api.serializers.schedules import OverrideReply, RotationReply, ScheduleReply
from escalation.api.serializers.working_hours import WorkingHoursReply
from escalation.models import Policy, Rotation, Schedule
from scaling.api.description import description
from tests.escalation.plans import LATER, layers_of
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import (
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    RotationFactory,
    WorkingHoursFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(organization, policy, schedule):
    """A policy with a layer of each kind, beside others."""
    LayerFactory(policy=policy, people=MembershipFactory.create_batch(3, organization=organization)[::-1])
    LayerFactory(policy=policy, schedule=schedule, working_hours=WorkingHoursFactory(organization=organization))
    PolicyFactory.create_batch(2, organization=organization)
    LayerFactory()
    return policy


def test_lists_hold_what_the_orm_finds(organization, filled):
    policies = Policy.objects.for_organization(organization.id)
    schedules = Schedule.objects.for_organization(organization.id)

    assert [policy_body(row) for row in reads.policies(organization.id)] == [policy_body(row) for row in policies]
    assert [schedule_body(row) for row in reads.schedules(organization.id)] == [schedule_body(row) for row in schedules]


def test_one_policy_is_what_the_orm_finds(organization, filled):
    policy, layers = reads.policy_with_layers(organization.id, filled.id)

    assert (policy_body(policy), policy.version) == (policy_body(filled), filled.version)
    assert [layer_body(layer) for layer in layers] == [layer_body(layer) for layer in layers_of(filled)]
    assert [step_body(layer) for layer in layers] == [step_body(layer) for layer in layers_of(filled)]
    assert len(layers) == 2


@pytest.fixture
def rotations(organization, schedule):
    """A rotation with all that one can have, and one with as little as can be, beside another schedule's."""
    RotationFactory(schedule__organization=organization)
    return [
        RotationFactory(
            schedule=schedule,
            people=MembershipFactory.create_batch(3, organization=organization)[::-1],
            effective_until=LATER,
            restrictions=[{"days": [6, 7], "start": "18:00", "end": "08:00"}],
        ),
        RotationFactory(schedule=schedule),
    ]


def test_one_schedule_is_what_the_orm_finds(organization, schedule, rotations):
    found, layers = reads.schedule_with_rotations(organization.id, schedule.id)

    stored = Rotation.objects.filter(schedule=schedule).with_user_ids()
    assert (schedule_body(found), found.version) == (schedule_body(schedule), schedule.version)
    assert [rotation_body(row) for row in layers] == [rotation_body(row) for row in stored]
    assert len(layers) == 2


def test_bodies_have_the_fields_of_the_description_in_their_order(filled, schedule, rotations):
    people, targeted = layers_of(filled)
    rotation = Rotation.objects.with_user_ids().first()

    assert list(policy_body(filled)) == list(PolicyReply().fields)
    assert list(schedule_body(schedule)) == list(ScheduleReply().fields)
    assert list(rotation_body(rotation)) == list(RotationReply().fields)
    assert list(override_body(OverrideFactory(schedule=schedule))) == list(OverrideReply().fields)
    assert list(working_hours_body(WorkingHoursFactory())) == list(WorkingHoursReply().fields)
    assert list(layer_body(people)) == list(layer_body(targeted)) == list(LayerReply().fields)
    assert list(step_body(people)) == list(StepReply().fields)
    assert list(step_body(targeted)) == [name for name in StepReply().fields if name != "targetIds"]


def test_a_target_is_described_as_one_of_two_kinds():
    components = json.loads(description())["components"]["schemas"]

    target = components["Target"]
    assert target["discriminator"]["propertyName"] == "type"
    assert sorted(target["discriminator"]["mapping"]) == ["schedule", "users"]
    assert len(target["oneOf"]) == 2
    assert components["LayerReply"]["properties"]["target"] == {"$ref": "#/components/schemas/Target"}
