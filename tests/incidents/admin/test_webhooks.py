"""The admin pages of webhooks: where the organization is told what happens, and what became of it."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import pytest

from accounts.admin.tenancy import STALE
from incidents.models import Notice, TimelineEvent, Webhook
from incidents.models.webhook import MAX_WEBHOOKS
from incidents.services import webhooks
from scaling import clock
from scaling.ids import new_uuid
from scaling.outbound import masked_url
from tests.admin_pages import complaints, statements
from tests.factories.incidents import NIGHT, NoticeFactory, WebhookFactory

WEBHOOKS = "/admin/incidents/webhook/"
ADD = f"{WEBHOOKS}add/"
URL = "http://127.0.0.1:9000/s3cr3t?token=t0p"


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def webhook(acme):
    return WebhookFactory(organization=acme, url=URL, description="Chat bot")


def reload(row):
    return type(row).objects.get(pk=row.pk)


def page(webhook, name="change"):
    return f"{WEBHOOKS}{webhook.pk}/{name}/"


def form(**changes):
    return {"address": URL, "enabled": "on", "shown_version": "1", **changes}


def shown_form(client, webhook, **changes):
    shown = client.get(page(webhook)).context["adminform"].form
    sent = {name: shown[name].value() for name in shown.fields}
    return {name: value for name, value in {**sent, **changes}.items() if value not in (None, False)}


def text(client, path=WEBHOOKS):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


class TestSaving:
    def test_a_new_one_shows_its_secret_in_that_answer_and_nowhere_else(self, as_alice, alice, acme):
        answer = as_alice.post(ADD, form(description="Chat bot", events=["incident.resolved", "escalation"]))
        made = Webhook.objects.get()
        assert (made.organization, made.url, made.description) == (acme, URL, "Chat bot")
        assert (made.events, made.created_by) == (["escalation", "incident.resolved"], alice.user_id)
        assert answer.status_code == 200
        assert answer.content.decode().count(made.secret) == 1
        assert "no-store" in answer["Cache-Control"]
        for path in (WEBHOOKS, page(made), page(made, "history"), page(made, "delete"), page(made, "rotate")):
            assert made.secret not in text(as_alice, path)

    def test_without_events_it_is_told_all_also_what_is_to_come(self, as_alice):
        as_alice.post(ADD, form())
        assert Webhook.objects.get().events is None

    def test_saving_what_is_shown_changes_nothing(self, as_alice, webhook):
        sent = shown_form(as_alice, webhook)
        assert sent["address"] == masked_url(URL)
        assert as_alice.post(page(webhook), sent).status_code == 302
        assert (reload(webhook).version, reload(webhook).url) == (1, URL)

    def test_a_whole_new_url_takes_the_place_of_the_one_there(self, as_alice, webhook):
        as_alice.post(page(webhook), shown_form(as_alice, webhook, address=f"{URL}2", events=["incident"]))
        assert (reload(webhook).url, reload(webhook).events) == (f"{URL}2", ["incident"])

    def test_it_is_disabled_and_enabled_again(self, as_alice, webhook):
        waiting = NoticeFactory(webhook=webhook)
        as_alice.post(page(webhook), shown_form(as_alice, webhook, enabled=None))
        assert (reload(webhook).disabled_reason, reload(waiting).status) == ("by_hand", "cancelled")
        as_alice.post(page(webhook), shown_form(as_alice, webhook, enabled="on"))
        assert reload(webhook).disabled_at is None

    @pytest.mark.parametrize(
        ("sent", "field", "words"),
        [
            ({"address": ""}, "address", "required"),
            ({"address": "ftp://example.org/x"}, "address", "http"),
            ({"address": "http://10.0.0.1/x"}, "address", "10.0.0.1"),
            ({"address": "x" * 2001}, "address", "2000"),
            ({"events": ["incident.exploded"]}, "events", "incident.exploded"),
            ({"description": "x" * 10_001}, "description", "10000"),
        ],
    )
    def test_what_is_refused_is_told_beside_its_field(self, as_alice, webhook, sent, field, words):
        for path in (ADD, page(webhook)):
            told = complaints(as_alice.post(path, form(**sent)))
            assert list(told) == [field]
            assert words in told[field][0]
        assert Webhook.objects.count() == 1
        assert reload(webhook).version == 1

    def test_one_too_many_is_told_beside_the_url(self, as_alice, acme):
        WebhookFactory.create_batch(MAX_WEBHOOKS, organization=acme)
        assert f"at most {MAX_WEBHOOKS}" in complaints(as_alice.post(ADD, form()))["address"][0]

    def test_a_form_somebody_else_has_overtaken_saves_nothing(self, as_alice, webhook):
        sent = shown_form(as_alice, webhook, description="Mine")
        webhooks.rotate_secret(organization_id=webhook.organization_id, webhook_id=webhook.pk, now=clock.now())
        assert STALE in complaints(as_alice.post(page(webhook), sent))["__all__"]
        assert reload(webhook).description == "Chat bot"


class TestDeleting:
    def test_a_removed_one_is_on_no_page_and_has_no_secrets(self, as_alice, webhook):
        assert as_alice.post(page(webhook, "delete"), {"post": "yes"}).status_code == 302
        removed = reload(webhook)
        assert removed.removed_at is not None
        assert (removed.url, removed.secret) == ("", "")
        assert as_alice.get(page(webhook)).status_code == 404
        assert list(as_alice.get(WEBHOOKS).context["cl"].result_list) == []


class TestReplacingTheSecret:
    def test_it_is_asked_first(self, as_alice, webhook):
        for answer in (as_alice.get(page(webhook, "rotate")), as_alice.post(page(webhook, "rotate"))):
            assert "Replace it" in answer.content.decode()
        assert reload(webhook).secret == webhook.secret

    def test_the_new_one_is_shown_once(self, as_alice, webhook):
        answer = as_alice.post(page(webhook, "rotate"), {"confirmed": "yes", "version": "1"}).content.decode()
        rotated = reload(webhook)
        assert rotated.secret != webhook.secret
        assert rotated.previous_secret == webhook.secret
        assert answer.count(rotated.secret) == 1
        assert webhook.secret not in answer
        for path in (WEBHOOKS, page(webhook), page(webhook, "history")):
            assert rotated.secret not in text(as_alice, path)

    def test_loading_the_answer_again_asks_again(self, as_alice, webhook):
        sent = {"confirmed": "yes", "version": "1"}
        as_alice.post(page(webhook, "rotate"), sent)
        secret = reload(webhook).secret
        assert "Replace it" in as_alice.post(page(webhook, "rotate"), sent).content.decode()
        assert reload(webhook).secret == secret


class TestReading:
    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({}, "enabled</span>"),
            ({"failures": 3}, "enabled, but fails</span>"),
            ({"disabled": True}, "disabled</span> By hand"),
            ({"disabled_at": NIGHT, "disabled_reason": "gone"}, "disabled</span> The endpoint answered 410"),
            (
                {"events": ["escalation.exhausted", "incident"]},
                '>escalation.exhausted</div><div class="event">incident<',
            ),
            ({"events": ["a.b", "c.d", "e.f", "g.h", "i.j", "k.l"]}, '>g.h</div><div class="event">and 2 more<'),
        ],
    )
    def test_the_list_tells_how_each_is(self, as_alice, acme, fields, words):
        WebhookFactory(organization=acme, **fields)
        assert words in text(as_alice)

    def test_the_newest_failure_is_told_in_words(self, as_alice, webhook):
        Webhook.objects.update(failures=4)
        for hours, said in ((3, "answered 404."), (2, f"{masked_url(URL)} answered 503."), (1, "")):
            NoticeFactory(webhook=webhook, created_at=clock.now() - timedelta(hours=hours), last_error=said)
        assert ">Answered 503. 4 failed in a row. The newest is of 2\xa0hours ago.<" in text(as_alice)

    def test_what_was_sent_is_shown_the_newest_first(self, as_alice, webhook):
        NoticeFactory(webhook=webhook, sent=True)
        NoticeFactory(webhook=webhook, created_at=NIGHT + timedelta(hours=1), attempts=2, last_error="answered 500.")
        NoticeFactory(webhook__organization=webhook.organization, last_error="of another")
        lines = as_alice.get(page(webhook)).context["deliveries"]
        assert [(line.attempts, "tried again" in line.state, "taken" in line.state) for line in lines] == [
            (2, True, False),
            (1, False, True),
        ]
        assert lines[0].answer == "Answered 500."
        assert lines[1].answer.startswith("Taken ")

    def test_neither_url_nor_secret_is_in_any_page(self, as_alice, webhook):
        NoticeFactory(webhook=webhook, last_error=f"{masked_url(URL)} answered 500.")
        as_alice.post(page(webhook), shown_form(as_alice, webhook, address=f"{URL}2"))
        for path in (WEBHOOKS, page(webhook), page(webhook, "history"), "/admin/scaling/auditevent/"):
            shown = text(as_alice, path)
            for hidden in ("s3cr3t", "t0p", webhook.secret):
                assert hidden not in shown

    def test_what_was_changed_is_on_its_history(self, as_alice, webhook):
        as_alice.post(page(webhook), shown_form(as_alice, webhook, description="Data lake", address=f"{URL}2"))
        shown = text(as_alice, page(webhook, "history"))
        for words in ("Alice", "Data lake", "(hidden, new)"):
            assert words in shown


class TestSendingAgain:
    def test_one_is_sent_again(self, as_alice, webhook):
        sent = NoticeFactory(webhook=webhook, sent=True)
        answer = as_alice.post(page(webhook, "resend"), {"delivery": sent.pk}, follow=True)
        assert "sent again" in answer.content.decode()
        assert (reload(sent).status, reload(sent).attempts) == ("pending", 0)

    def test_not_while_it_is_disabled(self, as_alice, acme):
        webhook = WebhookFactory(organization=acme, disabled=True)
        sent = NoticeFactory(webhook=webhook, sent=True)
        answer = as_alice.post(page(webhook, "resend"), {"delivery": sent.pk}, follow=True).content.decode()
        assert "enable it first" in answer
        assert "Send incident.triggered" not in answer
        assert reload(sent).status == "sent"

    def test_what_was_not_sent_to_it_is_unknown(self, as_alice, acme, rival, webhook):
        others = [NoticeFactory(webhook__organization=each, sent=True) for each in (acme, rival)]
        for delivery in (*(one.pk for one in others), new_uuid(), "nonsense", ""):
            assert as_alice.post(page(webhook, "resend"), {"delivery": delivery}).status_code == 404
        assert {reload(one).status for one in others} == {"sent"}
        assert as_alice.get(page(webhook, "resend")).status_code == 405

    def test_all_of_a_span_is_sent_again(self, as_alice, webhook):
        sent = NoticeFactory(webhook=webhook, sent=True)
        at = TimelineEvent.objects.get(pk=sent.event_id).at
        span = {"start": f"{at:%Y-%m-%dT%H:%M}", "end": f"{at + timedelta(minutes=1):%Y-%m-%dT%H:%M}"}
        answer = as_alice.post(page(webhook, "replay"), span, follow=True)
        assert "one after the other: 1." in answer.content.decode()
        assert reload(sent).status == "pending"

    @pytest.mark.parametrize(
        ("span", "field", "words"),
        [
            ({"start": "", "end": "2026-11-23T04:00"}, "start", "required"),
            ({"start": "2026-11-23T04:00", "end": "2026-11-23T03:00"}, "end", "later than from"),
            ({"start": "2026-11-01T04:00", "end": "2026-11-23T03:00"}, "end", "within 7 days"),
            ({"start": "nonsense", "end": "2026-11-23T03:00"}, "start", "date"),
        ],
    )
    def test_a_span_that_is_refused_is_told_beside_its_field(self, as_alice, webhook, span, field, words):
        answer = as_alice.post(page(webhook, "replay"), span)
        assert words in str(answer.context["form"].errors[field])
        assert words in answer.content.decode()

    def test_no_span_is_sent_again_while_it_is_disabled(self, as_alice, acme):
        webhook = WebhookFactory(organization=acme, disabled=True)
        span = {"start": "2026-11-23T03:00", "end": "2026-11-23T04:00"}
        assert "enable it first" in as_alice.post(page(webhook, "replay"), span).content.decode()


class TestRights:
    def test_members_see_none_and_do_nothing(self, as_bob, webhook):
        sent = NoticeFactory(webhook=webhook, sent=True)
        for path in (WEBHOOKS, ADD, *(page(webhook, name) for name in ("change", "history", "rotate", "replay"))):
            assert as_bob.get(path).status_code == 403
        for name in ("change", "delete", "rotate", "resend", "replay"):
            told = form(post="yes", confirmed="yes", version="1", delivery=sent.pk)
            assert as_bob.post(page(webhook, name), told).status_code == 403
        assert (reload(webhook).version, reload(webhook).removed_at, reload(sent).status) == (1, None, "sent")
        assert "Webhooks" not in as_bob.get("/admin/incidents/component/").content.decode()

    def test_those_of_another_organization_are_unknown(self, as_alice, rival):
        theirs = WebhookFactory(organization=rival)
        for one in (theirs, Webhook(pk=new_uuid())):
            for name in ("change", "delete", "rotate", "resend", "replay"):
                told = form(post="yes", confirmed="yes", version="1")
                assert as_alice.post(page(one, name), told).status_code == 404
        assert (reload(theirs).version, reload(theirs).removed_at) == (1, None)


def test_costs_are_the_same_for_many(as_alice, acme, webhook):
    costs = []
    for more in (1, 8):
        for one in (webhook, *WebhookFactory.create_batch(more, organization=acme)):
            NoticeFactory.create_batch(more, webhook=one, last_error="answered 500.")
        costs.append([statements(as_alice, path) for path in (WEBHOOKS, ADD, page(webhook))])
    assert costs[0] == costs[1]
    assert Notice.objects.count() == 2 + 9 * 8
