"""Escalations that page schedules: who bears the incident, who joins, what an edit brings about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from escalation.loaders import load_worlds
from escalation.models import WorkingHours
from incidents.engine import step_escalations
from incidents.models import Escalation, Firing, HoursUse, ScheduleUse
from incidents.services import acknowledge_incident, change_status
from incidents.uses import wake_where_edited
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import (
    LayerFactory,
    OverrideFactory,
    RotationFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)
from tests.incidents.running import START, deliveries, make_policy, minutes, reload, run, told, trigger, wake

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", user__email="ada@example.org")


@pytest.fixture
def bob(organization):
    return MembershipFactory(organization=organization, first_name="Bob", user__email="bob@example.org")


@pytest.fixture
def fallback(organization):
    organization.fallback_email = "fallback@example.org"
    organization.save()
    return organization.fallback_email


def schedule_of(organization, *people, **fields):
    """Return a schedule whose one rotation hands off from person to person every day at the time of START."""
    schedule = ScheduleFactory(organization=organization, timezone="UTC")
    if people:
        RotationFactory(
            schedule=schedule,
            people=people,
            **{
                "effective_from": START,
                "rotation_type": "daily",
                "length_days": 1,
                "handoff_time": START.time(),
                **fields,
            },
        )
    return schedule


def policy_of(organization, *schedules, **fields):
    """Return a policy whose layers target these schedules."""
    policy = make_policy(organization)
    for schedule in schedules:
        LayerFactory(policy=policy, schedule=schedule, timeout_seconds=300, **fields)
    return policy


def edited(row):
    """Count a change of a schedule or of working hours, as every service that edits them does."""
    type(row).objects.filter(pk=row.pk).update(version=F("version") + 1)


# Owner


def test_a_schedule_gives_its_owner_and_its_policy(organization, ada, bob):
    schedule = schedule_of(organization, ada, bob)
    policy = policy_of(organization, schedule)

    today = trigger(organization, owner_schedule_id=schedule.pk)
    tomorrow = trigger(organization, owner_schedule_id=schedule.pk, now=START + timedelta(days=1))

    assert (today.incident.owner, today.policy_id) == (ada, policy.pk)
    assert tomorrow.incident.owner == bob
    assert deliveries(tomorrow) == [("bob@example.org", "pending")]


def test_a_policy_alone_gives_the_owner_of_the_schedule_its_first_layer_targets(organization, ada, bob):
    policy = policy_of(organization, schedule_of(organization, bob), schedule_of(organization, ada))

    assert trigger(organization, policy).incident.owner == bob


def test_a_person_named_owns_the_incident_whoever_is_on_call(organization, ada, bob):
    schedule = schedule_of(organization, ada)

    assert trigger(organization, owner=bob, owner_schedule_id=schedule.pk).incident.owner == bob


def test_a_schedule_with_nobody_on_call_gives_no_owner(organization, fallback):
    escalation = trigger(organization, owner_schedule_id=schedule_of(organization).pk)

    assert escalation.incident.owner is None
    assert deliveries(escalation) == [(fallback, "pending")]


def test_a_schedule_that_cannot_be_read_does_not_refuse_the_incident(organization, ada, fallback, monkeypatch):
    schedule = schedule_of(organization, ada)
    monkeypatch.setattr("incidents.services.owners.load_schedules", _raise)

    escalation = trigger(organization, owner_schedule_id=schedule.pk)

    assert escalation.incident.owner is None
    assert deliveries(escalation) == [(fallback, "pending")]


def _raise(*_):
    raise RuntimeError("a broken rotation")


# Handoffs and edits


def test_who_comes_on_call_while_a_layer_is_paging_is_paged_too(organization, ada, bob):
    schedule = schedule_of(organization, ada, bob, effective_from=START - timedelta(days=1))
    escalation = trigger(organization, policy_of(organization, schedule), now=minutes(-1))

    assert run(minutes(-1)) == ["ada@example.org"]
    assert run(START) == ["bob@example.org"]
    assert told(escalation).count("person_joined") == 1
    assert reload(escalation).due_at == minutes(4)


def test_an_override_made_meanwhile_pages_its_user_once(organization, ada, bob):
    schedule = schedule_of(organization, ada)
    escalation = trigger(organization, policy_of(organization, schedule))
    run(START)
    OverrideFactory(schedule=schedule, membership=bob, starts_at=START, ends_at=minutes(60))
    edited(schedule)

    assert wake_where_edited(minutes(1)) == 1
    assert run(minutes(1)) == ["bob@example.org"]
    assert wake_where_edited(minutes(2)) == 0
    assert run(minutes(2)) == []
    assert list(Firing.objects.order_by("number").values_list("cause", flat=True)) == ["layer", "joined"]
    assert reload(escalation).due_at == minutes(5)


def test_an_edit_beside_the_trigger_is_found_as_well(organization, ada, bob, monkeypatch):
    schedule = schedule_of(organization, ada)
    policy = policy_of(organization, schedule)

    def load_before_an_edit(needs, **since):
        worlds = load_worlds(needs, **since)
        OverrideFactory(schedule=schedule, membership=bob, starts_at=START, ends_at=minutes(60))
        edited(schedule)
        return worlds

    monkeypatch.setattr("incidents.services.trigger.load_worlds", load_before_an_edit)
    trigger(organization, policy)

    assert run(START) == ["ada@example.org"]
    wake_where_edited(minutes(1))
    assert run(minutes(1)) == ["bob@example.org"]


def test_an_escalation_that_found_nobody_begins_when_somebody_is_put_on_call(organization, ada, fallback):
    schedule = schedule_of(organization)
    escalation = trigger(organization, policy_of(organization, schedule))
    assert run(START) == [fallback]
    OverrideFactory(schedule=schedule, membership=ada, starts_at=START, ends_at=minutes(60))
    edited(schedule)
    wake_where_edited(minutes(1))

    assert run(minutes(1)) == ["ada@example.org"]
    assert reload(escalation).state == Escalation.State.PAGING


def test_an_escalation_that_found_nobody_waits_for_the_first_who_comes_on_call(organization, ada, fallback):
    schedule = schedule_of(organization, ada, effective_from=minutes(20))
    escalation = trigger(organization, policy_of(organization, schedule))

    assert run(START) == [fallback]
    assert reload(escalation).wake_at == minutes(20)
    assert run(minutes(20)) == ["ada@example.org"]


def test_an_edit_wakes_no_acknowledged_escalation_into_paging(organization, ada, bob):
    schedule = schedule_of(organization, ada)
    escalation = trigger(organization, policy_of(organization, schedule))
    acknowledge_incident(organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", now=START)
    OverrideFactory(schedule=schedule, membership=bob, starts_at=START, ends_at=minutes(60))
    edited(schedule)
    wake_where_edited(minutes(1))

    assert run(minutes(1)) == []
    assert reload(escalation).state == Escalation.State.ACKNOWLEDGED


# Hours


def test_a_layer_out_of_its_hours_is_skipped(organization, ada, bob):
    # START is a Monday at 03:00 UTC, four o'clock in Berlin.
    policy = make_policy(organization)
    LayerFactory(policy=policy, people=[ada], working_hours=WorkingHoursFactory(organization=organization))
    LayerFactory(policy=policy, people=[bob])

    escalation = trigger(organization, policy)

    assert deliveries(escalation) == [("bob@example.org", "pending")]
    assert told(escalation) == ["incident_triggered", "layer_skipped", "layer_paged"]


def test_an_edit_of_working_hours_wakes_the_escalation_that_waits_for_them(organization, ada, fallback):
    policy = make_policy(organization)
    hours = WorkingHoursFactory(organization=organization)
    LayerFactory(policy=policy, people=[ada], working_hours=hours)
    LayerFactory(policy=policy, schedule=schedule_of(organization))
    escalation = trigger(organization, policy)
    assert run(START) == [fallback]
    WorkingHours.objects.filter(pk=hours.pk).update(
        windows=[{"days": [1], "start": "00:00", "end": "00:00"}], version=F("version") + 1
    )

    wake_where_edited(minutes(1))

    assert run(minutes(1)) == ["ada@example.org"]
    assert reload(escalation).state == Escalation.State.PAGING


# Holding on


def test_a_resolved_escalation_lets_go_of_schedules_and_hours(organization, ada):
    hours = WorkingHoursFactory(organization=organization)
    policy = policy_of(organization, schedule_of(organization, ada), working_hours=hours)
    escalation = trigger(organization, policy)
    assert (ScheduleUse.objects.count(), HoursUse.objects.count()) == (1, 1)
    for status in ("identified", "monitoring", "resolved"):
        change_status(
            organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", status=status, now=START
        )

    assert (ScheduleUse.objects.count(), HoursUse.objects.count()) == (0, 0)


def test_a_parked_or_resolved_escalation_is_not_woken(organization, ada):
    schedule = schedule_of(organization, ada)
    policy = policy_of(organization, schedule)
    parked = trigger(organization, policy)
    Escalation.objects.filter(pk=parked.pk).update(parked_at=START)
    edited(schedule)

    assert wake_where_edited(minutes(1)) == 0
    assert reload(parked).wake_at == parked.wake_at


@pytest.mark.parametrize("number", [1, 20])
def test_looking_for_edits_costs_two_statements_whatever_their_number(organization, ada, number):
    schedule = schedule_of(organization, ada)
    policy = policy_of(organization, schedule)
    for _ in range(number):
        trigger(organization, policy)
    edited(schedule)

    with CaptureQueriesContext(connection) as statements:
        assert wake_where_edited(minutes(1)) == number

    assert len([each for each in statements if "SAVEPOINT" not in each["sql"]]) == 2
    wake(minutes(1))


@pytest.mark.parametrize("number", [1, 5])
def test_a_batch_whose_plans_name_schedules_and_hours_costs_twelve_statements(organization, ada, bob, number):
    policy = make_policy(organization, [ada])
    LayerFactory(policy=policy, schedule=schedule_of(organization, bob))
    LayerFactory(policy=policy, people=[ada], working_hours=WorkingHoursFactory(organization=organization))
    for _ in range(number):
        trigger(organization, policy)
    run(START)

    with CaptureQueriesContext(connection) as statements:
        assert step_escalations(minutes(5), lambda row: None) == number

    assert Firing.objects.count() == 2 * number
    assert len([each for each in statements if "SAVEPOINT" not in each["sql"]]) == 12
