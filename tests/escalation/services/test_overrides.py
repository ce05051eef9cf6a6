from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from escalation.errors import OverrideConflict
from escalation.models import Override
from escalation.services import add_override, delete_override, reorder_rotations, update_override
from scaling.api.preconditions import etag_of
from scaling.errors import NotFound, PreconditionFailed
from tests.escalation.plans import LATER, NOW, in_schedule, refused, version_of
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import OverrideFactory, RotationFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def schedule(organization):
    return ScheduleFactory(organization=organization, created_at=NOW)


@pytest.fixture
def rotations(schedule):
    """Two rotations, at 0 and 1."""
    return [RotationFactory(schedule=schedule, created_at=NOW) for _ in range(2)]


def _add(schedule, member, rotation=None, **fields):
    span = {"starts_at": NOW, "ends_at": NOW + DAY, "rotation_id": rotation and rotation.id}
    return add_override(**in_schedule(schedule), actor_id="key_ci", user_id=member.user_id, **{**span, **fields})


def _update(schedule, override, **changes):
    return update_override(**in_schedule(schedule), override_id=override.id, **changes)


def _delete(schedule, override, **options):
    delete_override(**in_schedule(schedule), override_id=override.id, **options)


def test_an_override_is_added(schedule, member, rotations):
    override = _add(schedule, member, rotations[1])

    stored = Override.objects.get()
    assert override == stored
    assert (stored.membership, stored.rotation) == (member, rotations[1])
    assert (stored.starts_at, stored.ends_at) == (NOW, NOW + DAY)
    assert (stored.created_by, stored.created_at, stored.updated_at) == ("key_ci", LATER, LATER)
    assert version_of(schedule) == (2, LATER)


def test_a_schedule_without_rotations_takes_overrides_too(schedule, member):
    assert _add(schedule, member).rotation_id is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"starts_at": datetime(2026, 5, 1)}, "startsAt"),  # noqa: DTZ001 - what is refused
        ({"ends_at": datetime(2026, 5, 3)}, "endsAt"),  # noqa: DTZ001 - what is refused
        ({"ends_at": NOW}, "endsAt"),
        ({"ends_at": NOW - DAY}, "endsAt"),
        ({"user_id": "user_unknown"}, "userId"),
        ({"rotation_id": uuid4()}, "rotationLayerId"),
    ],
)
def test_an_unusable_value_is_named_and_nothing_written(schedule, member, rotations, fields, field):
    override = OverrideFactory(schedule=schedule, starts_at=NOW, created_at=NOW)

    if "user_id" not in fields:
        assert refused(_add, schedule, member, rotations[1], **fields) == [field]
    assert refused(_update, schedule, override, **fields) == [field]
    assert Override.objects.get() == override
    assert version_of(schedule) == (1, NOW)


@pytest.mark.parametrize("flaw", [{"ended": True}, {"is_active": False}, {"user__is_active": False}])
def test_who_cannot_be_paged_serves_for_nobody(schedule, flaw):
    unfit = MembershipFactory(organization=schedule.organization, **flaw)

    assert refused(_add, schedule, unfit) == ["userId"]


def test_a_stranger_serves_for_nobody(schedule):
    assert refused(_add, schedule, MembershipFactory()) == ["userId"]


def test_a_rotation_of_another_schedule_is_none_of_this_one(schedule, member):
    other = RotationFactory(schedule__organization=schedule.organization)

    assert refused(_add, schedule, member, other) == ["rotationLayerId"]


OVERLAPPING = [
    (NOW, NOW + DAY),
    (NOW - DAY, NOW + timedelta(microseconds=1)),
    (NOW + DAY - timedelta(microseconds=1), NOW + 2 * DAY),
    (NOW - DAY, NOW + 2 * DAY),
    (NOW + timedelta(hours=1), NOW + timedelta(hours=2)),
]


@pytest.mark.parametrize(("starts_at", "ends_at"), OVERLAPPING)
@pytest.mark.parametrize(("one", "other"), [(None, None), (None, 0), (0, None), (0, 0), (1, 1)])
def test_overlapping_overrides_of_one_rotation_arerefused(schedule, member, rotations, one, other, starts_at, ends_at):
    named = {None: None, **dict(enumerate(rotations))}
    _add(schedule, member, named[one])
    before = version_of(schedule)

    with pytest.raises(OverrideConflict):
        _add(schedule, member, named[other], starts_at=starts_at, ends_at=ends_at)

    assert Override.objects.count() == 1
    assert version_of(schedule) == before


