"""Which notice is sent next, what became of it, and what that means for its endpoint."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incidents.models import Notice, Webhook
from incidents.notices.queue import (
    LEASE,
    Failed,
    call_off,
    delete_old_notices,
    record_failure,
    record_sent,
    renew_lease,
)
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.incidents import NIGHT, IncidentFactory, NoticeFactory, WebhookFactory
from tests.incidents.notices.working import claim, notices
from tests.incidents.running import START, minutes

pytestmark = pytest.mark.django_db

BUSY = Failed(reason="503 busy", status=503)
GONE = Failed(reason="410 gone", status=410, is_final=True)
NOT_FOUND = Failed(reason="404 not found", status=404)


def mail(organization, count=1, kind="taken"):
    incident = IncidentFactory(organization=organization)
    fields = {"channel": "email", "destination": "ada@example.org", "webhook": None, "event_type": ""}
    return NoticeFactory.create_batch(count, kind=kind, organization=organization, incident=incident, **fields)


def reload(row):
    return type(row).objects.get(pk=row.pk)


def fail_until_given_up(notice, failed):
    """Fail every attempt of a notice; return the instants of the attempts."""
    at, tried = max(START, notice.webhook.rest_until or START), []
    while True:
        (claimed,) = claim(at)
        tried.append(at)
        record_failure(claimed, failed, at)
        row = reload(notice)
        if row.next_at is None:
            return tried
        at = max(row.next_at, reload(notice.webhook).rest_until)


# Claims


def test_a_claimed_notice_is_claimed_by_nobody_else_until_its_lease_ends():
    notice = NoticeFactory()
    (first,) = claim(START)

    assert claim(START + LEASE - timedelta(seconds=1)) == []
    (second,) = claim(START + LEASE)
    assert (first.number, second.number, second.notice_id) == (1, 2, notice.pk)
    assert not renew_lease(first, START + LEASE)
    assert renew_lease(second, START + LEASE)


def test_every_organization_is_served_before_any_is_served_twice():
    many = WebhookFactory.create_batch(3, organization=OrganizationFactory())
    for webhook in many:
        NoticeFactory.create_batch(3, webhook=webhook, next_at=NIGHT - timedelta(minutes=5))
    one = NoticeFactory()

    assert one.pk in {claimed.notice_id for claimed in claim(START, slots=2)}


def test_one_call_at_a_time_goes_to_an_endpoint():
    first, _ = NoticeFactory.create_batch(2, webhook=WebhookFactory())
    claimed = claim(START)

    assert [one.notice_id for one in claimed] == [first.pk]
    assert claim(START, running=claimed) == []
    record_sent(claimed[0], START)
    assert len(claim(START)) == 1


def fill():
    """Claim until nothing may begin any more; return the channels that are being sent over."""
    running = []
    while claimed := claim(START, slots=4 - len(running), running=running):
        running += claimed
    return sorted(one.channel for one in running)


def test_mail_takes_half_of_the_senders():
    for _ in range(3):
        mail(OrganizationFactory(), 3)

    assert fill() == ["email", "email"]


def test_webhooks_leave_a_sender_to_others():
    for webhook in WebhookFactory.create_batch(9, organization=OrganizationFactory()):
        NoticeFactory(webhook=webhook)
    assert fill() == ["webhook"] * 3

    Notice.objects.update(next_at=NIGHT, token=None)
    mail(OrganizationFactory())
    assert fill() == ["email", "webhook", "webhook", "webhook"]


def test_endpoints_that_fail_take_at_most_half_of_the_senders():
    for failures in (1, 1, 1, 0):
        NoticeFactory(webhook=WebhookFactory(failures=failures))
    running = []
    while claimed := claim(START, slots=4 - len(running), running=running):
        running += claimed

    assert sorted(one.is_failing for one in running) == [False, True, True]


def test_an_endpoint_that_failed_is_left_alone_for_a_while_and_others_are_not():
    tired = WebhookFactory()
    first, second = NoticeFactory.create_batch(2, webhook=tired)
    (claimed,) = claim(START)
    record_failure(claimed, BUSY, START)
    other = NoticeFactory()

    assert [one.notice_id for one in claim(START + timedelta(seconds=4))] == [other.pk]
    assert claim(START + timedelta(seconds=4)) == []
    (again,) = claim(START + timedelta(seconds=6))
    assert again.notice_id in {first.pk, second.pk}
    record_sent(again, START + timedelta(seconds=6))
    row = reload(tired)
    assert (row.failures, row.rest_until) == (0, None)


def test_events_of_one_instant_go_out_in_the_order_they_happened():
    webhook = WebhookFactory()
    made = NoticeFactory.create_batch(5, webhook=webhook)
    sent = []
    while claimed := claim(START):
        sent += [one.notice_id for one in claimed]
        record_sent(claimed[0], START)

    assert sent == [row.pk for row in made]


# Outcomes


def test_a_notice_that_was_taken_is_sent_also_when_that_is_told_late():
    notice = NoticeFactory()
    (claimed,) = claim(START)
    claim(minutes(1))
    record_sent(claimed, minutes(2))

    row = reload(notice)
    assert (row.status, row.sent_at, row.next_at, row.token) == ("sent", minutes(2), None, None)


def test_a_failure_told_after_the_claim_was_lost_changes_nothing():
    notice = NoticeFactory()
    (claimed,) = claim(START)
    claim(minutes(1))
    before = reload(notice)
    record_failure(claimed, GONE, minutes(2))

    row = reload(notice)
    assert (row.status, row.next_at, row.token) == (before.status, before.next_at, before.token)
    assert reload(notice.webhook).failures == 0


def test_ten_attempts_in_three_days_then_it_has_failed_and_the_admins_are_told_once(mailoutbox):
    organization = OrganizationFactory(fallback_email="fallback@example.org")
    MembershipFactory(organization=organization, admin=True, user__email="alice@example.org")
    MembershipFactory(organization=organization, user__email="member@example.org")
    first = NoticeFactory(webhook=WebhookFactory(organization=organization))
    tried = fail_until_given_up(first, BUSY)

    assert len(tried) == 10
    assert timedelta(hours=75) < tried[-1] - tried[0] < timedelta(hours=84)
    row = reload(first)
    assert (row.status, row.last_status, row.last_error) == ("failed", 503, "503 busy")
    told = [("webhook_failing", "alice@example.org")]
    assert notices(channel="email") == told
    Notice.objects.filter(channel="email").update(status="sent", next_at=None)
    fail_until_given_up(NoticeFactory(webhook=reload(first.webhook)), BUSY)
    assert notices(channel="email") == told
    assert reload(first.webhook).disabled_at is None


def test_an_organization_without_admins_is_told_at_its_fallback_else_the_operator_is(settings):
    settings.OPERATOR_EMAIL = "operator@example.org"
    for fallback in ("fallback@example.org", ""):
        NoticeFactory(webhook=WebhookFactory(organization=OrganizationFactory(fallback_email=fallback)))
    for claimed in claim(START):
        record_failure(claimed, GONE, START)

    assert notices(channel="email") == [
        ("webhook_disabled", "fallback@example.org"),
        ("webhook_disabled", "operator@example.org"),
    ]


def test_410_disables_the_endpoint_at_once_calls_off_what_waits_and_is_told():
    notice, waiting = NoticeFactory.create_batch(2, webhook=WebhookFactory())
    (claimed,) = claim(START)
    gone, kept = (notice, waiting) if claimed.notice_id == notice.pk else (waiting, notice)
    record_failure(claimed, GONE, START)

    webhook = reload(notice.webhook)
    assert (webhook.disabled_at, webhook.disabled_reason, webhook.version) == (START, "gone", 2)
    assert (reload(gone).status, reload(kept).status) == ("failed", "cancelled")
    assert [kind for kind, _ in notices(channel="email")] == ["webhook_disabled"]


def test_404_for_days_disables_the_endpoint():
    notice = NoticeFactory()
    assert len(fail_until_given_up(notice, NOT_FOUND)) == 10

    assert reload(notice.webhook).disabled_reason == "not_found"
    assert [kind for kind, _ in notices(channel="email")] == ["webhook_disabled"]


def test_an_endpoint_that_asks_to_be_left_alone_is():
    notice = NoticeFactory()
    (claimed,) = claim(START)
    record_failure(claimed, Failed(reason="429", status=429, asked=timedelta(hours=2)), START)

    assert reload(notice).next_at == START + timedelta(hours=2)
    assert reload(notice.webhook).rest_until == START + timedelta(hours=2)


def test_news_nobody_could_be_told_within_the_hour_are_given_up_and_nobody_is_told_of_it():
    (notice,) = mail(OrganizationFactory())
    at = START
    for _ in range(4):
        (claimed,) = claim(at)
        record_failure(claimed, Failed(reason="451 later"), at)
        at = reload(notice).next_at or at

    assert reload(notice).status == "failed"
    assert at - START < timedelta(hours=1)
    assert Notice.objects.count() == 1


def test_a_refused_recipient_is_not_tried_again():
    (notice,) = mail(OrganizationFactory())
    (claimed,) = claim(START)
    record_failure(claimed, Failed(reason="550 unknown", is_final=True), START)

    assert reload(notice).status == "failed"


def test_what_is_called_off_in_flight_and_arrives_counts_as_sent():
    notice = NoticeFactory()
    (claimed,) = claim(START)
    call_off(notice.webhook)
    assert not renew_lease(claimed, START)
    record_sent(claimed, START)

    assert reload(notice).status == "sent"


def test_what_ended_a_month_ago_is_deleted_and_what_waits_is_kept():
    old = NIGHT - timedelta(days=31)
    NoticeFactory(sent=True, created_at=old)
    kept = [NoticeFactory(created_at=old), NoticeFactory(sent=True)]

    assert delete_old_notices(NIGHT) == 1
    assert set(Notice.objects.values_list("pk", flat=True)) == {row.pk for row in kept}
    assert Webhook.objects.count() == 3


@pytest.mark.parametrize("size", [1, 12])
def test_a_claim_costs_three_statements_and_one_when_nothing_is_due(size, django_assert_num_queries):
    with django_assert_num_queries(3):  # two of them begin and end the transaction
        assert claim(START) == []
    NoticeFactory.create_batch(size)
    with django_assert_num_queries(5):
        claim(START)
