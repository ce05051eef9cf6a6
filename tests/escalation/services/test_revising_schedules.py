"""Revising a schedule: its options and the whole list of its rotations, each of which stays the row it is."""

from __future__ import annotations

from datetime import time

import pytest

from escalation.errors import InvalidLayerOrder
from escalation.models import Rotation
from escalation.services import RotationRevision, revise_schedule
from scaling.errors import PreconditionFailed
from tests.escalation.plans import LATER, NOW, in_schedule, refused, version_of
from tests.factories.escalation import RotationFactory, ScheduleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def schedule(organization):
    return ScheduleFactory(organization=organization, created_at=NOW)


@pytest.fixture
def rotations(schedule, member):
    return [RotationFactory(schedule=schedule, people=[member], name=name, created_at=NOW) for name in "abc"]


def kept(rotation, **changes):
    return RotationRevision(rotation.id, changes)


def new(member, name):
    return RotationRevision(
        None,
        {
            "name": name,
            "rotation_type": "daily",
            "length_days": 1,
            "handoff_time": time(9),
            "effective_from": NOW,
            "user_ids": [member.user_id],
        },
    )


def revise(schedule, *revisions, **options):
    return revise_schedule(**in_schedule(schedule), rotations=revisions, **options)


def names(schedule):
    rotations = Rotation.objects.filter(schedule=schedule).order_by("position")
    return [(rotation.position, rotation.name) for rotation in rotations]


def test_rotations_move_change_come_and_go_in_one_new_version(schedule, rotations, member):
    first, _, third = rotations
    revise(schedule, kept(third, name="C"), new(member, "d"), kept(first), name="Renamed")
    assert names(schedule) == [(0, "C"), (1, "d"), (2, "a")]
    assert version_of(schedule) == (2, LATER)
    first.refresh_from_db()
    assert first.updated_at == LATER


def test_what_changes_nothing_is_no_new_version(schedule, rotations):
    revise(schedule, *(kept(rotation, name=rotation.name) for rotation in rotations), timezone="Europe/Berlin")
    assert version_of(schedule) == (1, NOW)
    assert {rotation.updated_at for rotation in Rotation.objects.all()} == {NOW}


def test_a_refusal_names_the_place_and_undoes_all(schedule, rotations, member):
    first, second, _ = rotations
    assert refused(revise, schedule, kept(second), kept(first, length_days=3)) == ["rotations.1.rotationLengthDays"]
    assert refused(revise, schedule, kept(second), new(member, "B")) == ["rotations.1.name"]
    assert refused(revise, schedule, kept(first, user_ids=["user_nobody"])) == ["rotations.0.participantIds.0"]
    assert names(schedule) == [(0, "a"), (1, "b"), (2, "c")]


def test_a_rotation_named_twice_or_of_another_schedule_is_refused(schedule, rotations, organization):
    stranger = RotationFactory(schedule=ScheduleFactory(organization=organization))
    for revisions in ((kept(rotations[0]), kept(rotations[0])), (kept(stranger),)):
        with pytest.raises(InvalidLayerOrder):
            revise(schedule, *revisions)


def test_a_version_that_is_not_the_current_one_is_refused(schedule, rotations):
    with pytest.raises(PreconditionFailed):
        revise(schedule, if_match='"elsewhere"')
    assert len(names(schedule)) == 3
