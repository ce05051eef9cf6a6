from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest

from escalation.domain.model import (
    ACCOUNT_EMAIL,
    ALL_SEVERITIES,
    Address,
    Layer,
    Override,
    Rotation,
    Rule,
    Schedule,
    Window,
    WorkingHours,
)
from escalation.loaders import (
    LoadedPlan,
    Method,
    NamedPerson,
    Needs,
    Reachable,
    load_plan,
    load_schedules,
    load_worlds,
)
from tests.factories.accounts import (
    EPOCH,
    ContactMethodFactory,
    MembershipFactory,
    NotificationRuleFactory,
    OrganizationFactory,
    UserFactory,
)
from tests.factories.escalation import (
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    QuietHoursFactory,
    RotationFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)

pytestmark = pytest.mark.django_db

OPERATOR = Address("operator@example.com")


@pytest.fixture(autouse=True)
def operator(settings):
    settings.OPERATOR_EMAIL = OPERATOR


def _plan_of(policy):
    return load_plan(organization_id=policy.organization_id, policy_id=policy.id)


def _world_of(organization, **needs):
    return load_worlds({organization.id: Needs(**needs)})[organization.id]


def test_a_plan_holds_the_layers_in_order_with_their_people_in_order(organization):
    ada, bob = MembershipFactory.create_batch(2, organization=organization)
    policy = PolicyFactory(organization=organization, version=7, repeat_count=2, repage_after_ack_minutes=15)
    last = LayerFactory(policy=policy, position=2, timeout_seconds=90)
    first = LayerFactory(policy=policy, position=1, people=[bob, ada])

    loaded = _plan_of(policy)

    assert loaded.plan.policy_version == 7
    assert loaded.plan.repeat == 2
    assert loaded.plan.repage == timedelta(minutes=15)
    assert loaded.plan.layers == (
        Layer(id=first.id, position=1, timeout=timedelta(minutes=5), schedule=None, users=(bob.user_id, ada.user_id)),
        Layer(id=last.id, position=2, timeout=timedelta(seconds=90), schedule=last.schedule_id, users=()),
    )
    assert loaded.schedule_versions == {last.schedule_id: 1}
    assert loaded.first_person == NamedPerson(membership_id=bob.id, user_id=bob.user_id)


def test_a_plan_tells_when_its_layers_count_and_the_versions_of_what_they_name(organization):
    policy = PolicyFactory(organization=organization)
    schedule = ScheduleFactory(organization=organization, version=4)
    hours = WorkingHoursFactory(organization=organization, version=9)
    LayerFactory(policy=policy, schedule=schedule, working_hours=hours)
    LayerFactory(policy=policy, schedule=schedule, working_hours=hours, condition="outside")
    LayerFactory(policy=policy, schedule=schedule)

    loaded = _plan_of(policy)

    assert [(layer.hours, layer.during) for layer in loaded.plan.layers] == [
        (hours.id, True),
        (hours.id, False),
        (None, True),
    ]
    assert loaded.schedule_versions == {schedule.id: 4}
    assert loaded.hours_versions == {hours.id: 9}


def test_a_plan_whose_first_layer_is_a_schedule_has_no_first_person(organization):
    policy = PolicyFactory(organization=organization)
    LayerFactory(policy=policy)
    LayerFactory(policy=policy, people=[MembershipFactory(organization=organization)])

    assert _plan_of(policy).first_person is None


def test_a_policy_without_layers_is_an_empty_plan():
    loaded = _plan_of(PolicyFactory())

    assert isinstance(loaded, LoadedPlan)
    assert loaded.plan.layers == ()
    assert loaded.plan.repage is None
    assert (loaded.schedule_versions, loaded.hours_versions) == ({}, {})
    assert loaded.first_person is None


def test_a_policy_of_another_organization_has_no_plan(organization):
    policy = PolicyFactory()

    assert load_plan(organization_id=organization.id, policy_id=policy.id) is None
    assert load_plan(organization_id=organization.id, policy_id=uuid4()) is None


@pytest.mark.parametrize("size", [1, 6])
def test_a_plan_of_any_size_is_one_statement(organization, size, django_assert_num_queries):
    policy = PolicyFactory(organization=organization)
    for _ in range(size):
        LayerFactory(policy=policy, people=MembershipFactory.create_batch(size, organization=organization))
        LayerFactory(policy=policy)

    with django_assert_num_queries(1):
        assert len(_plan_of(policy).plan.layers) == 2 * size


