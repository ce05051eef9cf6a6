"""What people and programs do with incidents, at the edges: references that vanish, people who cannot be paged."""

from __future__ import annotations

import pytest

from escalation.models import Layer, Schedule
from incidents import services
from incidents.errors import IncidentResolved
from incidents.models import ScheduleUse
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory
from tests.incidents.running import START, deliveries, make_policy, told, trigger

pytestmark = pytest.mark.django_db


def test_a_schedule_deleted_at_this_moment_does_not_refuse_the_incident(organization, monkeypatch):
    layer = LayerFactory(policy__organization=organization)
    load_worlds = services.load_worlds

    def load_while_the_schedule_goes(needs):
        Layer.objects.all().delete()
        Schedule.objects.all().delete()
        return load_worlds(needs)

    monkeypatch.setattr(services, "load_worlds", load_while_the_schedule_goes)
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
