"""Webhooks over the API: where an organization is told what happens."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import pytest

from incidents.models import Notice, Webhook
from scaling.ids import new_uuid
from scaling.outbound import masked_url
from tests.factories.accounts import OrganizationFactory
from tests.factories.incidents import NIGHT, NoticeFactory, TimelineEventFactory, WebhookFactory
from tests.incidents.running import START, minutes

pytestmark = pytest.mark.django_db

WEBHOOKS = "/v1/webhooks"
URL = "http://127.0.0.1:9000/s3cr3t?token=t0p"


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def webhook(organization):
    return WebhookFactory(organization=organization, url=URL)


def path_of(webhook, rest=""):
    return f"{WEBHOOKS}/{webhook.pk}{rest}"


def told(response):
    return response.status_code, response.json().get("code")


def fields_of(response):
    assert told(response) == (422, "validation_error")
    return [error["field"] for error in response.json()["errors"]]


def reload(row):
    return type(row).objects.get(pk=row.pk)


def test_a_webhook_is_made_and_its_secret_shown_this_once(api, api_key, organization):
    response = api.post(
        WEBHOOKS, {"url": URL, "description": "Chat bot", "events": ["incident.resolved", "escalation"]}
    )

    body = response.json()["data"]
    made = Webhook.objects.get()
    assert response.status_code == 201
    assert body == {
        "id": str(made.pk),
        "orgId": organization.pk,
        "url": masked_url(URL),
        "description": "Chat bot",
        "events": ["escalation", "incident.resolved"],
        "enabled": True,
        "disabledReason": None,
        "disabledAt": None,
        "failures": 0,
        "previousSecretUntil": None,
        "createdBy": api_key.pk,
        "createdAt": "2026-11-23T03:00:00.000Z",
        "updatedAt": "2026-11-23T03:00:00.000Z",
        "secret": made.secret,
    }
    assert made.secret.startswith("whsec_")
    assert made.url == URL


def test_neither_url_nor_secret_is_shown_afterwards(api, webhook):
    NoticeFactory(webhook=webhook, last_error=f"{masked_url(URL)} answered 500.")
    for path in (WEBHOOKS, path_of(webhook), path_of(webhook, "/deliveries")):
        text = api.get(path).content.decode()
        assert "s3cr3t" not in text
        assert "t0p" not in text
        assert webhook.secret not in text


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["url"]),
        ({"url": 5}, ["url"]),
        ({"url": "ftp://example.org"}, ["url"]),
        ({"url": "https://user:pw@example.org/"}, ["url"]),
        ({"url": "http://169.254.169.254/"}, ["url"]),
        ({"url": "http://10.0.0.1/"}, ["url"]),
        ({"url": "https://example.org/" + "x" * 2000}, ["url"]),
        ({"url": URL, "events": []}, ["events"]),
        ({"url": URL, "events": ["incident.exploded"]}, ["events.0"]),
        ({"url": URL, "events": "incident"}, ["events"]),
        ({"url": URL, "enabled": "yes"}, ["enabled"]),
        ({"url": URL, "secret": "whsec_mine"}, ["secret"]),
    ],
)
def test_an_unusable_field_is_named_and_nothing_made(api, body, fields):
    assert fields_of(api.post(WEBHOOKS, body)) == fields
    assert Webhook.objects.count() == 0


def test_an_organization_has_at_most_ten(api, organization):
    WebhookFactory.create_batch(9, organization=organization)
    WebhookFactory(organization=organization, removed_at=NIGHT, url="", secret="")
    assert api.post(WEBHOOKS, {"url": URL}).status_code == 201

    assert fields_of(api.post(WEBHOOKS, {"url": URL})) == ["url"]


def test_one_that_was_removed_or_is_another_organizations_is_unknown(api, organization):
    removed = WebhookFactory(organization=organization, removed_at=NIGHT, url="", secret="")
    for other in (removed, WebhookFactory()):
        assert told(api.get(path_of(other))) == (404, "not_found")
        assert told(api.patch(path_of(other), {"description": "Mine"})) == (404, "not_found")
        assert told(api.delete(path_of(other))) == (404, "not_found")
        assert told(api.post(path_of(other, "/rotate-secret"))) == (404, "not_found")
    assert api.get(WEBHOOKS).json()["data"] == []


def test_what_is_sent_is_changed_and_what_was_shown_may_be_sent_back(api, webhook):
    etag = api.get(path_of(webhook)).headers["ETag"]
    same = api.patch(path_of(webhook), {"url": masked_url(URL), "description": None, "events": None, "enabled": True})
    assert same.status_code == 200
    assert api.get(path_of(webhook)).headers["ETag"] == etag

    changed = api.patch(path_of(webhook), {"url": "http://127.0.0.1:9000/new", "events": ["incident"]})
    assert changed.json()["data"]["events"] == ["incident"]
    assert changed.json()["data"]["url"] == masked_url("http://127.0.0.1:9000/new")
    assert told(api.patch(path_of(webhook), {"events": None}, headers={"If-Match": etag})) == (
        412,
        "precondition_failed",
    )
    assert told(api.delete(path_of(webhook), headers={"If-Match": etag})) == (412, "precondition_failed")


def test_an_unusable_change_changes_nothing(api, webhook):
    assert fields_of(api.patch(path_of(webhook), {"url": "http://10.0.0.1/", "description": "Mine"})) == ["url"]
    assert (reload(webhook).url, reload(webhook).description) == (URL, None)


def test_a_disabled_one_waits_for_nothing_and_starts_anew_when_it_is_enabled(api, webhook):
    waiting = NoticeFactory(webhook=webhook)
    Webhook.objects.update(failures=7, rest_until=minutes(5), failing_told_at=START)
    body = api.patch(path_of(webhook), {"enabled": False}).json()["data"]

    assert (body["enabled"], body["disabledReason"], body["disabledAt"]) == (
        False,
        "by_hand",
        "2026-11-23T03:00:00.000Z",
    )
    assert reload(waiting).status == "cancelled"
    body = api.patch(path_of(webhook), {"enabled": True}).json()["data"]
    assert (body["enabled"], body["disabledReason"], body["failures"]) == (True, None, 0)
    assert reload(webhook).rest_until is None
    assert reload(waiting).status == "cancelled"


def test_a_removed_one_keeps_its_history_but_neither_url_nor_secret(api, webhook):
    waiting, sent = NoticeFactory(webhook=webhook), NoticeFactory(webhook=webhook, sent=True)
    api.post(path_of(webhook, "/rotate-secret"))
    assert api.delete(path_of(webhook)).json() == {"success": True}

    row = reload(webhook)
    assert (row.url, row.secret, row.previous_secret, row.removed_at) == ("", "", "", START)
    assert (reload(waiting).status, reload(sent).status) == ("cancelled", "sent")


def test_a_replaced_secret_signs_for_one_more_day(api, webhook):
    before = webhook.secret
    body = api.post(path_of(webhook, "/rotate-secret")).json()["data"]

    row = reload(webhook)
    assert body["secret"] == row.secret != before
    assert row.previous_secret == before
    assert body["previousSecretUntil"] == "2026-11-24T03:00:00.000Z"


def test_what_was_sent_is_listed_newest_first_in_pages(api, webhook):
    made = [NoticeFactory(webhook=webhook, created_at=minutes(number)) for number in range(5)]
    NoticeFactory(webhook=WebhookFactory(organization=webhook.organization))
    seen, cursor = [], None
    while True:
        query = f"?limit=2&cursor={cursor}" if cursor else "?limit=2"
        page = api.get(path_of(webhook, f"/deliveries{query}")).json()["data"]
        seen += [row["id"] for row in page["deliveries"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break

    assert seen == [str(row.pk) for row in reversed(made)]


def test_a_delivery_is_told_with_all_that_happened_to_it(api, webhook):
    row = NoticeFactory(webhook=webhook, attempts=2, last_status=503, last_error="busy", next_at=minutes(5))
    (body,) = api.get(path_of(webhook, "/deliveries")).json()["data"]["deliveries"]

    assert body == {
        "id": str(row.pk),
        "webhookId": str(webhook.pk),
        "eventId": str(row.event_id),
        "type": "incident.triggered",
        "incidentId": str(row.incident_id),
        "status": "pending",
        "attempts": 2,
        "nextAttemptAt": "2026-11-23T03:05:00.000Z",
        "sentAt": None,
        "lastStatus": 503,
        "lastError": "busy",
        "createdAt": "2026-11-23T03:00:00.000Z",
    }


def test_a_cursor_of_one_webhook_is_none_of_another(api, organization, webhook):
    NoticeFactory.create_batch(2, webhook=webhook)
    cursor = api.get(path_of(webhook, "/deliveries?limit=1")).json()["data"]["nextCursor"]
    other = WebhookFactory(organization=organization)

    assert fields_of(api.get(path_of(other, f"/deliveries?cursor={cursor}"))) == ["cursor"]


def test_a_delivery_is_sent_again_whatever_became_of_it(api, webhook):
    for status in ("sent", "failed", "cancelled"):
        row = NoticeFactory(webhook=webhook, status=status, next_at=None, attempts=10)
        body = api.post(path_of(webhook, f"/deliveries/{row.pk}/resend")).json()["data"]
        assert (body["status"], body["attempts"], body["nextAttemptAt"]) == ("pending", 0, "2026-11-23T03:00:00.000Z")
        assert body["eventId"] == str(row.event_id)


def test_what_was_sent_elsewhere_is_not_sent_again_here(api, organization, webhook):
    elsewhere = NoticeFactory(webhook=WebhookFactory(organization=organization), sent=True)
    for row_id in (elsewhere.pk, NoticeFactory(sent=True).pk, new_uuid(), "x"):
        assert told(api.post(path_of(webhook, f"/deliveries/{row_id}/resend"))) == (404, "not_found")
    assert reload(elsewhere).status == "sent"


def test_a_replay_says_how_many_events_it_sends(api, webhook):
    for number in (0, 1, 2):
        TimelineEventFactory(incident__organization=webhook.organization, at=NIGHT + timedelta(hours=number))
    TimelineEventFactory(incident__organization=OrganizationFactory())
    span = {"from": "2026-11-23T03:00:00Z", "to": "2026-11-23T05:00:00Z"}

    assert api.post(path_of(webhook, "/replay"), span).json()["data"] == {"events": 2}
    assert api.post(path_of(webhook, "/replay"), span).json()["data"] == {"events": 2}
    assert Notice.objects.filter(webhook=webhook, status="pending").count() == 2


@pytest.mark.parametrize(
    ("span", "fields"),
    [
        ({}, ["from", "to"]),
        ({"from": "yesterday", "to": "2026-11-23T05:00:00Z"}, ["from"]),
        ({"from": "2026-11-23T05:00:00Z", "to": "2026-11-23T05:00:00Z"}, ["to"]),
        ({"from": "2026-11-16T04:59:59Z", "to": "2026-11-23T05:00:00Z"}, ["to"]),
    ],
)
def test_a_span_without_sense_or_end_is_refused(api, webhook, span, fields):
    assert fields_of(api.post(path_of(webhook, "/replay"), span)) == fields


def test_a_replay_of_too_much_at_once_is_refused_and_sends_nothing(api, webhook, monkeypatch):
    monkeypatch.setattr("incidents.services.webhooks.MOST_REPLAYED", 1)
    for _ in range(2):
        TimelineEventFactory(incident__organization=webhook.organization)
    span = {"from": "2026-11-23T03:00:00Z", "to": "2026-11-23T05:00:00Z"}

    assert fields_of(api.post(path_of(webhook, "/replay"), span)) == ["to"]
    assert Notice.objects.count() == 0


def test_nothing_is_sent_again_to_a_disabled_one(api, organization):
    webhook = WebhookFactory(organization=organization, disabled=True)
    row = NoticeFactory(webhook=webhook, sent=True)
    span = {"from": "2026-11-23T03:00:00Z", "to": "2026-11-23T05:00:00Z"}

    assert told(api.post(path_of(webhook, f"/deliveries/{row.pk}/resend"))) == (400, "invalid_request_error")
    assert told(api.post(path_of(webhook, "/replay"), span)) == (400, "invalid_request_error")


@pytest.mark.parametrize("scope", ["read", "trigger"])
def test_only_a_key_for_everything_changes_webhooks(organization, webhook, client_of, scope):
    client = client_of(organization, scope)
    expected = 200 if scope == "read" else 403
    assert client.get(WEBHOOKS).status_code == expected
    assert client.get(path_of(webhook, "/deliveries")).status_code == expected
    assert told(client.post(WEBHOOKS, {"url": URL})) == (403, "insufficient_scope")
    assert told(client.post(path_of(webhook, "/rotate-secret"))) == (403, "insufficient_scope")


@pytest.mark.parametrize("size", [1, 9])
def test_reads_cost_the_same_for_few_and_many(api, organization, size, django_assert_num_queries):
    made = WebhookFactory.create_batch(size, organization=organization)
    NoticeFactory.create_batch(size, webhook=made[0])
    with django_assert_num_queries(2):
        assert len(api.get(WEBHOOKS).json()["data"]) == size
    with django_assert_num_queries(3):
        assert len(api.get(path_of(made[0], "/deliveries")).json()["data"]["deliveries"]) == size
