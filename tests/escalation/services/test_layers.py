from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from escalation.domain.target import Condition, ScheduleTarget, UsersTarget
from escalation.errors import InvalidLayerOrder, InvalidTarget
from escalation.services import add_layer, delete_layer, reorder_layers, update_layer
from scaling.api.preconditions import etag_of
from scaling.errors import InvalidInput, NotFound, PreconditionFailed
from tests.escalation.plans import LATER, NOW, layers_of, naming, positions_of, targeting
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory, WorkingHoursFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(organization):
    return PolicyFactory(organization=organization, created_at=NOW)


@pytest.fixture
def layers(policy, schedule):
    """Four layers at 1 to 4."""
    return LayerFactory.create_batch(4, policy=policy, schedule=schedule, created_at=NOW)


@pytest.fixture
def schedule(organization):
    return ScheduleFactory(organization=organization)


def _in_policy(policy):
    return {"organization_id": policy.organization_id, "policy_id": policy.id, "now": LATER}


def _add(policy, target, position=1, minutes=5):
    return add_layer(**_in_policy(policy), position=position, timeout=timedelta(minutes=minutes), target=target)


def _update(policy, layer, **changes):
    return update_layer(**_in_policy(policy), layer_id=layer.id, **changes)


def _delete(policy, layer, **options):
    delete_layer(**_in_policy(policy), layer_id=layer.id, **options)


def _reorder(policy, layers, **options):
    return reorder_layers(**_in_policy(policy), layer_ids=[layer.id for layer in layers], **options)


def _version(policy):
    policy.refresh_from_db()
    return policy.version, policy.updated_at


def test_a_layer_is_added_to_an_empty_policy(organization, policy):
    bob, ada = MembershipFactory.create_batch(2, organization=organization)

    added = _add(policy, naming(bob, ada), position=3, minutes=15)

    (layer,) = layers_of(policy)
    assert layer == added
    assert (layer.position, layer.timeout_seconds) == (1, 900)
    assert layer.user_ids == added.user_ids == [bob.user_id, ada.user_id]
    assert (layer.created_at, layer.updated_at) == (LATER, LATER)
    assert _version(policy) == (2, LATER)


@pytest.mark.parametrize(("position", "place"), [(1, 0), (2, 1), (4, 3), (5, 4), (6, 4), (2**31 - 1, 4)])
def test_a_layer_is_inserted_and_those_behind_move_down(policy, layers, schedule, position, place):
    added = _add(policy, targeting(schedule), position=position)

    assert layers_of(policy) == [*layers[:place], added, *layers[place:]]
    assert positions_of(policy) == [1, 2, 3, 4, 5]
    assert added.position == place + 1


@pytest.mark.parametrize("position", [0, -1])
def test_a_position_below_one_is_refused(policy, layers, schedule, position):
    with pytest.raises(InvalidInput, match="position"):
        _add(policy, targeting(schedule), position=position)
    with pytest.raises(InvalidInput, match="position"):
        _update(policy, layers[0], position=position)

    assert layers_of(policy) == layers


def test_the_fifty_first_layer_is_refused(policy, schedule):
    LayerFactory.create_batch(50, policy=policy, schedule=schedule)

    with pytest.raises(InvalidInput, match="at most 50"):
        _add(policy, targeting(schedule))


@pytest.mark.parametrize("seconds", [0, 59, 604_801])
def test_a_wait_out_of_bounds_is_refused(policy, layers, schedule, seconds):
    with pytest.raises(InvalidInput, match="timeout"):
        _add(policy, targeting(schedule), minutes=seconds / 60)
    with pytest.raises(InvalidInput, match="timeout"):
        _update(policy, layers[0], timeout=timedelta(seconds=seconds))


def test_unknown_and_foreign_schedules_are_refused_alike(policy, layers):
    refusals = set()
    for target in (targeting(ScheduleFactory()), ScheduleTarget(schedule_id=uuid4())):
        with pytest.raises(InvalidTarget) as refused:
            _add(policy, target)
        refusals.add(refused.value.message)
        with pytest.raises(InvalidTarget) as refused:
            _update(policy, layers[0], target=target)
        refusals.add(refused.value.message)

    assert len(refusals) == 1
    assert layers_of(policy) == layers


def test_unknown_and_foreign_people_are_refused_alike_and_inactive_ones_apart(organization, policy):
    ada = MembershipFactory(organization=organization)
    refusals = []
    for stranger in (
        UsersTarget(user_ids=(ada.user_id, "user_unknown")),
        naming(ada, MembershipFactory()),
        naming(ada, MembershipFactory(organization=organization, is_active=False)),
        naming(ada, MembershipFactory(organization=organization, ended=True)),
        naming(ada, MembershipFactory(organization=organization, user__is_active=False)),
    ):
        with pytest.raises(InvalidTarget) as refused:
            _add(policy, stranger)
        refusals.append(refused.value.message)

    unknown, foreign, *inactive = refusals
    assert unknown == foreign
    assert len(set(inactive)) == 1
    assert inactive[0] != unknown
    assert layers_of(policy) == []


