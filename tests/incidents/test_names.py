from __future__ import annotations

import pytest

from incidents.names import actor_of, load_names, load_titles, named
from tests.factories.accounts import ApiKeyFactory, MembershipFactory, OrganizationFactory
from tests.factories.escalation import RotationFactory, WorkingHoursFactory
from tests.factories.incidents import PageFactory

pytestmark = pytest.mark.django_db


def test_people_keys_and_answered_addresses_are_called_by_name(organization):
    ada = MembershipFactory(organization=organization, first_name="Ada", last_name="Lovelace")
    left = MembershipFactory(organization=organization, first_name="Eve", last_name="", ended=True)
    key = ApiKeyFactory(organization=organization, name="Nagios")
    page = PageFactory(firing__escalation__incident__organization=organization, membership=None, address="ops@x.org")

    ids = [ada.user_id, left.user_id, key.pk, actor_of(page), "user_unknown", "engine", None]
    names = load_names({organization.pk: ids})[organization.pk]

    assert names == {
        ada.user_id: "Ada Lovelace",
        left.user_id: "Eve",
        key.pk: "API key “Nagios”",
        actor_of(page): "ops@x.org",
    }


def test_somebody_without_a_name_is_called_by_their_address(organization):
    person = MembershipFactory(organization=organization, first_name="", last_name="", user__email="ada@example.org")
    assert load_names({organization.pk: [person.user_id]})[organization.pk][person.user_id] == "ada@example.org"


def test_a_person_of_two_organizations_is_called_by_the_name_each_of_them_uses():
    here = MembershipFactory(first_name="Ada", last_name="")
    there = MembershipFactory(user=here.user, first_name="Countess", last_name="")
    elsewhere = OrganizationFactory()

    names = load_names({one: [here.user_id] for one in (here.organization_id, there.organization_id, elsewhere.pk)})

    assert names[here.organization_id] == {here.user_id: "Ada"}
    assert names[there.organization_id] == {here.user_id: "Countess"}
    assert elsewhere.pk not in names


def test_a_name_is_given_to_the_organization_alone_that_asked_for_it():
    here = MembershipFactory()
    there = MembershipFactory(user=here.user)
    other = MembershipFactory(organization=there.organization)
    names = load_names({here.organization_id: [here.user_id], there.organization_id: [other.user_id]})
    assert set(names[there.organization_id]) == {other.user_id}


def test_names_cost_the_same_for_many(organization, django_assert_num_queries):
    def ids():
        page = PageFactory(firing__escalation__incident__organization=organization, membership=None, address="o@x.org")
        return [
            MembershipFactory(organization=organization).user_id,
            ApiKeyFactory(organization=organization).pk,
            actor_of(page),
        ]

    for wanted in (ids(), [one for _ in range(4) for one in ids()]):
        with django_assert_num_queries(3):
            assert len(load_names({organization.pk: wanted})[organization.pk]) == len(wanted)


def test_what_has_no_name_is_shown_as_it_is():
    assert named("ops@example.org", {}) == "ops@example.org"
    assert named(None, {}) == "somebody"


def test_a_person_answers_as_themselves_and_an_address_by_its_page(organization):
    page = PageFactory(firing__escalation__incident__organization=organization)
    by_address = PageFactory(
        firing__escalation__incident__organization=organization, membership=None, address="o@x.org"
    )
    assert actor_of(page) == page.membership.user_id
    assert actor_of(by_address) == f"page_{by_address.pk.hex}"
    assert len(actor_of(by_address)) <= 40


def test_schedules_rotations_and_hours_are_told_by_name_in_one_statement(organization, django_assert_num_queries):
    rotation = RotationFactory(schedule__organization=organization, schedule__name="Primary", name="Weekdays")
    hours = WorkingHoursFactory(organization=organization, name="Office")
    foreign = WorkingHoursFactory()
    with django_assert_num_queries(1):
        titles = load_titles(organization.pk, [rotation.pk, rotation.schedule_id, hours.pk, foreign.pk])
    assert titles == {rotation.schedule_id: "Primary", rotation.pk: "Weekdays", hours.pk: "Office"}
