"""POST /v1/incidents (contract section 6)."""

from __future__ import annotations

from uuid import uuid4

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Delivery, Escalation, Incident, TimelineEvent
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory
from tests.incidents.running import START, deliveries, make_policy, minutes, reload, run, told

pytestmark = pytest.mark.django_db

UNKNOWN = "0198c1de-0000-7000-8000-000000000000"
STUCK = {"title": "Invoices stuck", "severity": "high"}


def create(api, **fields):
    return api.post("/v1/incidents", {**STUCK, **fields})


def work(statements):
    """Return the statements but for those that only open and close savepoints."""
    return [one["sql"] for one in statements if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_answers_as_the_contract_shows_to_the_byte(api, api_key, organization, ada):
    policy = make_policy(organization, [ada])
    response = create(api, escalationPolicyId=str(policy.pk), componentIds=[])
    incident = Incident.objects.get()
    assert response.status_code == 201
    assert response.content == (
        b'{"data":{"id":"%s","orgId":"%s","title":"Invoices stuck","description":null,"severity":"high",'
        b'"status":"investigating","ownerId":"%s","escalationPolicyId":"%s","affectedComponents":[],"createdBy":"%s",'
        b'"createdAt":"2026-11-23T03:00:00.000Z","updatedAt":"2026-11-23T03:00:00.000Z"}}'
    ) % tuple(str(value).encode() for value in (incident.pk, organization.pk, ada.user_id, policy.pk, api_key.pk))


def test_pages_the_first_layer_at_once(api, organization, ada, bob):
    policy = make_policy(organization, [ada], [bob])
    create(api, escalationPolicyId=str(policy.pk))
    escalation = Escalation.objects.get()
    assert deliveries(escalation) == [("ada@example.org", "pending")]
    assert (escalation.state, escalation.due_at) == ("paging", minutes(5))


def test_keeps_every_field(api, organization, ada, bob):
    policy = make_policy(organization, [ada])
    sent = {
        "title": "Invoices stuck",
        "description": " Since noon.\n",
        "severity": "critical",
        "ownerId": bob.user_id,
        "escalationPolicyId": str(policy.pk).upper(),
    }
    made = create(api, **sent).json()["data"]
    assert {key: made[key] for key in sent} == {**sent, "escalationPolicyId": str(policy.pk)}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"title": "  Invoices stuck \t"}, {"title": "Invoices stuck"}),
        ({"title": "x" * 100}, {"title": "x" * 100}),
        ({"title": "\U0001f525" * 100}, {"title": "\U0001f525" * 100}),
        ({"title": "stuck\r\nBcc: all"}, {"title": "stuck\r\nBcc: all"}),
        ({"title": "\u202eabc"}, {"title": "\u202eabc"}),
        ({"title": "{{7*7}} <script>"}, {"title": "{{7*7}} <script>"}),
        ({"description": ""}, {"description": None}),
        ({"description": None}, {"description": None}),
        ({"description": "x" * 10_000}, {"description": "x" * 10_000}),
        ({"id": UNKNOWN, "orgId": "org_x", "createdBy": "x", "createdAt": "x", "updatedAt": "x"}, {}),
        ({"escalationPolicyId": None, "ownerScheduleId": None}, {"escalationPolicyId": None}),
    ],
)
def test_takes_what_may_be_sent(api, ada, sent, kept):
    response = create(api, ownerId=ada.user_id, **sent)
    assert response.status_code == 201
    made = response.json()["data"]
    assert {key: made[key] for key in kept} == kept
    assert made["id"] != UNKNOWN


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"title": None}, "title"),
        ({"title": ""}, "title"),
        ({"title": " \u00a0\t"}, "title"),
        ({"title": "\u200b\u2060\ufeff\u3164"}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"title": 1}, "title"),
        ({"title": ["x"]}, "title"),
        ({"severity": None}, "severity"),
        ({"severity": "High"}, "severity"),
        ({"severity": "catastrophic"}, "severity"),
        ({"severity": 1}, "severity"),
        ({"severity": ["high"]}, "severity"),
        ({"description": "x" * 10_001}, "description"),
        ({"description": 1}, "description"),
        ({"ownerId": 1}, "ownerId"),
        ({"ownerId": ""}, "ownerId"),
        ({"ownerId": "user_" + "x" * 300}, "ownerId"),
        ({"escalationPolicyId": "pol_1"}, "escalationPolicyId"),
        ({"escalationPolicyId": 1}, "escalationPolicyId"),
        ({"escalationPolicyId": f"urn:uuid:{UNKNOWN}"}, "escalationPolicyId"),
        ({"ownerScheduleId": "sched_1"}, "ownerScheduleId"),
        ({"ownerScheduleId": True}, "ownerScheduleId"),
        ({"componentIds": None}, "componentIds"),
        ({"componentIds": "c"}, "componentIds"),
        ({"componentIds": {"0": "c"}}, "componentIds"),
        ({"componentIds": [1]}, "componentIds.0"),
        ({"componentIds": [""]}, "componentIds.0"),
        ({"status": "resolved"}, "status"),
        ({"ownerID": "user_x"}, "ownerID"),
    ],
)
def test_names_the_field_that_has_the_wrong_shape(api, ada, sent, field):
    response = create(api, **{"ownerId": ada.user_id, **sent})
    assert (response.status_code, response.json()["code"]) == (422, "validation_error")
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Incident.objects.exists()


@pytest.mark.parametrize("missing", ["title", "severity"])
def test_needs_a_title_and_a_severity(api, ada, missing):
    sent = {key: value for key, value in STUCK.items() if key != missing}
    response = api.post("/v1/incidents", {**sent, "ownerId": ada.user_id})
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [missing]


