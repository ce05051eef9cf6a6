"""``GET /v1/escalation/policies/{id}/preview``."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from scaling.ids import new_uuid
from tests.factories.accounts import (
    ContactMethodFactory,
    MembershipFactory,
    NotificationRuleFactory,
    OrganizationFactory,
)
from tests.factories.escalation import LayerFactory, PolicyFactory, QuietHoursFactory
from tests.incidents.running import START, make_policy

pytestmark = pytest.mark.django_db


def path(policy, query=""):
    return f"/v1/escalation/policies/{policy.pk}/preview{query}"


def preview(api, policy, query=""):
    response = api.get(path(policy, query))
    assert response.status_code == 200, response.content
    return response.json()["data"]


@pytest.fixture
def policy(organization, ada, bob):
    return make_policy(organization, [ada], [bob])


def test_it_tells_now_and_the_worst_severity_unless_asked(api, policy):
    told = preview(api, policy)
    assert (told["policyId"], told["at"], told["severity"]) == (str(policy.pk), "2026-11-23T03:00:00.000Z", "critical")
    assert [(call["afterSeconds"], call["cause"], call["position"]) for call in told["calls"]] == [
        (0, "layer", 1),
        (300, "layer", 2),
        (600, "fallback", 2),
    ]


def test_another_instant_is_told_in_utc(api, policy):
    told = preview(api, policy, "?at=2026-12-24T18:00:00%2B01:00")
    assert told["at"] == told["calls"][0]["at"] == "2026-12-24T17:00:00.000Z"
    assert told["calls"][0]["dueAt"] == "2026-12-24T17:05:00.000Z"


def test_severity_counts_for_rules_and_quiet_hours(api, policy, ada):
    sms = ContactMethodFactory(membership=ada, sms=True)
    NotificationRuleFactory(membership=ada, contact_method=sms, delay_seconds=60)
    QuietHoursFactory(membership=ada)

    (loud,) = preview(api, policy, "?severity=high")["calls"][0]["people"]
    (quiet,) = preview(api, policy, "?severity=low")["calls"][0]["people"]

    assert [(one["methodId"], one["channel"], one["sentAt"]) for one in loud["methods"]] == [
        (None, "email", ["2026-11-23T03:00:00.000Z"]),
        (str(sms.pk), "sms", ["2026-11-23T03:01:00.000Z"]),
    ]
    assert loud["leftOut"] == []
    assert [one["channel"] for one in quiet["methods"]] == ["email"]
    assert [(one["methodId"], one["reason"], one["until"]) for one in quiet["leftOut"]] == [
        (str(sms.pk), "quiet_hours", "2026-11-23T06:00:00.000Z")
    ]


def test_a_policy_without_layers_pages_the_fallback(api, organization):
    organization.fallback_email = "noc@example.org"
    organization.save()
    (call,) = preview(api, PolicyFactory(organization=organization))["calls"]
    assert (call["cause"], call["position"], call["layerId"]) == ("fallback", 0, None)
    assert [(one["userId"], one["reason"]) for one in call["people"]] == [(None, "fallback")]


def test_where_nobody_is_reached_stands_with_the_reason(api, organization, ada, bob):
    bob.is_active = False
    bob.save()
    policy = make_policy(organization, [bob], [ada, bob])
    call = preview(api, policy)["calls"][0]
    missed = [{"userId": bob.user_id, "reason": "inactive"}]
    assert [(one["position"], one["reason"], one["missed"]) for one in call["passed"]] == [(1, None, missed)]
    assert call["missed"] == missed


def test_it_opens_no_incident(api, policy):
    preview(api, policy)
    assert not Incident.objects.exists()


@pytest.mark.parametrize(("scope", "status"), [("read", 200), ("write", 200), ("trigger", 403)])
def test_it_is_for_keys_that_read_plans(client_of, organization, policy, scope, status):
    assert client_of(organization, scope).get(path(policy)).status_code == status


def test_the_policy_of_another_organization_is_one_that_does_not_exist(api, client_of, policy):
    foreign = client_of(OrganizationFactory()).get(path(policy))
    unknown = api.get(f"/v1/escalation/policies/{new_uuid()}/preview")
    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.json(), "requestId": ""} == {**unknown.json(), "requestId": ""}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?at=yesterday", "at"),
        ("?at=2026-12-24T18:00:00", "at"),
        ("?at=9999-12-24T18:00:00Z", "at"),
        ("?at=", "at"),
        ("?severity=urgent", "severity"),
        ("?severity=", "severity"),
        ("?severity=low&severity=high", "severity"),
    ],
)
def test_what_cannot_be_meant_is_refused(api, policy, query, field):
    response = api.get(path(policy, query))
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", "2199-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_are_told_like_any_instant(api, organization, at):
    layer = LayerFactory(policy__organization=organization, timeout_seconds=604_800)
    assert preview(api, layer.policy, f"?at={at}")["calls"]


def test_it_costs_the_same_for_a_small_policy_and_a_large_one(api, organization):
    costs = []
    for size in (1, 12):
        people = MembershipFactory.create_batch(size, organization=organization)
        policy = make_policy(organization, *([person] for person in people))
        with CaptureQueriesContext(connection) as statements:
            preview(api, policy, f"?at={START:%Y-%m-%dT%H:%M:%SZ}")
        costs.append(len(statements))
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 1 + 7