def test_a_person_is_paged_over_verified_methods_and_last_over_the_accounts_email(organization):
    ada = MembershipFactory(organization=organization, first_name="Ada", last_name="Lovelace")
    second = ContactMethodFactory(membership=ada, created_at=EPOCH + timedelta(days=1), address="second@example.org")
    first = ContactMethodFactory(membership=ada, created_at=EPOCH, address="first@example.org")
    ContactMethodFactory(membership=ada, verified_at=None)

    loaded = _world_of(organization, users={ada.user_id})

    person = loaded.world.people[ada.user_id]
    assert person.active
    assert person.rules == tuple(
        Rule(method=method, after=timedelta(0), every=None, severities=ALL_SEVERITIES, usable=True)
        for method in (first.id, second.id, ACCOUNT_EMAIL)
    )
    assert loaded.directory[ada.user_id] == Reachable(
        membership_id=ada.id,
        email=ada.user.email,
        name="Ada Lovelace",
        methods={
            first.id: Method(channel="email", address="first@example.org"),
            second.id: Method(channel="email", address="second@example.org"),
            ACCOUNT_EMAIL: Method(channel="email", address=ada.user.email),
        },
    )


def test_a_person_with_rules_is_paged_by_them_and_last_over_the_accounts_email(organization):
    ada = MembershipFactory(organization=organization)
    sms = ContactMethodFactory(membership=ada, sms=True)
    chat = ContactMethodFactory(membership=ada, channel="chat", address="slack://a/b/c", verified_at=None)
    ContactMethodFactory(membership=ada)
    NotificationRuleFactory(membership=ada, repeat_seconds=300, severities=["critical"])
    NotificationRuleFactory(membership=ada, contact_method=chat, delay_seconds=120)
    NotificationRuleFactory(membership=ada, contact_method=sms, delay_seconds=300, repeat_seconds=600)

    loaded = _world_of(organization, users={ada.user_id})

    at_once = Rule(method=ACCOUNT_EMAIL, after=timedelta(0), every=None, severities=ALL_SEVERITIES, usable=True)
    minute = timedelta(minutes=1)
    assert loaded.world.people[ada.user_id].rules == (
        replace(at_once, every=5 * minute, severities=frozenset({"critical"})),
        replace(at_once, method=chat.id, after=2 * minute, usable=False),
        replace(at_once, method=sms.id, after=5 * minute, every=10 * minute, loud=True),
        at_once,
    )
    assert loaded.directory[ada.user_id].unverified == {chat.id: "chat"}
    assert chat.id not in loaded.directory[ada.user_id].methods


@pytest.mark.parametrize(
    ("channel", "is_loud"),
    [("email", False), ("webhook", False), ("chat", False), ("sms", True), ("voice", True), ("push", True)],
)
def test_what_rings_or_buzzes_is_loud_without_rules_too(organization, channel, is_loud):
    fields = {"webhook": True} if channel == "webhook" else {"channel": channel}
    method = ContactMethodFactory(membership__organization=organization, **fields)
    person = _world_of(organization, users={method.membership.user_id}).world.people[method.membership.user_id]

    assert [rule.loud for rule in person.rules] == [is_loud, False]


def test_a_person_comes_with_their_quiet_hours(organization):
    hours = QuietHoursFactory(membership__organization=organization)
    other = MembershipFactory(organization=organization)
    people = _world_of(organization, users={hours.membership.user_id, other.user_id}).world.people

    night = Window(days=frozenset(range(1, 8)), start=time(22), end=time(7))
    assert people[hours.membership.user_id].quiet == WorkingHours(
        id=hours.id, timezone="Europe/Berlin", windows=(night,)
    )
    assert people[other.user_id].quiet is None


@pytest.mark.parametrize(
    "flaw", [{"is_active": False}, {"ended": True}, {"user__is_active": False}], ids=lambda flaw: next(iter(flaw))
)
def test_somebody_who_cannot_be_paged_is_inactive(organization, flaw):
    bob = MembershipFactory(organization=organization, **flaw)

    assert not _world_of(organization, users={bob.user_id}).world.people[bob.user_id].active


