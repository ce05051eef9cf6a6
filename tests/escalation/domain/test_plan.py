from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.model import Layer, Plan, UserId
from escalation.domain.plan import PLAN_FORMAT, empty_plan, plan_from_json, plan_to_json, staffed_by

LAYER_ID = UUID("018f3c1e-9b22-7d10-8c3f-3b7a60f0d402")

_waits = st.integers(min_value=60, max_value=604_800).map(lambda seconds: timedelta(seconds=seconds))
_people = st.lists(st.sampled_from(["user_ada", "user_bob", "user_cyd"]), unique=True).map(tuple)


@st.composite
def plans(draw):
    ids = st.none() | st.uuids()
    layers = draw(st.lists(st.tuples(st.uuids(), _waits, ids, _people, ids, st.booleans()), max_size=5))
    return Plan(
        format=PLAN_FORMAT,
        policy_version=draw(st.integers(min_value=0)),
        repeat=draw(st.integers(min_value=0, max_value=100)),
        repage=draw(st.none() | _waits),
        layers=tuple(
            Layer(
                id=layer_id,
                position=position,
                timeout=timeout,
                schedule=schedule,
                users=users,
                hours=hours,
                during=during,
            )
            for position, (layer_id, timeout, schedule, users, hours, during) in enumerate(layers, 1)
        ),
    )


@given(plans())
def test_a_plan_survives_the_way_through_json(plan):
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_a_snapshot_keeps_its_form():
    layer = Layer(id=LAYER_ID, position=1, timeout=timedelta(minutes=5), schedule=None, users=(UserId("user_ada"),))
    plan = Plan(format=1, policy_version=3, layers=(layer,), repeat=2, repage=timedelta(minutes=15))

    assert plan_to_json(plan) == {
        "format": 1,
        "policyVersion": 3,
        "repeat": 2,
        "repageSeconds": 900,
        "layers": [
            {
                "id": str(LAYER_ID),
                "timeoutSeconds": 300,
                "schedule": None,
                "users": ["user_ada"],
                "hours": None,
                "during": True,
            }
        ],
    }


def test_a_snapshot_from_before_there_were_working_hours_has_none():
    layer = {"id": str(LAYER_ID), "timeoutSeconds": 300, "schedule": None, "users": ["user_ada"]}

    (read,) = plan_from_json(plan_to_json(empty_plan()) | {"layers": [layer]}).layers

    assert (read.hours, read.during) == (None, True)


def test_a_plan_without_layers_gets_one_for_a_person_and_keeps_its_options():
    nobody = Plan(format=1, policy_version=3, layers=(), repeat=2, repage=timedelta(minutes=15))

    plan = staffed_by(nobody, UserId("user_ada"), timedelta(minutes=5))

    (layer,) = plan.layers
    assert (layer.position, layer.users, layer.timeout) == (1, ("user_ada",), timedelta(minutes=5))
    assert (plan.policy_version, plan.repeat, plan.repage) == (3, 2, timedelta(minutes=15))


def test_the_layer_of_one_person_always_bears_the_same_id():
    ada, again, bob = (staffed_by(empty_plan(), UserId(user), timedelta(minutes=5)) for user in ("a", "a", "b"))

    assert ada == again
    assert ada.layers[0].id != bob.layers[0].id


def test_the_plan_of_nobody_has_no_layers():
    assert empty_plan().layers == ()


def test_a_snapshot_of_an_unknown_format_is_refused():
    snapshot = plan_to_json(empty_plan()) | {"format": 2}

    with pytest.raises(ValueError, match="format 2"):
        plan_from_json(snapshot)


@pytest.mark.parametrize(
    "snapshot",
    [None, [], "plan", {}, {"format": 1}, {**plan_to_json(empty_plan()), "layers": [None]}, {"format": 1, "layers": 3}],
)
def test_what_is_no_plan_is_refused_as_one_of_an_unknown_format_is(snapshot):
    with pytest.raises(ValueError, match="no plan"):
        plan_from_json(snapshot)
