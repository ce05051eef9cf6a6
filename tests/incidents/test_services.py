"""What people and programs do with incidents, at the edges: references that vanish, people who cannot be paged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation import loaders
from escalation.models import Layer, Policy, Schedule
from incidents import services
from incidents.errors import IncidentResolved
from incidents.models import ScheduleUse
from scaling.errors import NotFound
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory
from tests.incidents.running import START, deliveries, make_policy, told, trigger

pytestmark = pytest.mark.django_db


def test_a_schedule_deleted_at_this_moment_does_not_refuse_the_incident(organization, monkeypatch):
    layer = LayerFactory(policy__organization=organization)
    load_worlds = loaders.load_worlds

    def load_while_the_schedule_goes(needs, **since):
        Layer.objects.all().delete()
        Schedule.objects.all().delete()
        return load_worlds(needs, **since)

    monkeypatch.setattr("incidents.services.trigger.load_worlds", load_while_the_schedule_goes)
    escalation = trigger(organization, layer.policy)
    assert told(escalation)[:2] == ["incident_triggered", "layer_empty"]
    assert not ScheduleUse.objects.exists()


def test_the_escalation_holds_on_to_the_schedules_of_its_plan(organization):
    layer = LayerFactory(policy__organization=organization)
    escalation = trigger(organization, layer.policy)
    (use,) = ScheduleUse.objects.values_list("escalation_id", "schedule_id", "organization_id")
    assert use == (escalation.pk, layer.schedule_id, organization.pk)


def test_an_owner_who_cannot_be_paged_does_not_refuse_the_incident(organization, member):
    away = MembershipFactory(organization=organization, is_active=False)
    escalation = trigger(organization, make_policy(organization, [member]), owner=away)
    assert escalation.incident.owner == away
    assert deliveries(escalation) == [(member.user.email, "pending")]


def test_an_incident_whose_only_owner_cannot_be_paged_pages_the_fallback(organization):
    organization.fallback_email = "fallback@example.org"
    organization.save()
    away = MembershipFactory(organization=organization, user__is_active=False)
    escalation = trigger(organization, owner=away)
    assert deliveries(escalation) == [("fallback@example.org", "pending")]


def test_a_schedule_brings_the_policy_that_targets_it_first_and_longest(organization, member):
    schedule = ScheduleFactory(organization=organization)
    second_layer = make_policy(organization, [member])
    LayerFactory(policy=second_layer, schedule=schedule)
    newer, older = PolicyFactory.create_batch(2, organization=organization)
    Policy.objects.filter(pk=newer.pk).update(created_at=START + timedelta(days=1))
    for policy in (newer, older):
        LayerFactory(policy=policy, schedule=schedule)
    assert trigger(organization, owner_schedule_id=schedule.pk).policy_id == older.pk


def test_a_policy_named_beats_the_one_a_schedule_brings(organization, member):
    layer = LayerFactory(policy__organization=organization)
    named = make_policy(organization, [member])
    escalation = trigger(organization, named, owner_schedule_id=layer.schedule_id)
    assert escalation.policy_id == named.pk
    assert escalation.incident.owner is None


def test_an_owner_named_beats_the_one_a_schedule_brings(organization, member):
    layer = LayerFactory(policy__organization=organization)
    escalation = trigger(organization, owner=member, owner_schedule_id=layer.schedule_id)
    assert (escalation.incident.owner, escalation.policy_id) == (member, layer.policy_id)


def test_a_schedule_no_policy_targets_pages_the_fallback_at_once(organization):
    organization.fallback_email = "fallback@example.org"
    organization.save()
    escalation = trigger(organization, owner_schedule_id=ScheduleFactory(organization=organization).pk)
    assert escalation.policy_id is None
    assert deliveries(escalation) == [("fallback@example.org", "pending")]


def test_a_schedule_of_another_organization_is_not_found(organization):
    theirs = LayerFactory()
    with pytest.raises(NotFound, match="schedule"):
        trigger(organization, owner_schedule_id=theirs.schedule_id)


def test_refusals_of_two_calls_are_two_errors(organization, member):
    escalation = trigger(organization, owner=member)
    for status in ("identified", "monitoring", "resolved"):
        services.change_status(
            organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", status=status, now=START
        )
    refusals = [_refused_hand_off(escalation, member) for _ in range(2)]
    assert refusals[0] is not refusals[1]


def _refused_hand_off(escalation, member):
    with pytest.raises(IncidentResolved) as refused:
        services.hand_off_incident(
            organization_id=escalation.organization_id,
            incident_id=escalation.pk,
            actor_id="key_test",
            target_user_id=member.user_id,
            now=START,
        )
    return refused.value
