"""GET and PATCH /v1/escalation/policies/{policyId}/options (contract section 6, "Additive")."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.models import Policy
from tests.factories.escalation import PolicyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(organization):
    return PolicyFactory(organization=organization)


def path(policy):
    return f"/v1/escalation/policies/{policy.pk}/options"


def test_a_policy_repeats_nothing_unless_told_to(api, policy):
    assert api.get(path(policy)).content == b'{"data":{"repeatCount":0,"repageAfterAckMinutes":null}}'


def test_a_change_answers_with_what_is_kept(api, policy):
    answer = api.patch(path(policy), {"repeatCount": 3, "repageAfterAckMinutes": 30})
    assert answer.status_code == 200
    assert answer.content == b'{"data":{"repeatCount":3,"repageAfterAckMinutes":30}}' == api.get(path(policy)).content


def test_what_is_not_sent_stays_and_null_clears(api, policy):
    api.patch(path(policy), {"repeatCount": 3, "repageAfterAckMinutes": 30})
    assert api.patch(path(policy), {}).json()["data"] == {"repeatCount": 3, "repageAfterAckMinutes": 30}
    assert api.patch(path(policy), {"repageAfterAckMinutes": None}).json()["data"] == {
        "repeatCount": 3,
        "repageAfterAckMinutes": None,
    }


@pytest.mark.parametrize("value", [0, 100])
def test_the_layers_may_be_repeated_up_to_a_hundred_times(api, policy, value):
    assert api.patch(path(policy), {"repeatCount": value}).json()["data"]["repeatCount"] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("repeatCount", value) for value in (-1, 101, None, "1", 1.0, True)],
        *[("repageAfterAckMinutes", value) for value in (0, 10_081, "1", 1.0, True)],
        ("repeat", 1),
    ],
)
def test_what_is_out_of_bounds_is_named_and_changes_nothing(api, policy, field, value):
    answer = api.patch(path(policy), {field: value})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert Policy.objects.get().version == policy.version


def test_a_change_is_a_new_version_of_the_policy_and_is_refused_for_an_old_one(api, policy):
    tag = api.get(path(policy))["ETag"]
    assert tag == api.get(f"/v1/escalation/policies/{policy.pk}")["ETag"]
    assert api.patch(path(policy), {"repeatCount": 1}, headers={"If-Match": tag}).status_code == 200
    assert (
        api.patch(path(policy), {"repeatCount": 2}, headers={"If-Match": tag}).json()["code"] == "precondition_failed"
    )
    assert Policy.objects.get().repeat_count == 1


def test_the_policy_itself_stays_the_documented_one(api, policy):
    shown = api.get(f"/v1/escalation/policies/{policy.pk}").json()["data"]
    assert not {"repeatCount", "repageAfterAckMinutes"} & shown.keys()


def test_reading_takes_one_statement_beside_the_authentication(api, policy):
    with CaptureQueriesContext(connection) as captured:
        api.get(path(policy))
    assert len(captured) <= 2
