"""What a page foretells. That it is the ladder the engine climbs, the last test holds against the engine itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incidents.models import Escalation, Firing
from incidents.names import load_names
from incidents.outlook import load_outlooks, next_step
from incidents.services import acknowledge_incident
from tests.factories.accounts import MembershipFactory
from tests.factories.incidents import NIGHT, EscalationFactory, plan_naming
from tests.incidents.running import START, make_policy, minutes, run, trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", last_name="", user__email="ada@example.org")


@pytest.fixture
def bob(organization):
    return MembershipFactory(organization=organization, first_name="Bob", last_name="", user__email="bob@example.org")


@pytest.fixture
def escalate(organization):
    organization.fallback_email = "ops@example.org"
    organization.save()

    def make(*layers, **fields):
        return EscalationFactory(incident__organization=organization, layers=layers, **fields)

    return make


def told(row, now=NIGHT, reader=None):
    row = Escalation.objects.select_related("holder", "incident__owner").get(pk=row.pk)
    outlook = load_outlooks([row]).get(row.pk)
    ids = [row.acknowledged_by, *(outlook.recipients if outlook else ())]
    names = load_names({row.organization_id: ids}).get(row.organization_id, {})
    return next_step(row, outlook, names, now, reader=reader)


def test_the_next_layer_is_told_with_its_people(escalate, ada, bob):
    assert told(escalate([ada], [bob])) == (
        "Unless somebody acknowledges by 03:05 UTC (in 5 min), layer 2 is paged: Bob."
    )


def test_who_cannot_be_paged_is_not_promised(escalate, ada, bob):
    gone = MembershipFactory(organization=ada.organization, ended=True)
    assert told(escalate([ada], [gone], [bob, gone])).endswith("layer 3 is paged: Bob.")


def test_a_snooze_is_told_with_what_ends_it(escalate, ada, bob):
    row = escalate([ada], [bob], state="snoozed")
    assert told(row) == (
        "This is snoozed until 03:05 UTC (in 5 min). Unless somebody acknowledges, then layer 1 is paged again: Ada."
    )
    assert told(row, now=NIGHT + timedelta(minutes=6)).endswith("so now layer 1 is paged again: Ada.")


def test_after_the_last_layer_comes_the_fallback(escalate, ada):
    assert told(escalate([ada])).endswith("the fallback is paged: ops@example.org.")


def test_a_policy_that_repeats_pages_its_first_layer_again(escalate, ada, bob):
    row = escalate(plan=plan_naming([ada], [bob], repeat=1), repeats_left=1, position=2)
    assert told(row).endswith("layer 1 is paged again: Ada.")


def test_an_exhausted_escalation_pages_its_fallback_again(escalate, ada):
    row = escalate([ada], state="exhausted", due_at=NIGHT + timedelta(minutes=30))
    assert told(row) == (
        "Unless somebody acknowledges by 03:30 UTC (in 30 min), the fallback is paged again: ops@example.org."
    )


def test_a_snooze_ends_with_its_layer(escalate, ada):
    assert told(escalate([ada], state="snoozed")).endswith("layer 1 is paged again: Ada.")


def test_a_parked_escalation_pages_its_fallback_again(escalate, ada):
    row = escalate(plan={"format": 99}, parked_at=NIGHT)
    assert told(row).endswith("the fallback is paged again.")


def test_the_plan_of_a_newer_release_foretells_nothing(escalate):
    assert told(escalate(plan={"format": 99})) == "Nobody has acknowledged."


def test_an_overdue_layer_is_paged_now(escalate, ada, bob):
    assert told(escalate([ada], [bob]), now=NIGHT + timedelta(minutes=5)) == (
        "Nobody has acknowledged in time, so now layer 2 is paged: Bob."
    )


def test_an_acknowledgement_is_told_with_who_and_when(escalate, ada):
    row = escalate([ada], acknowledged=True, acknowledged_by=ada.user_id)
    now = NIGHT + timedelta(minutes=5)
    assert told(row, now) == "Ada acknowledged this at 03:02 UTC (3 min ago). Nobody else is paged."
    assert told(row, now, reader=ada.user_id).startswith("You acknowledged this at 03:02 UTC")


def test_an_acknowledgement_that_runs_out_says_so(escalate, ada):
    row = escalate(
        plan=plan_naming([ada], repage_minutes=60),
        acknowledged=True,
        acknowledged_by=ada.user_id,
        holder=ada,
        due_at=NIGHT + timedelta(minutes=62),
    )
    assert told(row).endswith("Unless it is resolved by 04:02 UTC, the next page goes to Ada.")


def test_a_resolved_incident_pages_nobody(escalate, ada):
    assert told(escalate([ada], resolved=True)) == "The incident is resolved. Nobody else is paged."


def test_an_outlook_costs_the_same_for_many(escalate, ada, bob, django_assert_num_queries):
    rows = Escalation.objects.select_related("holder", "incident__owner")
    for _ in range(2):
        for _ in range(3):
            escalate([ada], [bob])
        loaded = list(rows)
        with django_assert_num_queries(1):
            assert len(load_outlooks(loaded)) == len(loaded)


@pytest.mark.parametrize("repeat", [0, 1])
def test_what_is_foretold_is_what_the_engine_does(organization, ada, bob, repeat):
    organization.fallback_email = "ops@example.org"
    organization.save()
    nobody = MembershipFactory(organization=organization, is_active=False)
    policy = make_policy(
        organization, [ada], [nobody], [bob], repeat_count=repeat, repage_after_ack_minutes=60, timeout_minutes=5
    )
    row = trigger(organization, policy)
    run(START)
    for step in range(6):
        row = Escalation.objects.select_related("holder", "incident__owner").get(pk=row.pk)
        outlook = load_outlooks([row])[row.pk]
        run(outlook.at - timedelta(seconds=1))
        assert Firing.objects.filter(escalation=row.pk).latest("number").number == row.firing
        run(outlook.at)
        fired = Firing.objects.filter(escalation=row.pk).latest("number")
        recipients = [page.address or page.membership.user_id for page in fired.pages.order_by("pk")]
        assert (fired.fired_at, fired.cause, fired.position, tuple(recipients)) == (
            outlook.at,
            outlook.cause,
            outlook.position,
            outlook.recipients,
        )
        if step == 3:
            acknowledge_incident(
                organization_id=organization.pk,
                incident_id=row.pk,
                actor_id=ada.user_id,
                user_id=ada.user_id,
                now=fired.fired_at + timedelta(minutes=1),
            )
    assert run(minutes(10_000)) != []