def test_people_and_schedules_of_another_organization_are_absent(organization):
    stranger = MembershipFactory()
    both = MembershipFactory(organization=organization, first_name="Here")
    MembershipFactory(user=both.user, first_name="There")

    loaded = _world_of(
        organization, users={stranger.user_id, both.user_id, "user_unknown"}, schedules={ScheduleFactory().id, uuid4()}
    )

    assert set(loaded.world.people) == set(loaded.directory) == {both.user_id}
    assert loaded.directory[both.user_id].name.startswith("Here")
    assert loaded.world.schedules == {}


WORKING_DAYS = [{"days": [1, 2, 3, 4, 5], "start": "18:00", "end": "08:30"}]
NIGHTS = Window(days=frozenset({1, 2, 3, 4, 5}), start=time(18), end=time(8, 30))


def test_a_schedule_comes_with_its_rotations_and_overrides_in_order(organization):
    ada, bob = MembershipFactory.create_batch(2, organization=organization)
    schedule = ScheduleFactory(organization=organization, timezone="Asia/Kathmandu", paging_mode="first")
    second = RotationFactory(schedule=schedule, position=1, restrictions=WORKING_DAYS)
    first = RotationFactory(
        schedule=schedule,
        position=0,
        people=[bob, ada, bob],
        rotation_type="custom",
        length_days=3,
        handoff_time=time(9, 30),
        effective_until=EPOCH + timedelta(days=90, microseconds=500),
    )
    late = OverrideFactory(schedule=schedule, membership=ada, starts_at=EPOCH + timedelta(days=2), rotation=second)
    early = OverrideFactory(schedule=schedule, membership=bob)
    RotationFactory(schedule=ScheduleFactory(organization=organization))

    loaded = _world_of(organization, schedules={schedule.id})

    assert loaded.world.schedules == {
        schedule.id: Schedule(
            id=schedule.id,
            timezone="Asia/Kathmandu",
            paging_mode="first",
            rotations=(
                Rotation(
                    id=first.id,
                    position=0,
                    handoff=time(9, 30),
                    length_days=3,
                    starts_at=EPOCH,
                    ends_at=EPOCH + timedelta(days=90, microseconds=500),
                    participants=(bob.user_id, ada.user_id, bob.user_id),
                ),
                Rotation(
                    id=second.id,
                    position=1,
                    handoff=time(9),
                    length_days=7,
                    starts_at=EPOCH,
                    ends_at=None,
                    participants=(),
                    restrictions=(NIGHTS,),
                ),
            ),
            overrides=(
                Override(
                    id=early.id, rotation=None, user=bob.user_id, starts_at=EPOCH, ends_at=EPOCH + timedelta(days=1)
                ),
                Override(
                    id=late.id,
                    rotation=second.id,
                    user=ada.user_id,
                    starts_at=EPOCH + timedelta(days=2),
                    ends_at=EPOCH + timedelta(days=3),
                ),
            ),
        )
    }


def test_people_whom_a_schedule_brings_on_call_come_with_it(organization):
    ada, bob, cyd = MembershipFactory.create_batch(3, organization=organization, is_active=False)
    schedule = ScheduleFactory(organization=organization)
    RotationFactory(schedule=schedule, people=[ada, bob, ada])
    OverrideFactory(schedule=schedule, membership=cyd)
    MembershipFactory(organization=organization)

    loaded = _world_of(organization, schedules={schedule.id})

    assert set(loaded.world.people) == set(loaded.directory) == {ada.user_id, bob.user_id, cyd.user_id}


def test_overrides_that_had_ended_are_left_out(organization):
    schedule = ScheduleFactory(organization=organization)
    ended = OverrideFactory(schedule=schedule)
    lasting = OverrideFactory(schedule=schedule, starts_at=ended.ends_at)

    worlds = load_worlds({organization.id: Needs(schedules={schedule.id})}, since=ended.ends_at)

    world = worlds[organization.id].world
    assert [override.id for override in world.schedules[schedule.id].overrides] == [lasting.id]
    assert set(world.people) == {lasting.membership.user_id}


def test_a_world_holds_the_working_hours_it_needs(organization):
    hours = WorkingHoursFactory(organization=organization, timezone="Asia/Kathmandu", windows=WORKING_DAYS)
    WorkingHoursFactory(organization=organization)

    world = _world_of(organization, hours={hours.id, WorkingHoursFactory().id, uuid4()}).world

    assert world.hours == {hours.id: WorkingHours(id=hours.id, timezone="Asia/Kathmandu", windows=(NIGHTS,))}


