"""B46 to B68: layers, targets, orders."""

from __future__ import annotations

from dataclasses import replace

from tests.edge.calls import LAYER, LAYERS, NOBODYS_ID, ORDER, POLICIES, POLICY, ROUTES, TEAM, call_of, with_field
from tests.edge.catalogue.case import accepted, invalid, refused

_LAYERS = [call_of("post", LAYERS), call_of("patch", LAYER)]
_STEPPED = [call_of("post", POLICIES), call_of("put", POLICY)]
_NO_TEXT = ("1", "01", " 1 ", "\uff11", "1_0", "")
_NO_NUMBER: tuple[object, ...] = (True, False, None, [], {})


def _position(number, about, *values):
    """Return the cases of a bad position, of a layer and of a step."""
    return _field_of_both(number, about, "position", "position", values, values)


def _wait(number, about, minutes, seconds):
    """Return the cases of a bad wait, in a layer's minutes and in a step's seconds."""
    return _field_of_both(number, about, "ackTimeoutMinutes", "escalateAfterSeconds", minutes, seconds)


def _field_of_both(number, about, of_layer, of_step, in_layer, in_step):
    return [
        invalid(number, f"{of_layer}: {about}", of_layer, with_field(of_layer, *in_layer, among=_LAYERS)),
        invalid(number, f"{of_step} of a step: {about}", f"steps.0.{of_step}", _step(**{of_step: in_step})),
    ]


def _step(**values):
    """Return the calls with steps, once for each of the ``values`` of a field of the first."""
    ((name, spoiled),) = values.items()
    return [call.spoiled(steps=[{**call.body["steps"][0], name: value}]) for call in _STEPPED for value in spoiled]


def _target(number, about, *targets):
    return refused(number, f"target: {about}", 400, "invalid_target", with_field("target", *targets, among=_LAYERS))


def _schedule(value):
    return {"type": "schedule", "scheduleId": value}


def _users(*values):
    return {"type": "users", "userIds": list(values)}


def _with_id(odd):
    """Return each call with an id in its path, the last of them ``odd``."""
    last = [(call, call.path.rindex("{"), call.path.rindex("}")) for call in ROUTES if "{" in call.path]
    return [replace(call, path=call.path[:start] + odd + call.path[end + 1 :]) for call, start, end in last]


def _order(*ids):
    return call_of("put", ORDER, layerIds=list(ids))


