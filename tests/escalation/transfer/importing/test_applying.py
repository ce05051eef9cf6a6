"""What an import writes, and what it leaves alone."""

from __future__ import annotations

import pytest

from escalation.models import Layer, Policy
from scaling.models import AuditEvent
from tests.escalation.transfer.importing.imports import arriving, run
from tests.escalation.transfer.importing.upheaval import overthrow, prepare
from tests.factories.accounts import OrganizationFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory, WorkingHoursFactory
from tests.factories.incidents import EscalationFactory

pytestmark = pytest.mark.django_db

NOTHING = "formatVersion: 1\nworkingHours: []\nschedules: []\npolicies: []\n"


@pytest.fixture
def organization():
    return OrganizationFactory()


def names(kind, organization):
    return sorted(kind.objects.for_organization(organization.id).values_list("name", flat=True))


class TestWhatIsRemoved:
    def test_of_many_those_in_use_stay_with_what_they_need(self, organization):
        hours = WorkingHoursFactory.create_batch(2, organization=organization)
        schedules = ScheduleFactory.create_batch(7, organization=organization)
        policies = [PolicyFactory(organization=organization, name=f"P{number}") for number in range(7)]
        for policy, schedule in zip(policies, schedules, strict=True):
            LayerFactory(policy=policy, schedule=schedule, working_hours=hours[0], condition="during")
        for used in policies[2], policies[5]:
            EscalationFactory(incident__organization=organization, policy_id=used.id, active_policy_id=used.id)

        answer = run(organization, arriving(NOTHING), prune=True)

        assert names(Policy, organization) == ["P2", "P5"]
        assert names(type(schedules[0]), organization) == sorted([schedules[2].name, schedules[5].name])
        assert names(type(hours[0]), organization) == [hours[0].name]
        assert {(subject.section, subject.key): reason for subject, reason in answer.kept.items()} == {
            ("policies", "p2"): "An incident that is not resolved uses this policy.",
            ("policies", "p5"): "An incident that is not resolved uses this policy.",
            (
                "schedules",
                f"schedule-{schedules[2].name.split()[1]}",
            ): "A layer of an escalation policy targets this schedule.",
            (
                "schedules",
                f"schedule-{schedules[5].name.split()[1]}",
            ): "A layer of an escalation policy targets this schedule.",
            (
                "workingHours",
                f"working-hours-{hours[0].name.split()[2]}",
            ): "A layer of an escalation policy names these working hours.",
        }

    @pytest.mark.parametrize("size", [1, 40])
    def test_the_cost_in_statements_does_not_grow(self, organization, size, django_assert_max_num_queries):
        for policy in PolicyFactory.create_batch(size, organization=organization):
            LayerFactory(policy=policy, schedule=ScheduleFactory(organization=organization))
        with django_assert_max_num_queries(55):
            run(organization, arriving(NOTHING), prune=True)
        assert not Layer.objects.exists()


def test_the_audit_tells_a_change_from_what_is_new(organization):
    prepare(organization)
    before = AuditEvent.objects.latest("id").id
    overthrow(organization)
    events = AuditEvent.objects.filter(organization_id=organization.id, id__gt=before)
    told = set(events.values_list("kind", "action", "name"))
    assert {
        ("escalation.policy", "changed", "Checkout"),
        ("escalation.policy", "created", "New"),
        ("escalation.policy", "deleted", "Gone"),
        ("escalation.rotation", "changed", "weekly"),
        ("accounts.membership", "changed", "Ana Ruiz Gil"),
        ("accounts.membership", "changed", "Cleo Left"),
        ("accounts.membership", "created", "Eve New"),
    } <= told
