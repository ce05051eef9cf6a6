"""GET /v1/incidents/{id} and its timeline (contract sections 6 and 7.5)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.services import delete_policy
from incidents.models import Escalation, TimelineEvent
from incidents.names import load_names
from incidents.services import acknowledge_incident, change_status, hand_off_incident
from incidents.summaries import summary
from scaling.api.preconditions import etag_of
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.incidents.running import REFUSED, START, make_policy, minutes, reload, run, send, trigger, wake

pytestmark = pytest.mark.django_db

INCIDENT_KEYS = [
    "id",
    "orgId",
    "title",
    "description",
    "severity",
    "status",
    "ownerId",
    "escalationPolicyId",
    "affectedComponents",
    "createdBy",
    "createdAt",
    "updatedAt",
]
ESCALATION_KEYS = ["state", "pass", "position", "firing", "dueAt", "holderId", "acknowledgedBy", "acknowledgedAt"]
EVENT_KEYS = ["id", "type", "at", "actorId", "layerId", "position", "userId", "details", "summary"]


def read(client, escalation, suffix=""):
    return client.get(f"/v1/incidents/{escalation.pk}{suffix}")


def whole(client, escalation):
    return read(client, escalation).json()["data"]


def events(client, escalation):
    return read(client, escalation, "/timeline").json()["data"]["events"]


def step(escalation, status, now=START, **fields):
    change_status(
        organization_id=escalation.organization_id,
        incident_id=escalation.pk,
        actor_id="key_test",
        status=status,
        now=now,
        **fields,
    )


def test_answers_with_the_documented_keys_in_their_order(api, organization, ada):
    escalation = trigger(organization, make_policy(organization, [ada]))
    response = read(api, escalation)
    body = response.json()["data"]
    assert response.status_code == 200
    assert list(body) == [*INCIDENT_KEYS, "statusHistory", "number", "dedupKey", "escalation", "pagingEvents"]
    assert list(body["escalation"]) == ESCALATION_KEYS
    assert [list(one) for one in body["statusHistory"]] == [["id", "status", "changedAt", "resolutionNote"]]
    assert {tuple(one) for one in body["pagingEvents"]} == {tuple(EVENT_KEYS)}


def test_answers_as_the_contract_shows_to_the_byte(api, organization, ada):
    policy = make_policy(organization, [ada])
    escalation = trigger(organization, policy)
    created, paged = TimelineEvent.objects.order_by("at", "id")
    layer = policy.layers.get()
    names = load_names({organization.pk: [ada.user_id]})[organization.pk]
    told = [summary(event, names) for event in (created, paged)]
    assert read(api, escalation).content.decode() == (
        f'{{"data":{{"id":"{escalation.pk}","orgId":"{organization.pk}","title":"Invoices stuck","description":null,'
        f'"severity":"high","status":"investigating","ownerId":"{ada.user_id}","escalationPolicyId":"{policy.pk}",'
        '"affectedComponents":[],"createdBy":"key_test","createdAt":"2026-11-23T03:00:00.000Z",'
        '"updatedAt":"2026-11-23T03:00:00.000Z",'
        f'"statusHistory":[{{"id":"{created.pk}","status":"investigating","changedAt":"2026-11-23T03:00:00.000Z",'
        '"resolutionNote":null}],'
        '"number":1,"dedupKey":null,'
        '"escalation":{"state":"paging","pass":1,"position":1,"firing":1,"dueAt":"2026-11-23T03:05:00.000Z",'
        '"holderId":null,"acknowledgedBy":null,"acknowledgedAt":null},'
        f'"pagingEvents":[{{"id":"{created.pk}","type":"incident_triggered","at":"2026-11-23T03:00:00.000Z",'
        '"actorId":"key_test","layerId":null,"position":null,"userId":null,"details":{"status":"investigating"},'
        f'"summary":"{told[0]}"}},'
        f'{{"id":"{paged.pk}","type":"layer_paged","at":"2026-11-23T03:00:00.000Z","actorId":null,'
        f'"layerId":"{layer.pk}","position":1,"userId":null,"details":{{"pass":1,"cause":"layer",'
        f'"dueAt":"2026-11-23T03:05:00.000Z","firing":1,"missed":[],"recipients":["{ada.user_id}"]}},'
        f'"summary":"{told[1]}"}}]}}}}'
    )


def test_the_history_of_statuses_begins_with_the_creation(api, organization, ada):
    escalation = trigger(organization, make_policy(organization, [ada]))
    step(escalation, "identified", minutes(1))
    step(escalation, "monitoring", minutes(2), resolution_note="Watching")
    step(escalation, "resolved", minutes(3), resolution_note="Queue worker restarted")
    history = whole(api, escalation)["statusHistory"]
    assert [(one["status"], one["changedAt"][11:19], one["resolutionNote"]) for one in history] == [
        ("investigating", "03:00:00", None),
        ("identified", "03:01:00", None),
        ("monitoring", "03:02:00", "Watching"),
        ("resolved", "03:03:00", "Queue worker restarted"),
    ]
    assert len({one["id"] for one in history}) == 4


def test_the_paging_trail_leaves_out_the_statuses_and_the_timeline_does_not(api, organization, ada):
    escalation = trigger(organization, make_policy(organization, [ada]))
    run(START)
    step(escalation, "identified")
    trail = whole(api, escalation)["pagingEvents"]
    everything = events(api, escalation)
    assert [one["type"] for one in trail] == ["incident_triggered", "layer_paged", "notification_sent"]
    assert [one for one in everything if one["type"] != "status_changed"] == trail
    assert [one["type"] for one in everything].count("status_changed") == 1


def test_everything_that_happens_is_told_oldest_first(api, organization, ada, bob):
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))
    send(START, {"ada@example.org": REFUSED})
    wake(minutes(0.1))
    send(minutes(0.1))
    _act(acknowledge_incident, escalation, minutes(1), user_id=bob.user_id)
    _act(hand_off_incident, escalation, minutes(2), target_user_id=ada.user_id)
    for minute, status in enumerate(["identified", "monitoring", "resolved"], 3):
        step(escalation, status, minutes(minute))
    told = events(api, escalation)
    assert [one["at"] for one in told] == sorted(one["at"] for one in told)
    assert {one["type"] for one in told} >= {
        "incident_triggered",
        "layer_paged",
        "notification_dead",
        "person_unreachable",
        "layer_timed_out_unheard",
        "notification_sent",
        "incident_acknowledged",
        "incident_handed_off",
        "status_changed",
        "escalation_cancelled",
        "notification_cancelled",
    }
    assert all(one["summary"] for one in told)
    assert not [one for one in told if "user_" in one["summary"]]


def _act(service, escalation, now, **fields):
    service(
        organization_id=escalation.organization_id, incident_id=escalation.pk, actor_id="key_test", now=now, **fields
    )


def test_tells_who_has_it_and_since_when(api, organization, ada):
    escalation = trigger(organization, make_policy(organization, [ada], repage_after_ack_minutes=60))
    _act(acknowledge_incident, escalation, minutes(1), user_id=ada.user_id)
    assert whole(api, escalation)["escalation"] == {
        "state": "acknowledged",
        "pass": 1,
        "position": 1,
        "firing": 1,
        "dueAt": "2026-11-23T04:01:00.000Z",
        "holderId": ada.user_id,
        "acknowledgedBy": "key_test",
        "acknowledgedAt": "2026-11-23T03:01:00.000Z",
    }


def test_keeps_naming_its_policy_when_that_is_gone(api, organization, ada):
    policy = make_policy(organization, [ada])
    escalation = trigger(organization, policy)
    for status in ["identified", "monitoring", "resolved"]:
        step(escalation, status)
    delete_policy(organization_id=organization.pk, policy_id=policy.pk)
    assert whole(api, escalation)["escalationPolicyId"] == str(policy.pk)


def test_a_fallback_address_that_looks_like_an_id_is_an_address(api, organization):
    organization.fallback_email = "page_user_key@example.org"
    organization.save()
    escalation = trigger(organization, make_policy(organization))
    run(START)
    assert read(api, escalation).status_code == 200


def test_the_tag_names_the_version(api, organization, ada):
    escalation = trigger(organization, make_policy(organization, [ada]))
    before = read(api, escalation)["ETag"]
    assert before == etag_of(reload(escalation))
    step(escalation, "identified")
    after = read(api, escalation)["ETag"]
    assert after == etag_of(reload(escalation)) != before


@pytest.mark.parametrize("suffix", ["", "/timeline"])
@pytest.mark.parametrize("scope", ["read", "trigger", "write"])
def test_every_scope_may_look(organization, client_of, scope, suffix):
    escalation = trigger(organization, make_policy(organization))
    assert read(client_of(organization, scope), escalation, suffix).status_code == 200


@pytest.mark.parametrize("suffix", ["", "/timeline"])
def test_an_incident_of_others_is_as_unknown_as_none(api, suffix):
    other = OrganizationFactory()
    theirs = trigger(other, make_policy(other))
    paths = [theirs.pk, uuid4(), "inc_1", "%00", "x" * 10_000]
    answers = [api.get(f"/v1/incidents/{path}{suffix}") for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["message"] for answer in answers}) == 1


def test_an_id_in_capitals_is_the_same_id(api, organization):
    escalation = trigger(organization, make_policy(organization))
    assert api.get(f"/v1/incidents/{str(escalation.pk).upper()}").status_code == 200


@pytest.mark.parametrize(("suffix", "statements"), [("", 6), ("/timeline", 4)])
@pytest.mark.parametrize("size", [1, 12])
def test_costs_the_same_however_much_happened(api, organization, suffix, statements, size):
    people = MembershipFactory.create_batch(size, organization=organization)
    escalation = trigger(organization, make_policy(organization, *([person] for person in people)))
    for minute in range(0, 5 * size, 5):
        run(minutes(minute))
    with CaptureQueriesContext(connection) as captured:
        response = read(api, escalation, suffix)
    assert response.status_code == 200
    assert TimelineEvent.objects.filter(incident=escalation.pk).count() > 2 * size
    assert len(captured) <= statements


def test_a_deferred_first_page_stands_before_the_first_layer(api, organization, ada, monkeypatch):
    monkeypatch.setattr("incidents.services.trigger.load_worlds", lambda needs: {})
    trigger(organization, make_policy(organization, [ada]))
    shown = whole(api, Escalation.objects.get())
    assert (shown["escalation"]["state"], shown["escalation"]["position"], shown["escalation"]["firing"]) == (
        "paging",
        0,
        0,
    )
    assert [one["type"] for one in shown["pagingEvents"]] == ["incident_triggered", "first_page_deferred"]
