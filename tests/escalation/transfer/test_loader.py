"""The whole plan of an organization, read from the database."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta

import pytest

from accounts.models import Membership
from escalation import models
from escalation.loaders import load_plan, load_schedules
from escalation.transfer.document import (
    Condition,
    Document,
    Layer,
    Override,
    Policy,
    Rotation,
    Schedule,
    ScheduleTarget,
    User,
    UsersTarget,
    Window,
    WorkingHours,
)
from escalation.transfer.loader import load_document
from scaling.errors import InvalidInput
from tests.escalation.oncall.weeks import WEEK_1, WEEK_2, person, turns, weekly
from tests.factories.accounts import OrganizationFactory
from tests.factories.escalation import LayerFactory, OverrideFactory, PolicyFactory, WorkingHoursFactory

pytestmark = pytest.mark.django_db

WEEKEND = [{"days": [6, 7], "start": "00:00", "end": "00:00"}]


@pytest.fixture
def ada(organization):
    return person(organization, "Ada")


@pytest.fixture
def bob(organization):
    return person(organization, "Bob")


def test_an_organization_without_a_plan_has_its_people(organization, ada):
    assert load_document(organization.id) == Document(
        organization=organization.name,
        users=(User(key="ada@example.org", email="ada@example.org", first_name="Ada", last_name="", active=True),),
        working_hours=(),
        schedules=(),
        policies=(),
    )


def test_a_schedule_comes_with_turns_in_order_and_every_override(organization, ada, bob):
    schedule = weekly(organization, ada, bob, ada, name="Primary")
    nights = turns(schedule, bob, name="Nights", restrictions=WEEKEND, effective_until=WEEK_2)
    OverrideFactory(schedule=schedule, membership=bob, rotation=nights, starts_at=WEEK_2)
    OverrideFactory(schedule=schedule, membership=ada, starts_at=WEEK_1)

    (found,) = load_document(organization.id).schedules

    whole_week = Window(days=(6, 7), start=time(0), end=time(0))
    weekdays = Rotation(
        name="Weekdays",
        rotation_type="weekly",
        rotation_length_days=7,
        handoff_time=time(9),
        effective_from=WEEK_1,
        effective_until=None,
        participants=("ada@example.org", "bob@example.org", "ada@example.org"),
        restrictions=(),
    )
    assert (found.key, found.name, found.timezone, found.paging_mode) == ("primary", "Primary", "Europe/Berlin", "all")
    assert found.rotations == (
        weekdays,
        replace(
            weekdays,
            name="Nights",
            effective_until=WEEK_2,
            participants=("bob@example.org",),
            restrictions=(whole_week,),
        ),
    )
    day = timedelta(days=1)
    assert found.overrides == (
        Override(user="ada@example.org", starts_at=WEEK_1, ends_at=WEEK_1 + day, rotation=None),
        Override(user="bob@example.org", starts_at=WEEK_2, ends_at=WEEK_2 + day, rotation="Nights"),
    )


def test_a_policy_comes_with_layers_in_order(organization, ada, bob):
    hours = WorkingHoursFactory(organization=organization, name="Office")
    schedule = weekly(organization, ada, name="On call")
    policy = PolicyFactory(organization=organization, name="Checkout", repeat_count=2, repage_after_ack_minutes=30)
    LayerFactory(policy=policy, schedule=schedule, timeout_seconds=90)
    LayerFactory(policy=policy, people=[bob, ada], working_hours=hours, condition="outside")

    document = load_document(organization.id)

    (found,) = document.policies
    assert (found.key, found.repeat_count, found.repage_after_ack_minutes) == ("checkout", 2, 30)
    assert found.layers == (
        Layer(ack_timeout_seconds=90, target=ScheduleTarget(schedule="on-call")),
        Layer(
            ack_timeout_seconds=300,
            target=UsersTarget(users=("bob@example.org", "ada@example.org")),
            condition=Condition(working_hours="office", when="outside"),
        ),
    )
    assert document.working_hours == (
        WorkingHours(
            key="office",
            name="Office",
            timezone="Europe/Berlin",
            windows=(Window(days=(1, 2, 3, 4, 5), start=time(9), end=time(17)),),
        ),
    )


def test_it_says_what_the_loaders_of_the_engine_say(organization, ada, bob):
    schedule = weekly(organization, ada, bob, name="On call")
    OverrideFactory(schedule=schedule, membership=bob, starts_at=WEEK_2)
    policy = PolicyFactory(organization=organization, repeat_count=1)
    LayerFactory(policy=policy, people=[bob, ada])
    emails = {each.user_id: each.user.email for each in Membership.objects.select_related("user")}

    document = load_document(organization.id)

    engine_schedule = load_schedules(organization.id)[schedule.id]
    plan = load_plan(organization_id=organization.id, policy_id=policy.id).plan
    (told,), (told_policy,) = document.schedules, document.policies
    assert [(each.handoff, each.length_days, each.starts_at) for each in engine_schedule.rotations] == [
        (each.handoff_time, each.rotation_length_days, each.effective_from) for each in told.rotations
    ]
    assert [tuple(emails[user] for user in each.participants) for each in engine_schedule.rotations] == [
        each.participants for each in told.rotations
    ]
    assert [(emails[each.user], each.starts_at, each.ends_at) for each in engine_schedule.overrides] == [
        (each.user, each.starts_at, each.ends_at) for each in told.overrides
    ]
    assert [tuple(emails[user] for user in each.users) for each in plan.layers] == [
        each.target.users for each in told_policy.layers
    ]
    assert (plan.repeat, plan.layers[0].timeout.total_seconds()) == (1, told_policy.layers[0].ack_timeout_seconds)


def test_who_has_left_is_in_it_only_where_they_are_still_named(organization, ada):
    left = {"ended_at": datetime(2026, 3, 1, tzinfo=UTC)}
    named, elsewhere = person(organization, "Named", **left), person(organization, "Elsewhere", **left)
    person(organization, "Gone", **left)
    person(organization, "Resting", is_active=False)
    weekly(organization, ada, named)
    LayerFactory(policy=PolicyFactory(organization=organization), people=[elsewhere])

    found = {user.first_name: user.active for user in load_document(organization.id).users}

    assert found == {"Ada": True, "Elsewhere": False, "Named": False, "Resting": False}


def test_it_holds_nothing_of_another_organization(organization, ada):
    before = load_document(organization.id)
    other = OrganizationFactory()
    foreign = weekly(other, person(other, "Eve"))
    LayerFactory(policy=PolicyFactory(organization=other), schedule=foreign)
    WorkingHoursFactory(organization=other)

    assert load_document(organization.id) == before


def test_an_unknown_organization_is_refused():
    with pytest.raises(InvalidInput) as refusal:
        load_document("org_unknown")

    assert list(refusal.value.errors) == [("organization", "There is no organization with that id.")]


@pytest.mark.parametrize("size", [1, 6])
def test_the_cost_in_statements_does_not_grow(organization, size, django_assert_num_queries):
    for number in range(size):
        schedule = weekly(organization, person(organization, f"P{number}"), name=f"Schedule {number}")
        OverrideFactory(schedule=schedule)
        hours = WorkingHoursFactory(organization=organization)
        LayerFactory(policy=PolicyFactory(organization=organization), schedule=schedule, working_hours=hours)

    with django_assert_num_queries(2):
        document = load_document(organization.id)
    assert len(document.policies) == len(document.schedules) == len(document.working_hours) == size


_OF_THE_ROW = {"id", "organization", "name_key", "version", "created_by", "created_at", "updated_at", "position"}
_ALSO_CALLED = {
    "length_days": "rotation_length_days",
    "membership": "user",
    "timeout_seconds": "ack_timeout_seconds",
    "target_type": "target",
    "working_hours": "condition",
}
_IN_LISTS = {"key", "rotations", "overrides", "layers", "participants"}


@pytest.mark.parametrize(
    ("model", "part", "elsewhere"),
    [
        (models.WorkingHours, WorkingHours, set()),
        (models.Schedule, Schedule, set()),
        (models.Rotation, Rotation, {"schedule"}),
        (models.Override, Override, {"schedule"}),
        (models.Policy, Policy, set()),
        (models.Layer, Layer, {"policy", "schedule"}),
    ],
)
def test_it_has_a_field_for_each_column_that_says_something(model, part, elsewhere):
    columns = {_ALSO_CALLED.get(field.name, field.name) for field in model._meta.fields}
    assert columns - _OF_THE_ROW - elsewhere == {field.name for field in fields(part)} - _IN_LISTS
