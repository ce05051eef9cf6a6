"""GET /v1/users (contract section 8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.accounts import EPOCH, ApiKeyFactory, MembershipFactory
from tests.fixtures.accounts import ApiClient


def users(client):
    return client.get("/v1/users").json()["data"]["users"]


def test_lists_who_a_person_is(api, organization):
    ada = MembershipFactory(organization=organization, first_name="Ada", last_name="", user__email="Ada@example.org")
    response = api.get("/v1/users")
    assert response.status_code == 200
    assert response.json() == {
        "data": {"users": [{"id": ada.user_id, "firstName": "Ada", "lastName": None, "email": "Ada@example.org"}]}
    }


def test_lists_nobody_where_there_is_nobody(api):
    assert users(api) == []


def test_lists_people_in_the_order_in_which_they_joined(api, organization):
    later, sooner, same = (
        MembershipFactory(organization=organization, created_at=EPOCH + timedelta(days=days)) for days in (2, 1, 2)
    )
    assert [user["id"] for user in users(api)] == [sooner.user_id, *sorted([later.user_id, same.user_id])]


def test_leaves_out_who_has_left_and_who_belongs_elsewhere(api, organization, member):
    MembershipFactory(organization=organization, ended=True)
    MembershipFactory()
    elsewhere = MembershipFactory(user=member.user)
    assert [user["id"] for user in users(api)] == [member.user_id]
    assert users(ApiClient(ApiKeyFactory(organization=elsewhere.organization).text)) == [
        {
            "id": member.user_id,
            "firstName": elsewhere.first_name,
            "lastName": elsewhere.last_name,
            "email": member.user.email,
        }
    ]


def test_lists_who_is_not_paged_at_the_moment(api, organization):
    away = MembershipFactory(organization=organization, is_active=False)
    assert [user["id"] for user in users(api)] == [away.user_id]


@pytest.mark.parametrize(("scope", "status"), [("read", 200), ("write", 200), ("trigger", 403)])
def test_needs_a_scope_that_reads(organization, scope, status):
    key = ApiKeyFactory(organization=organization, scope=scope)
    assert ApiClient(key.text).get("/v1/users").status_code == status


def test_costs_the_same_for_few_and_many(api, organization):
    counts = []
    for people in (1, 20):
        MembershipFactory.create_batch(people, organization=organization)
        with CaptureQueriesContext(connection) as statements:
            api.get("/v1/users")
        counts.append(len(statements))
    assert counts == [2, 2]
