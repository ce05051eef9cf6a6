"""Marks of coverage: made, kept up to date after edits, and never better than what is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation import services
from escalation.domain import coverage as domain
from escalation.domain.model import Window
from escalation.models import CoverageMark, Override, Rotation, Schedule, WorkingHours
from escalation.services import coverage_marks
from escalation.services.coverage_edits import mark_edited
from escalation.services.coverage_marks import CHECKED_EVERY, CLAIMED_FOR, check_marks, claim_marks
from tests.escalation.domain.schedules import clock
from tests.escalation.oncall.weeks import WEEK_2
from tests.factories.accounts import ContactMethodFactory, MembershipFactory, OrganizationFactory
from tests.factories.escalation import (
    IntendedGapFactory,
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    RotationFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)

pytestmark = pytest.mark.django_db

NOW = WEEK_2
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WORKDAYS = [{"days": [1, 2, 3, 4, 5], "start": "08:00", "end": "18:00"}]


@pytest.fixture
def organization(db):
    return OrganizationFactory()


@pytest.fixture
def person(organization):
    found = MembershipFactory(organization=organization)
    ContactMethodFactory(membership=found)
    return found


@pytest.fixture
def office(organization, person):
    schedule = ScheduleFactory(organization=organization)
    RotationFactory(schedule=schedule, people=[person], restrictions=WORKDAYS)
    return schedule


@pytest.fixture
def policy(organization, office, person):
    """The office first, then somebody whatever the time."""
    policy = PolicyFactory(organization=organization)
    LayerFactory(policy=policy, schedule=office)
    LayerFactory(policy=policy, people=[person])
    return policy


def keep(now=NOW):
    """Look, and check all that is due; return how many marks that were."""
    mark_edited(now)
    checked = 0
    while claimed := claim_marks(now, 100):
        check_marks(claimed, now)
        checked += len(claimed)
    return checked


def mark_of(owner):
    name = "policy" if owner._meta.model_name == "policy" else "schedule"
    return CoverageMark.objects.get(**{name: owner})


# What they say


def test_a_policy_and_its_schedule_get_their_marks(policy, office):
    assert keep() == 2

    mark = mark_of(policy)
    assert (mark.checked_at, mark.checked_until) == (NOW, NOW + 14 * DAY)
    assert (mark.gap_count, mark.gap_position, mark.concern_count, mark.failure) == (10, 1, 0, "")
    # 18:00 to 08:00 in Berlin, before the clocks go forward.
    assert (mark.gap_starts_at, mark.gap_ends_at) == (NOW.replace(hour=17), (NOW + DAY).replace(hour=7))
    assert (mark_of(office).gap_count, mark_of(office).gap_position) == (10, None)


def test_a_policy_without_gaps_says_so(organization, person):
    policy = PolicyFactory(organization=organization)
    LayerFactory(policy=policy, people=[person])
    keep()

    mark = mark_of(policy)
    assert (mark.gap_count, mark.gap_starts_at, mark.checked_at) == (0, None, NOW)


def test_gaps_on_purpose_are_not_counted(office):
    IntendedGapFactory(schedule=office)
    keep()

    assert mark_of(office).gap_count == 0


def test_people_who_are_hard_to_reach_are_counted(organization, office):
    RotationFactory(schedule=office, people=[MembershipFactory(organization=organization)])
    keep()

    assert mark_of(office).concern_count == 1


def test_nothing_is_checked_again_before_it_is_due(policy):
    keep()

    assert keep(NOW + CHECKED_EVERY - MINUTE) == 0
    assert keep(NOW + CHECKED_EVERY) == 2
    assert mark_of(policy).checked_at == NOW + CHECKED_EVERY


def test_a_mark_goes_with_what_it_is_of(policy, office):
    keep()
    services.delete_policy(organization_id=policy.organization_id, policy_id=policy.id)
    services.delete_schedule(organization_id=office.organization_id, schedule_id=office.id)

    assert not CoverageMark.objects.exists()


# They follow what is edited


def _edit_policy(policy, office, person):
    services.update_policy(organization_id=policy.organization_id, policy_id=policy.id, now=NOW, name="New")


def _edit_schedule(policy, office, person):
    services.update_schedule(organization_id=office.organization_id, schedule_id=office.id, now=NOW, timezone="UTC")


def _edit_rotation(policy, office, person):
    services.update_rotation(
        organization_id=office.organization_id,
        schedule_id=office.id,
        rotation_id=Rotation.objects.get().id,
        now=NOW,
        restrictions=[Window(days=frozenset({1}), start=clock("08:00"), end=clock("18:00"))],
    )


def _add_override(policy, office, person):
    services.add_override(
        organization_id=office.organization_id,
        schedule_id=office.id,
        actor_id="key_test",
        now=NOW,
        user_id=person.user_id,
        starts_at=NOW,
        ends_at=NOW + DAY,
    )


def _deactivate(policy, office, person):
    person.is_active = False
    person.save()


def _let_go(policy, office, person):
    person.ended_at = NOW
    person.save()


def _shut_out(policy, office, person):
    person.user.is_active = False
    person.user.save()


def _lose_method(policy, office, person):
    person.contact_methods.all().delete()


def _declare(policy, office, person):
    draft = services.GapDraft(reason="On purpose")
    services.declare_schedule_gap(
        organization_id=office.organization_id, schedule_id=office.id, actor_id="key_test", now=NOW, draft=draft
    )


BOTH = [_edit_schedule, _edit_rotation, _add_override, _deactivate, _let_go, _shut_out, _lose_method, _declare]


@pytest.mark.parametrize("edit", BOTH)
def test_an_edit_is_found_for_the_schedule_and_for_the_policies_that_target_it(policy, office, person, edit):
    unrelated = PolicyFactory(organization=policy.organization)
    keep()
    edit(policy, office, person)

    assert mark_edited(NOW + MINUTE) == 2
    assert {one.policy_id or one.schedule_id for one in claim_marks(NOW + MINUTE, 100)} == {policy.id, office.id}
    assert mark_edited(NOW + MINUTE) == 0
    assert mark_of(unrelated).checked_at == NOW


def test_an_edit_of_the_policy_alone_is_found_for_it_alone(policy, office, person):
    keep()
    _edit_policy(policy, office, person)

    mark_edited(NOW + MINUTE)
    assert [one.policy_id for one in claim_marks(NOW + MINUTE, 100)] == [policy.id]


def test_an_edit_of_working_hours_is_found(organization, policy):
    hours = WorkingHoursFactory(organization=organization)
    LayerFactory(policy=policy, working_hours=hours)
    keep()
    services.update_working_hours(organization_id=organization.id, hours_id=hours.id, now=NOW, timezone="UTC")

    mark_edited(NOW + MINUTE)
    assert [one.policy_id for one in claim_marks(NOW + MINUTE, 100)] == [policy.id]


def test_a_declaration_for_the_policy_and_its_withdrawal_are_found(policy):
    gap = IntendedGapFactory(policy=policy)
    keep()
    assert mark_of(policy).gap_count == 0
    gap.delete()

    assert keep(NOW + MINUTE) == 1
    assert mark_of(policy).gap_count == 10


def test_after_an_edit_the_mark_says_what_there_is_now(policy, office, person):
    keep()
    _edit_rotation(policy, office, person)
    keep(NOW + MINUTE)

    assert (mark_of(policy).gap_count, mark_of(policy).checked_at) == (3, NOW + MINUTE)


def test_an_edit_while_it_is_being_checked_is_found(policy, office, person):
    """Whoever claimed it may have read what was there before: it is due again, and writing leaves it due."""
    mark_edited(NOW)
    claimed = claim_marks(NOW, 100)
    _edit_schedule(policy, office, person)
    mark_edited(NOW)
    check_marks(claimed, NOW)

    assert {mark.due_at for mark in CoverageMark.objects.all()} == {NOW}


def test_what_is_only_read_is_no_edit(policy, office):
    keep()
    OverrideFactory(schedule=office, starts_at=NOW - 9 * DAY, ends_at=NOW - 8 * DAY)

    assert mark_edited(NOW) == 0
    assert Override.objects.exists()


# Who checks


def test_what_is_claimed_is_not_claimed_by_another(policy):
    mark_edited(NOW)

    assert [len(claim_marks(NOW, 1)) for _ in range(3)] == [1, 1, 0]


def test_who_dies_in_the_middle_leaves_what_can_be_claimed_again(policy):
    mark_edited(NOW)
    assert len(claim_marks(NOW, 100)) == 2

    assert len(claim_marks(NOW + CLAIMED_FOR - MINUTE, 100)) == 0
    alone = [claim_marks(NOW + CLAIMED_FOR, 100) for _ in range(3)]
    assert [len(one) for one in alone] == [1, 1, 0]
    assert mark_of(policy).checked_at is None


def test_what_ends_workers_again_and_again_is_left_alone_for_a_day(policy, office):
    mark_edited(NOW)
    at = NOW
    for _ in range(2):
        while claim_marks(at, 1):
            pass
        at += CLAIMED_FOR
    while claimed := claim_marks(at, 100):
        check_marks(claimed, at)

    mark = mark_of(policy)
    assert (mark.failure, mark.due_at, mark.gap_count) == (coverage_marks.ENDED_WORKERS, at + DAY, 0)
    keep(at + DAY)
    assert mark_of(policy).failure == ""


def test_a_late_result_does_not_overwrite_a_later_one(policy):
    mark_edited(NOW)
    late = claim_marks(NOW, 100)
    keep(NOW + CLAIMED_FOR)
    check_marks(late, NOW)

    assert mark_of(policy).checked_at == NOW + CLAIMED_FOR


# What cannot be judged


def test_what_cannot_be_read_is_marked_as_such_and_stops_nothing_else(organization, policy, office):
    poisoned = ScheduleFactory(organization=organization)
    RotationFactory(
        schedule=poisoned, people=[MembershipFactory(organization=organization)], restrictions=[{"days": 7}]
    )
    on_it = PolicyFactory(organization=organization)
    LayerFactory(policy=on_it, schedule=poisoned)

    assert keep() == 4
    assert (mark_of(poisoned).failure, mark_of(on_it).failure) == ("It cannot be read.",) * 2
    assert mark_of(poisoned).checked_at == NOW
    assert (mark_of(policy).failure, mark_of(policy).gap_count) == ("", 10)


def test_an_unknown_time_zone_is_a_gap_without_end(office):
    Schedule.objects.update(timezone="Europe/Atlantis")
    keep()

    mark = mark_of(office)
    assert (mark.gap_count, mark.gap_starts_at, mark.gap_ends_at) == (1, NOW, NOW + 14 * DAY)


def test_what_would_take_too_long_is_marked_as_such(policy, office, monkeypatch):
    monkeypatch.setattr(domain, "MOST_QUESTIONS", 2)
    keep()

    assert {mark.failure for mark in CoverageMark.objects.all()} == {coverage_marks.TOO_MUCH}


def test_a_defect_in_judging_is_marked_as_such(policy, office, monkeypatch):
    monkeypatch.setattr(domain, "next_change", None)
    keep()

    assert mark_of(office).failure == "It cannot be judged: TypeError."
    assert mark_of(policy).failure == ""


def test_what_is_deleted_while_it_is_claimed_is_nobodys_trouble(policy):
    mark_edited(NOW)
    claimed = claim_marks(NOW, 100)
    policy.delete()
    check_marks(claimed, NOW)

    assert CoverageMark.objects.get().checked_at == NOW


# What it costs


@pytest.mark.parametrize("size", [1, 5])
def test_looking_and_claiming_cost_the_same_for_any_number(organization, size, django_assert_num_queries):
    for _ in range(size):
        people = MembershipFactory.create_batch(size, organization=organization)
        rotation = RotationFactory(schedule__organization=organization, people=people)
        policy = PolicyFactory(organization=organization)
        LayerFactory(
            policy=policy, schedule=rotation.schedule, working_hours=WorkingHoursFactory(organization=organization)
        )
        LayerFactory(policy=policy, people=people)
    assert WorkingHours.objects.count() == size

    # A savepoint around the lock and the look.
    with django_assert_num_queries(4):
        assert mark_edited(NOW) == 2 * size
    with django_assert_num_queries(1):
        claimed = claim_marks(NOW, 100)
    # Plans, schedules, hours, people and declarations; schedules, people and declarations; and one to write each.
    with django_assert_num_queries(8 + 2 * size):
        check_marks(claimed, NOW)
