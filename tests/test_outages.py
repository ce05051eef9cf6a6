"""What took other systems down, each with the tests by which it would have been found here first.

The names are those under which the outages are known: of a public issue, or of the vendor and the day.
"""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from incidents.delivery import claim_deliveries
from incidents.models import Escalation, WorkerHeartbeat
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory, WorkingHoursFactory
from tests.incidents.running import START, deliveries, make_policy, minutes, reload, run, trigger
from tests.named import named_in

pytestmark = pytest.mark.django_db

HERE = "tests/test_outages.py"
PROVEN_BY = {
    "oncall#1206, a restart before a step of certain hours": [
        f"{HERE}::test_a_step_of_certain_hours_is_due_whoever_runs"
    ],
    "oncall#724, the auditor was off": [
        "tests/scaling/test_health.py::test_not_ready_once_the_last_worker_is_silent_for_30_seconds",
        "tests/scaling/test_health.py::test_not_ready_once_a_due_row_waits_for_30_seconds",
        "tests/incidents/test_audit.py::test_it_is_one_statement_whatever_is_wrong",
    ],
    "oncall#5247, #5455 and #3261, clocks that change": [
        "tests/escalation/domain/test_local_time.py::test_a_time_the_clocks_skip_is_the_end_of_the_gap",
        "tests/escalation/domain/test_local_time.py::test_a_time_the_clocks_show_twice_is_the_first",
        "tests/escalation/domain/test_rotation.py::test_a_day_is_handed_over_by_the_clock_on_the_wall",
    ],
    "healthchecks#212 and GoAlert's deadline, death in the middle of a send": [
        "tests/scenarios/test_trouble.py::test_a_worker_killed_in_the_middle_of_a_send_loses_no_page",
        "tests/scenarios/test_storm.py::test_a_storm_loses_nobody_though_an_answer_and_a_kill_come_in_between",
    ],
    "procrastinate#1518, recovery that asked a registry": [f"{HERE}::test_what_a_dead_worker_held_is_found_without_it"],
    "iris#542, acknowledged and paged on": [
        "tests/scenarios/test_ladder.py::test_an_acknowledgement_by_the_api_stops_the_ladder",
        "tests/concurrency/test_engine_races.py::test_of_an_acknowledgement_and_a_timeout_exactly_one_wins",
    ],
    "goalert#4548, an empty step was waited for": [
        "tests/scenarios/test_ladder.py::test_an_empty_layer_is_passed_at_once",
    ],
    "PagerDuty 2022-05-02, accepted and dropped": [
        "tests/scenarios/test_restart.py::test_what_was_answered_survives_a_crash_of_the_database",
    ],
    "PagerDuty 2023-01-06, too old to be sent": [
        f"{HERE}::test_a_page_is_never_too_old_to_be_sent",
        "tests/incidents/domain/test_timers.py::test_after_an_outage_layers_do_not_fire_as_a_burst",
    ],
    "PagerDuty 2025-08-28, a producer for each request": [f"{HERE}::test_requests_leave_no_threads_behind"],
    "Opsgenie 2021-03-03, a certificate": [
        "tests/scaling/outbound/test_client.py::test_a_certificate_of_another_name_is_refused",
    ],
    "Opsgenie 2022-04, deleted by an id of another kind": [
        "tests/edge/test_ids_of_another_kind.py::test_an_id_of_another_kind_deletes_nothing",
    ],
    "Opsgenie 2022-09, an upgrade stopped the consumer": [
        "tests/escalation/domain/test_plan.py::test_a_snapshot_from_before_there_were_working_hours_has_none",
        "tests/scaling/test_health.py::test_not_ready_while_migrations_are_missing",
        "tests/scaling/test_health.py::test_migrations_of_a_newer_version_do_no_harm",
    ],
    "a mail scanner that follows every link": [
        "tests/incidents/answer/test_answer_page.py::test_looking_changes_nothing",
        "tests/edge/test_safe_methods.py::test_looking_changes_nothing",
    ],
}


@pytest.mark.parametrize("outage", PROVEN_BY)
def test_each_outage_has_its_proof(outage):
    for test in PROVEN_BY[outage]:
        path, *names = test.split("::")
        assert tuple(names) in named_in(path)


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, user__email="ada@example.org")


@pytest.fixture
def bob(organization):
    return MembershipFactory(organization=organization, user__email="bob@example.org")


def test_a_step_of_certain_hours_is_due_whoever_runs(organization, ada, bob):
    # START is four o'clock in Berlin; nobody runs from then until after nine.
    policy = make_policy(organization, [ada], timeout_minutes=5 * 60 + 1)
    LayerFactory(policy=policy, people=[bob], working_hours=WorkingHoursFactory(organization=organization))
    escalation = trigger(organization, policy)
    assert run(START) == ["ada@example.org"]
    due_at = reload(escalation).due_at

    assert run(due_at + timedelta(minutes=7)) == ["bob@example.org"]


def test_what_a_dead_worker_held_is_found_without_it(organization, ada):
    escalation = trigger(organization, make_policy(organization, [ada]))
    assert claim_deliveries(START, slots=5, retry_slots=5, busy=[])
    WorkerHeartbeat.objects.all().delete()

    assert claim_deliveries(START + timedelta(seconds=9), slots=5, retry_slots=5, busy=[]) == []
    assert run(START + timedelta(seconds=11)) == ["ada@example.org"]
    assert deliveries(escalation) == [("ada@example.org", "handed_over")]


def test_a_page_is_never_too_old_to_be_sent(organization, ada, bob):
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))
    a_week = minutes(7 * 24 * 60)

    assert run(a_week) == ["ada@example.org"]
    # Whoever is paged late has the full time to answer.
    assert reload(escalation).due_at == a_week + timedelta(minutes=5)
    assert reload(escalation).state == Escalation.State.PAGING


def test_requests_leave_no_threads_behind(api, organization, ada):
    policy = make_policy(organization, [ada])

    def trigger_one():
        body = {"title": "Invoices stuck", "severity": "high", "escalationPolicyId": str(policy.pk)}
        assert api.post("/v1/incidents", body).status_code == 201

    trigger_one()
    before = set(threading.enumerate())
    for _ in range(20):
        trigger_one()

    assert set(threading.enumerate()) <= before
