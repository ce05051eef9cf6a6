from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.domain.model import Window
from escalation.errors import InvalidLayerOrder
from escalation.models import Override, Rotation
from escalation.services import add_rotation, delete_rotation, reorder_rotations, update_rotation
from scaling.api.preconditions import etag_of
from scaling.errors import NameConflict, NotFound, PreconditionFailed
from tests.escalation.plans import LATER, NOW, in_schedule, refused, version_of
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import OverrideFactory, RotationFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

NIGHTS = Window(days=frozenset({1, 2}), start=time(18), end=time(8))


@pytest.fixture
def schedule(organization):
    return ScheduleFactory(organization=organization, created_at=NOW)


@pytest.fixture
def rotations(schedule):
    """Three rotations at 0 to 2."""
    return [RotationFactory(schedule=schedule, created_at=NOW) for _ in range(3)]


def _add(schedule, *people, **fields):
    weekly = {
        "name": "Weekdays",
        "rotation_type": "weekly",
        "length_days": 7,
        "handoff_time": time(9),
        "effective_from": NOW,
        "user_ids": [person.user_id for person in people],
    }
    return add_rotation(**in_schedule(schedule), **{**weekly, **fields})


def _update(schedule, rotation, **changes):
    return update_rotation(**in_schedule(schedule), rotation_id=rotation.id, **changes)


def _delete(schedule, rotation, **options):
    delete_rotation(**in_schedule(schedule), rotation_id=rotation.id, **options)


def _reorder(schedule, rotations, **options):
    return reorder_rotations(**in_schedule(schedule), rotation_ids=[row.id for row in rotations], **options)


def _reorder_all(schedule, rotation, **options):
    return _reorder(schedule, Rotation.objects.filter(schedule_id=rotation.schedule_id), **options)


def _stored(schedule):
    return list(Rotation.objects.filter(schedule_id=schedule.id).with_user_ids().order_by("position"))


def test_a_rotation_is_added_at_the_end(schedule, rotations):
    ada, bob = MembershipFactory.create_batch(2, organization=schedule.organization)

    rotation = _add(schedule, ada, bob, ada, effective_until=LATER, restrictions=[NIGHTS])

    stored = _stored(schedule)[-1]
    assert (rotation, rotation.user_ids) == (stored, stored.user_ids)
    assert stored.user_ids == [ada.user_id, bob.user_id, ada.user_id]
    assert (stored.name, stored.position, stored.rotation_type, stored.length_days) == ("Weekdays", 3, "weekly", 7)
    assert (stored.handoff_time, stored.effective_from, stored.effective_until) == (time(9), NOW, LATER)
    assert stored.restrictions == [{"days": [1, 2], "start": "18:00", "end": "08:00"}]
    assert (stored.created_at, stored.updated_at) == (LATER, LATER)
    assert version_of(schedule) == (2, LATER)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"rotation_type": "monthly"}, "rotationType"),
        ({"length_days": 1}, "rotationLengthDays"),
        ({"rotation_type": "daily"}, "rotationLengthDays"),
        ({"rotation_type": "custom", "length_days": 0}, "rotationLengthDays"),
        ({"rotation_type": "custom", "length_days": 3651}, "rotationLengthDays"),
        ({"handoff_time": time(9, 0, 30)}, "handoffTime"),
        ({"effective_from": datetime(2026, 5, 1, 9)}, "effectiveFrom"),  # noqa: DTZ001 - what is refused
        ({"effective_until": datetime(2027, 5, 1, 9)}, "effectiveUntil"),  # noqa: DTZ001 - what is refused
        ({"effective_until": NOW}, "effectiveUntil"),
        ({"effective_until": NOW - timedelta(days=1)}, "effectiveUntil"),
        ({"user_ids": []}, "participantIds"),
        ({"user_ids": ["user_unknown"] * 201}, "participantIds"),
        ({"user_ids": ["user_unknown"] * 10_000}, "participantIds"),
        ({"user_ids": ["user_unknown"]}, "participantIds.0"),
        ({"restrictions": [NIGHTS, NIGHTS]}, "restrictions.1"),
        ({"restrictions": [Window(days=frozenset(), start=time(9), end=time(10))]}, "restrictions.0.days"),
    ],
)
def test_an_unusable_value_is_named_and_nothing_written(schedule, rotations, fields, field):
    ada = MembershipFactory(organization=schedule.organization)
    unfit = _add(schedule, ada, name="Other")
    before, version = _stored(schedule), version_of(schedule)

    assert refused(_add, schedule, ada, **fields) == [field]
    assert refused(_update, schedule, unfit, **fields) == [field]
    assert _stored(schedule) == before
    assert version_of(schedule) == version


