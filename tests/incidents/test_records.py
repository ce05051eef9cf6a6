"""Records of what decisions looked at: with every firing, once for what is the same, of nobody else's."""

from __future__ import annotations

import pytest

from incidents.models import Firing, RecordedWorld
from incidents.records import load_records
from incidents.services import apply_plan, trigger_incident
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.incidents.running import START, make_policy, minutes, run, trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", user__email="ada@example.org")


@pytest.fixture
def bob(organization):
    return MembershipFactory(organization=organization, first_name="Bob", user__email="bob@example.org")


def worlds_of(escalation):
    return list(Firing.objects.filter(escalation=escalation.pk).order_by("number").values_list("world", flat=True))


def test_firings_that_saw_the_same_share_one_record(organization, ada, bob):
    policy = make_policy(organization, [ada], [bob])
    first, second = trigger(organization, policy), trigger(organization, policy)
    for minute in (0, 5, 10):
        run(minutes(minute))

    assert set(worlds_of(first)) == set(worlds_of(second)) == {RecordedWorld.objects.get().pk}


def test_what_has_changed_is_recorded_anew_and_the_old_stays(organization, ada, bob):
    policy = make_policy(organization, [ada, bob])
    before = trigger(organization, policy)
    bob.is_active = False
    bob.save()
    after = trigger(organization, policy)

    found = load_records(organization.pk, [*worlds_of(before), *worlds_of(after)])
    seen = [found[world].world.people[bob.user_id].active for row in (before, after) for world in worlds_of(row)]
    assert seen == [True, False]


def test_an_applied_plan_is_recorded_with_what_it_fires(organization, ada, bob):
    policy = make_policy(organization, [ada], timeout_minutes=5)
    escalation = trigger(organization, policy)
    for minute in (0, 5):
        run(minutes(minute))
    policy.layers.all().delete()
    make_layer_of(policy, bob)
    apply_plan(organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", now=minutes(6))

    found = load_records(organization.pk, worlds_of(escalation))
    named = [found[world].plan.layers[0].users for world in worlds_of(escalation)]
    assert named == [(ada.user_id,), (ada.user_id,), (bob.user_id,)]


def make_layer_of(policy, person):
    """Give ``policy`` the layer of another that names ``person``."""
    layer = make_policy(policy.organization, [person]).layers.get()
    layer.policy = policy
    layer.save()


def test_an_organization_shares_nothing_with_another(organization, ada):
    other = OrganizationFactory()
    for one in (organization, other):
        trigger_incident(
            organization_id=one.pk,
            actor_id="key_test",
            title="Invoices stuck",
            description=None,
            severity="high",
            owner_user_id=None,
            policy_id=make_policy(one).pk,
            now=START,
        )

    assert RecordedWorld.objects.for_organization(organization.pk).count() == 1
    assert RecordedWorld.objects.for_organization(other.pk).count() == 1
    assert load_records(organization.pk, RecordedWorld.objects.values_list("pk", flat=True)).keys() == {
        RecordedWorld.objects.for_organization(organization.pk).get().pk
    }


def test_nothing_of_it_tells_names_or_addresses(organization, ada):
    organization.fallback_email = "ops@example.org"
    organization.save()
    trigger(organization, make_policy(organization, [ada]))

    kept = str(RecordedWorld.objects.get().world)
    assert ada.user_id in kept
    assert "@" not in kept
    assert "Ada" not in kept


def test_a_page_that_is_put_off_leaves_no_record(organization, ada, monkeypatch):
    monkeypatch.setattr("incidents.decisions.insert_rows", _raise)
    trigger(organization, make_policy(organization, [ada]))

    assert not RecordedWorld.objects.exists()


def _raise(rows):
    raise RuntimeError("no rows today")


def test_a_record_of_a_newer_release_is_left_out(organization, ada):
    trigger(organization, make_policy(organization, [ada]))
    row = RecordedWorld.objects.get()
    row.world = {**row.world, "format": 99}
    row.save()

    assert load_records(organization.pk, [row.pk]) == {}
