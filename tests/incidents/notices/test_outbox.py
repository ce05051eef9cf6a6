"""What is laid out, for whom, in the transaction of what it tells."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.services import end_membership
from incidents.answer.tokens import make_token
from incidents.engine import step_escalations
from incidents.models import Delivery, Escalation, Notice, Page, TimelineEvent
from incidents.notices.outbox import lay_out_again
from incidents.parking import page_fallback_of
from incidents.services import acknowledge_incident, change_status, hand_off_incident
from tests.factories.accounts import ApiKeyFactory, ContactMethodFactory, MembershipFactory
from tests.factories.incidents import WebhookFactory
from tests.incidents.notices.working import notices, types
from tests.incidents.running import START, make_policy, minutes, run, trigger

pytestmark = pytest.mark.django_db


def acknowledge(escalation, actor, user_id=None, now=START):
    return acknowledge_incident(
        organization_id=escalation.organization_id,
        incident_id=escalation.pk,
        actor_id=actor,
        user_id=user_id,
        now=now,
    )


def resolve(escalation, actor, now=START):
    for status in ("identified", "monitoring", "resolved"):
        change_status(
            organization_id=escalation.organization_id,
            incident_id=escalation.pk,
            actor_id=actor,
            status=status,
            now=now,
        )


# Events


def test_what_happens_is_laid_out_for_a_webhook_as_it_happens(acme, ada, bob):
    webhook = WebhookFactory(organization=acme)
    escalation = trigger(acme, make_policy(acme, [ada], [bob]))
    run(START)
    run(minutes(5))
    acknowledge(escalation, bob.user_id, now=minutes(6))
    resolve(escalation, bob.user_id, now=minutes(7))

    assert types(webhook=webhook) == [
        "incident.triggered",
        "escalation.layer_paged",
        "escalation.layer_timed_out",
        "escalation.layer_paged",
        "incident.acknowledged",
        "incident.status_changed",
        "incident.status_changed",
        "incident.resolved",
        "escalation.cancelled",
    ]
    told = Notice.objects.filter(kind="event")
    assert set(told.values_list("event_id", flat=True)) <= set(TimelineEvent.objects.values_list("pk", flat=True))
    assert all(row.next_at == row.created_at for row in told)


def test_only_what_a_webhook_asks_for_is_laid_out_for_it(acme, ada):
    family = WebhookFactory(organization=acme, events=["escalation"])
    one = WebhookFactory(organization=acme, events=["incident.acknowledged", "incident.resolved"])
    acknowledge(trigger(acme, make_policy(acme, [ada])), ada.user_id)

    assert types(webhook=family) == ["escalation.layer_paged"]
    assert types(webhook=one) == ["incident.acknowledged"]


def test_nothing_is_laid_out_for_others_for_the_disabled_and_for_the_removed(acme, ada):
    WebhookFactory()
    WebhookFactory(organization=acme, disabled=True)
    WebhookFactory(organization=acme, removed_at=START, url="", secret="")
    trigger(acme, make_policy(acme, [ada]))

    assert Notice.objects.count() == 0


def test_what_is_rolled_back_is_told_to_nobody(acme, ada):
    WebhookFactory(organization=acme)
    policy = make_policy(acme, [ada])
    with transaction.atomic():
        trigger(acme, policy)
        transaction.set_rollback(True)

    assert Notice.objects.count() == 0


def test_a_parked_incident_is_told_too(acme, ada):
    WebhookFactory(organization=acme)
    escalation = trigger(acme, make_policy(acme, [ada]))
    Notice.objects.all().delete()
    page_fallback_of(escalation.pk, minutes(1))

    assert sorted(types()) == ["escalation.fallback_paged", "escalation.parked"]


def cost_of_a_step(policy, size, at):
    """Let so many incidents fall due; return how many statements the engine's step took for them."""
    for _ in range(size):
        trigger(policy.organization, policy, now=at)
    run(at)
    with CaptureQueriesContext(connection) as captured:
        assert step_escalations(at + timedelta(minutes=5), lambda row: None) == size
    return len(captured)


@pytest.mark.parametrize("size", [1, 20])
def test_a_step_of_the_engine_costs_the_same_statements_with_webhooks_and_without(acme, ada, bob, size):
    policy = make_policy(acme, [ada], [bob])
    without = cost_of_a_step(policy, size, START)
    Escalation.objects.update(state="acknowledged", due_at=None, wake_at=None)
    WebhookFactory.create_batch(3, organization=acme)

    assert cost_of_a_step(policy, size, minutes(60)) == without
    assert Notice.objects.filter(created_at=minutes(65)).count() == 2 * size * 3


def test_a_replay_lays_out_what_was_told_and_what_was_missed_in_the_span_alone(acme, ada, bob):
    escalation = trigger(acme, make_policy(acme, [ada], [bob]))
    webhook = WebhookFactory(organization=acme, events=["escalation.layer_paged", "incident"])
    other = WebhookFactory(organization=acme)
    trigger(bob.organization, owner=bob, now=minutes(-1))
    run(START)
    run(minutes(5))
    acknowledge(escalation, bob.user_id, now=minutes(8))
    Notice.objects.update(status="sent", next_at=None, attempts=3)

    assert lay_out_again(webhook, START, minutes(8), minutes(60)) == 3
    again = Notice.objects.filter(next_at=minutes(60))
    assert sorted(again.values_list("event_type", "webhook_id", "attempts", "status")) == [
        ("escalation.layer_paged", webhook.pk, 0, "pending"),
        ("escalation.layer_paged", webhook.pk, 0, "pending"),
        ("incident.triggered", webhook.pk, 0, "pending"),
    ]
    assert not Notice.objects.filter(webhook=other, next_at__isnull=False).exists()


