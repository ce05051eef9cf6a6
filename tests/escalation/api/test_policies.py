from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest

from escalation.models import Policy
from tests.escalation.api.conftest import POLICIES, fields_of, policy_path, told
from tests.escalation.plans import LATER, NOW, layers_of
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

POLICY_KEYS = ["id", "orgId", "name", "description", "createdBy", "createdAt", "updatedAt"]


@pytest.fixture
def acme():
    return OrganizationFactory(id="org_acme")


@pytest.fixture
def organization(acme):
    return acme


@pytest.fixture
def documented(acme):
    """The policy of the contract's example."""
    schedule = ScheduleFactory(organization=acme, id=UUID("018f3c1d-0001-7aaa-8bbb-1c2d3e4f5a6b"))
    policy = PolicyFactory(
        organization=acme,
        id=UUID("018f3c1e-7a10-7c55-9a41-0f6f2f1f9a01"),
        name="Billing on fire",
        created_by="user_ada",
        created_at=NOW,
    )
    LayerFactory(
        policy=policy,
        id=UUID("018f3c1e-9b22-7d10-8c3f-3b7a60f0d402"),
        schedule=schedule,
        created_at=NOW + timedelta(minutes=1),
    )
    return policy


def test_one_policy_is_told_as_documented(api, documented):
    response = api.get(policy_path(documented))

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.content.decode() == _compact(
        """
        {"data": {"id": "018f3c1e-7a10-7c55-9a41-0f6f2f1f9a01", "orgId": "org_acme", "name": "Billing on fire",
        "description": null, "createdBy": "user_ada",
        "createdAt": "2026-05-01T09:00:00.000Z", "updatedAt": "2026-05-01T09:00:00.000Z",
        "layers": [{"id": "018f3c1e-9b22-7d10-8c3f-3b7a60f0d402", "policyId": "018f3c1e-7a10-7c55-9a41-0f6f2f1f9a01",
        "orgId": "org_acme", "position": 1, "ackTimeoutMinutes": 5,
        "target": {"type": "schedule", "scheduleId": "018f3c1d-0001-7aaa-8bbb-1c2d3e4f5a6b"},
        "createdAt": "2026-05-01T09:01:00.000Z", "updatedAt": "2026-05-01T09:01:00.000Z"}],
        "steps": [{"id": "018f3c1e-9b22-7d10-8c3f-3b7a60f0d402", "position": 1,
        "targetType": "schedule", "targetId": "018f3c1d-0001-7aaa-8bbb-1c2d3e4f5a6b",
        "escalateAfterSeconds": 300, "condition": null,
        "createdAt": "2026-05-01T09:01:00.000Z", "updatedAt": "2026-05-01T09:01:00.000Z"}]}}
        """
    )


def test_the_list_is_told_as_documented(api, documented):
    assert api.get(POLICIES).content.decode() == _compact(
        """
        {"data": [{"id": "018f3c1e-7a10-7c55-9a41-0f6f2f1f9a01", "orgId": "org_acme", "name": "Billing on fire",
        "description": null, "createdBy": "user_ada",
        "createdAt": "2026-05-01T09:00:00.000Z", "updatedAt": "2026-05-01T09:00:00.000Z"}]}
        """
    )


def test_a_change_is_told_as_documented(api, documented, monkeypatch):
    monkeypatch.setattr("escalation.api.views.policies.now", lambda: LATER)

    assert api.patch(policy_path(documented), {"description": "Invoices stuck"}).content.decode() == _compact(
        """
        {"data": {"id": "018f3c1e-7a10-7c55-9a41-0f6f2f1f9a01", "orgId": "org_acme", "name": "Billing on fire",
        "description": "Invoices stuck", "createdBy": "user_ada",
        "createdAt": "2026-05-01T09:00:00.000Z", "updatedAt": "2026-05-01T10:00:00.000Z"}}
        """
    )


def test_the_list_is_ordered_by_creation(api, organization):
    later, sooner, same = (
        PolicyFactory(organization=organization, created_at=NOW + timedelta(days=days)) for days in (2, 1, 2)
    )

    assert [row["id"] for row in api.get(POLICIES).json()["data"]] == [
        str(sooner.id),
        *sorted([str(later.id), str(same.id)]),
    ]


def test_an_empty_list_is_empty(api):
    assert api.get(POLICIES).content == b'{"data":[]}'


