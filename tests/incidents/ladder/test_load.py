"""A ladder in words, and what it costs to load."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.ladder import load_incident_ladder, load_ladder
from incidents.models import Escalation
from incidents.services import acknowledge_incident, resolve_incident
from scaling.errors import NotFound
from tests.factories.accounts import (
    ContactMethodFactory,
    MembershipFactory,
    NotificationRuleFactory,
    OrganizationFactory,
)
from tests.factories.escalation import (
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    QuietHoursFactory,
    RotationFactory,
    WorkingHoursFactory,
)
from tests.incidents.running import START, make_policy, minutes, run, trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return OrganizationFactory(name="Acme", fallback_email="noc@acme.example")


@pytest.fixture
def ada(acme):
    return MembershipFactory(organization=acme, first_name="Ada", last_name="")


@pytest.fixture
def bob(acme):
    return MembershipFactory(organization=acme, first_name="Bob", last_name="")


def of(policy, severity="high", at=START):
    return load_ladder(policy.organization_id, policy.pk, severity, at)


def of_incident(escalation, now):
    row = Escalation.objects.select_related("incident__owner", "holder").get(pk=escalation.pk)
    return load_incident_ladder(row, now)


def lines(ladder):
    return [f"{rung.when}: {rung.summary}" for rung in ladder.rungs]


def test_the_layers_are_told_one_after_the_other(acme, ada, bob):
    ladder = of(make_policy(acme, [ada], [bob], timeout_minutes=90))

    assert lines(ladder) == [
        "at once: Layer 1 is paged: Ada.",
        "after 1 h 30 min: Layer 2 is paged: Bob.",
        "after 3 h: Nobody is left, so the fallback is paged: noc@acme.example.",
    ]
    assert [rung.label for rung in ladder.rungs] == ["Layer 1", "Layer 2", "Fallback"]
    assert [rung.wait for rung in ladder.rungs] == ["1 h 30 min", "1 h 30 min", "30 min"]
    assert ladder.end == "The fallback is paged again every 30 min, until somebody acknowledges."


def test_a_person_is_told_with_why_and_over_what(acme, ada, bob):
    rotation = RotationFactory(schedule__organization=acme, schedule__name="Primary", name="Weekdays", people=[ada])
    second = RotationFactory(schedule=rotation.schedule, people=[ada])
    OverrideFactory(schedule=rotation.schedule, rotation=second, membership=bob, starts_at=START, ends_at=minutes(60))
    sms = ContactMethodFactory(membership=bob, sms=True)
    NotificationRuleFactory(membership=bob, contact_method=sms, delay_seconds=90, repeat_seconds=600)
    (rung, _) = of(LayerFactory(policy__organization=acme, schedule=rotation.schedule).policy).rungs

    assert rung.target == "schedule “Primary”"
    assert [person.summary for person in rung.people] == [
        "Ada: on call in “Weekdays” until 08:00 UTC; email at once",
        "Bob: standing in by an override until 04:00 UTC; email at once; "
        "SMS after 1 min 30 s, 9 more times within 1 h 30 min",
    ]


def test_what_quiet_hours_and_missing_proof_leave_out_is_told(acme, ada):
    QuietHoursFactory(membership=ada)
    for method in (
        ContactMethodFactory(membership=ada, sms=True),
        ContactMethodFactory(membership=ada, verified_at=None),
    ):
        NotificationRuleFactory(membership=ada, contact_method=method)
    policy = make_policy(acme, [ada])

    assert of(policy, "low").rungs[0].people[0].summary == (
        "Ada: named in the layer; email at once; no SMS: quiet hours until 06:00 UTC; no email: not verified"
    )
    assert "SMS at once" in of(policy, "high").rungs[0].people[0].summary


def test_where_nobody_is_reached_is_told(acme, ada, bob):
    bob.is_active = False
    bob.save()
    hours = WorkingHoursFactory(organization=acme)
    policy = PolicyFactory(organization=acme)
    for fields in ({"people": [ada], "working_hours": hours}, {"people": [bob]}, {"people": [ada, bob]}):
        LayerFactory(policy=policy, **fields)

    (rung, _) = of(policy).rungs

    assert [one.summary for one in rung.passed] == [
        "Layer 1 is skipped: it pages during its working hours only.",
        "Layer 2 reaches nobody. Bob is not active.",
    ]
    assert rung.remarks == ("Bob is not active.",)


def test_a_policy_that_reaches_nobody_says_when_it_may_again(acme, ada):
    rotation = RotationFactory(
        schedule__organization=acme, schedule__timezone="UTC", people=[ada], effective_from=START + timedelta(hours=2)
    )
    ladder = of(LayerFactory(policy__organization=acme, schedule=rotation.schedule).policy)
    assert ladder.end.endswith("As no layer reached anybody, the layers are looked at again at 05:00 UTC.")


def test_the_ladder_of_another_instant_is_another(acme, ada, bob):
    rotation = RotationFactory(schedule__organization=acme, people=[ada, bob])
    policy = LayerFactory(policy__organization=acme, schedule=rotation.schedule).policy
    now, later = of(policy).rungs[0], of(policy, at=START + timedelta(days=7)).rungs[0]
    assert {now.people[0].name, later.people[0].name} == {"Ada", "Bob"}


def test_a_policy_of_another_organization_is_none(acme, ada):
    with pytest.raises(NotFound):
        load_ladder(OrganizationFactory().pk, make_policy(acme, [ada]).pk, "high", START)


def test_a_running_incident_has_its_past_and_its_future(acme, ada, bob):
    escalation = trigger(acme, make_policy(acme, [ada], [bob]))
    run(START)

    ladder = of_incident(escalation, minutes(2))

    assert [(rung.is_past, rung.when) for rung in ladder.rungs] == [
        (True, "at once"),
        (False, "after 5 min"),
        (False, "after 10 min"),
    ]
    assert lines(ladder)[0] == "at once: Layer 1 was paged: Ada."
    assert ladder.here == "Waiting for an answer"


def test_an_incident_that_somebody_has_goes_no_further(acme, ada, bob):
    escalation = trigger(acme, make_policy(acme, [ada], [bob]))
    command = {"organization_id": acme.pk, "incident_id": escalation.pk, "actor_id": "key_test", "now": minutes(1)}
    acknowledge_incident(**command)
    taken = of_incident(escalation, minutes(2))
    resolve_incident(**command)
    over = of_incident(escalation, minutes(2))

    assert [rung.is_past for rung in taken.rungs] == [rung.is_past for rung in over.rungs] == [True]
    assert taken.end == "Somebody has acknowledged. Nobody else is paged."
    assert over.end == "The incident is resolved. Nobody else is paged."


def test_a_parked_incident_tells_of_its_fallback_alone(acme, ada):
    escalation = trigger(acme, make_policy(acme, [ada]))
    Escalation.objects.filter(pk=escalation.pk).update(parked_at=START, plan={})
    ladder = of_incident(escalation, minutes(2))
    assert [rung.is_past for rung in ladder.rungs] == [True]
    assert ladder.end == "The fallback is paged again every 30 min, until somebody acknowledges."


# What it costs


def _statements(load, *args):
    with CaptureQueriesContext(connection) as made:
        load(*args)
    return len(made)


def _grown(organization, layers, people):
    policy = PolicyFactory(organization=organization, repeat_count=1)
    hours = WorkingHoursFactory(organization=organization)
    for place in range(layers):
        members = MembershipFactory.create_batch(people, organization=organization)
        for member in members:
            NotificationRuleFactory(membership=member, contact_method=ContactMethodFactory(membership=member))
        rotation = RotationFactory(schedule__organization=organization, people=members)
        LayerFactory(policy=policy, schedule=rotation.schedule)
        LayerFactory(policy=policy, people=members, **({"working_hours": hours} if place % 2 else {}))
    return policy


def test_a_ladder_costs_the_same_for_a_small_policy_and_a_large_one(acme):
    small, large = _grown(acme, 2, 1), _grown(acme, 12, 6)
    costs = [_statements(of, policy) for policy in (small, large)]
    assert costs == [7, 7]


def test_the_ladder_of_an_incident_costs_the_same_however_long_it_runs(acme):
    escalation = trigger(acme, _grown(acme, 2, 2))
    costs = []
    for minute in (0, 5, 10, 60, 200):
        run(minutes(minute))
        costs.append(_statements(of_incident, escalation, minutes(minute)))
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 12 + 1
