"""Revising a policy: its options and the whole list of its layers, each of which stays the row it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from escalation.domain.target import Condition, LayerRevision
from escalation.errors import InvalidLayerOrder, InvalidTarget
from escalation.models import LayerUser
from escalation.services import revise_policy
from scaling.api.preconditions import etag_of
from scaling.errors import InvalidInput, NotFound, PreconditionFailed
from tests.escalation.plans import LATER, NOW, draft, layers_of, naming, positions_of, targeting
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory, WorkingHoursFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(organization):
    return PolicyFactory(organization=organization, name="Billing", created_at=NOW)


@pytest.fixture
def schedule(organization):
    return ScheduleFactory(organization=organization)


def _revise(policy, *layers, **options):
    """Let ``layers``, pairs of a layer or None and what it is to say, be those of the policy."""
    revisions = [LayerRevision(layer_id=layer and layer.id, draft=draft) for layer, draft in layers]
    return revise_policy(
        organization_id=policy.organization_id, policy_id=policy.id, now=LATER, layers=revisions, **options
    )


def test_layers_move_change_come_and_go_in_one_new_version(organization, policy, schedule):
    ada = MembershipFactory(organization=organization)
    first, second, third = (LayerFactory(policy=policy, schedule=schedule, updated_at=NOW) for _ in range(3))

    revised = _revise(
        policy,
        (third, draft(targeting(schedule), minutes=5)),
        (None, draft(naming(ada))),
        (first, draft(naming(ada), minutes=9)),
        name="Payments",
        repeat_count=2,
    )

    moved, new, retargeted = layers_of(policy)
    assert [layer.position for layer in (moved, new, retargeted)] == [1, 2, 3]
    assert (moved.id, moved.schedule_id, moved.created_at) == (third.id, schedule.id, third.created_at)
    assert new.id not in {first.id, second.id, third.id}
    assert (retargeted.id, retargeted.user_ids, retargeted.timeout_seconds) == (first.id, [ada.user_id], 540)
    assert (revised.name, revised.repeat_count, revised.version) == ("Payments", 2, 2)
    assert list(revised.layers.all()) == [moved, new, retargeted]


def test_a_layer_that_named_people_pages_a_schedule(organization, policy, schedule):
    layer = LayerFactory(policy=policy, people=MembershipFactory.create_batch(2, organization=organization))

    _revise(policy, (layer, draft(targeting(schedule))))

    (stored,) = layers_of(policy)
    assert (stored.id, stored.target) == (layer.id, targeting(schedule))
    assert not LayerUser.objects.exists()


def test_saying_the_same_changes_nothing(organization, policy):
    ada = MembershipFactory(organization=organization)
    layer = LayerFactory(policy=policy, people=[ada], updated_at=NOW)

    _revise(policy, (layer, draft(naming(ada), minutes=5)), name="Billing")

    policy.refresh_from_db()
    layer.refresh_from_db()
    assert (policy.version, policy.updated_at, layer.updated_at) == (1, NOW, NOW)


@pytest.mark.parametrize("twice", [True, False])
def test_a_layer_named_twice_or_of_another_policy_is_refused(policy, schedule, twice):
    layer = LayerFactory(policy=policy, schedule=schedule)
    other = layer if twice else LayerFactory(policy=PolicyFactory(organization=policy.organization))

    with pytest.raises(InvalidLayerOrder):
        _revise(policy, (layer, draft(targeting(schedule))), (other, draft(targeting(schedule))), name="Payments")

    policy.refresh_from_db()
    assert (policy.name, layers_of(policy)) == ("Billing", [layer])


def test_a_person_who_became_inactive_stands_in_the_way_of_no_other_change(organization, policy):
    ada = MembershipFactory(organization=organization, is_active=False)
    layer = LayerFactory(policy=policy, people=[ada])

    assert _revise(policy, (layer, draft(naming(ada), minutes=9)), name="Payments").version == 2
    with pytest.raises(InvalidTarget) as refused:
        _revise(policy, (layer, draft(naming(ada))), (None, draft(naming(ada))))
    assert refused.value.position == 2


@pytest.mark.parametrize("size", [1, 15])
def test_it_costs_the_same_for_any_number_of_layers(organization, policy, schedule, size, django_assert_num_queries):
    people = MembershipFactory.create_batch(3, organization=organization)
    named = [LayerFactory(policy=policy, people=people) for _ in range(size)]
    on_call = [LayerFactory(policy=policy, schedule=schedule) for _ in range(size)]
    for _ in range(size):
        LayerFactory(policy=policy)
    drafts = [(layer, draft(targeting(schedule))) for layer in named]
    drafts += [(layer, draft(naming(*people))) for layer in on_call]

    with django_assert_num_queries(22):
        _revise(policy, *drafts, *[(None, draft(targeting(schedule)))] * size)

    assert positions_of(policy) == list(range(1, 3 * size + 1))


def test_a_stale_version_is_refused(policy, schedule):
    layer = LayerFactory(policy=policy, schedule=schedule)
    stale = etag_of(policy)
    _revise(policy, (layer, draft(targeting(schedule))), name="Payments")

    with pytest.raises(PreconditionFailed):
        _revise(policy, if_match=stale)

    assert layers_of(policy) == [layer]


def test_a_policy_is_found_in_its_organization_only(policy):
    policy.organization_id = OrganizationFactory().id

    with pytest.raises(NotFound):
        _revise(policy, name="Mine")

    policy.refresh_from_db()
    assert policy.name == "Billing"


def test_a_layer_counts_when_its_revision_says_and_working_hours_of_elsewhere_are_refused(
    organization, policy, schedule
):
    layer = LayerFactory(policy=policy, schedule=schedule)
    here, elsewhere = WorkingHoursFactory(organization=organization), WorkingHoursFactory()
    wanted = [
        replace(draft(targeting(schedule)), condition=Condition(hours=hours.id, during=False))
        for hours in (here, elsewhere)
    ]

    _revise(policy, (layer, wanted[0]))
    with pytest.raises(InvalidInput, match=r"condition\.workingHoursId"):
        _revise(policy, (layer, wanted[1]))

    (stored,) = layers_of(policy)
    assert (stored.id, stored.draft) == (layer.id, wanted[0])
