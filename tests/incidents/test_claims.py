"""The claim: fair, bounded in what it locks, and by the right index (``incidents.claims``)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from incidents.claims import ESCALATIONS, QUEUES, next_due
from incidents.models import Delivery, Escalation, Page
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.incidents.running import START, make_policy, minutes, trigger


@pytest.fixture
def open_incidents(db):
    """Open so many incidents in an organization of its own, all due at once."""

    def make(number):
        organization = OrganizationFactory()
        policy = make_policy(organization, [MembershipFactory(organization=organization)])
        return [trigger(organization, policy) for _ in range(number)]

    return make


def organizations_of(ids):
    return Counter(Escalation.objects.filter(pk__in=ids).values_list("organization_id", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_claim_locks_no_more_than_it_takes(open_incidents):
    incidents = [open_incidents(8) for _ in range(3)]

    with transaction.atomic():
        claimed = ESCALATIONS.claim(minutes(5), 6)
        free = _claim_elsewhere(minutes(5), 100)

    assert sorted(organizations_of(claimed).values()) == [2, 2, 2]
    assert len(free) == sum(map(len, incidents)) - len(claimed)
    assert not set(free) & set(claimed)


def _claim_elsewhere(now, limit):
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(ESCALATIONS.claim_sql(), {"now": now, "limit": limit})
            return [row_id for (row_id,) in cursor.fetchall()]
    finally:
        other.close()


def test_an_organization_with_nothing_due_takes_no_share(open_incidents):
    storm, quiet = open_incidents(8), open_incidents(8)
    Escalation.objects.filter(pk__in=[row.pk for row in quiet]).update(wake_at=minutes(60))

    with transaction.atomic():
        claimed = ESCALATIONS.claim(minutes(5), 6)

    assert organizations_of(claimed) == {storm[0].organization_id: 6}


def test_what_one_claim_leaves_the_next_one_takes(open_incidents):
    open_incidents(7), open_incidents(1)

    taken = []
    while claimed := _claim_and_finish(minutes(5)):
        taken += claimed

    assert len(taken) == len(set(taken)) == 8


@transaction.atomic
def _claim_and_finish(now):
    claimed = ESCALATIONS.claim(now, 4)
    Escalation.objects.filter(pk__in=claimed).update(wake_at=now + timedelta(hours=1))
    return claimed


def test_the_next_thing_due_is_the_first_of_any_kind_in_any_organization(open_incidents):
    first, second = open_incidents(1) + open_incidents(1)
    assert next_due() == START

    Delivery.objects.filter(escalation=first.pk).update(status="handed_over", next_at=None)
    Delivery.objects.filter(escalation=second.pk).update(attempts=1, next_at=minutes(4))
    assert next_due() == minutes(4)

    Page.objects.filter(escalation=second.pk).update(next_at=minutes(3))
    assert next_due() == minutes(3)

    Escalation.objects.filter(pk=first.pk).update(wake_at=minutes(2))
    assert next_due() == minutes(2)


@pytest.mark.django_db
def test_nothing_is_due_next_where_nothing_is_open():
    assert next_due() is None


@pytest.mark.django_db
@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: f"{queue.table} by {queue.order}")
def test_no_index_tempts_the_planner_to_walk_through_all_organizations(queue):
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, queue.table)
    leading = {found["columns"][0] for found in constraints.values() if found["index"] and found["columns"]}
    assert "organization_id" in leading
    assert queue.due not in leading
