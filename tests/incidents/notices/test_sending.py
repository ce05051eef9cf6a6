"""Notices on their way: to a real receiver, and as mail."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from django.core import mail
from standardwebhooks import Webhook as Verifier

from incidents.models import Delivery, Notice, TimelineEvent
from incidents.notices import pool
from incidents.notices.events import MAX_BYTES, event_body
from incidents.services import acknowledge_incident, change_status
from scaling.outbound.signing import signed_headers
from tests.factories.accounts import WEBHOOK_SECRET, ContactMethodFactory
from tests.factories.incidents import IncidentFactory, NoticeFactory, TimelineEventFactory, WebhookFactory
from tests.incidents.notices.working import deliver
from tests.incidents.running import START, make_policy, minutes, run, trigger
from tests.rogue import rogue_server, stay_silent, trickle

pytestmark = pytest.mark.django_db

OTHER_SECRET = "whsec_c29tZW90aGVyc2VjcmV0dGhhdGlzbG9uZ2Vub3VnaA=="


def waiting(hook, path="/hook", **fields):
    return NoticeFactory(webhook=WebhookFactory(url=hook.url(path), **fields))


def reload(row):
    return type(row).objects.get(pk=row.pk)


# Events


def test_the_signature_is_that_of_the_published_vector():
    body = b'{"type":"incident.escalated","timestamp":"2026-01-05T08:00:00Z","data":{"incidentId":"inc_1","layer":2}}'
    headers = signed_headers("msg_01demo", body, [WEBHOOK_SECRET], datetime.fromtimestamp(1767600000, UTC))

    assert headers["webhook-signature"] == "v1,6s/9OuhmCJXl4bC8x2qfuZN3vT1DbXCYoK/5Ke8LGDs="
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_01demo", "1767600000")


def test_an_event_arrives_signed_under_the_id_of_the_timelines_event(acme, ada, hook):
    webhook = WebhookFactory(organization=acme, url=hook.url("/s3cr3t"), events=["incident"])
    escalation = trigger(acme, make_policy(acme, [ada]))
    deliver()

    (got,) = hook.received
    told = Verifier(webhook.secret).verify(got.body, got.headers)
    event = TimelineEvent.objects.get(type="incident_triggered")
    assert got.headers["webhook-id"] == str(event.pk)
    assert told == {
        "type": "incident.triggered",
        "timestamp": "2026-11-23T03:00:00.000Z",
        "data": {
            "organizationId": acme.pk,
            "eventId": str(event.pk),
            "incident": {
                "id": str(escalation.pk),
                "title": "Invoices stuck",
                "description": None,
                "severity": "high",
                "createdAt": "2026-11-23T03:00:00.000Z",
            },
            "actorId": "key_test",
            "layerId": None,
            "position": None,
            "userId": None,
            "details": {"status": "investigating"},
            "summary": "key_test triggered the incident.",
        },
    }
    assert Notice.objects.get().status == "sent"


def test_while_a_secret_is_replaced_both_verify_and_afterwards_the_new_one_alone(hook):
    old = {"previous_secret": OTHER_SECRET, "previous_secret_until": minutes(60)}
    for path in ("/during", "/after"):
        waiting(hook, path, **old)
    Notice.objects.filter(webhook__url=hook.url("/after")).update(next_at=minutes(61))
    deliver(START)
    deliver(minutes(61))

    during, after = hook.received
    for secret in (WEBHOOK_SECRET, OTHER_SECRET):
        Verifier(secret).verify(during.body, during.headers)
    assert len(after.headers["webhook-signature"].split()) == 1
    Verifier(WEBHOOK_SECRET).verify(after.body, after.headers)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 500, 502])
def test_whatever_is_no_success_is_tried_again_under_the_same_id_and_redirects_are_not_followed(hook, status):
    notice = waiting(hook)
    hook.answers["/hook"] = (status, {"Location": hook.url("/elsewhere")})
    deliver(START)
    row = reload(notice)
    assert (row.status, row.attempts, row.last_status) == ("pending", 1, status)
    assert "s3cr3t" not in row.last_error

    hook.answers["/hook"] = (204, {})
    deliver(minutes(1))
    first, second = hook.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == str(notice.event_id)
    assert first.body == second.body
    assert reload(notice).status == "sent"


def test_an_endpoint_says_when_it_wants_to_be_called_again(hook):
    notice = waiting(hook)
    hook.answers["/hook"] = (429, {"Retry-After": "1800"})
    deliver(START)

    assert reload(notice).next_at == minutes(30)


def test_an_endpoint_that_is_gone_is_disabled_and_the_admin_gets_a_mail(acme, cleo, hook):
    webhook = WebhookFactory(organization=acme, url=hook.url("/s3cr3t"))
    NoticeFactory(webhook=webhook)
    hook.answers["/s3cr3t"] = (410, {})
    deliver()

    assert reload(webhook).disabled_reason == "gone"
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["cleo@example.org"], f"Webhook disabled: {webhook.shown_url}")
    assert "answered 410" in letter.body
    assert str(webhook.pk) in letter.body
    assert "s3cr3t" not in letter.body + letter.alternatives[0].content


@pytest.mark.parametrize("behave", [stay_silent, trickle])
def test_an_endpoint_that_hangs_or_trickles_fails_in_its_time(monkeypatch, behave):
    monkeypatch.setattr(pool, "CALL_LIMIT_SECONDS", 0.3)
    with rogue_server(behave) as server:
        notice = NoticeFactory(webhook=WebhookFactory(url=f"http://127.0.0.1:{server.port}/"))
        deliver()

    assert "no answer in time" in reload(notice).last_error


def test_an_address_our_rules_forbid_is_not_called(hook, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = ()
    notice = waiting(hook)
    deliver()

    assert hook.received == []
    assert "no public address" in reload(notice).last_error


def test_an_event_that_cannot_be_put_together_holds_back_no_other(hook):
    broken = waiting(hook, "/broken")
    TimelineEvent.objects.all().delete()
    waiting(hook)
    deliver()

    assert [got.path for got in hook.received] == ["/hook"]
    assert reload(broken).last_error == "It could not be put together."


@pytest.mark.parametrize(("note", "has_details"), [("short", True), ("🔥" * 10_000, False), ("\x01" * 10_000, False)])
def test_a_body_stays_below_twenty_kilobytes(note, has_details):
    incident = IncidentFactory(title="🔥" * 100, description="\x01🔥" * 5_000)
    event = TimelineEventFactory(incident=incident, type="status_changed", details={"resolutionNote": note})
    body = event_body("incident.resolved", event, incident, {})

    assert len(body) < MAX_BYTES
    assert (orjson.loads(body)["data"]["details"] is not None) == has_details


@pytest.mark.parametrize("size", [1, 4])
def test_events_are_put_together_in_a_fixed_number_of_statements(acme, ada, hook, size, django_assert_num_queries):
    made = [NoticeFactory(webhook=WebhookFactory(organization=acme, url=hook.url())).pk for _ in range(size)]
    TimelineEvent.objects.update(actor_id=ada.user_id)
    with django_assert_num_queries(3):
        pool.compose(made, START)


# News


def take(escalation, actor):
    acknowledge_incident(
        organization_id=escalation.organization_id, incident_id=escalation.pk, actor_id=actor, now=minutes(4)
    )


def test_who_was_paged_reads_in_the_subject_who_has_it_and_in_the_text_that_nothing_is_to_be_done(acme, ada, bob):
    escalation = trigger(acme, make_policy(acme, [ada, bob]))
    run(START)
    take(escalation, ada.user_id)
    deliver(minutes(4))

    (letter,) = mail.outbox
    html, _ = letter.alternatives[0]
    assert letter.to == ["bob@example.org"]
    assert letter.subject == "Taken by Ada: Invoices stuck"
    for text in (letter.body, html):
        assert "Ada has it. There is nothing for you to do." in text
        assert "https://oncall.example.org/a/" in text
    assert "Invoices stuck (high), since 03:00 UTC (4 min ago)." in letter.body


def test_who_was_paged_reads_that_it_is_over_and_why(acme, ada, bob):
    escalation = trigger(acme, make_policy(acme, [ada, bob]))
    run(START)
    for status in ("identified", "monitoring", "resolved"):
        change_status(
            organization_id=acme.pk,
            incident_id=escalation.pk,
            actor_id=ada.user_id,
            status=status,
            resolution_note="Restarted <it>.",
            now=minutes(9),
        )
    deliver(minutes(9))

    (letter,) = mail.outbox
    assert letter.subject == "Resolved by Ada: Invoices stuck"
    assert "Ada has resolved it. It is over." in letter.body
    assert "Restarted <it>." in letter.body
    assert "Restarted &lt;it&gt;." in letter.alternatives[0].content


def test_news_hang_below_the_recipients_own_page_in_the_thread_of_the_incident(acme, ada, bob):
    escalation = trigger(acme, make_policy(acme, [ada, bob]))
    run(START)
    take(escalation, ada.user_id)
    notice = Notice.objects.get()
    page = _mail_to("bob@example.org")
    deliver(minutes(4))

    (letter,) = mail.outbox
    headers = letter.extra_headers
    root = f"<incident-{escalation.pk}@oncall.example.org>"
    assert headers["References"] == f"{root} <{page}@oncall.example.org>"
    assert headers["In-Reply-To"] == f"<{page}@oncall.example.org>"
    assert headers["Message-ID"] == f"<{notice.pk}@oncall.example.org>"
    assert headers["List-Id"] == f"Acme <{acme.pk}.oncall.example.org>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in headers


def _mail_to(address):
    return Delivery.objects.get(destination=address).pk


def test_news_to_somebody_whose_mail_never_arrived_hang_below_the_root_alone(acme, ada, bob):
    escalation = trigger(acme, make_policy(acme, [ada, bob]))
    run(START)
    Delivery.objects.filter(destination="bob@example.org").update(handed_over_at=None, status="cancelled")
    take(escalation, ada.user_id)
    deliver(minutes(4))

    assert mail.outbox[0].extra_headers["References"] == f"<incident-{escalation.pk}@oncall.example.org>"


def test_a_chat_is_told_by_its_own_sender(acme, ada, bob, hook):
    ContactMethodFactory(membership=bob, channel="chat", address=f"ntfy://127.0.0.1:{hook.port}/topic", shown="chat")
    hook.answers["/"] = (200, {})
    escalation = trigger(acme, make_policy(acme, [ada, bob]))
    run(START)
    take(escalation, ada.user_id)
    deliver(minutes(4))

    assert len(mail.outbox) == 1
    assert b"Taken by Ada" in hook.received[0].body
    assert set(Notice.objects.values_list("channel", "status")) == {("email", "sent"), ("chat", "sent")}


@pytest.mark.parametrize("size", [1, 4])
def test_news_are_put_together_in_a_fixed_number_of_statements(acme, ada, bob, size, django_assert_num_queries):
    policy = make_policy(acme, [ada, bob])
    for _ in range(size):
        escalation = trigger(acme, policy)
        run(START)
        take(escalation, ada.user_id)
    made = list(Notice.objects.values_list("pk", flat=True))
    with django_assert_num_queries(4):
        assert len(pool.compose(made, minutes(4))) == size