CASES = [
    *_position(46, "below one", 0, -1),
    *_position(47, "a half", 1.5),
    *_position(48, "a float", 1.0),
    *_position(49, "a text", *_NO_TEXT),
    *_position(50, "no number", *_NO_NUMBER),
    accepted(51, "a layer far behind the last", [call_of("post", LAYERS, position=1_000)], kept={"position": 3}),
    accepted(51, "a move far behind the last", [call_of("patch", LAYER, position=1_000)], kept={"position": 2}),
    *_wait(52, "out of bounds", (0, -1, 10_081), (0, -1, 59, 604_801)),
    *(
        accepted(
            53, f"{minutes} minutes", with_field("ackTimeoutMinutes", minutes), kept={"ackTimeoutMinutes": minutes}
        )
        for minutes in (1, 10_080)
    ),
    accepted(53, "the bounds of a step", _step(escalateAfterSeconds=(60, 604_800))),
    *_wait(54, "no integer", ("5", 5.0, 5.5, *_NO_TEXT, *_NO_NUMBER), ("60", 60.0, 60.5, *_NO_TEXT, *_NO_NUMBER)),
    invalid(55, "a target missing", "target", [call_of("post", LAYERS).without("target")]),
    _target(55, "no object, or an empty one", None, {}, [], [_users("{user_id}")], "users", 1, True),
    _target(
        56,
        "a kind that is none",
        *({**_schedule("{schedule_id}"), "type": kind} for kind in ("team", "Schedule", "", None, 1, ["schedule"])),
        {"scheduleId": "{schedule_id}"},
    ),
    _target(
        57,
        "the other branch, both or none",
        {"type": "schedule", "userIds": ["{user_id}"]},
        {"type": "users", "scheduleId": "{schedule_id}"},
        {**_schedule("{schedule_id}"), "userIds": ["{user_id}"]},
        {**_users("{user_id}"), "scheduleId": None},
        {**_users("{user_id}"), "note": "x"},
        {"type": "schedule"},
        {"type": "users"},
    ),
    _target(
        58,
        "people who are no list of ids, each once",
        *(
            {"type": "users", "userIds": ids}
            for ids in ([], None, "{user_id}", {"0": "{user_id}"}, [1], [None], [["{user_id}"]], ["{user_id}"] * 2)
        ),
    ),
    invalid(
        58,
        "more than a hundred people",
        "target.userIds",
        with_field("target", _users(*(f"user_{number}" for number in range(101))), among=_LAYERS),
    ),
    _target(
        59,
        "people who are not there",
        *(_users("{user_id}", other) for other in ("user_unknown", "", "{foreign_user_id}", "{inactive_user_id}")),
    ),
    refused(
        59,
        "a step for people who are not there",
        400,
        "invalid_target",
        [
            call.spoiled(
                steps=[{**call.body["steps"][0], "targetType": "users", "targetId": other} for other in others]
            )
            for call in _STEPPED
            for others in (["user_unknown"], ["{foreign_user_id}"], ["{inactive_user_id}"])
        ],
    ),
    _target(60, "a schedule that is not there", _schedule("{foreign_schedule_id}"), _schedule(NOBODYS_ID)),
    refused(
        60,
        "a step for a schedule that is not there",
        400,
        "invalid_target",
        _step(targetId=("{foreign_schedule_id}", NOBODYS_ID)),
    ),
    _target(
        61,
        "an id in another form",
        *(
            _schedule(value)
            for value in (1, True, None, "", f"urn:uuid:{NOBODYS_ID}", f"{{{NOBODYS_ID}}}", "0" * 32, [NOBODYS_ID])
        ),
    ),
    refused(
        61,
        "an id of a step in another form",
        400,
        "invalid_target",
        _step(targetId=(1, True, None, "", f"urn:uuid:{NOBODYS_ID}", "0" * 32)),
    ),
    refused(
        62,
        "a path with an id that is none",
        404,
        "not_found",
        [call for odd in ("zzz", "1", "0" * 32, "x" * 10_000, "%00", NOBODYS_ID) for call in _with_id(odd)],
    ),
    accepted(
        62,
        "a path with its id in capitals",
        [
            replace(call, path=call.path.replace("_id}", "_id_in_capitals}"))
            for call in ROUTES
            if "{" in call.path and call not in TEAM
        ],
    ),
    refused(
        63,
        "an order that is not exactly the layers",
        400,
        "invalid_layer_order",
        [
            _order(),
            _order("{layer_id}"),
            _order("{layer_id}", "{layer_id}"),
            _order("{layer_id}", "{other_layer_id}", "{layer_id}"),
            _order("{layer_id}", "{other_layer_id}", NOBODYS_ID),
            _order("{layer_id}", "{foreign_layer_id}"),
            _order("{layer_id}", "zzz"),
            _order("{layer_id}", ""),
        ],
    ),
    invalid(63, "an order that is no list", "layerIds", with_field("layerIds", None, "{layer_id}", {"0": "x"}, 1)),
    invalid(63, "an order of something else than texts", "layerIds.1", [_order("{layer_id}", 1), _order("x", None)]),
    accepted(67, "a schedule with nobody on call", with_field("target", _schedule("{schedule_id}"), among=_LAYERS)),
]

_API = "tests/escalation/api"
_PLANS = "tests/concurrency/test_plans.py"
ELSEWHERE = {
    59: [f"{_API}/test_layers.py::test_unknown_and_foreign_targets_get_the_same_answer"],
    62: [f"{_API}/test_access.py::test_ids_are_read_in_either_case"],
    63: [f"{_API}/test_layers.py::test_an_order_of_other_layers_is_refused_and_nothing_changed"],
    64: [f"{_PLANS}::test_of_an_order_and_another_layer_one_comes_first"],
    65: [f"{_PLANS}::test_of_many_orders_at_once_one_is_the_result"],
    66: [
        f"{_API}/test_layers.py::test_the_fifty_first_layer_is_refused",
        f"{_API}/test_steps.py::test_more_than_fifty_steps_are_refused",
    ],
    68: ["tests/scenarios/test_ladder.py::test_an_edited_policy_does_not_change_a_running_escalation"],
}
