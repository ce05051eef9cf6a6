"""Many triggers of one key at once, among themselves and against the end of their incident (B82)."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection, transaction

from incidents.engine import step_escalations
from incidents.models import Delivery, Escalation, Incident, IncidentNumbering
from incidents.services import resolve_incident, trigger_or_repeat
from tests.concurrency.threads import together
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.incidents.running import START, make_policy, minutes, run, told, trigger

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def policy():
    organization = OrganizationFactory()
    return make_policy(organization, [MembershipFactory(organization=organization)])


def call(policy, now=START):
    return trigger_or_repeat(
        organization_id=policy.organization_id,
        actor_id="key_test",
        dedup_key="disk full",
        title="Disk full",
        description=None,
        severity="high",
        owner_user_id=None,
        policy_id=policy.pk,
        now=now,
    )


@pytest.mark.parametrize("attempt", range(3))
def test_a_storm_of_one_key_opens_one_incident_and_every_call_is_counted(policy, attempt):
    def call_often():
        return [call(policy) for _ in range(10)]

    triggered = [one for calls in together(*[call_often] * 12) for one in calls]

    assert Counter(one.is_new for one in triggered) == {True: 1, False: 119}
    assert len({one.incident.pk for one in triggered}) == 1
    assert (Incident.objects.get().repeats, Incident.objects.get().number) == (119, 1)
    assert Delivery.objects.count() == 1
    assert told(Escalation.objects.get()).count("incident_repeated") == 1


@pytest.mark.parametrize("attempt", range(10))
def test_of_a_repeat_and_the_resolution_one_comes_first(policy, attempt):
    first = call(policy).incident

    def resolve():
        resolve_incident(organization_id=policy.organization_id, incident_id=first.pk, actor_id="key_test", now=START)

    repeated, _ = together(lambda: call(policy), resolve)

    assert repeated.is_new is (repeated.incident.pk != first.pk)
    assert Incident.objects.exclude(status="resolved").count() == repeated.is_new
    assert Incident.objects.get(pk=first.pk).repeats == (not repeated.is_new)


def test_a_repeat_that_is_being_written_holds_neither_the_engine_nor_a_command_up(policy):
    incident = call(policy).incident
    run(START)
    with transaction.atomic():
        call(policy)
        (stepped,) = together(lambda: step_escalations(minutes(5), lambda row: None))
    assert stepped == 1
    assert Escalation.objects.get(pk=incident.pk).state == "exhausted"


def test_many_incidents_at_once_are_numbered_without_a_gap(policy):
    organization = policy.organization
    together(*[lambda: [trigger(organization, policy) for _ in range(5)]] * 8)

    assert sorted(Incident.objects.values_list("number", flat=True)) == list(range(1, 41))
    assert IncidentNumbering.objects.get().last == 40


def test_the_open_incident_of_a_key_is_found_by_its_index(policy):
    call(policy)
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM incidents_incident"
            " WHERE organization_id = 'a' AND dedup_key = 'b' AND status <> 'resolved'"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "incidents_incident_dedup" in plan