def test_overrides_of_a_schedule_without_rotations_overlap_too(schedule, member):
    _add(schedule, member)

    with pytest.raises(OverrideConflict):
        _add(schedule, member)


@pytest.mark.parametrize(("one", "other"), [(None, 1), (0, 1), (1, None)])
def test_overrides_of_two_rotations_do_not_overlap(schedule, member, rotations, one, other):
    named = {None: None, **dict(enumerate(rotations))}

    _add(schedule, member, named[one])
    _add(schedule, member, named[other])

    assert Override.objects.count() == 2


def test_overrides_may_touch_and_those_of_other_schedules_overlap(schedule, member, rotations):
    _add(schedule, member)
    _add(schedule, member, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)
    _add(schedule, member, starts_at=NOW - DAY, ends_at=NOW)
    _add(ScheduleFactory(organization=schedule.organization), member)

    assert Override.objects.count() == 4


def test_only_what_is_given_changes(schedule, member, rotations):
    override = _add(schedule, MembershipFactory(organization=schedule.organization), rotations[1])

    changed = _update(schedule, override, user_id=member.user_id)

    override.refresh_from_db()
    assert (changed.membership, override.membership) == (member, member)
    assert (override.rotation, override.starts_at, override.ends_at) == (rotations[1], NOW, NOW + DAY)
    assert version_of(schedule) == (3, LATER)


def test_an_override_is_moved_within_its_own_time(schedule, member, rotations):
    override = _add(schedule, member)

    _update(schedule, override, ends_at=NOW + 2 * DAY, rotation_id=rotations[0].id)

    override.refresh_from_db()
    assert (override.ends_at, override.rotation) == (NOW + 2 * DAY, rotations[0])


def test_an_override_is_not_moved_onto_another(schedule, member, rotations):
    override = _add(schedule, member, rotations[1])
    _add(schedule, member)

    with pytest.raises(OverrideConflict):
        _update(schedule, override, rotation_id=None)
    with pytest.raises(OverrideConflict):
        _update(schedule, override, rotation_id=rotations[0].id)


def test_after_a_reorder_overrides_may_overlap_and_each_can_still_get_another_user(schedule, member, rotations):
    override = _add(schedule, member, rotations[1])
    _add(schedule, member)
    reorder_rotations(**in_schedule(schedule), rotation_ids=[rotations[1].id, rotations[0].id])
    other = MembershipFactory(organization=schedule.organization)

    assert _update(schedule, override, user_id=other.user_id).membership == other
    with pytest.raises(OverrideConflict):
        _update(schedule, override, ends_at=NOW + 2 * DAY)


def test_a_change_that_changes_nothing_leaves_no_trace(schedule, member, rotations):
    override = _add(schedule, member)
    before = version_of(schedule)
    member.is_active = False
    member.save()

    _update(schedule, override, user_id=member.user_id, starts_at=NOW, ends_at=NOW + DAY, rotation_id=None)

    assert version_of(schedule) == before


def test_an_override_is_deleted(schedule, member):
    _delete(schedule, _add(schedule, member))

    assert not Override.objects.exists()
    assert version_of(schedule)[0] == 3


_CHANGES = [lambda schedule, override, **options: _update(schedule, override, ends_at=LATER, **options), _delete]


@pytest.mark.parametrize("change", _CHANGES)
def test_a_stale_version_isrefused(schedule, member, change):
    stale = etag_of(schedule)
    override = _add(schedule, member)

    with pytest.raises(PreconditionFailed):
        change(schedule, override, if_match=stale)


@pytest.mark.parametrize("change", _CHANGES)
def test_an_override_is_found_in_its_schedule_and_organization_only(schedule, member, change):
    override = _add(schedule, member)
    elsewhere = ScheduleFactory(organization=schedule.organization)
    foreign = OverrideFactory(schedule=elsewhere)

    for wrong in (foreign, Override(id=uuid4())):
        with pytest.raises(NotFound, match="override"):
            change(schedule, wrong)
    schedule.organization_id = OrganizationFactory().id
    with pytest.raises(NotFound, match="schedule"):
        change(schedule, override)


@pytest.mark.parametrize("size", [1, 20])
def test_adding_costs_the_same_for_any_number_of_overrides(schedule, member, size, django_assert_num_queries):
    for number in range(size):
        RotationFactory(schedule=schedule, position=number)
        OverrideFactory(schedule=schedule, starts_at=NOW - (number + 1) * DAY)

    with django_assert_num_queries(8):
        _add(schedule, member)
