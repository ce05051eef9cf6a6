"""The rotation layers of schedules (contract section 5)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from escalation.models import Rotation
from tests.escalation.api.conftest import fields_of, rotation_path, rotations_path, schedule_path, told
from tests.escalation.plans import LATER, NOW
from tests.factories.accounts import MembershipFactory, OrganizationFactory, UserFactory
from tests.factories.escalation import RotationFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

ROTATION_KEYS = [
    "id",
    "scheduleId",
    "name",
    "position",
    "rotationType",
    "rotationLengthDays",
    "handoffTime",
    "effectiveFrom",
    "effectiveUntil",
    "participantIds",
    "restrictions",
    "createdAt",
    "updatedAt",
]
NIGHTS = {"days": [1, 2, 3, 4, 5], "start": "18:00", "end": "08:00"}


def _weekdays(*people, **fields):
    weekdays = {
        "name": "Weekdays",
        "rotationType": "weekly",
        "rotationLengthDays": 7,
        "handoffTime": "09:00",
        "effectiveFrom": "2026-05-04T07:00:00.000Z",
        "participantIds": [person.user_id for person in people],
    }
    return {**weekdays, **fields}


def _without(body, *names):
    return {name: value for name, value in body.items() if name not in names}


def _layers(api, schedule):
    return api.get(schedule_path(schedule)).json()["data"]["layers"]


def test_a_rotation_is_created_as_documented(api, member, schedule):
    response = api.post(rotations_path(schedule), _weekdays(member))

    body = response.json()["data"]
    assert (response.status_code, list(body)) == (201, ROTATION_KEYS)
    assert body == {
        "id": str(Rotation.objects.get().id),
        "scheduleId": str(schedule.id),
        "position": 0,
        **_weekdays(member),
        "effectiveUntil": None,
        "restrictions": [],
        "createdAt": body["createdAt"],
        "updatedAt": body["createdAt"],
    }
    assert _layers(api, schedule) == [body]


def test_a_rotation_is_told_as_documented(api, organization):
    ada, bob = (
        MembershipFactory(organization=organization, user=UserFactory(id=user_id))
        for user_id in ("user_ada", "user_bob")
    )
    schedule = ScheduleFactory(organization=organization, id=UUID("018f3c1d-0001-7aaa-8bbb-1c2d3e4f5a6b"))
    rotation = RotationFactory(
        schedule=schedule,
        id=UUID("018f3c21-7777-7888-9999-aaaabbbbcccc"),
        name="Weekdays",
        people=[ada, bob],
        effective_from=NOW,
        created_at=NOW,
    )

    assert api.patch(rotation_path(rotation), {}).content.decode() == (
        '{"data":{"id":"018f3c21-7777-7888-9999-aaaabbbbcccc","scheduleId":"018f3c1d-0001-7aaa-8bbb-1c2d3e4f5a6b",'
        '"name":"Weekdays","position":0,"rotationType":"weekly","rotationLengthDays":7,"handoffTime":"09:00",'
        '"effectiveFrom":"2026-05-01T09:00:00.000Z","effectiveUntil":null,"participantIds":["user_ada","user_bob"],'
        '"restrictions":[],"createdAt":"2026-05-01T09:00:00.000Z","updatedAt":"2026-05-01T09:00:00.000Z"}}'
    )


def test_rotations_come_one_after_the_other_with_ids_in_the_order_of_creation(api, member, schedule):
    made = [api.post(rotations_path(schedule), _weekdays(member, name=name)).json()["data"] for name in "ABC"]

    assert [rotation["position"] for rotation in made] == [0, 1, 2]
    assert _layers(api, schedule) == made == sorted(made, key=lambda rotation: rotation["id"])


UNUSABLE = [
    ({"name": ""}, "name"),
    ({"name": 5}, "name"),
    ({"rotationType": "Weekly"}, "rotationType"),
    ({"rotationType": "monthly"}, "rotationType"),
    ({"rotationLengthDays": "7"}, "rotationLengthDays"),
    ({"rotationLengthDays": 7.0}, "rotationLengthDays"),
    ({"rotationLengthDays": True}, "rotationLengthDays"),
    ({"rotationLengthDays": 0}, "rotationLengthDays"),
    ({"rotationLengthDays": 8}, "rotationLengthDays"),
    ({"rotationType": "custom", "rotationLengthDays": 3651}, "rotationLengthDays"),
    ({"rotationType": "daily"}, "rotationLengthDays"),
    ({"handoffTime": "24:00"}, "handoffTime"),
    ({"handoffTime": "9:00"}, "handoffTime"),
    ({"handoffTime": "09:60"}, "handoffTime"),
    ({"handoffTime": "09:00:00"}, "handoffTime"),
    ({"handoffTime": "\uff10\uff19:\uff10\uff10"}, "handoffTime"),
    ({"handoffTime": 900}, "handoffTime"),
    ({"handoffTime": None}, "handoffTime"),
    ({"effectiveFrom": "2026-05-04T07:00:00"}, "effectiveFrom"),
    ({"effectiveFrom": "2026-05-04"}, "effectiveFrom"),
    ({"effectiveFrom": "2026-05-04T07:00:00+25:00"}, "effectiveFrom"),
    ({"effectiveFrom": None}, "effectiveFrom"),
    ({"effectiveUntil": "2026-05-04T07:00:00.000Z"}, "effectiveUntil"),
    ({"effectiveUntil": "2026-05-03T07:00:00.000Z"}, "effectiveUntil"),
    ({"effectiveUntil": ""}, "effectiveUntil"),
    ({"participantIds": []}, "participantIds"),
    ({"participantIds": None}, "participantIds"),
    ({"participantIds": {"0": "user_ada"}}, "participantIds"),
    ({"participantIds": ["user_nobody"]}, "participantIds.0"),
    ({"participantIds": ["user_nobody"] * 201}, "participantIds"),
    ({"participantIds": ["user_nobody"] * 10_000}, "participantIds"),
    ({"participantIds": [5]}, "participantIds.0"),
    ({"participantIds": [""]}, "participantIds.0"),
    ({"restrictions": None}, "restrictions"),
    ({"restrictions": NIGHTS}, "restrictions"),
    ({"restrictions": [NIGHTS, {**NIGHTS, "days": [5]}]}, "restrictions.1"),
    ({"restrictions": [{**NIGHTS, "days": []}]}, "restrictions.0.days"),
    ({"restrictions": [{**NIGHTS, "days": [1, 1]}]}, "restrictions.0.days"),
    ({"restrictions": [{**NIGHTS, "days": [0]}]}, "restrictions.0.days.0"),
    ({"restrictions": [{**NIGHTS, "days": [8]}]}, "restrictions.0.days.0"),
    ({"restrictions": [{**NIGHTS, "days": ["1"]}]}, "restrictions.0.days.0"),
    ({"restrictions": [{**NIGHTS, "end": "24:00"}]}, "restrictions.0.end"),
    ({"restrictions": [{**NIGHTS, "timezone": "UTC"}]}, "restrictions.0.timezone"),
    ({"restrictions": [{"days": [1], "start": "18:00"}]}, "restrictions.0.end"),
    ({"restrictions": [NIGHTS] * 51}, "restrictions"),
    ({"position": 1}, "position"),
    ({"lengthDays": 7}, "lengthDays"),
]


@pytest.mark.parametrize(("change", "field"), UNUSABLE)
def test_an_unusable_field_is_named_and_nothing_written(api, member, schedule, change, field):
    rotation = RotationFactory(schedule=schedule, people=[member], effective_from=NOW + timedelta(days=2, hours=22))
    before = api.get(schedule_path(schedule)).content
    body = _weekdays(member, **change)

    assert fields_of(api.post(rotations_path(schedule), body)) == [field]
    assert fields_of(api.put(rotation_path(rotation), body)) == [field]
    assert fields_of(api.patch(rotation_path(rotation), change)) == [field]
    assert api.get(schedule_path(schedule)).content == before


@pytest.mark.parametrize("missing", _weekdays())
def test_each_field_but_the_end_is_needed(api, member, schedule, rotations, missing):
    body = _without(_weekdays(member), missing)

    assert fields_of(api.post(rotations_path(schedule), body)) == [missing]
    assert fields_of(api.put(rotation_path(rotations[0]), body)) == [missing]


def test_a_person_who_is_not_active_or_elsewhere_is_refused_alike(api, member, schedule):
    inactive = MembershipFactory(organization=schedule.organization, is_active=False)
    response = api.post(rotations_path(schedule), _weekdays(member, MembershipFactory(), inactive))

    assert fields_of(response) == ["participantIds.1", "participantIds.2"]
    assert "not active" in response.json()["errors"][1]["message"]


def test_only_what_is_sent_changes(api, member, schedule):
    end = "2026-06-01T07:00:00.000Z"
    created = api.post(rotations_path(schedule), _weekdays(member, effectiveUntil=end, restrictions=[NIGHTS])).json()[
        "data"
    ]
    path = f"{rotations_path(schedule)}/{created['id']}"

    changed = api.patch(path, {"handoffTime": "10:30", "rotationType": "daily", "rotationLengthDays": 1})
    ended = api.patch(path, {"effectiveUntil": None, "restrictions": []})

    told_of = {"handoffTime": "10:30", "rotationType": "daily", "rotationLengthDays": 1}
    assert changed.json()["data"] == {**created, **told_of, "updatedAt": changed.json()["data"]["updatedAt"]}
    assert (ended.json()["data"]["effectiveUntil"], ended.json()["data"]["restrictions"]) == (None, [])


def test_a_replacement_clears_the_end_and_keeps_the_restrictions(api, member, schedule):
    end = "2026-06-01T07:00:00.000Z"
    body = _weekdays(member, effectiveUntil=end, restrictions=[NIGHTS])
    created = api.post(rotations_path(schedule), body).json()["data"]
    path = f"{rotations_path(schedule)}/{created['id']}"

    replaced = api.put(path, _weekdays(member, name="Nights")).json()["data"]

    assert (replaced["id"], replaced["name"]) == (created["id"], "Nights")
    assert (replaced["effectiveUntil"], replaced["restrictions"]) == (None, [NIGHTS])


def test_a_rotation_may_be_sent_back_as_it_was_read_but_for_its_position(api, member, schedule, rotations):
    read, _ = _layers(api, schedule)

    assert fields_of(api.put(rotation_path(rotations[0]), read)) == ["position"]
    assert api.put(rotation_path(rotations[0]), _without(read, "position")).json()["data"] == read


def test_a_name_is_taken_once_in_a_schedule(api, member, schedule):
    api.post(rotations_path(schedule), _weekdays(member))
    other = api.post(rotations_path(schedule), _weekdays(member, name="Other")).json()["data"]
    path = f"{rotations_path(schedule)}/{other['id']}"

    for response in (
        api.post(rotations_path(schedule), _weekdays(member, name="WEEKDAYS")),
        api.patch(path, {"name": "weekdays"}),
        api.put(path, _weekdays(member)),
    ):
        assert told(response) == (409, "name_conflict")
    elsewhere = ScheduleFactory(organization=schedule.organization)
    assert api.post(rotations_path(elsewhere), _weekdays(member)).status_code == 201


def test_rotations_are_put_in_order(api, schedule, rotations):
    ids = [str(rotation.id) for rotation in rotations[::-1]]

    response = api.put(f"{rotations_path(schedule)}/order", {"layerIds": ids})

    assert [(row["id"], row["position"]) for row in response.json()["data"]] == [(ids[0], 0), (ids[1], 1)]
    assert _layers(api, schedule) == response.json()["data"]


def test_an_order_that_is_not_exactly_the_rotations_changes_nothing(api, schedule, rotations):
    first, second = (str(rotation.id) for rotation in rotations)
    path = f"{rotations_path(schedule)}/order"
    before = _layers(api, schedule)

    for ids in ([first], [first, second, first], [first, str(uuid4())], [first, "x"], [], [first, second, "x"]):
        assert told(api.put(path, {"layerIds": ids})) == (400, "invalid_layer_order")
    for body, field in (({}, "layerIds"), ({"layerIds": "x"}, "layerIds"), ({"layerIds": [1, 2]}, "layerIds.0")):
        assert fields_of(api.put(path, body))[0] == field
    assert _layers(api, schedule) == before


def test_a_rotation_is_deleted_and_the_gap_closed(api, schedule, rotations):
    response = api.delete(rotation_path(rotations[0]))

    assert (response.status_code, response.content) == (200, b'{"success":true}')
    assert [(row["id"], row["position"]) for row in _layers(api, schedule)] == [(str(rotations[1].id), 0)]
    assert told(api.delete(rotation_path(rotations[0]))) == (404, "not_found")


def test_a_client_may_insist_on_the_version_of_the_schedule_it_read(api, member, schedule, rotations, monkeypatch):
    monkeypatch.setattr("escalation.api.views.schedules.now", lambda: LATER)
    stale = api.get(schedule_path(schedule)).headers["ETag"]
    api.post(rotations_path(schedule), _weekdays(member))

    for response in (
        api.patch(rotation_path(rotations[0]), {"name": "New"}, headers={"If-Match": stale}),
        api.put(rotation_path(rotations[0]), _weekdays(member, name="New"), headers={"If-Match": stale}),
        api.delete(rotation_path(rotations[0]), headers={"If-Match": stale}),
        api.put(f"{rotations_path(schedule)}/order", {"layerIds": []}, headers={"If-Match": stale}),
    ):
        assert told(response) == (412, "precondition_failed")
    read = api.get(schedule_path(schedule))
    assert read.json()["data"]["updatedAt"] == "2026-05-01T10:00:00.000Z"
    fresh = {"If-Match": read.headers["ETag"]}
    assert api.patch(rotation_path(rotations[0]), {"name": "New"}, headers=fresh).status_code == 200


@pytest.mark.parametrize("size", [1, 12])
def test_writes_cost_the_same_for_any_number_of_rotations_and_people(api, schedule, size, django_assert_num_queries):
    people = MembershipFactory.create_batch(size, organization=schedule.organization)
    for _ in range(size):
        RotationFactory(schedule=schedule, people=people)

    with django_assert_num_queries(14):
        assert api.post(rotations_path(schedule), _weekdays(*people)).status_code == 201


def test_somebody_of_another_organization_is_told_like_nobody(api, schedule):
    foreign = MembershipFactory(organization=OrganizationFactory())
    answers = [
        api.post(rotations_path(schedule), _weekdays(participantIds=[user_id])).json()["errors"]
        for user_id in (foreign.user_id, "user_nobody")
    ]

    assert answers[0] == answers[1]
