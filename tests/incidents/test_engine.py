"""The engine on real rows: ladder, failures, acknowledgement, poison."""

from __future__ import annotations

import pytest

from incidents.audit import violations
from incidents.claims import FIRST_ATTEMPTS
from incidents.delivery import claim_deliveries, renew_lease
from incidents.engine import step_escalations
from incidents.models import Delivery, Escalation, Firing, Page, Strike
from incidents.services import acknowledge_incident, change_status, hand_off_incident
from tests.factories.accounts import ContactMethodFactory, MembershipFactory
from tests.incidents.running import (
    REFUSED,
    START,
    TEMPORARY,
    deliveries,
    make_policy,
    minutes,
    reload,
    run,
    send,
    told,
    trigger,
    wake,
)

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


@pytest.fixture
def alarms(monkeypatch):
    """The alarms parking raises, as they come."""
    raised = []
    monkeypatch.setattr("incidents.parking.alarm_operator", lambda kind, text: raised.append((kind, text)))
    return raised


def acknowledge(escalation, now, user=None):
    return acknowledge_incident(
        organization_id=escalation.organization_id,
        incident_id=escalation.pk,
        actor_id="key_test",
        user_id=user and user.user_id,
        now=now,
    )


def test_nobody_answers_and_the_ladder_is_climbed_to_the_fallback(organization, ada, bob, fallback):
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))

    assert run(START) == ["ada@example.org"]
    assert run(minutes(4.9)) == []
    assert run(minutes(5)) == ["bob@example.org"]
    assert run(minutes(10)) == ["fallback@example.org"]
    assert reload(escalation).state == "exhausted"
    assert run(minutes(40)) == ["fallback@example.org"]
    assert told(escalation) == [
        "incident_triggered",
        "layer_paged",
        "notification_sent",
        "layer_timed_out",
        "layer_paged",
        "notification_sent",
        "layer_timed_out",
        "escalation_exhausted",
        "fallback_paged",
        "notification_sent",
        "fallback_paged",
        "notification_sent",
    ]


def test_the_due_time_is_counted_from_the_previous_one(organization, ada, bob):
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))
    run(START)
    run(minutes(5 + 2 / 60))

    assert reload(escalation).due_at == minutes(10)


def test_acknowledgement_stops_everything(organization, ada, bob):
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))
    acknowledge(escalation, minutes(1), ada)

    row = reload(escalation)
    assert (row.state, row.wake_at, row.acknowledged_by, row.acknowledged_at, row.holder_id) == (
        "acknowledged",
        None,
        "key_test",
        minutes(1),
        ada.pk,
    )
    assert deliveries(escalation) == [("ada@example.org", "cancelled")]
    assert run(minutes(60)) == []
    assert told(escalation)[-2:] == ["incident_acknowledged", "notification_cancelled"]


def test_a_second_acknowledgement_changes_nothing(organization, ada):
    escalation = trigger(organization, make_policy(organization, [ada]))
    acknowledge(escalation, minutes(1), ada)
    before = reload(escalation).__dict__ | {"_state": None}
    acknowledge(escalation, minutes(2))

    assert reload(escalation).__dict__ | {"_state": None} == before


def test_an_unanswered_acknowledgement_pages_the_holder_again(organization, ada, bob):
    escalation = trigger(organization, make_policy(organization, [ada, bob], repage_after_ack_minutes=15))
    run(START)
    acknowledge(escalation, minutes(1), bob)

    assert run(minutes(15)) == []
    assert run(minutes(16)) == ["bob@example.org"]
    assert reload(escalation).state == "paging"
    assert reload(escalation).due_at == minutes(21)


def test_resolving_ends_the_escalation_and_lets_go_of_the_policy(organization, ada):
    policy = make_policy(organization, [ada])
    escalation = trigger(organization, policy)
    for status in ("identified", "monitoring", "resolved"):
        change_status(
            organization_id=organization.pk,
            incident_id=escalation.pk,
            actor_id="key_test",
            status=status,
            now=minutes(1),
        )

    row = reload(escalation)
    assert (row.state, row.wake_at, row.active_policy_id, row.policy_id) == ("cancelled", None, None, policy.pk)
    assert run(minutes(60)) == []


