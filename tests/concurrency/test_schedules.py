"""People who edit one schedule at the same moment."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from escalation import services
from escalation.errors import InvalidLayerOrder, OverrideConflict
from escalation.models import Override, Rotation
from tests.concurrency.test_accounts import refusal_of
from tests.concurrency.threads import together
from tests.escalation.plans import NOW, in_schedule
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import RotationFactory, ScheduleFactory

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10


@pytest.fixture
def member():
    return MembershipFactory()


@pytest.fixture
def schedule(member):
    return ScheduleFactory(organization=member.organization, created_at=NOW)


def _add(schedule, member, name):
    return services.add_rotation(
        **in_schedule(schedule),
        name=name,
        rotation_type="daily",
        length_days=1,
        handoff_time=time(9),
        effective_from=NOW,
        user_ids=[member.user_id],
    )


def _reorder(schedule, rotation_ids):
    return services.reorder_rotations(**in_schedule(schedule), rotation_ids=rotation_ids)


def _stored(schedule):
    return list(Rotation.objects.filter(schedule=schedule).order_by("position").values_list("position", "id"))


def test_rotations_added_at_once_stand_one_after_the_other(schedule, member):
    together(*[lambda name=str(number): _add(schedule, member, name) for number in range(6)])

    schedule.refresh_from_db()
    assert [position for position, _ in _stored(schedule)] == list(range(6))
    assert schedule.version == 7


def test_of_a_reorder_and_an_added_rotation_the_reorder_may_come_too_late(schedule, member):
    for number in range(ROUNDS):
        first, second = (_add(schedule, member, f"{number}{name}").id for name in "ab")
        reorder = refusal_of(lambda ids=(second, first): _reorder(schedule, ids))
        refusal, _ = together(reorder, lambda name=str(number): _add(schedule, member, name))

        assert refusal in {None, InvalidLayerOrder}
        assert [position for position, _ in _stored(schedule)] == [0, 1, 2]
        assert (next(row_id for _, row_id in _stored(schedule)) == second) is (refusal is None)
        Rotation.objects.all().delete()


def test_of_two_reorders_the_result_is_one(schedule):
    ids = [RotationFactory(schedule=schedule).id for _ in range(4)]
    orders = [ids[::-1], [ids[1], ids[0], ids[3], ids[2]]]
    for _ in range(ROUNDS):
        together(*[lambda order=order: _reorder(schedule, order) for order in orders])

        assert [row_id for _, row_id in _stored(schedule)] in orders
        _reorder(schedule, ids)


def test_of_two_overlapping_overrides_exactly_one_wins(schedule, member):
    first = RotationFactory(schedule=schedule, position=0).id
    for number in range(ROUNDS):
        starts_at = NOW + timedelta(days=number)
        calls = [
            refusal_of(
                lambda rotation_id=rotation_id, starts_at=starts_at: services.add_override(
                    **in_schedule(schedule),
                    actor_id="key_ci",
                    user_id=member.user_id,
                    rotation_id=rotation_id,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(days=1),
                )
            )
            for rotation_id in (None, first)
        ]
        assert sorted(together(*calls), key=str) == [OverrideConflict, None]
    assert Override.objects.count() == ROUNDS