# News to people


def test_who_was_paged_hears_once_who_has_it_and_the_taker_hears_nothing(acme, ada, bob, cleo):
    escalation = trigger(acme, make_policy(acme, [ada, bob, cleo], [ada]))
    run(START)
    run(minutes(5))
    acknowledge(escalation, bob.user_id, now=minutes(6))

    assert notices() == [("taken", "ada@example.org"), ("taken", "cleo@example.org")]


def test_who_was_paged_hears_that_it_is_over(acme, ada, bob):
    escalation = trigger(acme, make_policy(acme, [ada, bob]))
    run(START)
    resolve(escalation, ada.user_id)

    assert notices() == [("resolved", "bob@example.org")]


def test_whom_a_program_speaks_for_hears_nothing_either(acme, ada, bob):
    escalation = trigger(acme, make_policy(acme, [ada, bob]))
    run(START)
    acknowledge(escalation, ApiKeyFactory(organization=acme).pk, user_id=ada.user_id)

    assert notices() == [("taken", "bob@example.org")]


def test_news_go_over_the_accounts_email_and_chats_and_over_nothing_that_rings(acme, ada, bob):
    for channel in ("chat", "sms", "voice", "push"):
        ContactMethodFactory(membership=bob, channel=channel, address=f"{channel}://host/s3cr3t", shown=channel)
    ContactMethodFactory(membership=bob, webhook=True)
    ContactMethodFactory(membership=bob, channel="chat", address="slack://x", shown="unverified", verified_at=None)
    escalation = trigger(acme, make_policy(acme, [ada, bob]))
    run(START)
    acknowledge(escalation, ada.user_id)

    assert notices() == [("taken", "bob@example.org"), ("taken", "chat")]


def test_nobody_is_told_when_nobody_else_was_paged(acme, ada, bob):
    escalation = trigger(acme, make_policy(acme, [ada], [bob]))
    run(START)
    acknowledge(escalation, ada.user_id)

    assert notices() == []


def test_a_page_that_was_never_sent_counts_for_none(acme, ada, bob, cleo):
    escalation = trigger(acme, make_policy(acme, [ada, bob, cleo]))
    Delivery.objects.filter(destination="bob@example.org").update(attempts=1)
    acknowledge(escalation, ada.user_id)

    assert notices() == [("taken", "bob@example.org")]


def test_who_is_inactive_or_has_left_hears_nothing(acme, ada, bob, cleo):
    escalation = trigger(acme, make_policy(acme, [ada, bob, cleo]))
    run(START)
    end_membership(organization_id=acme.pk, membership_id=bob.pk, now=START)
    cleo.user.is_active = False
    cleo.user.save()
    acknowledge(escalation, ada.user_id)

    assert notices() == []


def test_a_plain_address_hears_it_by_mail_unless_it_took_the_incident_itself(acme, ada):
    escalation = trigger(acme, make_policy(acme, [ada]))
    run(START)
    run(minutes(5))
    run(minutes(35))
    page = Page.objects.filter(address="fallback@example.org").first()
    assert make_token(page.pk)

    acknowledge(escalation, f"page_{page.pk.hex}", now=minutes(36))
    assert notices() == [("taken", "ada@example.org")]
    resolve(escalation, ada.user_id, now=minutes(37))
    assert notices(kind="resolved") == [("resolved", "fallback@example.org")]


def test_one_mailbox_gets_one_notice(acme, ada):
    same = MembershipFactory(organization=acme, user__email="FALLBACK@example.org")
    escalation = trigger(acme, make_policy(acme, [same], [ada]))
    for at in (0, 5, 10):
        run(minutes(at))
    acknowledge(escalation, ada.user_id, now=minutes(11))

    assert notices() == [("taken", "FALLBACK@example.org")]


def test_a_handoff_is_no_news(acme, ada, bob, cleo):
    escalation = trigger(acme, make_policy(acme, [ada, cleo]))
    run(START)
    hand_off_incident(
        organization_id=acme.pk, incident_id=escalation.pk, actor_id=ada.user_id, target_user_id=bob.user_id, now=START
    )

    assert notices() == []


@pytest.mark.parametrize("size", [2, 12])
def test_news_cost_one_statement_however_many_hear_it(acme, size, django_assert_num_queries):
    people = MembershipFactory.create_batch(size, organization=acme)
    escalation = trigger(acme, make_policy(acme, people))
    run(START)
    with CaptureQueriesContext(connection) as captured:
        acknowledge(escalation, people[0].user_id, now=START + timedelta(minutes=1))

    assert len([query for query in captured if "incidents_notice" in query["sql"]]) == 2
    assert len(notices(kind="taken")) == size - 1
