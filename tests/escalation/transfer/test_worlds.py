"""A document as the domain knows it: the same answers as from the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.models import Membership
from escalation.coverage import load_policy_grounds
from escalation.domain.coverage import gaps
from escalation.domain.schedule import on_call, shifts
from escalation.loaders import load_schedules
from escalation.transfer.declared import load_declared
from escalation.transfer.findings import Subject
from escalation.transfer.loader import load_document
from escalation.transfer.worlds import layer_id, part_id, plan_of, schedule_of, user_id, world_of
from tests.escalation.oncall.weeks import WEEK_1, WEEK_2, WEEK_4, person, turns, weekly
from tests.escalation.transfer.plans import ANA, BOB, at, document, instead, layer, policy, schedule
from tests.escalation.transfer.plans import turns as rotation
from tests.factories.accounts import OrganizationFactory
from tests.factories.escalation import (
    IntendedGapFactory,
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    WorkingHoursFactory,
)

WORKDAYS = [{"days": [1, 2, 3, 4, 5], "start": "09:00", "end": "18:00"}]


@pytest.fixture
def ada(organization):
    return person(organization, "Ada")


@pytest.fixture
def primary(organization, ada):
    """Ada and Bob, who has left, by weeks; nights of Cyd; and Cyd for a while in place of each."""
    bob, cyd = person(organization, "Bob", is_active=False), person(organization, "Cyd")
    found = weekly(organization, ada, bob)
    nights = turns(found, cyd, name="Nights", restrictions=[{"days": [1, 3], "start": "22:00", "end": "06:00"}])
    OverrideFactory(schedule=found, membership=cyd, starts_at=WEEK_2, ends_at=WEEK_2 + timedelta(hours=5))
    later = WEEK_2 + timedelta(days=1)
    OverrideFactory(
        schedule=found, membership=ada, rotation=nights, starts_at=later, ends_at=later + timedelta(hours=5)
    )
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["all", "first"])
def test_a_schedule_has_the_shifts_it_has_in_the_database(organization, primary, mode):
    primary.paging_mode = mode
    primary.save()
    stored = load_schedules(organization.id, [primary.id])[primary.id]
    ids = {user_id(f"{name.lower()}@example.org"): name for name in ("Ada", "Bob", "Cyd")}
    members = {str(each.user_id): each.first_name for each in Membership.objects.filter(organization=organization)}
    (said,) = load_document(organization.id).schedules

    assert [
        (ids[each.user], each.starts_at, each.ends_at, each.position, each.override is not None)
        for each in shifts(schedule_of(said), WEEK_1, WEEK_4)
    ] == [
        (members[each.user], each.starts_at, each.ends_at, each.position, each.override is not None)
        for each in shifts(stored, WEEK_1, WEEK_4)
    ]


@pytest.mark.django_db
def test_a_policy_has_the_gaps_it_has_in_the_database(organization, ada, primary):
    row, hours = PolicyFactory(organization=organization), WorkingHoursFactory(organization=organization)
    LayerFactory(policy=row, schedule=primary)
    LayerFactory(policy=row, people=[person(organization, "Dee", is_active=False)])
    LayerFactory(policy=row, people=[ada], working_hours=hours, condition="during")
    stored = load_policy_grounds([(organization.id, row.id)], WEEK_1)[row.id]
    said = load_document(organization.id)
    found = list(gaps(plan_of(said.policies[0]), world_of(said), WEEK_1, WEEK_4))

    assert len(found) > 3
    assert found == list(gaps(stored.subject, stored.world, WEEK_1, WEEK_4))


def test_parts_with_one_key_have_one_id_in_any_document():
    one, other = schedule(rotation("ana")), schedule(rotation("bob"), name="Other")

    assert schedule_of(one).id == schedule_of(other).id == part_id("schedules", "primary")
    assert plan_of(policy(layer("primary"))).layers[0].id == layer_id(part_id("policies", "platform"), 1)


def test_no_key_makes_a_person_a_plain_address():
    assert "@" not in user_id("ana@example.org")


def test_overrides_that_are_over_are_left_out():
    over, next_one = instead("ana", "2026-01-01", "2026-01-02"), instead("bob", "2026-01-02", "2026-01-03")
    there = schedule(overrides=[over, next_one])

    assert [each.user for each in schedule_of(there, since=at("2026-01-02")).overrides] == [user_id("bob")]
    assert len(schedule_of(there).overrides) == 2


def test_an_override_for_a_rotation_that_is_not_there_displaces_nobody():
    there = schedule(rotation("ana"), overrides=[instead("bob", "2026-02-01", "2026-02-02", rotation="Gone")])

    assert [duty.user for duty in on_call(schedule_of(there), at("2026-02-01 12:00"))] == [user_id("ana")]


def test_a_rotation_is_found_by_its_name_however_that_is_written():
    there = schedule(rotation("ana"), overrides=[instead("bob", "2026-02-01", "2026-02-02", rotation="TURNS")])

    assert [duty.user for duty in on_call(schedule_of(there), at("2026-02-01 12:00"))] == [user_id("bob")]


def test_a_world_holds_what_is_in_the_document():
    world = world_of(document(schedule(rotation("ana")), users=(ANA, replace(BOB, active=False))))

    assert {user: person.active for user, person in world.people.items()} == {
        user_id("ana"): True,
        user_id("bob"): False,
    }
    assert list(world.schedules) == [part_id("schedules", "primary")]
    assert len(world.hours) == 1
    assert world.hours[part_id("workingHours", "office")].timezone == "Europe/Madrid"
    assert part_id("workingHours", "other") not in world.hours


@pytest.mark.django_db
def test_what_is_declared_is_known_by_keys(organization, primary, django_assert_num_queries):
    row = PolicyFactory(organization=organization, name="Checkout")
    LayerFactory(policy=row, schedule=primary)
    second = LayerFactory(policy=row, schedule=primary)
    IntendedGapFactory(schedule=primary, windows=WORKDAYS, timezone="Europe/Madrid")
    IntendedGapFactory(policy=row)
    IntendedGapFactory(policy=row, layer=second)
    IntendedGapFactory(policy=PolicyFactory(organization=OrganizationFactory()))

    with django_assert_num_queries(1):
        declared = load_declared(organization.id)
    of_schedule, of_policy = Subject("schedules", "primary"), Subject("policies", "checkout")
    assert set(declared) == {of_schedule, of_policy}
    assert [each.schedule for each in declared[of_schedule]] == [part_id("schedules", "primary")]
    assert [each.layer for each in declared[of_policy]] == [None, layer_id(part_id("policies", "checkout"), 2)]
