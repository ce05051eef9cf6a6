"""The compiled reads say what the ORM says, and the bodies what the description of the API says."""

from __future__ import annotations

import json

import pytest

from escalation.api import reads
from escalation.api.bodies import layer_body, policy_body, schedule_body, step_body
from escalation.api.serializers import LayerReply, PolicyReply, ScheduleReply, StepReply
from escalation.models import Policy, Schedule
from scaling.api.description import description
from tests.escalation.plans import layers_of
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory, PolicyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(organization, policy, schedule):
    """A policy with a layer of each kind, beside others."""
    LayerFactory(policy=policy, people=MembershipFactory.create_batch(3, organization=organization)[::-1])
    LayerFactory(policy=policy, schedule=schedule)
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


def test_one_schedule_is_what_the_orm_finds(organization, schedule):
    found = reads.schedule(organization.id, schedule.id)

    assert (schedule_body(found), found.version) == (schedule_body(schedule), schedule.version)


def test_bodies_have_the_fields_of_the_description_in_their_order(filled, schedule):
    people, targeted = layers_of(filled)

    assert list(policy_body(filled)) == list(PolicyReply().fields)
    assert list(schedule_body(schedule)) == list(ScheduleReply().fields)
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
