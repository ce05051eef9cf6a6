"""Records that many write at the same moment: one row, and nobody waits in a circle."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction

from escalation.domain.plan import empty_plan
from incidents.models import Firing, RecordedWorld
from incidents.records import Seen, record
from tests.concurrency.threads import together
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.incidents.domain.worlds import names, plan, world
from tests.incidents.running import make_policy, trigger

pytestmark = pytest.mark.django_db(transaction=True)


def test_incidents_that_see_the_same_for_the_first_time_share_its_record():
    organization = OrganizationFactory()
    policy = make_policy(organization, [MembershipFactory(organization=organization)])

    together(*[partial(trigger, organization, policy)] * 8)

    assert Firing.objects.count() == 8
    assert set(Firing.objects.values_list("world", flat=True)) == {RecordedWorld.objects.get().pk}


@pytest.mark.parametrize("attempt", range(3))
def test_two_batches_that_record_the_same_in_opposite_order_do_not_wait_for_each_other(attempt):
    organization = OrganizationFactory()
    there = world()
    plans = [plan(names(minutes=number)) for number in range(1, 1500)]
    seen = [Seen(organization.pk, one, there) for one in (empty_plan(), *plans)]

    def write(batch):
        with transaction.atomic():
            return record(batch)

    one, other = together(partial(write, seen), partial(write, seen[::-1]))

    assert one == other[::-1]
    assert RecordedWorld.objects.count() == len(seen)
