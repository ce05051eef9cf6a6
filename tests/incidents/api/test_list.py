"""GET /v1/incidents: pages, filters, and what they cost (contract section 6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from tests.factories.accounts import OrganizationFactory
from tests.incidents.running import START, make_policy, trigger

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def get(client, **query):
    return client.get(f"/v1/incidents?{urlencode(query)}")


def listed(client, **query):
    return get(client, **query).json()["data"]["incidents"]


def titles(client, **query):
    return [incident["title"] for incident in listed(client, **query)]


def walk(client, *, between=lambda: None, **query):
    """Return the titles of all pages, in order; something may happen after each."""
    found = []
    while True:
        page = get(client, **query).json()["data"]
        found += [incident["title"] for incident in page["incidents"]]
        if page["nextCursor"] is None:
            return found
        query["cursor"] = page["nextCursor"]
        between()


def open_incident(organization, title, at=START, **fields):
    return trigger(organization, make_policy(organization), now=at, title=title, **fields).incident


def change(incident, **fields):
    Incident.objects.filter(pk=incident.pk).update(**fields)


def test_answers_as_the_contract_shows_to_the_byte(api, organization, ada):
    policy = make_policy(organization, [ada])
    first = trigger(organization, policy, title="First", now=START)
    second = trigger(
        organization, owner=ada, title="Second", description="Why", now=START + timedelta(microseconds=1500)
    )
    response = api.get("/v1/incidents")
    assert response.status_code == 200
    assert response.content == (
        b'{"data":{"incidents":['
        b'{"id":"%s","orgId":"%s","title":"Second","description":"Why","severity":"high","status":"investigating",'
        b'"ownerId":"%s","escalationPolicyId":null,"affectedComponents":[],"createdBy":"key_test",'
        b'"createdAt":"2026-11-23T03:00:00.001Z","updatedAt":"2026-11-23T03:00:00.001Z"},'
        b'{"id":"%s","orgId":"%s","title":"First","description":null,"severity":"high","status":"investigating",'
        b'"ownerId":"%s","escalationPolicyId":"%s","affectedComponents":[],"createdBy":"key_test",'
        b'"createdAt":"2026-11-23T03:00:00.000Z","updatedAt":"2026-11-23T03:00:00.000Z"}'
        b'],"nextCursor":null}}'
    ) % tuple(
        str(value).encode()
        for value in (second.pk, organization.pk, ada.user_id, first.pk, organization.pk, ada.user_id, policy.pk)
    )


def test_an_organization_without_incidents_has_one_empty_page(api):
    assert get(api).json() == {"data": {"incidents": [], "nextCursor": None}}


def test_shows_no_incident_of_others(api, organization):
    open_incident(OrganizationFactory(), "Theirs")
    open_incident(organization, "Ours")
    assert titles(api) == ["Ours"]


def test_a_page_holds_twenty_unless_asked(api, organization):
    for number in range(21):
        open_incident(organization, str(number), START + timedelta(minutes=number))
    assert titles(api) == [str(number) for number in range(20, 0, -1)]
    assert len(listed(api, limit=21)) == 21


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 100])
def test_the_pages_hold_every_incident_once_newest_first(api, organization, limit):
    made = [open_incident(organization, str(number), START + timedelta(minutes=number // 3)) for number in range(7)]
    newest_first = sorted(made, key=lambda one: (one.created_at, one.id), reverse=True)
    assert walk(api, limit=limit) == [incident.title for incident in newest_first]


def test_incidents_that_are_opened_and_resolved_in_between_move_no_other(api, organization):
    made = [open_incident(organization, str(number), START + timedelta(minutes=number)) for number in range(6)]

    def churn():
        open_incident(organization, "new", START + timedelta(hours=1))
        change(made[5], status="resolved")

    assert walk(api, between=churn, limit=2) == ["5", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "1e9"}, "limit"),
        ({"limit": "abc"}, "limit"),
        ({"limit": "1_0"}, "limit"),
        ({"limit": "\uff11"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": ""}, "cursor"),
        ({"cursor": "a:b:c"}, "cursor"),
        ({"status": "open"}, "status"),
        ({"status": "Resolved"}, "status"),
        ({"status": ""}, "status"),
        ({"severity": "sev1"}, "severity"),
        ({"severity": ""}, "severity"),
        ({"from": ""}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "20260504"}, "from"),
        ({"from": "\uff12026-05-04"}, "from"),
        ({"from": "0000-01-01"}, "from"),
        ({"from": "10000-01-01"}, "from"),
        ({"to": "2026-05-04T12:00:00"}, "to"),
        ({"to": "2026-05-04T23:59:60Z"}, "to"),
        ({"to": "2026-05-04T12:00:00+25:00"}, "to"),
        ({"to": "2026-05-04 12:00:00Z"}, "to"),
        ({"to": "9999-12-31T00:00:00Z"}, "to"),
        ({"to": "2026-05-04\u0000"}, "to"),
    ],
)
def test_names_the_parameter_that_is_wrong(api, query, field):
    response = get(api, **query)
    assert (response.status_code, response.json()["code"]) == (422, "validation_error")
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("name", ["limit", "status", "from", "to", "cursor", "severity"])
def test_a_parameter_given_twice_is_refused(api, name):
    response = api.get(f"/v1/incidents?{name}=1&{name}=2")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == name


def test_an_unknown_parameter_is_ignored(api, organization):
    open_incident(organization, "Ours")
    assert titles(api, page="2", ownerId="user_x") == ["Ours"]


def test_a_cursor_counts_in_its_own_organization_only(api, organization, client_of):
    for number in range(2):
        open_incident(organization, str(number))
    cursor = get(api, limit=1).json()["data"]["nextCursor"]
    assert get(client_of(OrganizationFactory()), cursor=cursor).status_code == 422
    assert get(api, cursor=cursor[:-1] + ("A" if cursor[-1] != "A" else "B")).status_code == 422
    assert get(api, cursor=cursor).status_code == 200


@pytest.fixture
def assorted(organization):
    """One incident for each status and severity, a day apart."""
    made = []
    for number, (status, severity) in enumerate(product(Incident.Status.values, Incident.Severity.values)):
        incident = open_incident(organization, f"{number:02}", NOON + timedelta(days=number), severity=severity)
        change(incident, status=status)
        made.append(incident)
    return list(Incident.objects.order_by("-created_at"))


@pytest.mark.parametrize("status", [None, *Incident.Status.values])
@pytest.mark.parametrize("severity", [None, "critical", "low"])
@pytest.mark.parametrize(
    ("since", "until"), [(None, None), ("2026-05-06", None), (None, "2026-05-15"), ("2026-05-06", "2026-05-15")]
)
def test_filters_keep_what_matches_all_of_them(api, assorted, status, severity, since, until):
    asked = {"status": status, "severity": severity, "from": since, "to": until}
    expected = [
        incident.title
        for incident in assorted
        if status in (None, incident.status)
        and severity in (None, incident.severity)
        and (since or "") <= incident.created_at.date().isoformat() <= (until or "9")
    ]
    query = {name: value for name, value in asked.items() if value is not None}
    assert walk(api, limit=3, **query) == expected


@pytest.mark.parametrize(
    ("query", "is_listed"),
    [
        ({"from": "2026-05-04"}, True),
        ({"from": "2026-05-05"}, False),
        ({"to": "2026-05-04"}, True),
        ({"to": "2026-05-03"}, False),
        ({"from": "2026-05-04", "to": "2026-05-04"}, True),
        ({"from": "2026-05-04T12:00:00.123Z"}, True),
        ({"from": "2026-05-04T12:00:00.123400Z"}, True),
        ({"from": "2026-05-04T12:00:00.124Z"}, False),
        ({"to": "2026-05-04T12:00:00.123Z"}, True),
        ({"to": "2026-05-04T12:00:00.122Z"}, False),
        ({"from": "2026-05-04T14:00:00.123+02:00", "to": "2026-05-04T14:00:00.123+02:00"}, True),
        ({"from": "2026-05-04T12:01Z", "to": "2026-05-04T12:00Z"}, False),
    ],
)
def test_both_ends_of_the_time_are_inclusive_as_instants_are_shown(api, organization, query, is_listed):
    open_incident(organization, "x", NOON + timedelta(microseconds=123_456))
    assert titles(api, **query) == ["x"] * is_listed


@pytest.mark.parametrize(
    ("at", "is_listed"),
    [
        ("2026-05-04T00:00Z", True),
        ("2026-05-04T23:59:59.999999Z", True),
        ("2026-05-05T00:00Z", False),
        ("2026-05-03T23:59:59.999999Z", False),
    ],
)
def test_a_day_is_a_day_in_utc(api, organization, at, is_listed):
    open_incident(organization, "x", datetime.fromisoformat(at))
    assert titles(api, **{"from": "2026-05-04", "to": "2026-05-04"}) == ["x"] * is_listed


@pytest.mark.parametrize(("scope", "status"), [("read", 200), ("trigger", 200), ("write", 200)])
def test_every_scope_may_look(organization, client_of, scope, status):
    assert get(client_of(organization, scope)).status_code == status


@pytest.mark.parametrize("query", [{}, {"status": "investigating", "from": "2026-01-01", "to": "2027-01-01"}])
def test_costs_two_statements_for_few_and_many(api, organization, ada, query):
    policy = make_policy(organization, [ada])
    for size in (1, 30):
        for _ in range(size):
            trigger(organization, policy)
        with CaptureQueriesContext(connection) as statements:
            assert len(listed(api, limit=100, **query)) >= size
        assert len(statements) == 2
        assert not any("COUNT(" in one["sql"] for one in statements)
