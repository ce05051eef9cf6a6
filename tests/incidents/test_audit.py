"""The auditor finds whatever is overdue or silent, and nothing else."""

from __future__ import annotations

import pytest

from incidents.audit import violations
from incidents.models import Delivery, Escalation, Page
from tests.factories.accounts import MembershipFactory
from tests.incidents.running import START, make_policy, minutes, run, send, trigger

pytestmark = pytest.mark.django_db

LATE = minutes(5.6)


@pytest.fixture
def escalation(organization):
    people = [[MembershipFactory(organization=organization)] for _ in range(2)]
    return trigger(organization, make_policy(organization, *people))


def kinds(now):
    return [violation.kind for violation in violations(now)]


def test_a_healthy_ladder_breaks_no_promise(escalation):
    send(START)
    assert kinds(minutes(5.4)) == []
    run(LATE)
    assert kinds(LATE) == []


def test_an_escalation_nobody_wakes_is_overdue(escalation):
    send(START)

    assert kinds(LATE) == ["escalation_overdue"]


def test_a_delivery_nobody_claims_is_overdue(escalation):
    assert kinds(minutes(0.6)) == ["delivery_overdue"]


def test_a_page_nobody_steps_is_overdue(escalation):
    send(START)
    Page.objects.update(next_at=START)

    assert kinds(minutes(0.6)) == ["page_overdue"]


def test_an_escalation_that_calls_nobody_is_found_before_it_is_late(escalation):
    send(START)
    Delivery.objects.update(status="dead", handed_over_at=None)

    assert kinds(START) == ["nobody_called"]


def test_pages_of_an_earlier_layer_do_not_excuse_a_silent_one(escalation):
    send(START)
    run(minutes(5))
    Delivery.objects.filter(page__firing__number=2).update(status="dead", handed_over_at=None)

    assert kinds(minutes(5)) == ["nobody_called"]


def test_what_is_acknowledged_or_resolved_owes_nothing(escalation):
    Escalation.objects.update(state="acknowledged", wake_at=None, due_at=None)
    Delivery.objects.update(status="cancelled", next_at=None)

    assert kinds(LATE) == []


@pytest.mark.parametrize("number", [1, 6])
def test_it_is_one_statement_whatever_is_wrong(organization, number, django_assert_num_queries):
    policy = make_policy(organization, [MembershipFactory(organization=organization)])
    for _ in range(number):
        trigger(organization, policy)
    with django_assert_num_queries(1):
        assert len(violations(LATE)) == 2 * number
