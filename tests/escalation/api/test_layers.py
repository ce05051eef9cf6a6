from __future__ import annotations

from uuid import uuid4

import pytest

from tests.escalation.api.conftest import fields_of, layer_path, layers_path, policy_path, told
from tests.escalation.plans import LATER, NOW, layers_of, positions_of
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

LAYER_KEYS = ["id", "policyId", "orgId", "position", "ackTimeoutMinutes", "target", "createdAt", "updatedAt"]


def _naming(*people):
    return {"type": "users", "userIds": [person.user_id for person in people]}


def _targeting(schedule):
    return {"type": "schedule", "scheduleId": str(schedule.id)}


@pytest.fixture
def body(schedule):
    """A layer that can be added."""
    return {"position": 1, "ackTimeoutMinutes": 5, "target": _targeting(schedule)}


def _version(api, policy):
    return api.get(policy_path(policy)).headers["ETag"]


def test_a_layer_is_told_as_documented(api, monkeypatch, organization, policy, layers):
    monkeypatch.setattr("escalation.api.views.policies.now", lambda: LATER)
    people = [
        MembershipFactory(organization=organization, user=UserFactory(id=f"user_{name}")) for name in ("ada", "bob")
    ]

    response = api.post(layers_path(policy), {"position": 2, "ackTimeoutMinutes": 15, "target": _naming(*people)})

    added = layers_of(policy)[1]
    assert response.content.decode() == (
        f'{{"data":{{"id":"{added.id}","policyId":"{policy.id}","orgId":"{organization.id}","position":2,'
        '"ackTimeoutMinutes":15,"target":{"type":"users","userIds":["user_ada","user_bob"]},'
        '"createdAt":"2026-05-01T10:00:00.000Z","updatedAt":"2026-05-01T10:00:00.000Z"}}'
    )


@pytest.mark.parametrize(("position", "place"), [(1, 0), (3, 2), (4, 3), (5, 3), (1_000_000_000, 3)])
def test_a_layer_is_inserted_at_its_position(api, policy, layers, body, position, place):
    response = api.post(layers_path(policy), {**body, "position": position})

    added = response.json()["data"]
    assert (response.status_code, list(added)) == (201, LAYER_KEYS)
    assert added["position"] == place + 1
    assert [str(layer.id) for layer in layers_of(policy)].index(added["id"]) == place
    assert positions_of(policy) == [1, 2, 3, 4]


@pytest.mark.parametrize("minutes", [1, 10_080])
def test_a_wait_is_between_a_minute_and_a_week(api, policy, body, minutes):
    added = api.post(layers_path(policy), {**body, "ackTimeoutMinutes": minutes}).json()["data"]

    assert added["ackTimeoutMinutes"] == minutes
    assert layers_of(policy)[0].timeout_seconds == 60 * minutes


@pytest.mark.parametrize("bad", [0, -1, 1.5, 1.0, "1", "01", " 1 ", "\uff11", "1_0", True, None, [], 2**31, 2**63])
def test_a_position_is_an_integer_from_one(api, policy, layers, body, bad):
    assert fields_of(api.post(layers_path(policy), {**body, "position": bad})) == ["position"]
    assert fields_of(api.patch(layer_path(layers[0]), {"position": bad})) == ["position"]
    assert layers_of(policy) == layers


@pytest.mark.parametrize("bad", [0, -1, 10_081, "5", 5.0, True, None, {}, 10**400])
def test_a_wait_is_an_integer_in_bounds(api, policy, layers, body, bad):
    assert fields_of(api.post(layers_path(policy), {**body, "ackTimeoutMinutes": bad})) == ["ackTimeoutMinutes"]
    assert fields_of(api.patch(layer_path(layers[0]), {"ackTimeoutMinutes": bad})) == ["ackTimeoutMinutes"]
    assert layers_of(policy) == layers


@pytest.mark.parametrize("field", ["position", "ackTimeoutMinutes", "target"])
def test_all_fields_are_required(api, policy, body, field):
    del body[field]

    assert fields_of(api.post(layers_path(policy), body)) == [field]


def test_a_typo_is_named(api, policy, layers, body):
    assert fields_of(api.post(layers_path(policy), {**body, "ackTimeoutMinute": 5})) == ["ackTimeoutMinute"]
    assert fields_of(api.patch(layer_path(layers[0]), {"ackTimeoutMinute": 5})) == ["ackTimeoutMinute"]


def test_a_client_may_send_back_what_it_read(api, policy, layers):
    read = api.get(policy_path(policy)).json()["data"]["layers"][1]

    assert api.patch(layer_path(layers[1]), read).json()["data"] == read
    assert api.post(layers_path(policy), read).status_code == 201


