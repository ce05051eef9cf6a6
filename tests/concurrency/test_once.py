"""A form that is sent twice in the same moment."""

from __future__ import annotations

import pytest

from incidents.models import Firing, Incident
from incidents.services import trigger_once
from tests.concurrency.threads import together
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.incidents.running import START, make_policy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("attempt", range(3))
def test_a_double_click_opens_one_incident(attempt):
    organization = OrganizationFactory()
    policy = make_policy(organization, [MembershipFactory(organization=organization)])

    def send():
        return trigger_once(
            organization_id=organization.pk,
            actor_id="user_test",
            token="3f0c",
            title="Disk full",
            description=None,
            severity="high",
            owner_user_id=None,
            policy_id=policy.pk,
            now=START,
        )

    triggered = together(*[send] * 4)
    assert len({one.incident.pk for one in triggered}) == 1
    assert sorted(one.is_new for one in triggered) == [False, False, False, True]
    assert (Incident.objects.count(), Firing.objects.count()) == (1, 1)
