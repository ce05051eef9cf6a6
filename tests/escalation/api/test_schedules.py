from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from escalation.models import Schedule
from tests.escalation.api.conftest import SCHEDULES, fields_of, schedule_path, told
from tests.escalation.plans import LATER, NOW
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, RotationFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

SCHEDULE_KEYS = [
    "id",
    "orgId",
    "name",
    "description",
    "timezone",
    "pagingMode",
    "createdBy",
    "createdAt",
    "updatedAt",
]


@pytest.fixture
def documented():
    """The schedule of the contract's example."""
    return ScheduleFactory(
        organization=OrganizationFactory(id="org_acme"),
        id=UUID("018f3c1d-0001-7aaa-8bbb-1c2d3e4f5a6b"),
        name="Billing primary",
        created_by="user_ada",
        created_at=NOW - timedelta(hours=1),
    )


@pytest.fixture
def organization(documented):
    return documented.organization


DOCUMENTED = (
    '"id":"018f3c1d-0001-7aaa-8bbb-1c2d3e4f5a6b","orgId":"org_acme","name":"Billing primary","description":null,'
    '"timezone":"%s","pagingMode":"all","createdBy":"user_ada","createdAt":"2026-05-01T08:00:00.000Z","updatedAt":"%s"'
)
UNCHANGED = DOCUMENTED % ("Europe/Berlin", "2026-05-01T08:00:00.000Z")


def test_schedules_are_told_as_documented(api, documented):
    assert api.get(SCHEDULES).content.decode() == f'{{"data":[{{{UNCHANGED}}}]}}'
    assert api.get(schedule_path(documented)).content.decode() == f'{{"data":{{{UNCHANGED},"layers":[]}}}}'


@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_change_is_told_as_documented(api, documented, method, monkeypatch):
    monkeypatch.setattr("escalation.api.views.schedules.now", lambda: LATER)
    body = {"name": "Billing primary", "description": None, "timezone": "Europe/Paris"}

    response = getattr(api, method)(schedule_path(documented), body)

    assert response.status_code == 200
    assert response.content.decode() == f'{{"data":{{{DOCUMENTED % ("Europe/Paris", "2026-05-01T10:00:00.000Z")}}}}}'


def test_the_list_is_ordered_by_creation(api, organization, documented):
    second, first = (
        ScheduleFactory(organization=organization, created_at=NOW - timedelta(days=days)) for days in (2, 3)
    )

    assert [row["id"] for row in api.get(SCHEDULES).json()["data"]] == [
        str(first.id),
        str(second.id),
        str(documented.id),
    ]


@pytest.mark.parametrize("size", [1, 8])
def test_reads_cost_one_statement_beside_the_key(api, organization, size, django_assert_num_queries):
    made = ScheduleFactory.create_batch(size, organization=organization)
    RotationFactory.create_batch(
        size, schedule=made[0], people=MembershipFactory.create_batch(size, organization=organization)
    )

    with django_assert_num_queries(2):
        assert len(api.get(SCHEDULES).json()["data"]) == size + 1
    with django_assert_num_queries(2):
        assert len(api.get(schedule_path(made[0])).json()["data"]["layers"]) == size


