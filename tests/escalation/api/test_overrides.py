"""Overrides of schedules (contract 5.1, rule 7)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from escalation.models import Override
from tests.escalation.api.conftest import fields_of, override_path, overrides_path, schedule_path, told
from tests.escalation.plans import NOW
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import OverrideFactory, RotationFactory

pytestmark = pytest.mark.django_db

OVERRIDE_KEYS = [
    "id",
    "scheduleId",
    "orgId",
    "rotationLayerId",
    "userId",
    "startsAt",
    "endsAt",
    "createdBy",
    "createdAt",
    "updatedAt",
]
START, END = "2026-06-01T07:00:00.000Z", "2026-06-02T07:00:00.000Z"


def _body(member, **fields):
    return {"userId": member.user_id, "startsAt": START, "endsAt": END, **fields}


def test_an_override_is_created(api, api_key, member, schedule, rotations):
    response = api.post(overrides_path(schedule), _body(member, rotationLayerId=str(rotations[1].id)))

    body = response.json()["data"]
    assert (response.status_code, list(body)) == (201, OVERRIDE_KEYS)
    assert body == {
        "id": str(Override.objects.get().id),
        "scheduleId": str(schedule.id),
        "orgId": schedule.organization_id,
        "rotationLayerId": str(rotations[1].id),
        "userId": member.user_id,
        "startsAt": START,
        "endsAt": END,
        "createdBy": api_key.id,
        "createdAt": body["createdAt"],
        "updatedAt": body["createdAt"],
    }
    assert api.get(overrides_path(schedule)).json() == {"data": [body]}


def test_without_a_rotation_the_whole_schedule_is_overridden(api, member, schedule):
    assert api.post(overrides_path(schedule), _body(member)).json()["data"]["rotationLayerId"] is None


UNUSABLE = [
    ({"userId": None}, "userId"),
    ({"userId": 5}, "userId"),
    ({"userId": ""}, "userId"),
    ({"userId": "user_nobody"}, "userId"),
    ({"startsAt": "2026-06-01T07:00:00"}, "startsAt"),
    ({"startsAt": 5}, "startsAt"),
    ({"startsAt": END}, "endsAt"),
    ({"endsAt": START}, "endsAt"),
    ({"endsAt": "2026-06-01T06:59:59.999Z"}, "endsAt"),
    ({"endsAt": "2026-06-02"}, "endsAt"),
    ({"endsAt": None}, "endsAt"),
    ({"rotationLayerId": "x"}, "rotationLayerId"),
    ({"rotationLayerId": str(uuid4())}, "rotationLayerId"),
    ({"layerId": None}, "layerId"),
]


@pytest.mark.parametrize(("change", "field"), UNUSABLE)
def test_an_unusable_field_is_named_and_nothing_written(api, member, schedule, change, field):
    override = OverrideFactory(schedule=schedule, starts_at=NOW + timedelta(days=30, hours=22))
    before = api.get(overrides_path(schedule)).content

    assert fields_of(api.post(overrides_path(schedule), _body(member, **change))) == [field]
    assert fields_of(api.patch(override_path(override), {"startsAt": START, "endsAt": END, **change})) == [field]
    assert api.get(overrides_path(schedule)).content == before


@pytest.mark.parametrize("missing", ["userId", "startsAt", "endsAt"])
def test_each_field_but_the_rotation_is_needed(api, member, schedule, missing):
    body = _body(member)
    del body[missing]

    assert fields_of(api.post(overrides_path(schedule), body)) == [missing]


def test_overlapping_overrides_are_refused(api, member, schedule, rotations):
    first = api.post(overrides_path(schedule), _body(member)).json()["data"]
    other = api.post(overrides_path(schedule), _body(member, rotationLayerId=str(rotations[1].id))).json()["data"]
    path = f"{overrides_path(schedule)}/{other['id']}"

    for response in (
        api.post(overrides_path(schedule), _body(member)),
        api.post(overrides_path(schedule), _body(member, rotationLayerId=str(rotations[0].id))),
        api.patch(path, {"rotationLayerId": None}),
    ):
        assert told(response) == (409, "override_conflict")
    assert api.get(overrides_path(schedule)).json()["data"] == [first, other]


def test_only_what_is_sent_changes(api, schedule, rotations, override):
    other = MembershipFactory(organization=schedule.organization)
    (before,) = api.get(overrides_path(schedule)).json()["data"]

    changed = api.patch(override_path(override), {"userId": other.user_id}).json()["data"]
    named = api.patch(override_path(override), {"rotationLayerId": str(rotations[0].id)}).json()["data"]
    cleared = api.patch(override_path(override), {"rotationLayerId": None}).json()["data"]

    assert changed == {**before, "userId": other.user_id, "updatedAt": changed["updatedAt"]}
    assert (named["rotationLayerId"], cleared["rotationLayerId"]) == (str(rotations[0].id), None)


def test_an_override_is_deleted_once(api, override):
    response = api.delete(override_path(override))

    assert (response.status_code, response.content) == (200, b'{"success":true}')
    assert told(api.delete(override_path(override))) == (404, "not_found")


def test_the_list_is_ordered_by_start_and_cut_to_a_span(api, schedule):
    third, first, second = (OverrideFactory(schedule=schedule, starts_at=NOW + timedelta(days=n)) for n in (2, 0, 1))

    def listed(**span):
        return [row["id"] for row in api.get(overrides_path(schedule), span).json()["data"]]

    assert listed() == [str(row.id) for row in (first, second, third)]
    assert listed(**{"from": "2026-05-02T09:00:00Z"}) == [str(second.id), str(third.id)]
    assert listed(to="2026-05-02T09:00:00Z") == [str(first.id)]
    assert listed(**{"from": "2026-05-02T08:59:59Z", "to": "2026-05-02T09:00:01Z"}) == [str(first.id), str(second.id)]


@pytest.mark.parametrize("name", ["from", "to"])
def test_a_bound_is_an_instant(api, schedule, name):
    assert fields_of(api.get(overrides_path(schedule), {name: "2026-05-02"})) == [name]


def test_a_client_may_insist_on_the_version_of_the_schedule_it_read(api, member, schedule, override):
    stale = api.get(schedule_path(schedule)).headers["ETag"]
    api.post(overrides_path(schedule), _body(member))

    for response in (
        api.patch(override_path(override), {"endsAt": END}, headers={"If-Match": stale}),
        api.delete(override_path(override), headers={"If-Match": stale}),
    ):
        assert told(response) == (412, "precondition_failed")
    fresh = {"If-Match": api.get(schedule_path(schedule)).headers["ETag"]}
    assert api.delete(override_path(override), headers=fresh).status_code == 200


@pytest.mark.parametrize("size", [1, 9])
def test_the_list_costs_the_same_for_any_number_of_overrides(api, schedule, size, django_assert_num_queries):
    rotation = RotationFactory(schedule=schedule)
    OverrideFactory.create_batch(size, schedule=schedule, rotation=rotation)

    with django_assert_num_queries(3):
        assert len(api.get(overrides_path(schedule)).json()["data"]) == size
