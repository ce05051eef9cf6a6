"""B69 to B88: policies and incidents, and what happens at the same time."""

from __future__ import annotations

from tests.edge.calls import (
    ACKNOWLEDGE,
    CONDITIONAL,
    DELETIONS,
    HAND_OFF,
    INCIDENTS,
    NOBODYS_ID,
    POLICIES,
    POLICY,
    POSTS,
    ROLE,
    SCHEDULE,
    SCHEDULES,
    STATUS,
    WRITES,
    Call,
    call_of,
    each,
    with_field,
)
from tests.edge.catalogue.case import accepted, refused

_READ_BACK = {
    "id": NOBODYS_ID,
    "orgId": "{foreign_organization_id}",
    "createdBy": "{foreign_user_id}",
    "createdAt": "2020-01-01T00:00:00.000Z",
    "updatedAt": None,
}
_NAMES = ("", " ", "x" * 256, "a b", "a\tb", "a\x01", "a\x7f", "\xe9")


def _deletion(path, name, other):
    return Call(method="delete", path=path.replace(name, other))


CASES = [
    refused(
        69,
        "a name that is taken",
        409,
        "name_conflict",
        [
            call_of("post", POLICIES, name="Billing on fire"),
            *with_field("name", "Other", "oTHER", among=[call_of("patch", POLICY), call_of("put", POLICY)]),
            call_of("post", SCHEDULES, name="Primary"),
            *with_field("name", "Other", "oTHER", among=[call_of("patch", SCHEDULE), call_of("put", SCHEDULE)]),
        ],
    ),
    accepted(
        70,
        "its own name",
        with_field(
            "name", "Billing on fire", "BILLING on fire", among=[call_of("patch", POLICY), call_of("put", POLICY)]
        ),
    ),
    accepted(
        71,
        "a change of nothing",
        each([call for call in WRITES if call.method == "patch" and call.path not in {STATUS, ROLE}], body={}),
    ),
    accepted(72, "what only the server sets", [call.spoiled(**_READ_BACK) for call in WRITES]),
    refused(75, "deleting a policy in use", 400, "policy_in_use", [_deletion(POLICY, "policy_id", "used_policy_id")]),
    refused(
        75,
        "deleting a schedule in use",
        400,
        "schedule_in_use",
        [_deletion(SCHEDULE, "schedule_id", "used_schedule_id")],
    ),
    accepted(77, "a deletion with a body", each(DELETIONS, body=b'{"name":\xff', content_type="text/plain")),
    refused(
        79,
        "a command for an incident that is not there",
        404,
        "not_found",
        [
            Call(method=method, path=path.replace("{incident_id}", incident), body=body)
            for method, path, body in (
                ("post", ACKNOWLEDGE, {}),
                ("post", HAND_OFF, {"targetUserId": "{user_id}"}),
                ("patch", STATUS, {"status": "identified"}),
            )
            for incident in (NOBODYS_ID, "{foreign_incident_id}")
        ],
    ),
    refused(
        81,
        "a trigger with a policy, schedule or owner that is not there",
        404,
        "not_found",
        [
            call_of("post", INCIDENTS, **{name: value})
            for name, kind in (("escalationPolicyId", "policy"), ("ownerScheduleId", "schedule"))
            for value in (f"{{foreign_{kind}_id}}", NOBODYS_ID)
        ]
        + with_field("ownerId", "{foreign_user_id}", "user_unknown"),
    ),
    refused(
        83,
        "a name of a request that is none",
        422,
        "validation_error",
        [call for name in _NAMES for call in each(POSTS, headers={"Idempotency-Key": name})],
        fields=["Idempotency-Key"],
    ),
    refused(
        88,
        "a version that has passed",
        412,
        "precondition_failed",
        [call for tag in ('"other"', "W/*", "", "x") for call in each(CONDITIONAL, headers={"If-Match": tag})],
    ),
]

_API = "tests/incidents/api"
_POLICIES = "tests/escalation/api/test_policies.py"
_PLANS = "tests/concurrency/test_plans.py"
_COMMANDS = "tests/concurrency/test_incident_commands.py"
_ONCE = "tests/edge/test_named_requests.py"
ELSEWHERE = {
    69: [f"{_PLANS}::test_of_many_equal_names_at_once_one_wins"],
    70: [f"{_POLICIES}::test_renaming"],
    71: [f"{_POLICIES}::test_a_change_that_changes_nothing_leaves_no_trace"],
    72: [f"{_POLICIES}::test_a_change_that_changes_nothing_leaves_no_trace"],
    73: [f"{_POLICIES}::test_what_the_server_sets_is_ignored"],
    74: ["tests/scaling/test_tenant_matrix.py::test_a_foreign_id_behaves_as_one_that_does_not_exist"],
    75: [f"{_COMMANDS}::test_of_a_trigger_and_the_deletion_of_its_policy_exactly_one_is_refused"],
    76: [
        f"{_POLICIES}::test_a_policy_is_deleted_with_its_layers_once",
        "tests/escalation/api/test_layers.py::test_a_layer_is_deleted_once",
        "tests/escalation/api/test_schedules.py::test_a_schedule_is_deleted_once",
    ],
    78: [f"{_PLANS}::test_of_a_change_and_a_deletion_the_change_is_done_or_not_found"],
    79: [f"{_API}/test_commands.py::TestAcknowledge::test_again_or_too_late_changes_nothing"],
    80: [
        f"{_COMMANDS}::test_of_an_acknowledgement_and_a_resolution_both_succeed_and_resolved_it_stays",
        "tests/concurrency/test_engine_races.py::test_of_an_acknowledgement_and_a_timeout_exactly_one_wins",
    ],
    81: [f"{_API}/test_create.py::test_a_policy_without_layers_pages_the_owner_and_then_the_fallback"],
    82: ["tests/concurrency/test_repeats.py::test_a_storm_of_one_key_opens_one_incident_and_every_call_is_counted"],
    84: [
        f"{_ONCE}::test_another_body_under_the_same_name_is_refused",
        f"{_ONCE}::test_names_count_within_one_route_of_one_organization",
    ],
    85: [f"{_ONCE}::test_while_the_first_runs_a_repeat_is_told_so"],
    86: [f"{_API}/test_list.py::test_names_the_parameter_that_is_wrong"],
    87: [f"{_API}/test_list.py::test_incidents_that_are_opened_and_resolved_in_between_move_no_other"],
}
