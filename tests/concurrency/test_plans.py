"""People and programs that edit plans at the same moment."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from escalation.models import Layer, Policy
from tests.concurrency.threads import together
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory

pytestmark = pytest.mark.django_db(transaction=True)

POLICIES = "/v1/escalation/policies"
SCHEDULES = "/v1/oncall/schedules"
ROUNDS = 10
AT_ONCE = 8


@pytest.fixture
def policy(organization):
    """A policy with three layers."""
    policy = PolicyFactory(organization=organization)
    LayerFactory.create_batch(3, policy=policy, schedule=ScheduleFactory(organization=organization))
    return policy


def layers_of(policy):
    return list(Layer.objects.filter(policy=policy).order_by("position"))


def ids_of(policy):
    return [str(layer.pk) for layer in layers_of(policy)]


def told(response):
    return response.status_code, response.json().get("code")


def order(api, policy, ids):
    return partial(api.put, f"{POLICIES}/{policy.pk}/layers/order", {"layerIds": ids})


@pytest.mark.parametrize(("path", "more"), [(POLICIES, {}), (SCHEDULES, {"timezone": "UTC"})])
def test_of_many_equal_names_at_once_one_wins(api, path, more):
    spellings = ("Billing", "BILLING", "\uff22illing", " billing ") * 5
    answers = together(*(partial(api.post, path, {"name": name, **more}) for name in spellings))

    assert Counter(map(told, answers)) == {(201, None): 1, (409, "name_conflict"): 19}
    assert len(api.get(path).json()["data"]) == 1


def test_of_many_orders_at_once_one_is_the_result(api, policy):
    first, second, third = ids_of(policy)
    wanted = [[first, second, third], [third, second, first], [second, third, first], [third, first, second]]
    for _ in range(ROUNDS):
        answers = together(*(order(api, policy, ids) for ids in wanted * 2))

        assert {told(answer) for answer in answers} == {(200, None)}
        assert ids_of(policy) in wanted
        assert [layer.position for layer in layers_of(policy)] == [1, 2, 3]


@pytest.mark.parametrize("other", ["add", "delete"])
def test_of_an_order_and_another_layer_one_comes_first(api, policy, other):
    for _ in range(ROUNDS):
        layers = layers_of(policy)
        backwards = ids_of(policy)[::-1]
        ordered, changed = together(order(api, policy, backwards), partial(_change, api, policy, layers[0], other))
        left = ids_of(policy)

        assert changed.status_code == (201 if other == "add" else 200)
        assert told(ordered) in {(200, None), (400, "invalid_layer_order")}
        kept = [layer_id for layer_id in left if layer_id in backwards]
        was_ordered = kept == [layer_id for layer_id in backwards if layer_id in left]
        assert was_ordered == (ordered.status_code == 200)
        assert [layer.position for layer in layers_of(policy)] == list(range(1, len(left) + 1))
        if other == "delete":
            LayerFactory(policy=policy, schedule=layers[0].schedule)


def _change(api, policy, layer, other):
    if other == "delete":
        return api.delete(f"{POLICIES}/{policy.pk}/layers/{layer.pk}")
    target = {"type": "schedule", "scheduleId": str(layer.schedule_id)}
    return api.post(f"{POLICIES}/{policy.pk}/layers", {"position": 1, "ackTimeoutMinutes": 5, "target": target})


def test_of_many_layers_at_once_each_has_a_place(api, policy):
    """Positions stay 1…n whatever is added, moved and removed at the same moment (invariant I22)."""
    for _ in range(ROUNDS):
        first, *_, last = layers_of(policy)
        move = partial(api.patch, f"{POLICIES}/{policy.pk}/layers/{last.pk}", {"position": 1})
        calls = [
            *[partial(_change, api, policy, first, "add")] * 3,
            *[partial(_change, api, policy, first, "delete")] * 2,
            *[move] * (AT_ONCE - 5),
        ]
        answers = together(*calls)

        assert Counter(map(told, answers)) == {(201, None): 3, (200, None): 4, (404, "not_found"): 1}
        assert [layer.position for layer in layers_of(policy)] == list(range(1, len(layers_of(policy)) + 1))


@pytest.mark.parametrize("method", ["patch", "put"])
def test_of_a_change_and_a_deletion_the_change_is_done_or_not_found(api, organization, method):
    for number in range(ROUNDS):
        path = f"{POLICIES}/{PolicyFactory(organization=organization).pk}"
        change = partial(getattr(api, method), path, {"name": f"New {number}"})
        changed, deleted = together(change, partial(api.delete, path))

        assert told(deleted) == (200, None)
        assert told(changed) in {(200, None), (404, "not_found")}
    assert not Policy.objects.filter(name__startswith="New").exists()