def test_nobody_and_somebody_twice_are_no_target(member, policy):
    for target in (naming(), naming(member, member)):
        with pytest.raises(InvalidTarget):
            _add(policy, target)


def test_a_layer_names_at_most_a_hundred_people(organization, policy):
    people = MembershipFactory.create_batch(101, organization=organization)

    with pytest.raises(InvalidInput, match=r"target\.userIds"):
        _add(policy, naming(*people))

    assert len(_add(policy, naming(*people[:100])).user_ids) == 100


def test_a_layer_changes_what_is_given(policy, layers):
    changed = _update(policy, layers[1], timeout=timedelta(minutes=20))

    assert layers_of(policy) == layers
    layer = layers_of(policy)[1]
    assert (layer.timeout_seconds, layer.schedule_id, layer.updated_at) == (1200, changed.schedule_id, LATER)
    assert [other.updated_at for other in layers_of(policy) if other != layer] == [NOW] * 3
    assert _version(policy) == (2, LATER)


def test_a_layer_takes_another_target_and_back(member, policy, layers, schedule):
    named = _update(policy, layers[0], target=naming(member))
    assert (named.target_type, named.schedule_id, named.user_ids) == ("users", None, [member.user_id])
    assert layers_of(policy)[0].target == naming(member)

    _update(policy, layers[0], target=targeting(schedule))
    assert layers_of(policy)[0].target == targeting(schedule)
    assert layers_of(policy)[0].user_ids == []


def test_the_order_of_people_counts(organization, policy):
    ada, bob = MembershipFactory.create_batch(2, organization=organization)
    layer = LayerFactory(policy=policy, people=[ada, bob])

    _update(policy, layer, target=naming(bob, ada))

    assert layers_of(policy)[0].user_ids == [bob.user_id, ada.user_id]


def test_a_layer_may_keep_naming_somebody_who_left(organization, policy):
    layer = LayerFactory(policy=policy, people=[MembershipFactory(organization=organization, ended=True)])

    assert _update(policy, layer, timeout=timedelta(minutes=9)).timeout_seconds == 540


@pytest.mark.parametrize(
    ("position", "order"), [(1, [2, 0, 1, 3]), (2, [0, 2, 1, 3]), (4, [0, 1, 3, 2]), (99, [0, 1, 3, 2])]
)
def test_a_layer_moves_and_those_in_between_shift(policy, layers, position, order):
    moved = _update(policy, layers[2], position=position)

    assert layers_of(policy) == [layers[index] for index in order]
    assert positions_of(policy) == [1, 2, 3, 4]
    assert moved.position == order.index(2) + 1
    assert _version(policy) == (2, LATER)


def test_all_of_a_layer_changes_at_once(member, policy, layers):
    _update(policy, layers[3], position=1, timeout=timedelta(minutes=1), target=naming(member))

    first = layers_of(policy)[0]
    assert (first, first.timeout_seconds, first.user_ids) == (layers[3], 60, [member.user_id])
    assert _version(policy) == (2, LATER)


@pytest.mark.parametrize("changes", [{}, {"position": 2}, {"timeout": timedelta(minutes=5)}])
def test_a_change_of_a_layer_that_changes_nothing_leaves_no_trace(policy, layers, changes):
    _update(policy, layers[1], **changes)

    assert [layer.updated_at for layer in layers_of(policy)] == [NOW] * 4
    assert _version(policy) == (1, NOW)


def test_the_last_layer_cannot_move_further_down(policy, layers):
    _update(policy, layers[3], position=99)

    assert _version(policy) == (1, NOW)


def test_the_same_target_again_changes_nothing(policy, layers, schedule):
    _update(policy, layers[1], target=targeting(schedule))

    assert _version(policy) == (1, NOW)


def test_a_deleted_layer_leaves_no_gap(policy, layers):
    _delete(policy, layers[1])

    assert layers_of(policy) == [layers[0], layers[2], layers[3]]
    assert positions_of(policy) == [1, 2, 3]
    assert _version(policy) == (2, LATER)


def test_a_deleted_layer_is_gone(policy, layers):
    _delete(policy, layers[1])

    with pytest.raises(NotFound, match="layer"):
        _delete(policy, layers[1])


def test_the_last_layer_may_be_deleted(organization, policy):
    _delete(policy, LayerFactory(policy=policy, people=[MembershipFactory(organization=organization)]))

    assert layers_of(policy) == []