SCHEDULE_ID = "d496713a-ec0f-7d3f-aa91-8c1886001f70"
MALFORMED_TARGETS: list[object] = [
    None,
    {},
    [],
    "schedule",
    5,
    {"type": None, "scheduleId": SCHEDULE_ID},
    {"type": "team", "scheduleId": SCHEDULE_ID},
    {"type": "Schedule", "scheduleId": SCHEDULE_ID},
    {"type": ["schedule"], "scheduleId": SCHEDULE_ID},
    {"scheduleId": SCHEDULE_ID},
    {"type": "schedule"},
    {"type": "users"},
    {"type": "schedule", "userIds": ["user_ada"]},
    {"type": "users", "scheduleId": SCHEDULE_ID},
    {"type": "schedule", "scheduleId": SCHEDULE_ID, "userIds": ["user_ada"]},
    {"type": "schedule", "scheduleId": SCHEDULE_ID, "note": "x"},
    {"type": "schedule", "scheduleId": 1},
    {"type": "schedule", "scheduleId": True},
    {"type": "schedule", "scheduleId": None},
    {"type": "schedule", "scheduleId": f"urn:uuid:{SCHEDULE_ID}"},
    {"type": "schedule", "scheduleId": f"{{{SCHEDULE_ID}}}"},
    {"type": "schedule", "scheduleId": SCHEDULE_ID.replace("-", "")},
    {"type": "schedule", "scheduleId": SCHEDULE_ID},
    {"type": "users", "userIds": []},
    {"type": "users", "userIds": None},
    {"type": "users", "userIds": "user_ada"},
    {"type": "users", "userIds": {"0": "user_ada"}},
    {"type": "users", "userIds": [5]},
    {"type": "users", "userIds": [["user_ada"]]},
    {"type": "users", "userIds": [None]},
    {"type": "users", "userIds": ["user_unknown"]},
    {"type": "users", "userIds": [""]},
    {"type": "users", "userIds": ["x" * 100_000]},
]


@pytest.mark.parametrize("target", MALFORMED_TARGETS, ids=str)
def test_whatever_is_wrong_inside_a_target_is_an_invalid_target(api, policy, layers, body, target):
    for response in (
        api.post(layers_path(policy), {**body, "target": target}),
        api.patch(layer_path(layers[0]), {"target": target}),
    ):
        assert told(response) == (400, "invalid_target")
        assert "target" in response.json()["message"]
    assert layers_of(policy) == layers
    assert layers_of(policy)[0].target == layers_of(policy)[1].target


@pytest.mark.parametrize("more", [{"userIds": ["user_ada"]}, {"userIds": None}, {"note": "x"}])
def test_a_target_holds_nothing_beside_its_branch(api, policy, body, more):
    assert told(api.post(layers_path(policy), {**body, "target": {**body["target"], **more}})) == (
        400,
        "invalid_target",
    )
    assert api.post(layers_path(policy), body).status_code == 201


def test_a_person_named_twice_is_an_invalid_target(api, policy, body, member):
    assert told(api.post(layers_path(policy), {**body, "target": _naming(member, member)})) == (400, "invalid_target")


def test_more_than_a_hundred_people_are_too_many(api, policy, body):
    target = {"type": "users", "userIds": [f"user_{number}" for number in range(101)]}

    assert fields_of(api.post(layers_path(policy), {**body, "target": target})) == ["target.userIds"]


def test_unknown_and_foreign_targets_get_the_same_answer(api, organization, policy, body, schedule):
    def refusal(target):
        response = api.post(layers_path(policy), {**body, "target": target})
        return {key: value for key, value in response.json().items() if key != "requestId"}

    foreign_schedule = refusal(_targeting(ScheduleFactory()))
    foreign_user = refusal(_naming(MembershipFactory()))
    inactive_user = refusal(_naming(MembershipFactory(organization=organization, is_active=False)))
    schedule.delete()

    assert foreign_schedule == refusal({"type": "schedule", "scheduleId": str(uuid4())}) == refusal(body["target"])
    assert foreign_user == refusal({"type": "users", "userIds": ["user_unknown"]})
    assert inactive_user != foreign_user
    assert {foreign_schedule["code"], foreign_user["code"], inactive_user["code"]} == {"invalid_target"}


def test_the_fifty_first_layer_is_refused(api, policy, schedule, body):
    LayerFactory.create_batch(50, policy=policy, schedule=schedule)

    assert told(api.post(layers_path(policy), body)) == (422, "validation_error")


def test_one_or_more_fields_change(api, policy, layers, member):
    response = api.patch(layer_path(layers[2]), {"position": 1, "ackTimeoutMinutes": 20, "target": _naming(member)})

    changed = response.json()["data"]
    assert (response.status_code, list(changed)) == (200, LAYER_KEYS)
    assert (changed["position"], changed["ackTimeoutMinutes"], changed["target"]) == (1, 20, _naming(member))
    assert [layer.id for layer in layers_of(policy)] == [layers[2].id, layers[0].id, layers[1].id]


def test_a_change_of_nothing_is_fine(api, policy, layers):
    before = _version(api, policy)

    assert api.patch(layer_path(layers[0]), {}).status_code == 200
    assert _version(api, policy) == before