@pytest.mark.parametrize("days", [1, 7, 3650])
def test_a_custom_rotation_is_as_long_as_one_likes(schedule, member, days):
    assert _add(schedule, member, rotation_type="custom", length_days=days).length_days == days


def test_two_hundred_turns_are_the_most(schedule, member):
    assert len(_add(schedule, *[member] * 200).user_ids) == 200


def test_everybody_who_cannot_take_a_turn_is_named(schedule, member):
    stranger = MembershipFactory()
    gone, inactive = (MembershipFactory(organization=schedule.organization, **flaw) for flaw in _FLAWS)

    assert refused(_add, schedule, stranger, member, gone, inactive) == [
        "participantIds.0",
        "participantIds.2",
        "participantIds.3",
    ]


_FLAWS = ({"ended": True}, {"is_active": False})


def test_a_schedule_has_at_most_a_hundred_rotations(schedule, member):
    for position in range(100):
        RotationFactory(schedule=schedule, position=position)

    assert refused(_add, schedule, member) == ["layers"]


def test_a_name_is_unique_in_the_schedule(schedule, member):
    first = _add(schedule, member)
    second = _add(schedule, member, name="Nights")

    with pytest.raises(NameConflict):
        _add(schedule, member, name="WEEKDAYS")
    with pytest.raises(NameConflict):
        _update(schedule, second, name="weekdays")
    _update(schedule, first, name="weekdays")
    _add(ScheduleFactory(organization=schedule.organization), member)


def test_only_what_is_given_changes(schedule, member):
    rotation = _add(schedule, member, effective_until=LATER, restrictions=[NIGHTS])

    changed = _update(schedule, rotation, handoff_time=time(10))

    (stored,) = _stored(schedule)
    assert (changed, changed.user_ids) == (stored, stored.user_ids)
    assert (stored.handoff_time, stored.effective_until, stored.user_ids) == (time(10), LATER, [member.user_id])
    assert stored.restrictions
    assert version_of(schedule) == (3, LATER)


def test_what_may_be_empty_is_emptied(schedule, member):
    rotation = _add(schedule, member, effective_until=LATER, restrictions=[NIGHTS])

    _update(schedule, rotation, effective_until=None, restrictions=[])

    (stored,) = _stored(schedule)
    assert (stored.effective_until, stored.restrictions) == (None, [])


def test_participants_are_replaced_as_a_whole(schedule):
    ada, bob = MembershipFactory.create_batch(2, organization=schedule.organization)
    rotation = _add(schedule, ada, bob)

    _update(schedule, rotation, user_ids=[bob.user_id, bob.user_id, ada.user_id])

    (stored,) = _stored(schedule)
    assert stored.user_ids == [bob.user_id, bob.user_id, ada.user_id]
    assert version_of(schedule)[0] == 3


def test_a_change_that_changes_nothing_leaves_no_trace(schedule, member):
    rotation = _add(schedule, member, restrictions=[NIGHTS])
    before = version_of(schedule)

    _update(schedule, rotation, name="Weekdays ", user_ids=[member.user_id], restrictions=[NIGHTS])

    assert version_of(schedule) == before


def test_who_stays_need_not_be_active_any_more(schedule, member):
    rotation = _add(schedule, member)
    member.is_active = False
    member.save()

    assert _update(schedule, rotation, user_ids=[member.user_id], name="Nights").name == "Nights"


def test_a_type_and_its_length_change_together(schedule, member):
    rotation = _add(schedule, member)

    assert refused(_update, schedule, rotation, rotation_type="daily") == ["rotationLengthDays"]
    assert _update(schedule, rotation, rotation_type="daily", length_days=1).length_days == 1


def test_a_beginning_stays_before_the_end(schedule, member):
    rotation = _add(schedule, member, effective_until=LATER)

    assert refused(_update, schedule, rotation, effective_from=LATER) == ["effectiveUntil"]


def test_deleting_a_rotation_closes_the_gap_and_takes_its_overrides_along(schedule, rotations):
    first, second, third = rotations
    OverrideFactory(schedule=schedule, rotation=first)
    kept = [OverrideFactory(schedule=schedule, rotation=second), OverrideFactory(schedule=schedule)]

    _delete(schedule, first)

    assert [(row.id, row.position) for row in _stored(schedule)] == [(second.id, 0), (third.id, 1)]
    assert set(Override.objects.all()) == set(kept)
    assert version_of(schedule) == (2, LATER)


