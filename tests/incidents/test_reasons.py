"""Why a page went out that somebody's command brought about, in the words of the message itself."""

from __future__ import annotations

import pytest

from incidents import services
from incidents.messages import compose_at
from incidents.models import Delivery
from tests.factories.accounts import MembershipFactory
from tests.incidents.running import make_policy, minutes, run, trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", last_name="")


@pytest.fixture
def bob(organization):
    return MembershipFactory(organization=organization, first_name="Bob", last_name="")


def why(delivery, now):
    return compose_at({delivery.pk: ()}, now)[delivery.pk].text.splitlines()[3]


def latest():
    return Delivery.objects.latest("pk")


def _tell(service, row, actor, number, **fields):
    """Give a command so many minutes after the start; return the delivery of what it paged."""
    service(organization_id=row.organization_id, incident_id=row.pk, actor_id=actor, now=minutes(number), **fields)
    return latest()


def test_an_acknowledgement_taken_back_says_by_whom(organization, ada, bob):
    row = trigger(organization, make_policy(organization, [ada], [bob]))
    _tell(services.acknowledge_incident, row, ada.user_id, 1)
    again = _tell(services.unacknowledge_incident, row, bob.user_id, 2)
    told = "Its acknowledgement was taken back by Bob. You are named in layer 1 of “Policy 0”."
    assert why(again, minutes(2)) == f"{told} You have been paged about this before."


def test_a_layer_called_by_hand_says_by_whom(organization, ada, bob):
    row = trigger(organization, make_policy(organization, [ada], [bob]))
    called = _tell(services.escalate_incident, row, ada.user_id, 1)
    assert why(called, minutes(1)) == "Ada called the next layer by hand. You are named in layer 2 of “Policy 0”."


def test_the_fallback_is_told_who_called_it_by_hand(organization, ada):
    organization.fallback_email = "ops@example.org"
    organization.save()
    row = trigger(organization, make_policy(organization, [ada]))
    called = _tell(services.escalate_incident, row, ada.user_id, 1)
    assert why(called, minutes(1)) == (
        f"Ada called the next layer by hand, and none is left: you are the fallback of {organization.name}."
    )


def test_the_end_of_a_snooze_says_so(organization, ada):
    row = trigger(organization, make_policy(organization, [ada]))
    _tell(services.snooze_incident, row, ada.user_id, 1, until=minutes(30))
    run(minutes(30))
    assert why(latest(), minutes(30)).startswith("It was snoozed, and that time is up.")


def test_a_policy_applied_to_an_exhausted_escalation_says_by_whom(organization, ada):
    row = trigger(organization, make_policy(organization, [ada]))
    for minute in (0, 5):
        run(minutes(minute))
    applied = _tell(services.apply_plan, row, ada.user_id, 6)
    assert why(applied, minutes(6)).startswith(
        "Ada applied the policy as it is now, so its layers are paged from the first one."
    )


def test_a_layer_after_an_applied_policy_is_not_said_to_have_been_paged_in_vain(organization, ada, bob):
    row = trigger(organization, make_policy(organization, [ada], [bob]))
    run(minutes(0))
    _tell(services.apply_plan, row, ada.user_id, 1)
    run(minutes(5))
    assert why(latest(), minutes(5)) == "You are named in layer 2 of “Policy 0”."
