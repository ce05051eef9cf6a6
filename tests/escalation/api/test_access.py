"""Who may call the endpoints of plans, and for which rows."""

from __future__ import annotations

from uuid import uuid4

import pytest

from escalation.models import Layer, Override, Policy, Rotation, Schedule, WorkingHours
from tests.escalation.api.conftest import (
    POLICIES,
    SCHEDULES,
    WORKING_HOURS,
    hours_path,
    layer_path,
    layers_path,
    override_path,
    overrides_path,
    policy_path,
    rotation_path,
    rotations_path,
    schedule_path,
    told,
)
from tests.factories.accounts import ApiKeyFactory, OrganizationFactory
from tests.factories.escalation import (
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    RotationFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)
from tests.fixtures.accounts import ApiClient

pytestmark = pytest.mark.django_db

_LAYER = {"position": 1, "ackTimeoutMinutes": 5, "target": {"type": "schedule", "scheduleId": str(uuid4())}}
_WINDOW = {"days": [1], "start": "09:00", "end": "17:00"}
_COLLECTIONS = [
    ("get", POLICIES, None),
    ("post", POLICIES, {"name": "New"}),
    ("get", SCHEDULES, None),
    ("post", SCHEDULES, {"name": "New", "timezone": "UTC"}),
    ("get", WORKING_HOURS, None),
    ("post", WORKING_HOURS, {"name": "New", "timezone": "UTC", "windows": [_WINDOW]}),
]
_ROTATION = {
    "name": "New",
    "rotationType": "daily",
    "rotationLengthDays": 1,
    "handoffTime": "09:00",
    "effectiveFrom": "2026-05-04T07:00:00Z",
    "participantIds": ["user_ada"],
}
_OVERRIDE = {"userId": "user_ada", "startsAt": "2026-05-04T07:00:00Z", "endsAt": "2026-05-04T08:00:00Z"}


def _parts_calls(rotation, override, hours):
    schedule = Schedule(id=rotation.schedule_id)
    return [
        ("post", rotations_path(schedule), _ROTATION),
        ("put", f"{rotations_path(schedule)}/order", {"layerIds": [str(rotation.id)]}),
        ("patch", rotation_path(rotation), {"name": "New"}),
        ("put", rotation_path(rotation), _ROTATION),
        ("delete", rotation_path(rotation), None),
        ("get", overrides_path(schedule), None),
        ("post", overrides_path(schedule), _OVERRIDE),
        ("patch", override_path(override), {"endsAt": "2026-05-04T08:00:00Z"}),
        ("delete", override_path(override), None),
        ("get", hours_path(hours), None),
        ("patch", hours_path(hours), {"name": "New"}),
        ("delete", hours_path(hours), None),
    ]


def _rows_calls(policy, layer, schedule):
    return [
        ("get", policy_path(policy), None),
        ("patch", policy_path(policy), {"name": "New"}),
        ("put", policy_path(policy), {"name": "New"}),
        ("delete", policy_path(policy), None),
        ("post", layers_path(policy), _LAYER),
        ("put", f"{layers_path(policy)}/order", {"layerIds": [str(layer.id)]}),
        ("patch", layer_path(layer), {"ackTimeoutMinutes": 6}),
        ("delete", layer_path(layer), None),
        ("get", schedule_path(schedule), None),
        ("patch", schedule_path(schedule), {"name": "New"}),
        ("put", schedule_path(schedule), {"name": "New", "timezone": "UTC"}),
        ("delete", schedule_path(schedule), None),
    ]


def _call(client, method, path, body):
    return getattr(client, method)(path) if body is None else getattr(client, method)(path, body)


_MODELS = (Policy, Layer, Schedule, Rotation, Override, WorkingHours)


def _contents():
    return [list(model.objects.order_by("id").values()) for model in _MODELS]


@pytest.fixture
def calls(policy, layers, schedule, rotations, override, hours):
    return [
        *_COLLECTIONS,
        *_rows_calls(policy, layers[0], schedule),
        *_parts_calls(rotations[0], override, hours),
    ]


def test_nothing_is_told_without_a_key(calls):
    before = _contents()

    assert {told(_call(ApiClient(), *call)) for call in calls} == {(401, "not_authorized")}
    assert _contents() == before