def test_what_two_need_is_needed_by_both_together():
    one = Needs(users={"user_ada"}, schedules={"s1"}, hours={"h1"})
    other = Needs(users={"user_bob"}, schedules={"s2"}, hours={"h2"})

    assert one | other == Needs(users={"user_ada", "user_bob"}, schedules={"s1", "s2"}, hours={"h1", "h2"})


def test_an_organizations_schedules_are_read_with_their_past(organization):
    second, first = (ScheduleFactory(organization=organization, created_at=EPOCH - timedelta(days=n)) for n in (1, 2))
    past = OverrideFactory(schedule=second, starts_at=datetime(1999, 1, 1, tzinfo=UTC))
    foreign = ScheduleFactory()

    everything = load_schedules(organization.id)

    assert list(everything) == [first.id, second.id]
    assert [override.id for override in everything[second.id].overrides] == [past.id]
    assert load_schedules(organization.id, [second.id, foreign.id, uuid4()]) == {second.id: everything[second.id]}
    assert load_schedules(organization.id, []) == {}


def test_the_fallback_is_the_organizations_address(organization):
    organization.fallback_email = "noc@example.org"
    organization.save()
    MembershipFactory(organization=organization, admin=True)

    assert _world_of(organization).world.fallback == ("noc@example.org",)


def test_without_an_address_the_fallback_is_every_admin_who_can_be_paged(organization):
    MembershipFactory(organization=organization)
    first, second = MembershipFactory.create_batch(2, organization=organization, admin=True)
    MembershipFactory(organization=organization, admin=True, is_active=False)
    MembershipFactory(organization=organization, admin=True, ended=True)
    MembershipFactory(admin=True)

    world = _world_of(organization).world

    assert world.fallback == (first.user_id, second.user_id)
    assert world.people[first.user_id].active


def test_without_a_usable_admin_the_fallback_is_the_operator(organization):
    MembershipFactory(organization=organization, admin=True, user=UserFactory(is_active=False))

    world = _world_of(organization).world

    assert world.fallback == (OPERATOR,)
    assert world.operator == OPERATOR


def test_a_world_knows_the_organizations_timeout_and_the_time_zone_data(organization):
    organization.default_ack_timeout_minutes = 12
    organization.save()

    world = _world_of(organization).world

    assert world.default_timeout == timedelta(minutes=12)
    assert world.tzdata[:4].isdigit()


def test_an_unknown_organization_is_absent():
    assert load_worlds({"org_unknown": Needs(users={"user_unknown"})}) == {}


def _fill(organization, size):
    """Make ``size`` schedules of as many rotations of as many people, and as much of all the rest; return the needs."""
    people = MembershipFactory.create_batch(size, organization=organization, admin=True)
    ContactMethodFactory.create_batch(size, membership=people[0])
    schedules = ScheduleFactory.create_batch(size, organization=organization)
    for schedule in schedules:
        RotationFactory.create_batch(size, schedule=schedule, people=people)
        OverrideFactory.create_batch(size, schedule=schedule, membership=people[0])
    hours = WorkingHoursFactory.create_batch(size, organization=organization)
    for person in people:
        NotificationRuleFactory(membership=person, contact_method=ContactMethodFactory(membership=person))
        QuietHoursFactory(membership=person)
    return Needs(
        users={person.user_id for person in people},
        schedules={schedule.id for schedule in schedules},
        hours={some.id for some in hours},
    )


@pytest.mark.parametrize("size", [1, 4])
def test_any_number_of_worlds_is_three_statements(size, django_assert_num_queries):
    needs = {organization.id: _fill(organization, size) for organization in OrganizationFactory.create_batch(size)}

    with django_assert_num_queries(3):
        worlds = load_worlds(needs)

    assert [len(loaded.world.people) for loaded in worlds.values()] == [size] * size
    for loaded in worlds.values():
        assert len(loaded.world.hours) == size
        assert [len(schedule.rotations) for schedule in loaded.world.schedules.values()] == [size] * size


@pytest.mark.parametrize("size", [1, 4])
def test_any_number_of_schedules_is_one_statement(organization, size, django_assert_num_queries):
    _fill(organization, size)

    with django_assert_num_queries(1):
        assert len(load_schedules(organization.id)) == size


def test_worlds_that_need_neither_schedules_nor_hours_are_one_statement(organization, django_assert_num_queries):
    with django_assert_num_queries(1):
        _world_of(organization)
