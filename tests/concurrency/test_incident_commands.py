"""Commands against the engine, against each other, and triggers against deletions (invariants I4, I24, I25)."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from escalation.errors import PolicyInUse
from escalation.services import delete_policy
from incidents.domain.escalation import decide
from incidents.engine import step_escalations
from incidents.errors import EscalationMoved
from incidents.models import Delivery, Escalation, Firing, Incident
from incidents.services import (
    acknowledge_incident,
    apply_plan,
    change_status,
    escalate_incident,
    hand_off_incident,
    snooze_incident,
)
from scaling.errors import NotFound
from tests.concurrency.threads import together
from tests.factories.accounts import ApiKeyFactory, MembershipFactory, OrganizationFactory
from tests.factories.escalation import LayerFactory, ScheduleFactory
from tests.fixtures.accounts import ApiClient
from tests.incidents.running import START, make_policy, minutes, reload, run, told, trigger
from tests.processes import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

DUE = minutes(5)


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization)


@pytest.fixture
def bob(organization):
    return MembershipFactory(organization=organization)


@pytest.fixture
def escalation(organization, ada):
    """An incident whose first layer was paged, has not answered, and is due; one step from resolved."""
    second = MembershipFactory(organization=organization)
    escalation = trigger(organization, make_policy(organization, [ada], [second]))
    for status in ("identified", "monitoring"):
        _named(change_status, escalation, status=status)
    run(START)
    return escalation


def _named(service, escalation, **fields):
    service(
        organization_id=escalation.organization_id,
        incident_id=escalation.pk,
        actor_id="key_test",
        **{"now": DUE, **fields},
    )


def acknowledge(escalation, bob):
    _named(acknowledge_incident, escalation)


def hand_off(escalation, bob):
    _named(hand_off_incident, escalation, target_user_id=bob.user_id)


def resolve(escalation, bob):
    _named(change_status, escalation, status="resolved")


WAITING_HERE = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN
(SELECT pid FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
STATE_AFTER = {acknowledge: "acknowledged", hand_off: "paging", resolve: "cancelled"}
PAGES_BY = {acknowledge: 0, hand_off: 1, resolve: 0}
each_command = pytest.mark.parametrize("command", STATE_AFTER, ids=lambda command: command.__name__)


def step(in_hand=lambda row_id: None):
    return step_escalations(DUE, in_hand)


def in_thread(call):
    """Return what ``call`` returns in a thread with a connection of its own."""
    (result,) = together(call)
    return result


def firings(escalation):
    causes = Firing.objects.filter(escalation=escalation.pk).order_by("number")
    return list(causes.values_list("cause", flat=True))


def until_somebody_waits_for_a_lock():
    deadline = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(WAITING_HERE)  # unlike activity, never cached
            if cursor.fetchone() != (0,):
                return
    raise AssertionError("nobody ever waited for a lock")


@each_command
def test_the_engine_leaves_an_incident_alone_that_somebody_holds(escalation, bob, command, monkeypatch):
    stepped = []

    def while_the_engine_comes(*args):
        stepped.append(in_thread(step))
        return decide(*args)

    monkeypatch.setattr("incidents.services.deciding.decide", while_the_engine_comes)
    command(escalation, bob)
    assert stepped == [0]
    assert step() == 0
    assert firings(escalation) == ["layer"] + ["handoff"] * PAGES_BY[command]
    assert reload(escalation).state == STATE_AFTER[command]


@each_command
def test_a_command_waits_for_the_engine_and_sees_what_it_did(escalation, bob, command):
    with ThreadPoolExecutor(1) as threads:
        commanded = []

        def while_the_engine_holds_it(row_id):
            if row_id is not None:
                commanded.append(threads.submit(in_thread, lambda: command(escalation, bob)))
                until_somebody_waits_for_a_lock()

        assert step(while_the_engine_holds_it) == 1
        commanded[0].result()
    assert firings(escalation) == ["layer", "layer"] + ["handoff"] * PAGES_BY[command]
    assert reload(escalation).state == STATE_AFTER[command]
    assert Delivery.objects.filter(status="pending").count() == PAGES_BY[command]


@each_command
@pytest.mark.parametrize("attempt", range(10))
def test_of_a_command_and_a_timeout_one_comes_first(escalation, bob, command, attempt):
    together(lambda: command(escalation, bob), step)
    row = reload(escalation)
    assert row.state == STATE_AFTER[command]
    assert row.firing == len(firings(escalation)) in {1 + PAGES_BY[command], 2 + PAGES_BY[command]}
    assert Delivery.objects.filter(status="pending").count() == PAGES_BY[command]
    assert step() == 0


BY_FIRING = {
    "handoff": lambda escalation, bob: _named(hand_off_incident, escalation, target_user_id=bob.user_id, firing=1),
    "escalate": lambda escalation, bob: _named(escalate_incident, escalation, firing=1),
    "snooze": lambda escalation, bob: _named(snooze_incident, escalation, until=minutes(60), firing=1),
    "apply plan": lambda escalation, bob: _named(apply_plan, escalation, firing=1),
}
FIRINGS_AFTER = {"handoff": ["layer", "handoff"], "escalate": ["layer", "escalate"], "snooze": ["layer"]}


def _goes_through(command, escalation, bob):
    try:
        BY_FIRING[command](escalation, bob)
    except EscalationMoved:
        return False
    return True


@pytest.mark.parametrize("attempt", range(5))
@pytest.mark.parametrize("command", FIRINGS_AFTER)
def test_of_a_command_that_names_the_firing_and_a_timeout_exactly_one_wins(escalation, bob, command, attempt):
    went_through, stepped = together(lambda: _goes_through(command, escalation, bob), step)
    assert firings(escalation) == (FIRINGS_AFTER[command] if went_through else ["layer", "layer"])
    assert went_through is (stepped == 0)


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_people_who_escalate_at_once_one_wins(escalation, bob, attempt):
    both = [lambda: _goes_through("escalate", escalation, bob)] * 2
    assert sorted(together(*both)) == [False, True]
    assert firings(escalation) == ["layer", "escalate"]


@pytest.mark.parametrize("attempt", range(5))
def test_a_plan_applied_beside_a_timeout_loses_no_page(escalation, bob, attempt):
    """Whichever comes first, layer 2 is paged once: due stays due under the new plan."""
    together(lambda: _goes_through("apply plan", escalation, bob), step)
    while step():
        pass
    assert firings(escalation) == ["layer", "layer"]
    assert reload(escalation).position == 2


@pytest.mark.parametrize("attempt", range(5))
def test_of_many_acknowledgements_one_counts_and_all_succeed(organization, escalation, attempt):
    client = ApiClient(ApiKeyFactory(organization=organization).text)
    path = f"/v1/incidents/{escalation.pk}/acknowledge"
    people = MembershipFactory.create_batch(4, organization=organization)
    calls = [lambda person=person: client.post(path, {"userId": person.user_id}) for person in people]
    answers = [answer.json()["data"]["escalation"] for answer in together(*calls)]
    assert [answer["state"] for answer in answers] == ["acknowledged"] * 4
    assert len({answer["holderId"] for answer in answers}) == 1
    assert told(escalation).count("incident_acknowledged") == 1


@pytest.mark.parametrize("attempt", range(5))
def test_of_an_acknowledgement_and_a_resolution_both_succeed_and_resolved_it_stays(escalation, bob, attempt):
    together(lambda: acknowledge(escalation, bob), lambda: resolve(escalation, bob))
    row = reload(escalation)
    assert (row.state, row.incident.status, row.wake_at) == ("cancelled", "resolved", None)
    assert not Delivery.objects.filter(status="pending").exists()


def test_two_steps_of_one_status_are_one_step(organization, ada):
    escalation = trigger(organization, owner=ada)
    client = ApiClient(ApiKeyFactory(organization=organization).text)
    path = f"/v1/incidents/{escalation.pk}/status"
    answers = together(*[lambda: client.patch(path, {"status": "identified"})] * 4)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 3}
    assert told(escalation).count("status_changed") == 1


def test_a_create_sent_many_times_at_once_under_one_name_opens_one_incident(organization, ada):
    client = ApiClient(ApiKeyFactory(organization=organization).text)
    sent = {"title": "Invoices stuck", "severity": "high", "ownerId": ada.user_id}
    post = lambda: client.post("/v1/incidents", sent, headers={"Idempotency-Key": "alert-1"})  # noqa: E731
    answers = together(*[post] * 6)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert Incident.objects.count() == Delivery.objects.count() == 1


def _outcome(call, *refusals):
    try:
        call()
    except refusals as refusal:
        return type(refusal).__name__
    return "done"


def test_of_a_trigger_and_the_deletion_of_its_policy_exactly_one_is_refused(organization, ada):
    outcomes = Counter()
    for _ in range(50):
        policy = make_policy(organization, [ada])
        outcomes[
            together(
                lambda policy=policy: _outcome(lambda: trigger(organization, policy), NotFound),
                lambda policy=policy: _outcome(
                    lambda: delete_policy(organization_id=organization.pk, policy_id=policy.pk), PolicyInUse
                ),
            ).__str__()
        ] += 1
    assert outcomes.keys() <= {"['done', 'PolicyInUse']", "['NotFound', 'done']"}
    assert Incident.objects.count() == outcomes["['done', 'PolicyInUse']"]
    assert not Escalation.objects.filter(active_policy=None).exists()


def test_a_trigger_by_schedule_is_never_refused_for_the_policy_that_goes(organization):
    for _ in range(25):
        schedule = ScheduleFactory(organization=organization)
        policy = LayerFactory(policy__organization=organization, schedule=schedule).policy
        found, deleted = together(
            lambda schedule=schedule: trigger(organization, owner_schedule_id=schedule.pk),
            lambda policy=policy: _outcome(
                lambda: delete_policy(organization_id=organization.pk, policy_id=policy.pk), PolicyInUse
            ),
        )
        assert (found.policy_id, deleted) in {(policy.pk, "PolicyInUse"), (None, "done")}