def test_handing_off_pages_the_new_owner_and_restarts_the_timer(organization, ada, bob):
    escalation = trigger(organization, make_policy(organization, [ada], [ada]))
    hand_off_incident(
        organization_id=organization.pk,
        incident_id=escalation.pk,
        actor_id="key_test",
        target_user_id=bob.user_id,
        now=minutes(3),
    )

    assert deliveries(escalation) == [("ada@example.org", "cancelled"), ("bob@example.org", "pending")]
    row = reload(escalation)
    assert (row.position, row.due_at, row.incident.owner_id) == (1, minutes(8), bob.pk)


def test_an_incident_without_a_policy_pages_its_owner_then_the_fallback(organization, ada, fallback):
    escalation = trigger(organization, owner=ada)

    assert run(START) == ["ada@example.org"]
    assert run(minutes(5)) == ["fallback@example.org"]
    assert reload(escalation).state == "exhausted"


def test_an_empty_layer_is_passed_at_once(organization, ada, bob):
    bob.is_active = False
    bob.save()
    escalation = trigger(organization, make_policy(organization, [bob], [ada]))

    assert run(START) == ["ada@example.org"]
    assert told(escalation)[:3] == ["incident_triggered", "layer_empty", "layer_paged"]


def test_when_nobody_can_be_reached_all_admins_are_the_fallback(organization, ada, bob):
    ada.role = "admin"
    ada.save()
    bob.is_active = False
    bob.save()
    trigger(organization, make_policy(organization, [bob]))

    assert run(START) == ["ada@example.org"]


def test_without_any_admin_the_operator_is_paged(organization, bob, settings):
    settings.OPERATOR_EMAIL = "operator@example.org"
    bob.is_active = False
    bob.save()
    trigger(organization, make_policy(organization, [bob]))

    assert run(START) == ["operator@example.org"]


def test_a_temporary_failure_is_retried_after_longer_and_longer_pauses(organization, ada):
    trigger(organization, make_policy(organization, [ada], timeout_minutes=60))
    down = {"ada@example.org": TEMPORARY}
    tried = [second for second in range(300) if run(START.replace(second=0) + (minutes(second / 60) - START), down)]

    assert tried == [0, 5, 20, 50, 110, 170, 230, 290]


def test_the_first_failure_starts_the_next_method(organization, ada):
    ContactMethodFactory(membership=ada, address="ada@home.example.org")
    trigger(organization, make_policy(organization, [ada]))
    assert sorted(run(START, {"ada@example.org": TEMPORARY})) == ["ada@example.org", "ada@home.example.org"]


def test_a_dead_layer_is_left_at_once(organization, ada, bob):
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))

    assert run(START, {"ada@example.org": REFUSED}) == ["ada@example.org", "bob@example.org"]
    assert told(escalation) == [
        "incident_triggered",
        "layer_paged",
        "notification_dead",
        "person_unreachable",
        "layer_timed_out_unheard",
        "layer_paged",
        "notification_sent",
    ]


def test_an_outage_of_the_mail_server_loses_nobody_and_does_not_burn_the_ladder(organization, ada, bob, fallback):
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))
    everybody = dict.fromkeys(["ada@example.org", "bob@example.org", "fallback@example.org"], TEMPORARY)
    for second in range(0, 1800, 5):
        run(minutes(second / 60), everybody)

    assert reload(escalation).state == "paging"
    assert {status for _, status in deliveries(escalation)} == {"pending"}
    assert sorted(set(run(minutes(31.5)))) == ["ada@example.org", "bob@example.org", "fallback@example.org"]


def test_everything_dead_ends_with_the_operator(organization, ada, fallback, settings):
    settings.OPERATOR_EMAIL = "operator@example.org"
    escalation = trigger(organization, make_policy(organization, [ada]))
    dead = dict.fromkeys(["ada@example.org", "fallback@example.org"], REFUSED)

    assert run(START, dead) == ["ada@example.org", "fallback@example.org", "operator@example.org"]
    assert reload(escalation).state == "exhausted"
    assert violations(START) == []


def test_an_acknowledged_claim_is_not_sent(organization, ada):
    escalation = trigger(organization, make_policy(organization, [ada]))
    (attempt,) = claim_deliveries(START, slots=5, retry_slots=5, busy=[])
    acknowledge(escalation, START)

    assert not renew_lease(attempt, START)
    assert send(minutes(1)) == []


def test_a_crashed_send_is_taken_up_when_its_lease_ends(organization, ada):
    trigger(organization, make_policy(organization, [ada]))
    claim_deliveries(START, slots=5, retry_slots=5, busy=[])

    assert send(minutes(9 / 60)) == []
    assert send(minutes(10 / 60)) == ["ada@example.org"]


