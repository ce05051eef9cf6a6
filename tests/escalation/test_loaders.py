from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from escalation.domain.model import ACCOUNT_EMAIL, ALL_SEVERITIES, Address, Layer, Rule, Schedule
from escalation.loaders import LoadedPlan, Method, NamedPerson, Needs, Reachable, load_plan, load_worlds
from tests.factories.accounts import (
    EPOCH,
    ContactMethodFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
)
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory

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
    assert loaded.schedule_ids == {last.schedule_id}
    assert loaded.first_person == NamedPerson(membership_id=bob.id, user_id=bob.user_id)


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
    assert loaded.schedule_ids == frozenset()
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


def test_schedules_come_with_their_time_zone(organization):
    schedule = ScheduleFactory(organization=organization, timezone="Asia/Kathmandu")

    world = _world_of(organization, schedules={schedule.id}).world

    assert world.schedules == {schedule.id: Schedule(id=schedule.id, timezone="Asia/Kathmandu")}


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


@pytest.mark.parametrize("size", [1, 5])
def test_any_number_of_worlds_is_two_statements(size, django_assert_num_queries):
    needs = {}
    for organization in OrganizationFactory.create_batch(size):
        people = MembershipFactory.create_batch(size, organization=organization, admin=True)
        ContactMethodFactory.create_batch(size, membership=people[0])
        schedules = ScheduleFactory.create_batch(size, organization=organization)
        needs[organization.id] = Needs(
            users={person.user_id for person in people}, schedules={schedule.id for schedule in schedules}
        )

    with django_assert_num_queries(2):
        worlds = load_worlds(needs)

    assert [len(loaded.world.people) for loaded in worlds.values()] == [size] * size
    assert [len(loaded.world.schedules) for loaded in worlds.values()] == [size] * size


def test_worlds_that_need_no_schedule_are_one_statement(organization, django_assert_num_queries):
    with django_assert_num_queries(1):
        _world_of(organization)