def test_a_schedule_is_created(api, api_key, organization):
    response = api.post(SCHEDULES, {"name": " Secondary ", "timezone": "Asia/Kathmandu", "description": "Nights"})

    body = response.json()["data"]
    schedule = Schedule.objects.get(name="Secondary")
    assert (response.status_code, list(body)) == (201, SCHEDULE_KEYS)
    assert body == {
        "id": str(schedule.id),
        "orgId": organization.id,
        "name": "Secondary",
        "description": "Nights",
        "timezone": "Asia/Kathmandu",
        "pagingMode": "all",
        "createdBy": api_key.id,
        "createdAt": body["createdAt"],
        "updatedAt": body["createdAt"],
    }


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name", "timezone"]),
        ({"name": "A"}, ["timezone"]),
        ({"name": "A", "timezone": None}, ["timezone"]),
        ({"name": "A", "timezone": ""}, ["timezone"]),
        ({"name": "A", "timezone": 5}, ["timezone"]),
        ({"name": "A", "timezone": "EST"}, ["timezone"]),
        ({"name": "A", "timezone": "Etc/GMT+5"}, ["timezone"]),
        ({"name": "A", "timezone": "Europe/Atlantis"}, ["timezone"]),
        ({"name": "A", "timezone": "x" * 65}, ["timezone"]),
        ({"name": " ", "timezone": "UTC"}, ["name"]),
        ({"name": "A", "timezone": "UTC", "timeZone": "UTC"}, ["timeZone"]),
        ({"name": "A", "timezone": "UTC", "layers": []}, ["layers"]),
        ({"name": "A", "timezone": "UTC", "pagingMode": "FIRST"}, ["pagingMode"]),
        ({"name": "A", "timezone": "UTC", "pagingMode": None}, ["pagingMode"]),
    ],
)
def test_an_unusable_field_is_named_and_nothing_created(api, documented, body, fields):
    assert fields_of(api.post(SCHEDULES, body)) == fields
    assert Schedule.objects.get() == documented


def test_a_name_is_taken_once(api, documented):
    assert told(api.post(SCHEDULES, {"name": "BILLING primary", "timezone": "UTC"})) == (409, "name_conflict")
    other = api.post(SCHEDULES, {"name": "Other", "timezone": "UTC"}).json()["data"]
    path = f"{SCHEDULES}/{other['id']}"
    assert told(api.patch(path, {"name": "Billing primary"})) == (409, "name_conflict")
    assert told(api.put(path, {"name": "Billing primary", "timezone": "UTC"})) == (409, "name_conflict")


def test_a_change_of_nothing_leaves_no_trace(api, documented):
    before = api.get(schedule_path(documented))

    assert api.patch(schedule_path(documented), {}).status_code == 200
    after = api.get(schedule_path(documented))
    assert (after.content, after.headers["ETag"]) == (before.content, before.headers["ETag"])


def test_a_replacement_needs_all_that_cannot_be_null(api, documented):
    api.patch(schedule_path(documented), {"description": "Days"})

    assert fields_of(api.put(schedule_path(documented), {"name": "A"})) == ["timezone"]
    replaced = api.put(schedule_path(documented), {"name": "A", "timezone": "UTC"}).json()["data"]
    assert replaced["description"] is None


def test_the_paging_mode_stays_unless_it_is_sent(api, documented):
    path = schedule_path(documented)

    assert api.patch(path, {"pagingMode": "first"}).json()["data"]["pagingMode"] == "first"
    assert api.put(path, {"name": "A", "timezone": "UTC"}).json()["data"]["pagingMode"] == "first"
    assert api.put(path, {"name": "A", "timezone": "UTC", "pagingMode": "all"}).json()["data"]["pagingMode"] == "all"
    created = api.post(SCHEDULES, {"name": "B", "timezone": "UTC", "pagingMode": "first"}).json()["data"]
    assert created["pagingMode"] == "first"


def test_a_client_may_insist_on_the_version_it_read(api, documented):
    stale = api.get(schedule_path(documented)).headers["ETag"]
    api.patch(schedule_path(documented), {"name": "A"})

    for response in (
        api.patch(schedule_path(documented), {"name": "B"}, headers={"If-Match": stale}),
        api.put(schedule_path(documented), {"name": "B", "timezone": "UTC"}, headers={"If-Match": stale}),
        api.delete(schedule_path(documented), headers={"If-Match": stale}),
    ):
        assert told(response) == (412, "precondition_failed")


def test_a_schedule_is_deleted_once(api, documented):
    response = api.delete(schedule_path(documented))

    assert (response.status_code, response.content) == (200, b'{"success":true}')
    assert told(api.delete(schedule_path(documented))) == (404, "not_found")


def test_a_schedule_that_a_layer_targets_is_not_deleted(api, documented):
    LayerFactory(policy=PolicyFactory(organization=documented.organization), schedule=documented)

    assert told(api.delete(schedule_path(documented))) == (400, "schedule_in_use")
    assert api.get(schedule_path(documented)).status_code == 200