def test_rotations_are_put_in_order(schedule, rotations):
    first, second, third = rotations

    ordered = _reorder(schedule, [third, first, second])

    assert ordered == _stored(schedule) == [third, first, second]
    assert [row.position for row in ordered] == [0, 1, 2]
    assert version_of(schedule) == (2, LATER)


def test_the_same_order_leaves_no_trace(schedule, rotations):
    assert _reorder(schedule, rotations) == rotations
    assert version_of(schedule) == (1, NOW)


def test_an_order_names_each_rotation_exactly_once(schedule, rotations):
    first, second, _ = rotations
    foreign = RotationFactory(schedule=ScheduleFactory(organization=schedule.organization))
    for order in ([first, second], [first, second, second], [*rotations, foreign], [first, second, foreign], []):
        with pytest.raises(InvalidLayerOrder):
            _reorder(schedule, order)

    assert _stored(schedule) == rotations
    assert version_of(schedule) == (1, NOW)


_CHANGES = [
    lambda schedule, rotation, **options: _update(schedule, rotation, name="New", **options),
    _delete,
    _reorder_all,
]


@pytest.mark.parametrize("change", _CHANGES)
def test_a_stale_version_isrefused(schedule, rotations, change):
    stale = etag_of(schedule)
    _update(schedule, rotations[1], name="Changed")

    with pytest.raises(PreconditionFailed):
        change(schedule, rotations[0], if_match=stale)


@pytest.mark.parametrize("change", _CHANGES)
def test_a_rotation_is_found_in_its_organization_only(schedule, rotations, change):
    schedule.organization_id = OrganizationFactory().id

    with pytest.raises(NotFound):
        change(schedule, rotations[0])


@pytest.mark.parametrize("change", _CHANGES[:2])
def test_a_rotation_is_found_in_its_schedule_only(schedule, rotations, change):
    for other in (RotationFactory(schedule__organization=schedule.organization), Rotation(id=uuid4())):
        with pytest.raises(NotFound, match="layer"):
            change(schedule, other)


@pytest.mark.parametrize("size", [1, 20])
def test_a_change_costs_the_same_for_any_number_of_rotations_and_turns(
    schedule, member, size, django_assert_num_queries
):
    rotations = [RotationFactory(schedule=schedule, people=[member] * size) for _ in range(size + 1)]

    with django_assert_num_queries(11):
        _update(schedule, rotations[0], user_ids=[member.user_id] * (size + 1))
    with django_assert_num_queries(6):
        _reorder(schedule, rotations[::-1])


_operations = st.one_of(
    st.tuples(st.just("add")),
    st.tuples(st.just("delete"), st.integers(0, 9)),
    st.tuples(st.just("reorder"), st.randoms(use_true_random=False)),
)


class _ListOfRotations:
    """A schedule's rotations, and the list of their ids that a program with nothing but a list would have."""

    def __init__(self):
        self.schedule = ScheduleFactory()
        self.member = MembershipFactory(organization=self.schedule.organization)
        self.ids = []

    def add(self):
        self.ids.append(_add(self.schedule, self.member, name=str(uuid4())).id)

    def delete(self, index):
        if self.ids:
            _delete(self.schedule, Rotation(id=self.ids.pop(index % len(self.ids))))

    def reorder(self, random):
        random.shuffle(self.ids)
        _reorder(self.schedule, [Rotation(id=rotation_id) for rotation_id in self.ids])


@settings(max_examples=25, deadline=None)
@given(st.lists(_operations, min_size=1, max_size=10))
def test_any_sequence_of_changes_leaves_the_rotations_a_list_would_hold(operations):
    rotations = _ListOfRotations()

    for name, *arguments in operations:
        getattr(rotations, name)(*arguments)

    stored = _stored(rotations.schedule)
    assert [row.id for row in stored] == rotations.ids
    assert [row.position for row in stored] == list(range(len(rotations.ids)))


def test_an_instant_is_kept_whatever_its_offset(schedule, member):
    rotation = _add(schedule, member, effective_from=datetime.fromisoformat("2026-05-04T09:00:00+02:00"))

    rotation.refresh_from_db()
    assert rotation.effective_from == datetime(2026, 5, 4, 7, tzinfo=UTC)