def test_layers_are_put_into_an_order(policy, layers):
    order = [layers[3], layers[1], layers[0], layers[2]]

    assert _reorder(policy, order) == order
    assert layers_of(policy) == order
    assert positions_of(policy) == [1, 2, 3, 4]
    assert _version(policy) == (2, LATER)


def test_the_same_order_again_changes_nothing(policy, layers):
    assert _reorder(policy, layers) == layers
    assert _version(policy) == (1, NOW)


def test_an_empty_policy_has_the_empty_order(policy):
    assert _reorder(policy, []) == []


@pytest.mark.parametrize("wrong", ["missing", "extra", "twice", "twice more", "replaced", "empty"])
def test_an_order_names_exactly_the_policys_layers(policy, layers, wrong):
    other = LayerFactory(policy=PolicyFactory(organization=policy.organization))
    order = {
        "missing": layers[1:],
        "extra": [*layers, other],
        "twice": [*layers[:3], layers[0]],
        "twice more": [*layers, layers[0]],
        "replaced": [*layers[:3], other],
        "empty": [],
    }[wrong]

    with pytest.raises(InvalidLayerOrder):
        _reorder(policy, order)

    assert layers_of(policy) == layers
    assert _version(policy) == (1, NOW)


@pytest.mark.parametrize("change", [_update, _delete, lambda policy, layer: _reorder(policy, [layer])])
def test_layers_are_found_in_their_policy_and_organization_only(policy, layers, change):
    elsewhere = PolicyFactory(organization=policy.organization)
    with pytest.raises((NotFound, InvalidLayerOrder)):
        change(elsewhere, layers[0])

    policy.organization_id = OrganizationFactory().id
    with pytest.raises(NotFound, match="policy"):
        change(policy, layers[0])


def test_a_layer_is_added_in_the_policys_organization_only(policy, schedule):
    policy.organization_id = OrganizationFactory().id

    with pytest.raises(NotFound, match="policy"):
        _add(policy, targeting(schedule))


@pytest.mark.parametrize(
    "change",
    [
        lambda policy, layers, **options: _update(policy, layers[0], timeout=timedelta(minutes=1), **options),
        lambda policy, layers, **options: _delete(policy, layers[0], **options),
        lambda policy, layers, **options: _reorder(policy, layers[::-1], **options),
    ],
    ids=["update", "delete", "reorder"],
)
def test_a_change_insists_on_the_version_of_the_policy(policy, layers, change):
    stale = etag_of(policy)
    _update(policy, layers[0], timeout=timedelta(minutes=30))

    with pytest.raises(PreconditionFailed):
        change(policy, layers, if_match=stale)
    policy.refresh_from_db()
    change(policy, layers, if_match=etag_of(policy))


@pytest.mark.parametrize("size", [2, 30])
def test_each_change_costs_the_same_for_any_number_of_layers(
    organization, policy, schedule, size, django_assert_num_queries
):
    people = MembershipFactory.create_batch(size, organization=organization)
    layers = LayerFactory.create_batch(size, policy=policy, people=people)

    with django_assert_num_queries(10):
        added = _add(policy, targeting(schedule))
    with django_assert_num_queries(12):
        _update(policy, added, position=size, target=naming(*people))
    with django_assert_num_queries(10):
        _delete(policy, added)
    with django_assert_num_queries(6):
        _reorder(policy, layers[::-1])


def test_a_layer_counts_during_or_outside_working_hours(organization, policy, schedule):
    hours = WorkingHoursFactory(organization=organization)
    during, outside = (Condition(hours=hours.id, during=during) for during in (True, False))
    layer = add_layer(
        **_in_policy(policy), position=1, timeout=timedelta(minutes=5), target=targeting(schedule), condition=during
    )
    assert layers_of(policy)[0].draft.condition == during

    _update(policy, layer, condition=outside)
    assert layers_of(policy)[0].draft.condition == outside
    _update(policy, layer, timeout=timedelta(minutes=6))
    assert layers_of(policy)[0].draft.condition == outside
    _update(policy, layer, condition=None)
    assert layers_of(policy)[0].draft.condition is None
    assert _version(policy)[0] == 5


def test_working_hours_of_elsewhere_are_refused(policy, schedule, layers):
    foreign = Condition(hours=WorkingHoursFactory().id, during=True)

    with pytest.raises(InvalidInput, match=r"condition\.workingHoursId"):
        _update(policy, layers[0], condition=foreign)
    with pytest.raises(InvalidInput, match=r"condition\.workingHoursId"):
        add_layer(
            **_in_policy(policy),
            position=1,
            timeout=timedelta(minutes=5),
            target=targeting(schedule),
            condition=foreign,
        )
    assert layers_of(policy) == layers
