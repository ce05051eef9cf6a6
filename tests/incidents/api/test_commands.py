"""PATCH …/status, POST …/acknowledge and POST …/handoff (contract sections 6 and 7)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Delivery, Escalation, Incident, IncidentUpdate, TimelineEvent
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.incidents.running import START, deliveries, make_policy, minutes, reload, run, told, trigger

pytestmark = pytest.mark.django_db

STEPS = ["identified", "monitoring", "resolved"]


@pytest.fixture
def escalation(organization, ada, bob):
    """An incident that has paged Ada and will page Bob."""
    return trigger(organization, make_policy(organization, [ada], [bob]))


def change(client, escalation, status, **fields):
    headers = fields.pop("headers", None)
    return client.patch(f"/v1/incidents/{escalation.pk}/status", {"status": status, **fields}, headers=headers)


def acknowledge(client, escalation, *body):
    return client.post(f"/v1/incidents/{escalation.pk}/acknowledge", *body)


def hand_off(client, escalation, **body):
    return client.post(f"/v1/incidents/{escalation.pk}/handoff", body)


def resolve(client, escalation):
    for status in STEPS:
        assert change(client, escalation, status).status_code == 200


def snapshot():
    """Return everything a command could have changed."""
    models = (Incident, Escalation, Delivery, TimelineEvent, IncidentUpdate)
    return [list(model.objects.order_by("pk").values()) for model in models]


def refusal(response):
    return response.status_code, response.json()["code"]


def wrong_fields(response):
    assert refusal(response) == (422, "validation_error")
    return [error["field"] for error in response.json()["errors"]]


class TestStatus:
    def test_answers_with_the_incident_to_the_byte(self, api, escalation, at, ada):
        at(minutes(1))
        response = change(api, escalation, "identified")
        assert response.status_code == 200
        assert response.content.decode() == (
            f'{{"data":{{"id":"{escalation.pk}","orgId":"{escalation.organization_id}","title":"Invoices stuck",'
            f'"description":null,"severity":"high","status":"identified","ownerId":"{ada.user_id}",'
            f'"escalationPolicyId":"{escalation.policy_id}","affectedComponents":[],"createdBy":"key_test",'
            '"createdAt":"2026-11-23T03:00:00.000Z","updatedAt":"2026-11-23T03:01:00.000Z"}}'
        )

    def test_walks_to_resolved_and_ends_the_paging(self, api, escalation):
        resolve(api, escalation)
        row = reload(escalation)
        assert (row.state, row.due_at, row.active_policy_id) == ("cancelled", None, None)
        assert deliveries(escalation) == [("ada@example.org", "cancelled")]
        assert run(minutes(60)) == []

    @pytest.mark.parametrize("taken", [0, 1, 2, 3])
    @pytest.mark.parametrize("status", ["investigating", *STEPS])
    def test_takes_the_next_step_and_no_other(self, api, escalation, taken, status):
        for step in STEPS[:taken]:
            change(api, escalation, step)
        before = snapshot()
        response = change(api, escalation, status)
        if [status] == STEPS[taken : taken + 1]:
            assert response.json()["data"]["status"] == status
        else:
            assert refusal(response) == (400, "invalid_status_transition")
            assert snapshot() == before

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({}, "status"),
            ({"status": None}, "status"),
            ({"status": ""}, "status"),
            ({"status": "Identified"}, "status"),
            ({"status": "closed"}, "status"),
            ({"status": 1}, "status"),
            ({"status": ["identified"]}, "status"),
            ({"status": "identified", "resolutionNote": 1}, "resolutionNote"),
            ({"status": "identified", "resolutionNote": "x" * 10_001}, "resolutionNote"),
            ({"status": "identified", "note": "x"}, "note"),
        ],
    )
    def test_names_the_field_that_has_the_wrong_shape(self, api, escalation, sent, field):
        response = api.patch(f"/v1/incidents/{escalation.pk}/status", sent)
        assert wrong_fields(response) == [field]
        assert reload(escalation).incident.status == "investigating"

    @pytest.mark.parametrize(
        ("note", "kept"), [("Restarted", "Restarted"), ("", None), (None, None), ("x" * 10_000,) * 2]
    )
    def test_keeps_a_note_with_any_step(self, api, escalation, note, kept):
        change(api, escalation, "identified", resolutionNote=note)
        assert IncidentUpdate.objects.get().body == kept

    def test_ignores_what_a_client_read(self, api, escalation):
        assert change(api, escalation, "identified", incidentId="x", id="x", updatedAt="x").status_code == 200

    def test_is_refused_when_somebody_wrote_in_between(self, api, escalation):
        tag = api.get(f"/v1/incidents/{escalation.pk}")["ETag"]
        acknowledge(api, escalation)
        before = snapshot()
        assert refusal(change(api, escalation, "identified", headers={"If-Match": tag})) == (412, "precondition_failed")
        assert snapshot() == before
        fresh = api.get(f"/v1/incidents/{escalation.pk}")["ETag"]
        assert change(api, escalation, "identified", headers={"If-Match": fresh}).status_code == 200

    @pytest.mark.parametrize("step", STEPS)
    def test_every_step_is_a_new_version(self, api, escalation, step):
        for earlier in STEPS[: STEPS.index(step)]:
            change(api, escalation, earlier)
        before = api.get(f"/v1/incidents/{escalation.pk}")["ETag"]
        change(api, escalation, step)
        assert api.get(f"/v1/incidents/{escalation.pk}")["ETag"] != before

    def test_a_key_that_triggers_can_walk_to_resolved(self, organization, escalation, client_of):
        resolve(client_of(organization, "trigger"), escalation)


class TestAcknowledge:
    def test_answers_with_the_incident_and_its_escalation_to_the_byte(self, api, api_key, escalation, at, ada):
        at(minutes(1))
        response = acknowledge(api, escalation)
        assert response.status_code == 200
        assert response.content.decode() == (
            f'{{"data":{{"id":"{escalation.pk}","orgId":"{escalation.organization_id}","title":"Invoices stuck",'
            f'"description":null,"severity":"high","status":"investigating","ownerId":"{ada.user_id}",'
            f'"escalationPolicyId":"{escalation.policy_id}","affectedComponents":[],"createdBy":"key_test",'
            '"createdAt":"2026-11-23T03:00:00.000Z","updatedAt":"2026-11-23T03:00:00.000Z",'
            '"number":1,"dedupKey":null,'
            '"escalation":{"state":"acknowledged","pass":1,"position":1,"firing":1,"dueAt":null,"holderId":null,'
            f'"acknowledgedBy":"{api_key.pk}","acknowledgedAt":"2026-11-23T03:01:00.000Z"}}}}}}'
        )

    def test_stops_the_paging_and_leaves_the_status(self, api, escalation):
        acknowledge(api, escalation)
        assert reload(escalation).incident.status == "investigating"
        assert deliveries(escalation) == [("ada@example.org", "cancelled")]
        assert run(minutes(60)) == []

    @pytest.mark.parametrize("body", [(), ({},), ({"userId": None},), ({"incidentId": "x"},)])
    def test_needs_no_body(self, api, escalation, body):
        assert acknowledge(api, escalation, *body).json()["data"]["escalation"]["holderId"] is None

    def test_needs_no_media_type_without_a_body(self, api, escalation):
        path = f"/v1/incidents/{escalation.pk}/acknowledge"
        assert api.generic("POST", path, b"", "").status_code == 200

    def test_names_who_holds_it(self, api, escalation, bob):
        shown = acknowledge(api, escalation, {"userId": bob.user_id}).json()["data"]
        assert shown["escalation"]["holderId"] == bob.user_id
        (event,) = TimelineEvent.objects.filter(type="incident_acknowledged")
        assert (event.user_id, event.actor_id) == (bob.user_id, shown["escalation"]["acknowledgedBy"])

    @pytest.mark.parametrize("is_resolved", [False, True])
    def test_again_or_too_late_changes_nothing(self, api, escalation, at, bob, is_resolved):
        if is_resolved:
            resolve(api, escalation)
        else:
            acknowledge(api, escalation)
        before = snapshot()
        at(minutes(3))
        response = acknowledge(api, escalation, {"userId": bob.user_id})
        assert response.status_code == 200
        assert response.json()["data"]["escalation"]["state"] == ("cancelled" if is_resolved else "acknowledged")
        assert snapshot() == before

    @pytest.mark.parametrize(
        ("body", "field"),
        [({"userId": 1}, "userId"), ({"userId": ""}, "userId"), ({"userId": ["u"]}, "userId"), ({"user": "u"}, "user")],
    )
    def test_names_the_field_that_has_the_wrong_shape(self, api, escalation, body, field):
        assert wrong_fields(acknowledge(api, escalation, body)) == [field]
        assert reload(escalation).state == "paging"

    def test_a_wrong_person_changes_nothing(self, api, escalation):
        _refuses_people_who_are_none(escalation, lambda user_id: acknowledge(api, escalation, {"userId": user_id}))


class TestHandOff:
    def test_answers_with_the_incident_and_its_escalation_to_the_byte(self, api, escalation, at, bob):
        at(minutes(1))
        response = hand_off(api, escalation, targetUserId=bob.user_id)
        assert response.status_code == 200
        assert response.content.decode() == (
            f'{{"data":{{"id":"{escalation.pk}","orgId":"{escalation.organization_id}","title":"Invoices stuck",'
            f'"description":null,"severity":"high","status":"investigating","ownerId":"{bob.user_id}",'
            f'"escalationPolicyId":"{escalation.policy_id}","affectedComponents":[],"createdBy":"key_test",'
            '"createdAt":"2026-11-23T03:00:00.000Z","updatedAt":"2026-11-23T03:01:00.000Z",'
            '"number":1,"dedupKey":null,'
            '"escalation":{"state":"paging","pass":1,"position":1,"firing":2,"dueAt":"2026-11-23T03:06:00.000Z",'
            '"holderId":null,"acknowledgedBy":null,"acknowledgedAt":null}}}'
        )

    def test_pages_the_new_owner_and_tells_who_did_it(self, api, api_key, escalation, ada, bob):
        hand_off(api, escalation, targetUserId=bob.user_id)
        assert deliveries(escalation) == [("ada@example.org", "cancelled"), ("bob@example.org", "pending")]
        (event,) = TimelineEvent.objects.filter(type="incident_handed_off")
        assert (event.actor_id, event.details) == (
            api_key.pk,
            {"previousOwnerId": ada.user_id, "newOwnerId": bob.user_id},
        )

    def test_makes_an_acknowledged_incident_page_again(self, api, escalation, bob):
        acknowledge(api, escalation)
        shown = hand_off(api, escalation, targetUserId=bob.user_id).json()["data"]["escalation"]
        assert (shown["state"], shown["acknowledgedBy"], shown["acknowledgedAt"]) == ("paging", None, None)

    def test_works_without_a_policy(self, api, organization, ada, bob):
        escalation = trigger(organization, owner=ada)
        shown = hand_off(api, escalation, targetUserId=bob.user_id).json()["data"]
        assert (shown["ownerId"], shown["escalation"]["state"]) == (bob.user_id, "paging")

    def test_a_resolved_incident_is_not_handed_off(self, api, escalation, bob):
        resolve(api, escalation)
        before = snapshot()
        assert refusal(hand_off(api, escalation, targetUserId=bob.user_id)) == (400, "incident_resolved")
        assert snapshot() == before

    def test_the_firing_the_caller_saw_must_be_the_last(self, api, escalation, bob):
        run(START)
        run(minutes(5))
        before = snapshot()
        assert refusal(hand_off(api, escalation, targetUserId=bob.user_id, firing=1)) == (409, "escalation_moved")
        assert snapshot() == before
        assert hand_off(api, escalation, targetUserId=bob.user_id, firing=2).status_code == 200

    def test_no_firing_is_any_firing(self, api, escalation, bob):
        assert hand_off(api, escalation, targetUserId=bob.user_id, firing=None).status_code == 200

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "targetUserId"),
            ({"targetUserId": None}, "targetUserId"),
            ({"targetUserId": ""}, "targetUserId"),
            ({"targetUserId": 1}, "targetUserId"),
            ({"targetUserId": "u", "firing": "1"}, "firing"),
            ({"targetUserId": "u", "firing": 1.0}, "firing"),
            ({"targetUserId": "u", "firing": True}, "firing"),
            ({"targetUserId": "u", "firing": -1}, "firing"),
            ({"targetUserId": "u", "firing": 2**31}, "firing"),
            ({"targetUserId": "u", "userId": "u"}, "userId"),
        ],
    )
    def test_names_the_field_that_has_the_wrong_shape(self, api, escalation, body, field):
        assert wrong_fields(hand_off(api, escalation, **body)) == [field]
        assert reload(escalation).firing == 1

    def test_needs_a_body(self, api, escalation):
        response = api.generic("POST", f"/v1/incidents/{escalation.pk}/handoff", b"", "application/json")
        assert refusal(response) == (400, "invalid_json")

    def test_a_wrong_person_changes_nothing(self, api, escalation):
        _refuses_people_who_are_none(escalation, lambda user_id: hand_off(api, escalation, targetUserId=user_id))


def _refuses_people_who_are_none(escalation, ask):
    """Check that who is unknown, foreign, gone or inactive gets one and the same answer, and nothing is written."""
    organization = escalation.organization
    wrong = [
        "user_nobody",
        "nonsense",
        "x" * 255,
        MembershipFactory().user_id,
        MembershipFactory(organization=organization, ended=True).user_id,
        MembershipFactory(organization=organization, is_active=False).user_id,
    ]
    before = snapshot()
    answers = [ask(user_id) for user_id in wrong]
    assert {refusal(answer) for answer in answers} == {(400, "invalid_target_user")}
    assert len({answer.json()["message"] for answer in answers}) == 1
    assert snapshot() == before


CALLS = {
    "status": lambda client, pk, user: client.patch(f"/v1/incidents/{pk}/status", {"status": "identified"}),
    "acknowledge": lambda client, pk, user: client.post(f"/v1/incidents/{pk}/acknowledge"),
    "handoff": lambda client, pk, user: client.post(f"/v1/incidents/{pk}/handoff", {"targetUserId": user.user_id}),
    "resolve": lambda client, pk, user: client.post(f"/v1/incidents/{pk}/resolve"),
    "unacknowledge": lambda client, pk, user: client.post(f"/v1/incidents/{pk}/unacknowledge"),
    "escalate": lambda client, pk, user: client.post(f"/v1/incidents/{pk}/escalate"),
    "snooze": lambda client, pk, user: client.post(f"/v1/incidents/{pk}/snooze", {"until": "2199-01-01T00:00:00Z"}),
    "apply-plan": lambda client, pk, user: client.post(f"/v1/incidents/{pk}/apply-plan"),
}
TRIGGER_MAY = {"status", "acknowledge", "resolve"}


@pytest.mark.parametrize("call", CALLS)
def test_an_incident_of_others_is_as_unknown_as_none(api, ada, call):
    other = OrganizationFactory()
    theirs = trigger(other, make_policy(other, [MembershipFactory(organization=other)]))
    before = snapshot()
    answers = [CALLS[call](api, pk, ada) for pk in (theirs.pk, uuid4(), "inc_1")]
    assert {refusal(answer) for answer in answers} == {(404, "not_found")}
    assert len({answer.json()["message"] for answer in answers}) == 1
    assert snapshot() == before


@pytest.mark.parametrize("scope", ["read", "trigger", "write"])
@pytest.mark.parametrize("call", CALLS)
def test_a_key_may_do_what_its_scope_says(organization, escalation, bob, client_of, call, scope):
    is_allowed = scope == "write" or (scope == "trigger" and call in TRIGGER_MAY)
    if call == "unacknowledge":
        acknowledge(client_of(organization), escalation)
    before = snapshot()
    response = CALLS[call](client_of(organization, scope), escalation.pk, bob)
    if is_allowed:
        assert response.status_code == 200
    else:
        assert refusal(response) == (403, "insufficient_scope")
        assert snapshot() == before


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("people", [1, 15])
def test_a_command_costs_the_same_for_few_and_many(api, organization, bob, call, people):
    policy = make_policy(organization, MembershipFactory.create_batch(people, organization=organization), [bob])
    escalation = trigger(organization, policy)
    if call == "unacknowledge":
        acknowledge(api, escalation)
    with CaptureQueriesContext(connection) as statements:
        assert CALLS[call](api, escalation.pk, bob).status_code == 200
    kinds = [one["sql"].split()[0] for one in statements]
    assert len([kind for kind in kinds if kind not in ("SAVEPOINT", "RELEASE")]) == COSTS[call]


# Who takes or resolves an incident also lays out what the others who were paged hear of it.
COSTS = {
    "status": 8,
    "acknowledge": 9,
    "handoff": 14,
    "resolve": 14,
    "unacknowledge": 11,
    "escalate": 11,
    "snooze": 8,
    "apply-plan": 11,
}


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_what_is_commanded_by_post_is_not_read(api, escalation, method):
    response = getattr(api, method)(f"/v1/incidents/{escalation.pk}/acknowledge")
    assert refusal(response) == (405, "method_not_allowed")
    assert response["Allow"] == "POST"


def test_a_handoff_repeated_under_its_name_pages_once(api, escalation, bob):
    path, body = f"/v1/incidents/{escalation.pk}/handoff", {"targetUserId": bob.user_id}
    answers = [api.post(path, body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert told(escalation).count("incident_handed_off") == 1