@pytest.mark.parametrize("size", [1, 8])
def test_the_list_costs_one_statement_beside_the_key(api, organization, size, django_assert_num_queries):
    PolicyFactory.create_batch(size, organization=organization)

    with django_assert_num_queries(2):
        assert len(api.get(POLICIES).json()["data"]) == size


@pytest.mark.parametrize("size", [0, 1, 8])
def test_one_policy_costs_one_statement_beside_the_key(api, organization, policy, size, django_assert_num_queries):
    for _ in range(size):
        LayerFactory(policy=policy, people=MembershipFactory.create_batch(size, organization=organization))

    with django_assert_num_queries(2):
        body = api.get(policy_path(policy)).json()["data"]

    assert [layer["position"] for layer in body["layers"]] == list(range(1, size + 1))
    assert [len(layer["target"]["userIds"]) for layer in body["layers"]] == [size] * size


def test_layers_come_in_order_with_their_people_in_order(api, organization, policy):
    ada, bob = MembershipFactory.create_batch(2, organization=organization)
    last = LayerFactory(policy=policy, position=2, timeout_seconds=90)
    first = LayerFactory(policy=policy, position=1, people=[bob, ada])

    body = api.get(policy_path(policy)).json()["data"]

    assert [layer["id"] for layer in body["layers"]] == [str(first.id), str(last.id)]
    assert body["layers"][0]["target"] == {"type": "users", "userIds": [bob.user_id, ada.user_id]}
    assert body["layers"][1]["ackTimeoutMinutes"] == 2
    assert [step["escalateAfterSeconds"] for step in body["steps"]] == [300, 90]


def test_a_policy_is_created(api, api_key, organization):
    response = api.post(POLICIES, {"name": " Billing on fire", "description": "Invoices stuck"})

    body = response.json()["data"]
    policy = Policy.objects.get()
    assert response.status_code == 201
    assert list(body) == POLICY_KEYS
    assert body == {
        "id": str(policy.id),
        "orgId": organization.id,
        "name": "Billing on fire",
        "description": "Invoices stuck",
        "createdBy": api_key.id,
        "createdAt": body["createdAt"],
        "updatedAt": body["createdAt"],
    }
    assert api.get(policy_path(policy)).json()["data"] == {**body, "layers": [], "steps": []}


@pytest.mark.parametrize("body", [{"name": "A"}, {"name": "A", "description": None}, {"name": "A", "description": ""}])
def test_a_policy_without_description_says_null(api, body):
    assert api.post(POLICIES, body).json()["data"]["description"] is None


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": " \t\u00a0"}, ["name"]),
        ({"name": "\u200b\u2060\ufeff\u3164"}, ["name"]),
        ({"name": "x" * 256}, ["name"]),
        ({"name": 1}, ["name"]),
        ({"name": True}, ["name"]),
        ({"name": ["x"]}, ["name"]),
        ({"name": "a\u202eb"}, ["name"]),
        ({"name": "x", "description": 5}, ["description"]),
        ({"name": "x", "description": "x" * 10_001}, ["description"]),
        ({"name": "x", "discription": "typo"}, ["discription"]),
        ({"name": "x", "layers": []}, ["layers"]),
        ({"nam": "x", "description": 1}, ["name", "description", "nam"]),
    ],
)
def test_an_unusable_field_is_named_and_nothing_created(api, body, fields):
    assert fields_of(api.post(POLICIES, body)) == fields
    assert not Policy.objects.exists()


def test_what_the_server_sets_is_ignored(api, api_key, organization):
    sent = {"name": "A", "id": "x", "orgId": "org_other", "createdBy": "me", "createdAt": "now", "updatedAt": None}

    body = api.post(POLICIES, sent).json()["data"]

    assert (body["orgId"], body["createdBy"]) == (organization.id, api_key.id)


@pytest.mark.parametrize(
    "name", ["x" * 255, "\U0001f525" * 255, "p\u0430ypal", "{{7*7}}", "<script>alert(1)</script>", "%s {0.__class__}"]
)
def test_a_name_is_kept_as_it_was_sent(api, name):
    assert api.post(POLICIES, {"name": name}).json()["data"]["name"] == name