def test_a_key_that_reads_changes_nothing(organization, calls):
    before = _contents()
    reader = ApiClient(ApiKeyFactory(organization=organization, scope="read").text)

    answers = {(call[0] == "get", *told(_call(reader, *call))) for call in calls}

    assert answers == {(True, 200, None), (False, 403, "insufficient_scope")}
    assert _contents() == before


def test_a_key_that_triggers_sees_no_plans(organization, calls):
    trigger = ApiClient(ApiKeyFactory(organization=organization, scope="trigger").text)

    assert {told(_call(trigger, *call)) for call in calls} == {(403, "insufficient_scope")}


def test_rows_of_another_organization_look_like_rows_that_do_not_exist(api, policy, layers, schedule):
    elsewhere = OrganizationFactory()
    foreign_policy = PolicyFactory(organization=elsewhere)
    foreign_layer = LayerFactory(policy=foreign_policy)
    foreign_schedule = ScheduleFactory(organization=elsewhere)
    missing_policy, missing_schedule = Policy(id=uuid4()), Schedule(id=uuid4())
    before = _contents()

    foreign = [_call(api, *call) for call in _rows_calls(foreign_policy, foreign_layer, foreign_schedule)]
    missing = [
        _call(api, *call)
        for call in _rows_calls(missing_policy, Layer(id=uuid4(), policy_id=missing_policy.id), missing_schedule)
    ]

    assert {told(response) for response in foreign} == {(404, "not_found")}
    assert [_without_request_id(response) for response in foreign] == [
        _without_request_id(response) for response in missing
    ]
    assert _contents() == before


def test_parts_of_another_organizations_schedules_look_like_parts_that_do_not_exist(api):
    rotation = RotationFactory()
    override = OverrideFactory(schedule=rotation.schedule)
    hours = WorkingHoursFactory()
    missing = Rotation(id=uuid4(), schedule_id=uuid4())
    before = _contents()

    foreign = [_call(api, *call) for call in _parts_calls(rotation, override, hours)]
    unknown = [
        _call(api, *call)
        for call in _parts_calls(
            missing, Override(id=uuid4(), schedule_id=missing.schedule_id), WorkingHours(id=uuid4())
        )
    ]

    assert {told(response) for response in foreign} == {(404, "not_found")}
    assert [_without_request_id(response) for response in foreign] == [
        _without_request_id(response) for response in unknown
    ]
    assert _contents() == before


def test_a_foreign_layer_is_not_reached_through_ones_own_policy(api, policy, layers):
    foreign = LayerFactory()
    foreign.policy_id = policy.id

    assert told(api.patch(layer_path(foreign), {"ackTimeoutMinutes": 6})) == (404, "not_found")
    assert told(api.delete(layer_path(foreign))) == (404, "not_found")
    assert told(
        api.put(f"{layers_path(policy)}/order", {"layerIds": [str(layer.id) for layer in [*layers, foreign]]})
    ) == (400, "invalid_layer_order")


def test_lists_hold_the_organizations_own_rows_only(api, policy, schedule, override, hours):
    PolicyFactory()
    OverrideFactory()
    WorkingHoursFactory()

    assert [row["id"] for row in api.get(POLICIES).json()["data"]] == [str(policy.id)]
    assert [row["id"] for row in api.get(SCHEDULES).json()["data"]] == [str(schedule.id)]
    assert [row["id"] for row in api.get(overrides_path(schedule)).json()["data"]] == [str(override.id)]
    assert [row["id"] for row in api.get(WORKING_HOURS).json()["data"]] == [str(hours.id)]


@pytest.mark.parametrize("bad_id", ["zzz", "1", "018f3c1e7a107c559a410f6f2f1f9a01", "x" * 10_000])
def test_a_malformed_id_is_an_unknown_one(api, policy, bad_id):
    for path in (f"{POLICIES}/{bad_id}", f"{SCHEDULES}/{bad_id}", f"{WORKING_HOURS}/{bad_id}"):
        for call in (api.get(path), api.patch(path, {}), api.delete(path)):
            assert told(call) == (404, "not_found")
    assert told(api.patch(f"{policy_path(policy)}/layers/{bad_id}", {})) == (404, "not_found")
    assert told(api.post(f"{POLICIES}/{bad_id}/layers", _LAYER)) == (404, "not_found")


def test_ids_are_read_in_either_case(api, policy):
    assert api.get(f"{POLICIES}/{str(policy.id).upper()}").status_code == 200


def _without_request_id(response):
    return {key: value for key, value in response.json().items() if key != "requestId"}