def test_needs_a_body(api):
    response = api.generic("POST", "/v1/incidents", b"", "application/json")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_json")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "owner_required"),
        ({"ownerId": None, "escalationPolicyId": None, "ownerScheduleId": None}, "owner_required"),
        ({"ownerId": "somebody", "componentIds": ["a"]}, "invalid_component_id"),
        ({"ownerId": "somebody", "componentIds": [UNKNOWN]}, "invalid_component_id"),
        ({"ownerId": "somebody", "componentIds": ["a", "b", "a"]}, "duplicate_component_id"),
    ],
)
def test_refuses_what_breaks_a_rule(api, sent, code):
    response = create(api, **sent)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert not Incident.objects.exists()


def _of(organization):
    """Return a reference of each kind to something of ``organization``."""
    return {
        "ownerId": MembershipFactory(organization=organization).user_id,
        "escalationPolicyId": str(PolicyFactory(organization=organization).pk),
        "ownerScheduleId": str(ScheduleFactory(organization=organization).pk),
    }


@pytest.mark.parametrize("field", ["ownerId", "escalationPolicyId", "ownerScheduleId"])
def test_what_belongs_to_others_is_as_unknown_as_nothing(api, field):
    theirs = create(api, **{field: _of(OrganizationFactory())[field]})
    nothing = create(api, **{field: "user_nobody" if field == "ownerId" else str(uuid4())})
    assert theirs.status_code == nothing.status_code == 404
    assert _without_id(theirs) == _without_id(nothing)
    assert theirs.json()["code"] == "not_found"
    assert not Incident.objects.exists()


def _without_id(response):
    return {key: value for key, value in response.json().items() if key != "requestId"}


def test_somebody_who_left_owns_nothing(api, organization):
    gone = MembershipFactory(organization=organization, ended=True)
    assert create(api, ownerId=gone.user_id).status_code == 404


@pytest.mark.parametrize("kind", ["ownerId", "escalationPolicyId", "ownerScheduleId"])
def test_any_of_the_three_is_enough(api, organization, kind):
    assert create(api, **{kind: _of(organization)[kind]}).status_code == 201


def test_a_schedule_brings_its_policy(api, organization):
    layer = LayerFactory(policy__organization=organization)
    made = create(api, ownerScheduleId=str(layer.schedule_id)).json()["data"]
    assert (made["ownerId"], made["escalationPolicyId"]) == (None, str(layer.policy_id))


def test_a_policy_without_layers_pages_the_owner_and_then_the_fallback(api, organization, ada):
    organization.fallback_email = "fallback@example.org"
    organization.save()
    create(api, escalationPolicyId=str(PolicyFactory(organization=organization).pk), ownerId=ada.user_id)
    escalation = Escalation.objects.get()
    assert run(START) == ["ada@example.org"]
    assert run(reload(escalation).due_at) == ["fallback@example.org"]


def test_a_page_that_cannot_be_made_does_not_refuse_the_incident(api, organization, ada, monkeypatch):
    policy = make_policy(organization, [ada])
    monkeypatch.setattr("incidents.services.trigger.load_worlds", _broken)
    response = create(api, escalationPolicyId=str(policy.pk))
    monkeypatch.undo()
    escalation = Escalation.objects.get()
    assert response.status_code == 201
    assert response.json()["data"]["escalationPolicyId"] == str(policy.pk)
    assert told(escalation) == ["incident_triggered", "first_page_deferred"]
    assert run(START) == ["ada@example.org"]


def _broken(needs):
    raise ZeroDivisionError


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("trigger", 201), ("write", 201)])
def test_needs_a_scope_that_triggers(organization, ada, client_of, scope, status):
    response = create(client_of(organization, scope), ownerId=ada.user_id)
    assert response.status_code == status
    assert Incident.objects.exists() is (status == 201)


def test_the_key_is_the_actor(api, api_key, ada):
    create(api, ownerId=ada.user_id)
    assert set(TimelineEvent.objects.filter(type="incident_triggered").values_list("actor_id", flat=True)) == {
        api_key.pk
    }


def test_a_repeat_under_its_name_opens_one_incident(api, ada):
    answers = [
        api.post("/v1/incidents", {**STUCK, "ownerId": ada.user_id}, headers={"Idempotency-Key": "alert-1"})
        for _ in range(3)
    ]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Incident.objects.count() == 1
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("people", [2, 20])
def test_a_policy_of_one_layer_costs_ten_statements_whatever_it_names(api, organization, people, monkeypatch):
    monkeypatch.undo()
    policy = make_policy(organization, MembershipFactory.create_batch(people, organization=organization))
    with CaptureQueriesContext(connection) as statements:
        assert create(api, escalationPolicyId=str(policy.pk)).status_code == 201
    authentication, now, *rest = work(statements)
    assert "accounts_apikey" in authentication
    assert "clock_timestamp" in now
    assert len(rest) == 10, rest
    assert "incidents_incidentnumbering" in rest[-1]


def test_a_schedule_and_a_layer_that_targets_it_cost_five_more(api, organization):
    layer = LayerFactory(policy__organization=organization)
    with CaptureQueriesContext(connection) as statements:
        create(api, ownerScheduleId=str(layer.schedule_id))
    assert len(work(statements)) <= 1 + 10 + 5


def test_an_answer_of_an_error_says_so_in_the_envelope(api):
    body = orjson.loads(create(api).content)
    assert list(body) == ["statusCode", "type", "code", "requestId", "message"]
    assert (body["statusCode"], body["type"]) == (400, "invalid_request_error")
