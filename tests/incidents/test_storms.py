"""Storms: one message a minute over what is loud, and nobody's page is lost in it (``incidents.bundles``)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from incidents.audit import violations
from incidents.bundles import LEASE, MOST_TOGETHER, PACE
from incidents.channels.base import Failure, SendFailed
from incidents.delivery import claim_deliveries, record_failure, record_handed_over, renew_lease
from incidents.messages import compose_at
from incidents.models import Delivery, Page, TimelineEvent
from incidents.services import acknowledge_incident
from tests.factories.accounts import ContactMethodFactory, MembershipFactory, NotificationRuleFactory
from tests.incidents.running import REFUSED, START, TEMPORARY, make_policy, minutes, trigger, wake

pytestmark = pytest.mark.django_db


def seconds(number):
    return START + timedelta(seconds=number)


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", user__email="ada@example.org")


@pytest.fixture
def sms(ada):
    return ContactMethodFactory(membership=ada, sms=True)


@pytest.fixture
def burn(organization, ada):
    """Open an incident that pages Ada, and nobody after her for an hour."""
    policy = make_policy(organization, [ada], timeout_minutes=60)

    def burn(now=START, **fields):
        return trigger(organization, policy, now=now, **fields)

    return burn


def acknowledge(escalation, now):
    acknowledge_incident(
        organization_id=escalation.organization_id,
        incident_id=escalation.pk,
        actor_id="key_test",
        user_id=None,
        now=now,
    )


def claim(now):
    """Claim what is due; return the message over SMS, None if there is none, and send the rest."""
    wake(now)
    (*loud,) = [attempt for attempt in claim_all(now) if attempt.channel == "sms"]
    assert len(loud) <= 1
    return loud[0] if loud else None


def claim_all(now):
    claimed = []
    while attempts := claim_deliveries(now, slots=16, retry_slots=16, busy=[]):
        for attempt in attempts:
            if attempt.channel != "sms":
                assert renew_lease(attempt, now)
                record_handed_over(attempt, now)
        claimed += attempts
    return claimed


def finish(attempt, now, failed=None):
    """Send a message that was claimed; return the incidents it tells of, the leader first, None if nothing was sent."""
    held = renew_lease(attempt, now)
    for part in held.parts if held else ():
        if failed is None:
            record_handed_over(part, now)
        else:
            record_failure(part, failed, now)
    return [part.escalation_id for part in held.parts] if held else None


def send(now, failed=None):
    """Do all that is due; return the incidents the SMS sent now tells of, the leader first, None if there was none."""
    attempt = claim(now)
    return attempt and finish(attempt, now, failed)


def statuses(channel="sms"):
    return sorted(Delivery.objects.filter(channel=channel).values_list("status", flat=True))


def test_forty_incidents_in_ten_seconds_are_two_messages_and_forty_mails(burn, sms):
    sent, incidents = {}, []
    for quarter in range(40):
        now = seconds(quarter / 4)
        incidents.append(burn(now))
        sent[now] = send(now)
    for second in range(10, 200):
        sent[seconds(second)] = send(seconds(second))
        assert violations(seconds(second)) == []
    sent = {at: told for at, told in sent.items() if told}

    assert list(sent) == [START, START + PACE]
    assert sent[START] == [incidents[0].pk]
    assert sent[START + PACE] == [incident.pk for incident in reversed(incidents[1:])]
    assert statuses() == ["handed_over"] * 40
    assert statuses("email") == ["handed_over"] * 40
    assert Page.objects.count() == 40


def test_while_incidents_keep_coming_there_is_one_message_a_minute(burn, sms):
    sent = []
    for second in range(0, 600, 7):
        burn(seconds(second))
        if send(seconds(second)):
            sent.append(second)

    assert {late - early for early, late in pairwise(sent)} == {63}  # the first look from 60 on


def test_a_message_after_a_quiet_minute_goes_at_once(burn, sms):
    burn()
    send(START)
    late = burn(START + PACE)
    assert send(START + PACE) == [late.pk]


def test_the_most_severe_leads_then_the_newest(burn, sms):
    burn()
    send(START)
    low = burn(seconds(1), severity="low")
    critical = burn(seconds(2), severity="critical")
    old, new = burn(seconds(3)), burn(seconds(4))
    send(seconds(5))
    assert send(minutes(1)) == [critical.pk, new.pk, old.pk, low.pk]


def test_an_answered_incident_is_not_in_the_message(burn, sms):
    burn()
    send(START)
    one, two, three = (burn(seconds(number)) for number in (1, 2, 3))
    send(seconds(4))
    acknowledge(two, seconds(30))
    assert send(minutes(1)) == [three.pk, one.pk]
    assert Delivery.objects.get(channel="sms", escalation=two.pk).status == "cancelled"


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_an_answer_after_the_claim_takes_the_incident_out(burn, sms, answered):
    incidents = [burn(seconds(number)) for number in (2, 1, 0)]
    attempt = claim(seconds(2))
    acknowledge(incidents[answered], seconds(2))
    rest = [incident.pk for place, incident in enumerate(incidents) if place != answered]

    assert finish(attempt, seconds(2)) == rest
    carrier = Delivery.objects.get(channel="sms", escalation=rest[0])
    assert told(rest[1])[-1]["carriedBy"] == str(carrier.pk)


def test_when_all_are_answered_nothing_is_sent(burn, sms):
    incidents = [burn(), burn()]
    attempt = claim(START)
    for incident in incidents:
        acknowledge(incident, START)
    assert finish(attempt, START) is None
    assert send(minutes(5)) is None


def told(incident_id):
    events = TimelineEvent.objects.filter(incident=incident_id, type="notification_sent", details__channel="sms")
    return [event.details for event in events.order_by("at", "id")]


def test_the_timeline_says_who_carried_whom(burn, sms):
    old, new = burn(), burn(seconds(1))
    send(seconds(1))
    carrier = Delivery.objects.get(channel="sms", escalation=new.pk)
    assert told(new.pk)[0]["carried"] == 1
    assert told(old.pk)[0]["carriedBy"] == str(carrier.pk)
    assert "carried" not in told(old.pk)[0]


def test_a_failure_is_everybodys_and_they_are_tried_again_together(burn, ada, sms, organization):
    NotificationRuleFactory(membership=ada, contact_method=sms)
    home = ContactMethodFactory(membership=ada, address="ada@home.example.org")
    NotificationRuleFactory(membership=ada, contact_method=home, delay_seconds=600)
    both = [burn(seconds(1)), burn()]
    assert send(seconds(1), TEMPORARY) == [one.pk for one in both]
    send(seconds(2))

    assert statuses() == ["pending", "pending"]
    assert Delivery.objects.filter(destination="ada@home.example.org", status="handed_over").count() == 2
    assert send(seconds(5.9)) is None
    assert send(seconds(6)) == [one.pk for one in both]


def test_what_comes_while_a_message_fails_is_in_its_next_attempt(burn, sms):
    burn()
    send(START, TEMPORARY)
    new = burn(seconds(2))
    assert len(send(seconds(2), TEMPORARY)) == 2
    third = burn(seconds(3))
    assert send(seconds(3))[:2] == [third.pk, new.pk]
    assert statuses() == ["handed_over"] * 3


def test_a_refused_number_is_dead_for_all_of_them(burn, sms):
    burn(), burn()
    send(START, REFUSED)
    assert statuses() == ["dead", "dead"]


def test_a_refusal_of_us_is_tried_again(burn, sms):
    burn(), burn()
    send(START, SendFailed(Failure.OURS, "401"))
    assert len(send(seconds(5))) == 2


# Workers die


def test_a_message_whose_worker_died_goes_again_when_its_lease_ends(burn, sms):
    incidents = [burn(seconds(1)), burn()]
    renew_lease(claim(seconds(1)), seconds(1))

    assert send(seconds(1) + LEASE - timedelta(seconds=1)) is None
    assert send(seconds(1) + LEASE) == [incident.pk for incident in incidents]


@pytest.mark.parametrize("recorded", [1, 2, 3])
def test_what_a_dead_worker_did_not_record_goes_with_the_next_message(burn, sms, recorded):
    incidents = [burn(seconds(3 - number)) for number in range(4)]
    held = renew_lease(claim(seconds(3)), seconds(3))
    for part in held.parts[:recorded]:
        record_handed_over(part, seconds(4))

    sent = {second: told for second in range(4, 100) if (told := send(seconds(second)))}
    assert sent == {63: [incident.pk for incident in incidents[recorded:]]}


def test_a_claim_that_was_never_begun_holds_nobody_up(burn, sms):
    incident = burn()
    claim(START)
    assert send(START + LEASE) == [incident.pk]


def test_a_late_worker_still_records_what_it_sent(burn, sms):
    burn(), burn()
    held = renew_lease(claim(START), START)
    again = claim(START + LEASE)
    for part in held.parts:
        record_handed_over(part, START + LEASE)
    assert finish(again, START + LEASE) is None
    assert statuses() == ["handed_over"] * 2


def test_no_message_begins_while_one_is_under_way(burn, sms):
    burn()
    first = claim(START)
    burn(seconds(1))
    assert claim(seconds(1)) is None
    finish(first, seconds(2))
    assert {second for second in range(2, 100) if send(seconds(second))} == {62}


def test_a_message_answered_in_flight_is_waited_for(burn, sms):
    first = burn()
    held = renew_lease(claim(START), START)
    new = burn(seconds(1))
    acknowledge(first, seconds(1))
    assert claim(seconds(2)) is None
    record_handed_over(held, seconds(3))
    sent = {second: told for second in range(3, 100) if (told := send(seconds(second)))}
    assert sent == {60: [new.pk]}


def test_a_message_answered_in_flight_that_never_arrived_holds_nobody_up(burn, sms):
    first = burn()
    renew_lease(claim(START), START)
    new = burn(seconds(1))
    acknowledge(first, seconds(1))
    assert claim(seconds(2)) is None
    assert send(START + LEASE) == [new.pk]


def test_a_message_that_failed_holds_nobody_up_once_it_is_answered(burn, sms):
    first = burn()
    send(START, TEMPORARY)
    acknowledge(first, seconds(1))
    new = burn(seconds(1))
    assert send(seconds(1)) == [new.pk]


def test_a_late_worker_has_no_say_in_what_has_been_put_off(burn, sms):
    late, first = burn(), burn(seconds(1))
    held = renew_lease(claim(seconds(1)), seconds(1))
    record_handed_over(held, seconds(2))
    assert send(seconds(11)) is None
    put_off = Delivery.objects.get(channel="sms", escalation=late.pk).next_at
    record_failure(held.riders[0], TEMPORARY, seconds(12))

    assert held.escalation_id == first.pk
    assert Delivery.objects.get(channel="sms", escalation=late.pk).next_at == put_off == seconds(61)


# Who is bundled with whom


def test_each_person_and_each_method_has_messages_of_its_own(organization, ada, sms):
    push = ContactMethodFactory(membership=ada, channel="push", address="ntfys://ntfy.example.org/ada")
    bob = ContactMethodFactory(membership__organization=organization, sms=True)
    policy = make_policy(organization, [ada, bob.membership])
    for _ in range(3):
        trigger(organization, policy)
    loud = [attempt for attempt in claim_deliveries(START, slots=50, retry_slots=50, busy=[]) if attempt.riders]

    methods = [
        {row.contact_method_id for row in Delivery.objects.filter(pk__in=[part.delivery_id for part in attempt.parts])}
        for attempt in loud
    ]
    assert len(loud) == 3
    assert {frozenset(one) for one in methods} == {frozenset([method.pk]) for method in (sms, push, bob)}


@pytest.mark.parametrize(
    "fields",
    [{}, {"webhook": True}, {"channel": "chat", "address": "slack://a/b/c"}],
    ids=["email", "webhook", "chat"],
)
def test_what_wakes_nobody_is_never_bundled(burn, ada, fields):
    quiet = ContactMethodFactory(membership=ada, **fields)
    for _ in range(5):
        burn()
    attempts = claim_all(START)

    assert sum(attempt.destination == quiet.shown for attempt in attempts) == 5
    assert not any(attempt.riders for attempt in attempts)


def test_a_storm_larger_than_a_message_goes_in_several(burn, sms, monkeypatch):
    monkeypatch.setattr("incidents.bundles.MOST_TOGETHER", 3)
    for number in range(8):
        burn(seconds(number / 10))
    sent = {second: len(told) for second in range(1, 300) if (told := send(seconds(second)))}
    assert MOST_TOGETHER == 100
    assert sent == {1: 3, 61: 3, 121: 2}


def test_a_repeated_rule_repeats_all_that_burn_in_one_message(burn, ada, sms):
    NotificationRuleFactory(membership=ada, contact_method=sms, repeat_seconds=60)
    both = [burn(seconds(1)), burn()]
    sent = {second: told for second in range(200) if (told := send(seconds(second)))}
    assert sent[60] == [both[1].pk]
    assert sent[120] == [both[0].pk, both[1].pk]


@pytest.mark.parametrize("number", [1, 9])
def test_a_claim_costs_the_same_however_much_rides_along(burn, sms, number, django_assert_num_queries):
    for _ in range(number):
        burn()
    Delivery.objects.filter(channel="email").update(status="handed_over", next_at=None)
    with django_assert_num_queries(7 + 2):  # and the savepoint
        (attempt,) = claim_deliveries(START, slots=50, retry_slots=50, busy=[])
    with django_assert_num_queries(1):
        assert len(renew_lease(attempt, START).parts) == number
    burn(seconds(1))
    finish(attempt, START)
    with django_assert_num_queries(7 + 2):
        claim_deliveries(seconds(1), slots=50, retry_slots=50, busy=[ada_mail()])


def ada_mail():
    return Delivery.objects.filter(channel="email").values_list("destination", flat=True)[0]


# What the message says


def test_the_message_tells_each_incident_and_links_each_page(burn, sms):
    burn(title="Disk full", severity="critical"), burn(title="Slow pages", severity="low"), burn(title="Invoices stuck")
    attempt = claim(START)
    riding = {attempt.delivery_id: [rider.delivery_id for rider in attempt.riders]}
    message = compose_at(riding, START)[attempt.delivery_id]

    assert message.subject == "CRITICAL: Disk full (+ 2 more)"
    first, head, *others = message.short.splitlines()
    assert first.startswith("CRITICAL: Disk full. Acknowledge: http")
    assert head == "+ 2 more:"
    assert [line.rpartition(" ")[0] for line in others] == ["HIGH: Invoices stuck", "LOW: Slow pages"]
    links = {line.rpartition(" ")[2] for line in (first, *others)}
    assert len(links) == 3
    assert all(link in message.brief for link in links)
    assert message.spoken == "CRITICAL: Disk full. 2 more: HIGH: Invoices stuck; LOW: Slow pages."


def test_an_incident_that_leads_is_not_told_again_for_its_next_round(burn, ada, sms):
    NotificationRuleFactory(membership=ada, contact_method=sms, repeat_seconds=60)
    burn()
    send(START, TEMPORARY)
    Delivery.objects.filter(channel="sms").update(next_at=minutes(1), last_error="")
    attempt = claim(minutes(1))
    message = compose_at({attempt.delivery_id: [rider.delivery_id for rider in attempt.riders]}, minutes(1))

    assert len(attempt.riders) == 1
    assert message[attempt.delivery_id].subject == "HIGH: Invoices stuck"


@pytest.mark.parametrize("number", [1, 5])
def test_a_digest_is_one_statement(burn, sms, number, django_assert_num_queries):
    for _ in range(number + 1):
        burn()
    attempt = claim(START)
    with django_assert_num_queries(5):
        compose_at({attempt.delivery_id: [rider.delivery_id for rider in attempt.riders]}, START)
    with django_assert_num_queries(4):
        compose_at({attempt.delivery_id: ()}, START)