@pytest.mark.parametrize(
    ("first", "second"),
    [("Café", "Cafe\u0301"), ("\uff21dmin", "admin"), ("\ufb01re", "FIRE"), ("Straße", "STRASSE"), ("A ", " a")],
)
def test_a_name_is_taken_in_every_spelling(api, first, second):
    assert api.post(POLICIES, {"name": first}).status_code == 201
    assert told(api.post(POLICIES, {"name": second})) == (409, "name_conflict")


def test_the_conflict_has_the_documented_envelope(api, policy):
    body = api.post(POLICIES, {"name": policy.name}).json()

    assert list(body) == ["statusCode", "type", "code", "requestId", "message"]
    assert (body["statusCode"], body["type"]) == (409, "invalid_request_error")


def test_null_clears_the_description_and_absence_keeps_it(api, policy):
    path = policy_path(policy)

    assert api.patch(path, {"description": "Invoices stuck"}).json()["data"]["description"] == "Invoices stuck"
    assert api.patch(path, {"name": "Payments"}).json()["data"]["description"] == "Invoices stuck"
    assert api.patch(path, {"description": None}).json()["data"]["description"] is None


@pytest.mark.parametrize("body", [{}, {"name": "Billing on fire"}, {"id": "x", "updatedAt": "2020-01-01T00:00:00Z"}])
def test_a_change_that_changes_nothing_leaves_no_trace(api, policy, body):
    before = api.get(policy_path(policy))

    response = api.patch(policy_path(policy), body)

    assert response.status_code == 200
    assert list(response.json()["data"]) == POLICY_KEYS
    after = api.get(policy_path(policy))
    assert (after.content, after.headers["ETag"]) == (before.content, before.headers["ETag"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": None}, ["name"]),
        ({"name": " "}, ["name"]),
        ({"layers": []}, ["layers"]),
        ({"steps": []}, ["steps"]),
        ({"nmae": "x"}, ["nmae"]),
    ],
)
def test_an_unusable_change_is_refused(api, policy, body, fields):
    assert fields_of(api.patch(policy_path(policy), {"description": "changed", **body})) == fields

    policy.refresh_from_db()
    assert (policy.description, policy.version) == (None, 1)


def test_a_refusal_says_where_layers_are_written(api, policy):
    (error,) = api.patch(policy_path(policy), {"layers": []}).json()["errors"]

    assert "/layers" in error["message"]


def test_renaming(api, organization, policy):
    PolicyFactory(organization=organization, name="Payments")

    assert api.patch(policy_path(policy), {"name": "BILLING ON FIRE"}).json()["data"]["name"] == "BILLING ON FIRE"
    assert told(api.patch(policy_path(policy), {"name": "payments"})) == (409, "name_conflict")


def test_a_client_may_insist_on_the_version_it_read(api, policy):
    first = api.get(policy_path(policy)).headers["ETag"]
    assert api.patch(policy_path(policy), {"name": "Payments"}, headers={"If-Match": first}).status_code == 200

    for response in (
        api.patch(policy_path(policy), {"name": "Other"}, headers={"If-Match": first}),
        api.put(policy_path(policy), {"name": "Other"}, headers={"If-Match": first}),
        api.delete(policy_path(policy), headers={"If-Match": first}),
    ):
        assert told(response) == (412, "precondition_failed")
    policy.refresh_from_db()
    assert policy.name == "Payments"
    assert api.delete(policy_path(policy), headers={"If-Match": "*"}).status_code == 200


def test_a_policy_is_deleted_with_its_layers_once(api, policy, layers):
    response = api.delete(policy_path(policy))

    assert (response.status_code, response.content) == (200, b'{"success":true}')
    assert layers_of(policy) == []
    assert told(api.delete(policy_path(policy))) == (404, "not_found")
    assert told(api.get(policy_path(policy))) == (404, "not_found")


def test_a_body_of_a_deletion_is_ignored(api, policy):
    assert api.delete(policy_path(policy), {"name": "x"}).status_code == 200


def test_a_repeated_creation_is_answered_once(api):
    answers = [api.post(POLICIES, {"name": "A"}, headers={"Idempotency-Key": "retry-1"}) for _ in range(2)]

    assert answers[0].status_code == answers[1].status_code == 201
    assert answers[0].content == answers[1].content
    assert Policy.objects.count() == 1


def _compact(text):
    return json.dumps(json.loads(text), separators=(",", ":"))
