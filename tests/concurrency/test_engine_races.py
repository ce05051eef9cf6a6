"""Two workers, and people who act while they work: real threads, real connections (invariants I3, I4)."""

from __future__ import annotations

from collections import Counter

import pytest

from incidents.delivery import claim_deliveries, renew_lease
from incidents.engine import step_escalations
from incidents.models import Delivery, Escalation, Firing, TimelineEvent
from incidents.services import acknowledge_incident
from tests.concurrency.threads import together
from tests.factories.accounts import ContactMethodFactory, MembershipFactory, OrganizationFactory
from tests.incidents.running import START, make_policy, minutes, reload, send, trigger

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization)


def work(now):
    done = 0
    while step := step_escalations(now, lambda row: None):
        done += step
    return done


def test_two_workers_fire_every_layer_exactly_once(organization, ada):
    policy = make_policy(organization, [ada], [ada], [ada])
    for _ in range(60):
        trigger(organization, policy)
    send(START)

    done = together(lambda: work(minutes(5)), lambda: work(minutes(5)))
    work(minutes(5))

    assert sum(done) <= 60
    assert Counter(Firing.objects.values_list("number", flat=True)) == {1: 60, 2: 60}


def test_two_workers_never_hold_the_same_delivery(organization):
    people = [MembershipFactory(organization=organization) for _ in range(40)]
    trigger(organization, make_policy(organization, people))

    def claim():
        return [row.delivery_id for row in claim_deliveries(START, slots=40, retry_slots=10, busy=[])]

    first, second = together(claim, claim)
    assert not set(first) & set(second)
    assert len(first) + len(second) <= 40


@pytest.mark.parametrize("attempt", range(12))
def test_of_an_acknowledgement_and_a_timeout_exactly_one_wins(organization, ada, attempt):
    escalation = trigger(organization, make_policy(organization, [ada], [ada]))
    send(START)

    def acknowledge():
        acknowledge_incident(
            organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", now=minutes(5)
        )

    together(acknowledge, lambda: work(minutes(5)))

    row = reload(escalation)
    fired = Firing.objects.filter(escalation=escalation.pk).count()
    assert row.state == Escalation.State.ACKNOWLEDGED
    assert fired in {1, 2}
    assert not Delivery.objects.filter(escalation=escalation.pk, status="pending").exists()
    events = TimelineEvent.objects.filter(incident=escalation.pk).order_by("at", "id")
    kinds = list(events.values_list("type", flat=True))
    assert kinds.count("incident_acknowledged") == 1
    assert "layer_paged" not in kinds[kinds.index("incident_acknowledged") :]


@pytest.mark.parametrize("attempt", range(12))
def test_after_an_acknowledgement_no_send_begins(organization, ada, attempt):
    escalation = trigger(organization, make_policy(organization, [ada]))
    (claimed,) = claim_deliveries(START, slots=1, retry_slots=1, busy=[])

    def acknowledge():
        acknowledge_incident(organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", now=START)

    together(acknowledge, lambda: renew_lease(claimed, START))

    assert not renew_lease(claimed, START)


def test_two_workers_begin_one_message_over_a_loud_method(organization, ada):
    sms = ContactMethodFactory(membership=ada, sms=True)
    for _ in range(8):
        trigger(organization, make_policy(organization, [ada]))
    Delivery.objects.filter(channel="email").update(status="handed_over", next_at=None)

    def claim():
        return claim_deliveries(START, slots=3, retry_slots=3, busy=[])

    claimed = [attempt for attempts in together(*[claim] * 4) for attempt in attempts]

    assert len(claimed) == 1
    parts = {part.delivery_id for part in claimed[0].parts}
    assert parts <= set(Delivery.objects.filter(contact_method=sms).values_list("pk", flat=True))
    assert Delivery.objects.exclude(pk__in=parts).exclude(token=None).count() == 0


def test_answers_beside_a_message_leave_it_whole_and_wait_for_nobody(organization, ada):
    ContactMethodFactory(membership=ada, sms=True)
    incidents = [trigger(organization, make_policy(organization, [ada])) for _ in range(10)]
    Delivery.objects.filter(channel="email").update(status="handed_over", next_at=None)
    (attempt,) = claim_deliveries(START, slots=9, retry_slots=9, busy=[])

    def acknowledge(escalation):
        return lambda: acknowledge_incident(
            organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", user_id=None, now=START
        )

    held, *_ = together(lambda: renew_lease(attempt, START), *map(acknowledge, incidents[:5]))
    sent = {part.escalation_id for part in held.parts}

    assert {row.pk for row in incidents[5:]} <= sent
    assert Delivery.objects.filter(channel="sms", status="cancelled").count() == 5
