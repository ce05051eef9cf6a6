"""The newer generation of policies (contract section 11)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from escalation.models import Policy
from tests.escalation.api.conftest import POLICIES, fields_of, policy_path, told
from tests.escalation.plans import layers_of
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory, ScheduleFactory, WorkingHoursFactory

pytestmark = pytest.mark.django_db

STEP_KEYS = ["id", "position", "targetType", "targetId", "escalateAfterSeconds", "condition", "createdAt", "updatedAt"]


def _step(schedule, position=1, **changes):
    step = {
        "position": position,
        "targetType": "schedule",
        "targetId": str(schedule.id),
        "escalateAfterSeconds": 300,
        "condition": None,
    }
    return {**step, **changes}


def _people_step(*people, **changes):
    user_ids = [person.user_id for person in people]
    step = {"position": 1, "targetType": "users", "targetId": user_ids[0], "targetIds": user_ids}
    return {**step, "escalateAfterSeconds": 90, "condition": None, **changes}


def test_a_policy_is_created_with_steps(api, organization, schedule):
    response = api.post(POLICIES, {"name": "Follow the sun", "steps": [_step(schedule)]})

    body = response.json()["data"]
    (layer,) = layers_of(Policy.objects.get())
    assert response.status_code == 201
    assert list(body)[-2:] == ["updatedAt", "steps"]
    assert [list(step) for step in body["steps"]] == [STEP_KEYS]
    assert body["steps"] == [
        {
            "id": str(layer.id),
            "position": 1,
            "targetType": "schedule",
            "targetId": str(schedule.id),
            "escalateAfterSeconds": 300,
            "condition": None,
            "createdAt": body["createdAt"],
            "updatedAt": body["createdAt"],
        }
    ]


def test_the_answer_has_steps_only_if_the_request_had(api):
    assert "steps" not in api.post(POLICIES, {"name": "A"}).json()["data"]
    assert api.post(POLICIES, {"name": "B", "steps": []}).json()["data"]["steps"] == []


def test_steps_are_numbered_by_their_positions(api, organization):
    one, two, three = ScheduleFactory.create_batch(3, organization=organization)
    sent = [_step(three, 9), _step(one, 2), _step(two, 4)]

    steps = api.post(POLICIES, {"name": "A", "steps": sent}).json()["data"]["steps"]

    assert [step["position"] for step in steps] == [1, 2, 3]
    assert [step["targetId"] for step in steps] == [str(one.id), str(two.id), str(three.id)]


def test_people_are_told_by_the_first_and_all_of_them(api, organization):
    ada, bob = MembershipFactory.create_batch(2, organization=organization)

    (step,) = api.post(POLICIES, {"name": "A", "steps": [_people_step(bob, ada)]}).json()["data"]["steps"]

    assert step["targetType"] == "users"
    assert step["targetId"] == bob.user_id
    assert step["targetIds"] == [bob.user_id, ada.user_id]
    assert list(step)[3:6] == ["targetId", "targetIds", "escalateAfterSeconds"]


def test_one_person_needs_no_list(api, member):
    step = _people_step(member)
    del step["targetIds"]

    (told_step,) = api.post(POLICIES, {"name": "A", "steps": [step]}).json()["data"]["steps"]

    assert told_step["targetIds"] == [member.user_id]


def test_minutes_are_rounded_up_and_seconds_kept(api, member):
    created = api.post(POLICIES, {"name": "A", "steps": [_people_step(member, escalateAfterSeconds=61)]}).json()
    policy_id = created["data"]["id"]

    body = api.get(f"{POLICIES}/{policy_id}").json()["data"]

    assert body["layers"][0]["ackTimeoutMinutes"] == 2
    assert body["steps"][0]["escalateAfterSeconds"] == 61


@pytest.mark.parametrize("seconds", [60, 604_800])
def test_a_wait_is_between_a_minute_and_a_week(api, schedule, seconds):
    step = _step(schedule, escalateAfterSeconds=seconds)

    assert api.post(POLICIES, {"name": "A", "steps": [step]}).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"escalateAfterSeconds": 59}, "steps.1.escalateAfterSeconds"),
        ({"escalateAfterSeconds": 604_801}, "steps.1.escalateAfterSeconds"),
        ({"escalateAfterSeconds": "300"}, "steps.1.escalateAfterSeconds"),
        ({"escalateAfterSeconds": None}, "steps.1.escalateAfterSeconds"),
        ({"position": 0}, "steps.1.position"),
        ({"position": "2"}, "steps.1.position"),
        ({"condition": {"workingHoursId": str(uuid4())}}, "steps.1.condition.when"),
        ({"condition": {"workingHoursId": "x", "when": "during"}}, "steps.1.condition.workingHoursId"),
        ({"condition": {"workingHoursId": str(uuid4()), "when": "during"}}, "steps.1.condition.workingHoursId"),
        ({"condition": {"workingHoursId": str(uuid4()), "when": "During"}}, "steps.1.condition.when"),
        ({"condition": {"workingHoursId": str(uuid4()), "when": "during", "not": 1}}, "steps.1.condition.not"),
        ({"condition": False}, "steps.1.condition"),
        ({"ackTimeoutMinutes": 5}, "steps.1.ackTimeoutMinutes"),
        ({"position": 1}, "steps"),
    ],
)
def test_an_unusable_step_is_named_and_nothing_changed(api, policy, layers, schedule, change, field):
    steps = [_step(schedule, 1), {**_step(schedule, 2), **change}]

    assert fields_of(api.post(POLICIES, {"name": "A", "steps": steps})) == [field]
    assert fields_of(api.put(policy_path(policy), {"name": "A", "steps": steps})) == [field]
    assert Policy.objects.get() == policy
    assert layers_of(policy) == layers


@pytest.mark.parametrize("field", ["position", "targetType", "targetId", "escalateAfterSeconds"])
def test_a_step_needs_its_fields(api, schedule, field):
    step = _step(schedule)
    del step[field]

    assert fields_of(api.post(POLICIES, {"name": "A", "steps": [step]})) == [f"steps.0.{field}"]


def test_a_step_counts_during_or_outside_working_hours(api, organization, schedule):
    hours = WorkingHoursFactory(organization=organization)
    conditions = [{"workingHoursId": str(hours.id), "when": when} for when in ("during", "outside")]
    steps = [_step(schedule, place, condition=condition) for place, condition in enumerate(conditions, 1)]

    created = api.post(POLICIES, {"name": "A", "steps": steps}).json()["data"]
    read = api.get(f"{POLICIES}/{created['id']}").json()["data"]

    assert [step["condition"] for step in created["steps"]] == conditions
    assert [step["condition"] for step in read["steps"]] == conditions
    assert "condition" not in read["layers"][0]


def test_a_replacement_changes_the_condition_of_a_step_that_stays(api, organization, schedule):
    hours = WorkingHoursFactory(organization=organization)
    condition = {"workingHoursId": str(hours.id), "when": "outside"}
    created = api.post(POLICIES, {"name": "A", "steps": [_step(schedule)]}).json()["data"]
    path = f"{POLICIES}/{created['id']}"

    (changed,) = api.put(path, {"name": "A", "steps": [_step(schedule, condition=condition)]}).json()["data"]["steps"]
    (cleared,) = api.put(path, {"name": "A", "steps": [_step(schedule)]}).json()["data"]["steps"]

    assert changed["id"] == cleared["id"] == created["steps"][0]["id"]
    assert (changed["condition"], cleared["condition"]) == (condition, None)


def test_a_foreign_condition_is_an_unknown_one(api, schedule):
    foreign = {"workingHoursId": str(WorkingHoursFactory().id), "when": "during"}

    response = api.post(POLICIES, {"name": "A", "steps": [_step(schedule, condition=foreign)]})

    assert fields_of(response) == ["steps.0.condition.workingHoursId"]


def test_a_step_without_condition_always_counts(api, schedule):
    step = _step(schedule)
    del step["condition"]

    assert api.post(POLICIES, {"name": "A", "steps": [step]}).json()["data"]["steps"][0]["condition"] is None


@pytest.mark.parametrize("steps", [None, {}, "x", [None], ["x"], [[]]], ids=str)
def test_steps_are_a_list_of_objects(api, steps):
    assert told(api.post(POLICIES, {"name": "A", "steps": steps})) == (422, "validation_error")


def test_more_than_fifty_steps_are_refused(api, schedule):
    steps = [_step(schedule, position) for position in range(1, 52)]

    assert fields_of(api.post(POLICIES, {"name": "A", "steps": steps})) == ["steps"]
    assert len(api.post(POLICIES, {"name": "A", "steps": steps[:50]}).json()["data"]["steps"]) == 50


@pytest.mark.parametrize(
    "change",
    [
        {"targetType": "team"},
        {"targetType": None},
        {"targetType": ["schedule"]},
        {"targetId": None},
        {"targetId": 5},
        {"targetId": "zzz"},
        {"targetId": "d496713a-ec0f-7d3f-aa91-8c1886001f70"},
        {"targetIds": ["user_ada"]},
        {"targetType": "users"},
        {"targetType": "users", "targetId": "user_a", "targetIds": ["user_b", "user_a"]},
        {"targetType": "users", "targetId": "user_a", "targetIds": []},
        {"targetType": "users", "targetId": "user_a", "targetIds": None},
        {"targetType": "users", "targetId": "user_a", "targetIds": "user_a"},
        {"targetType": "users", "targetId": ["user_a"]},
    ],
    ids=str,
)
def test_whatever_is_wrong_with_a_steps_target_is_an_invalid_target(api, policy, layers, schedule, change):
    steps = [_step(schedule, 1), {**_step(schedule, 2), **change}]

    assert told(api.post(POLICIES, {"name": "A", "steps": steps})) == (400, "invalid_target")
    assert told(api.put(policy_path(policy), {"name": "A", "steps": steps})) == (400, "invalid_target")
    assert Policy.objects.get() == policy
    assert layers_of(policy) == layers


def test_the_two_ways_to_name_people_must_agree(api, organization):
    ada, bob = MembershipFactory.create_batch(2, organization=organization)

    steps = [_people_step(ada, bob, targetId=bob.user_id)]

    assert told(api.post(POLICIES, {"name": "A", "steps": steps})) == (400, "invalid_target")


def test_people_of_another_organization_are_an_invalid_target(api):
    steps = [_people_step(MembershipFactory())]

    assert told(api.post(POLICIES, {"name": "A", "steps": steps})) == (400, "invalid_target")


def test_everything_is_replaced_at_once(api, policy, layers, schedule, member):
    kept = layers[0]
    steps = [_step(schedule, 1, escalateAfterSeconds=600), _people_step(member, position=2)]

    response = api.put(policy_path(policy), {"name": "Follow the sun", "description": None, "steps": steps})

    body = response.json()["data"]
    assert response.status_code == 200
    assert (body["name"], body["description"]) == ("Follow the sun", None)
    assert "layers" not in body
    assert [(step["position"], step["escalateAfterSeconds"]) for step in body["steps"]] == [(1, 600), (2, 90)]
    assert body["steps"][0]["id"] == str(kept.id)
    assert [str(layer.id) for layer in layers_of(policy)] == [step["id"] for step in body["steps"]]


def test_without_steps_the_layers_stay(api, policy, layers):
    body = api.put(policy_path(policy), {"name": "Follow the sun", "description": None}).json()["data"]

    assert [step["id"] for step in body["steps"]] == [str(layer.id) for layer in layers]
    assert layers_of(policy) == layers


def test_no_steps_empty_the_policy(api, policy, layers):
    assert api.put(policy_path(policy), {"name": "A", "description": None, "steps": []}).json()["data"]["steps"] == []
    assert layers_of(policy) == []


def test_a_description_that_is_not_sent_is_cleared(api, policy):
    api.patch(policy_path(policy), {"description": "Invoices stuck"})

    assert api.put(policy_path(policy), {"name": "A"}).json()["data"]["description"] is None


def test_what_was_read_can_be_put_back(api, organization, policy, schedule, member):
    LayerFactory(policy=policy, schedule=schedule)
    LayerFactory(policy=policy, people=[member])
    read = api.get(policy_path(policy))
    body = read.json()["data"]
    del body["layers"]

    assert api.put(policy_path(policy), body).json()["data"] == body
    assert api.get(policy_path(policy)).headers["ETag"] == read.headers["ETag"]


@pytest.mark.parametrize(("body", "fields"), [({}, ["name"]), ({"name": "A", "layers": []}, ["layers"])])
def test_an_unusable_replacement_is_refused(api, policy, body, fields):
    assert fields_of(api.put(policy_path(policy), body)) == fields


@pytest.mark.parametrize("size", [1, 20])
def test_a_replacement_costs_the_same_for_any_number_of_steps(
    api, organization, policy, schedule, size, django_assert_num_queries
):
    people = MembershipFactory.create_batch(3, organization=organization)
    LayerFactory.create_batch(size, policy=policy, schedule=schedule)
    steps = [_people_step(*people, position=position + 1) for position in range(2 * size)]

    with django_assert_num_queries(20):
        assert api.put(policy_path(policy), {"name": "A", "steps": steps}).status_code == 200
