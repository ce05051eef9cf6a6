"""Working hours (contract section 9)."""

from __future__ import annotations

import pytest

from escalation.models import WorkingHours
from tests.escalation.api.conftest import WORKING_HOURS, fields_of, hours_path, told
from tests.escalation.plans import NOW
from tests.factories.escalation import LayerFactory, PolicyFactory, WorkingHoursFactory

pytestmark = pytest.mark.django_db

WINDOW = {"days": [1, 2, 3, 4, 5], "start": "09:00", "end": "17:30"}
OFFICE = {"name": "Berlin office", "timezone": "Europe/Berlin", "windows": [WINDOW]}
HOURS_KEYS = ["id", "orgId", "name", "timezone", "windows", "createdBy", "createdAt", "updatedAt"]


def test_working_hours_are_created(api, api_key, organization):
    response = api.post(WORKING_HOURS, OFFICE)

    body = response.json()["data"]
    assert (response.status_code, list(body)) == (201, HOURS_KEYS)
    assert body == {
        "id": str(WorkingHours.objects.get().id),
        "orgId": organization.id,
        **OFFICE,
        "createdBy": api_key.id,
        "createdAt": body["createdAt"],
        "updatedAt": body["createdAt"],
    }
    assert api.get(WORKING_HOURS).json() == {"data": [body]}
    assert api.get(f"{WORKING_HOURS}/{body['id']}").json() == {"data": body}


UNUSABLE = [
    ({"name": " "}, "name"),
    ({"timezone": "EST"}, "timezone"),
    ({"timezone": "Etc/GMT+5"}, "timezone"),
    ({"timezone": "+02:00"}, "timezone"),
    ({"timezone": "Europe/Atlantis"}, "timezone"),
    ({"timezone": None}, "timezone"),
    ({"windows": []}, "windows"),
    ({"windows": None}, "windows"),
    ({"windows": WINDOW}, "windows"),
    ({"windows": [WINDOW] * 51}, "windows"),
    ({"windows": [None]}, "windows.0"),
    ({"windows": [WINDOW, WINDOW]}, "windows.1"),
    ({"windows": [{**WINDOW, "start": "24:00"}]}, "windows.0.start"),
    ({"windows": [{**WINDOW, "end": "5pm"}]}, "windows.0.end"),
    ({"windows": [{**WINDOW, "days": []}]}, "windows.0.days"),
    ({"windows": [{**WINDOW, "days": [3, 3]}]}, "windows.0.days"),
    ({"windows": [{**WINDOW, "days": [8]}]}, "windows.0.days.0"),
    ({"windows": [{**WINDOW, "days": [True]}]}, "windows.0.days.0"),
    ({"windows": [{"days": [1], "end": "17:00"}]}, "windows.0.start"),
    ({"windows": [{**WINDOW, "day": 1}]}, "windows.0.day"),
    ({"description": "x"}, "description"),
]


@pytest.mark.parametrize(("change", "field"), UNUSABLE)
def test_an_unusable_field_is_named_and_nothing_written(api, hours, change, field):
    assert fields_of(api.post(WORKING_HOURS, {**OFFICE, **change})) == [field]
    assert fields_of(api.patch(hours_path(hours), change)) == [field]
    assert list(WorkingHours.objects.values()) == [
        WorkingHours.objects.filter(version=1, updated_at=NOW).values().get()
    ]


@pytest.mark.parametrize("missing", OFFICE)
def test_each_field_is_needed(api, missing):
    body = {name: value for name, value in OFFICE.items() if name != missing}

    assert fields_of(api.post(WORKING_HOURS, body)) == [missing]


def test_a_change_is_partial_or_full(api, hours):
    partly = api.patch(hours_path(hours), {"timezone": "Europe/Paris"}).json()["data"]
    fully = api.patch(hours_path(hours), OFFICE).json()["data"]

    assert (partly["name"], partly["timezone"], partly["windows"]) == ("Office", "Europe/Paris", hours.windows)
    assert {name: fully[name] for name in OFFICE} == OFFICE


def test_hours_may_be_sent_back_as_they_were_read(api, hours):
    read = api.get(hours_path(hours))

    assert api.patch(hours_path(hours), read.json()["data"]).json() == read.json()
    assert api.get(hours_path(hours)).headers["ETag"] == read.headers["ETag"]


def test_a_name_is_taken_once(api, hours):
    other = api.post(WORKING_HOURS, OFFICE).json()["data"]

    assert told(api.post(WORKING_HOURS, {**OFFICE, "name": "OFFICE"})) == (409, "name_conflict")
    assert told(api.patch(f"{WORKING_HOURS}/{other['id']}", {"name": "office"})) == (409, "name_conflict")


def test_hours_are_deleted_without_a_body(api, hours):
    response = api.delete(hours_path(hours))

    assert (response.status_code, response.content) == (204, b"")
    assert told(api.delete(hours_path(hours))) == (404, "not_found")


def test_hours_that_a_layer_names_are_not_deleted(api, hours):
    LayerFactory(policy=PolicyFactory(organization=hours.organization), working_hours=hours)

    assert told(api.delete(hours_path(hours))) == (400, "working_hours_in_use")
    assert api.get(hours_path(hours)).status_code == 200


def test_a_client_may_insist_on_the_version_it_read(api, hours):
    stale = api.get(hours_path(hours)).headers["ETag"]
    api.patch(hours_path(hours), {"name": "New"})

    for response in (
        api.patch(hours_path(hours), {"name": "Newer"}, headers={"If-Match": stale}),
        api.delete(hours_path(hours), headers={"If-Match": stale}),
    ):
        assert told(response) == (412, "precondition_failed")


@pytest.mark.parametrize("size", [1, 9])
def test_reads_cost_one_statement_beside_the_key(api, organization, size, django_assert_num_queries):
    made = WorkingHoursFactory.create_batch(size, organization=organization)

    with django_assert_num_queries(2):
        listed = api.get(WORKING_HOURS).json()["data"]
    with django_assert_num_queries(2):
        api.get(hours_path(made[0]))
    assert [row["id"] for row in listed] == [str(row.id) for row in made]