def test_a_row_that_cannot_be_read_is_parked_and_holds_back_no_other(organization, ada, fallback):
    policy = make_policy(organization, [ada])
    poisoned, healthy = trigger(organization, policy), trigger(organization, policy)
    Escalation.objects.filter(pk=poisoned.pk).update(plan={"format": 99})
    send(START)

    wake(minutes(5))
    assert reload(healthy).state == "exhausted"
    assert Strike.objects.get(row_id=poisoned.pk).count == 1
    wake(minutes(5.1))
    wake(minutes(5.2))
    assert reload(poisoned).parked_at == minutes(5.2)
    assert told(poisoned)[-2:] == ["row_parked", "fallback_paged"]
    assert run(minutes(5.2)) == ["fallback@example.org", "fallback@example.org"]
    assert reload(poisoned).wake_at == minutes(35.2)


def test_the_operator_is_alarmed_once_for_a_row_that_is_parked(
    organization, ada, fallback, alarms, django_capture_on_commit_callbacks
):
    escalation = trigger(organization, make_policy(organization, [ada]))
    Escalation.objects.filter(pk=escalation.pk).update(plan={"format": 99})
    with django_capture_on_commit_callbacks(execute=True):
        for minute in (5, 5.1, 5.2, 35.2):
            wake(minutes(minute))

    assert told(escalation).count("fallback_paged") == 2
    ((kind, text),) = alarms
    assert kind == "row_parked"
    assert str(escalation.pk) in text


def test_a_parked_escalation_can_still_be_acknowledged(organization, ada, fallback):
    escalation = trigger(organization, make_policy(organization, [ada]))
    Escalation.objects.filter(pk=escalation.pk).update(plan={"format": 99})
    for minute in (5, 5.1, 5.2):
        wake(minutes(minute))
    acknowledge(escalation, minutes(6), ada)

    assert reload(escalation).state == "acknowledged"
    assert run(minutes(60)) == []


def test_a_trigger_that_cannot_page_is_deferred_to_the_engine(organization, ada, monkeypatch):
    policy = make_policy(organization, [ada])
    with monkeypatch.context() as broken:
        broken.setattr("incidents.services.trigger.load_worlds", _raise)
        escalation = trigger(organization, policy)

    assert told(escalation) == ["incident_triggered", "first_page_deferred"]
    assert (escalation.position, escalation.due_at, escalation.wake_at) == (0, START, START)
    assert run(START) == ["ada@example.org"]
    assert reload(escalation).due_at == minutes(5)


def test_two_organizations_take_turns(organization, ada):
    other = MembershipFactory(user__email="other@example.com")
    policy = make_policy(organization, [ada])
    for _ in range(5):
        trigger(organization, policy)
    trigger(other.organization, make_policy(other.organization, [other]))
    claimed = FIRST_ATTEMPTS.claim(START, 2, busy=[])
    assert set(Delivery.objects.filter(pk__in=claimed).values_list("organization_id", flat=True)) == {
        organization.pk,
        other.organization_id,
    }


@pytest.mark.parametrize("number", [1, 5])
def test_a_batch_costs_the_same_whatever_its_size(organization, ada, number, django_assert_num_queries):
    policy = make_policy(organization, [ada], [ada])
    for _ in range(number):
        trigger(organization, policy)
    send(START)

    with django_assert_num_queries(12):
        assert step_escalations(minutes(5), lambda row: None) == number
    assert Firing.objects.count() == 2 * number
    assert Page.objects.count() == 2 * number


def test_a_page_that_cannot_be_stepped_is_parked_and_the_ladder_goes_on(
    organization, ada, bob, alarms, django_capture_on_commit_callbacks
):
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))
    Page.objects.filter(escalation=escalation.pk).update(rules=[{"method": "nonsense"}])
    with django_capture_on_commit_callbacks(execute=True):
        run(START, {"ada@example.org": TEMPORARY})
        run(minutes(0.1), {"ada@example.org": TEMPORARY})

    assert [kind for kind, text in alarms if str(escalation.pk) in text] == ["page_parked"]
    assert Page.objects.get(escalation=escalation.pk).next_at is None
    assert "row_parked" in told(escalation)
    assert run(minutes(1)) == ["ada@example.org"]


def _raise(*args, **kwargs):
    raise RuntimeError("no world today")