def test_every_change_of_a_layer_is_a_new_version_of_the_policy(api, policy, layers, body):
    versions = [_version(api, policy)]
    for call in (
        lambda: api.post(layers_path(policy), body),
        lambda: api.patch(layer_path(layers[0]), {"ackTimeoutMinutes": 9}),
        lambda: api.delete(layer_path(layers[0])),
        lambda: api.put(
            f"{layers_path(policy)}/order", {"layerIds": [str(layer.id) for layer in layers_of(policy)[::-1]]}
        ),
    ):
        assert call().status_code in {200, 201}
        versions.append(_version(api, policy))

    assert len(set(versions)) == 5
    policy.refresh_from_db()
    assert policy.updated_at > NOW


def test_a_layer_is_deleted_once(api, policy, layers):
    response = api.delete(layer_path(layers[0]))

    assert (response.status_code, response.content) == (200, b'{"success":true}')
    assert positions_of(policy) == [1, 2]
    assert told(api.delete(layer_path(layers[0]))) == (404, "not_found")


def test_all_layers_are_put_into_an_order(api, policy, layers):
    order = [str(layers[index].id) for index in (2, 0, 1)]

    response = api.put(f"{layers_path(policy)}/order", {"layerIds": order})

    told_layers = response.json()["data"]
    assert response.status_code == 200
    assert [layer["id"] for layer in told_layers] == order
    assert [layer["position"] for layer in told_layers] == [1, 2, 3]
    assert [list(layer) for layer in told_layers] == [LAYER_KEYS] * 3
    assert [str(layer.id) for layer in layers_of(policy)] == order


def test_ids_of_an_order_are_read_in_either_case(api, policy, layers):
    order = [str(layer.id).upper() for layer in layers]

    assert api.put(f"{layers_path(policy)}/order", {"layerIds": order}).status_code == 200


@pytest.mark.parametrize("wrong", ["missing", "extra", "twice", "empty", "other policy", "no id", "blank"])
def test_an_order_of_other_layers_is_refused_and_nothing_changed(api, policy, layers, wrong):
    ids = [str(layer.id) for layer in layers]
    other = LayerFactory(policy=PolicyFactory(organization=policy.organization))
    order = {
        "missing": ids[1:],
        "extra": [*ids, str(uuid4())],
        "twice": [*ids, ids[0]],
        "empty": [],
        "other policy": [*ids[:2], str(other.id)],
        "no id": [*ids[:2], "zzz"],
        "blank": [*ids[:2], ""],
    }[wrong]

    assert told(api.put(f"{layers_path(policy)}/order", {"layerIds": order})) == (400, "invalid_layer_order")
    assert layers_of(policy) == layers


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "layerIds"),
        ({"layerIds": None}, "layerIds"),
        ({"layerIds": "zzz"}, "layerIds"),
        ({"layerIds": {"0": "zzz"}}, "layerIds"),
        ({"layerIds": [5]}, "layerIds.0"),
        ({"layerIds": [None]}, "layerIds.0"),
        ({"layerIds": [], "layers": []}, "layers"),
    ],
)
def test_an_order_is_a_list_of_strings(api, policy, body, field):
    assert fields_of(api.put(f"{layers_path(policy)}/order", body)) == [field]


def test_a_client_may_insist_on_the_version_of_the_policy(api, policy, layers):
    stale = _version(api, policy)
    api.patch(policy_path(policy), {"name": "Payments"})
    order = {"layerIds": [str(layer.id) for layer in layers[::-1]]}

    for response in (
        api.patch(layer_path(layers[0]), {"ackTimeoutMinutes": 9}, headers={"If-Match": stale}),
        api.put(f"{layers_path(policy)}/order", order, headers={"If-Match": stale}),
        api.delete(layer_path(layers[0]), headers={"If-Match": stale}),
    ):
        assert told(response) == (412, "precondition_failed")
    assert layers_of(policy) == layers
    assert api.delete(layer_path(layers[0]), headers={"If-Match": _version(api, policy)}).status_code == 200


@pytest.mark.parametrize("method", ["get", "put"])
def test_a_layer_has_no_endpoint_of_its_own_to_read_or_replace(api, layers, method):
    assert told(getattr(api, method)(layer_path(layers[0]))) == (405, "method_not_allowed")


@pytest.mark.parametrize("size", [2, 20])
def test_calls_cost_the_same_for_any_number_of_layers(api, organization, policy, body, size, django_assert_num_queries):
    people = MembershipFactory.create_batch(size, organization=organization)
    layers = LayerFactory.create_batch(size, policy=policy, people=people)

    with django_assert_num_queries(13):
        api.post(layers_path(policy), body)
    with django_assert_num_queries(15):
        api.patch(layer_path(layers[0]), {"position": 1, "target": _naming(*people[::-1])})
    with django_assert_num_queries(13):
        api.delete(layer_path(layers[0]))
