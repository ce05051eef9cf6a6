"""Stories: who has it is told to those who were woken, and what happens to programs; no page waits for either."""

from __future__ import annotations

import pytest
from standardwebhooks import Webhook

from incidents.models import Notice
from tests.factories.accounts import MembershipFactory
from tests.receiver import receiver
from tests.rogue import rogue_server, trickle


@pytest.fixture
def cleo(team):
    return MembershipFactory(organization=team, first_name="Cleo", user__email="cleo@example.org", admin=True)


@pytest.fixture
def hook():
    with receiver() as made:
        yield made


def listen(installation, url, **fields):
    """Add a webhook; return it with its secret."""
    return installation.post("/webhooks", url=url, **fields)


def sent(installation, webhook):
    return installation.get(f"/webhooks/{webhook['id']}/deliveries?limit=100")["deliveries"]


def ids_of(hook, kind=None):
    """Return the ids of the events a receiver has got, of one type or of all, in order."""
    return [
        got.headers["webhook-id"] for got in list(hook.received) if kind is None or f'"{kind}"'.encode() in got.body
    ]


def test_taken_by_reaches_the_other_two_and_not_the_taker(installation, ada, bob, cleo):
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada, bob, cleo]))
    pages = {mail.to: mail for mail in installation.sink.wait_for(3)}
    installation.wait_for_event(incident, "notification_sent", 3)
    installation.http.post(pages["bob@example.org"].answer_path)
    news = installation.sink.wait_for_letters(2)

    assert sorted(mail.to for mail in news) == ["ada@example.org", "cleo@example.org"]
    for mail in news:
        assert mail.subject == f"Taken by {bob.name}: Invoices stuck"
        assert pages[mail.to].message_id in mail.references
        assert installation.http.get(mail.answer_path).status_code == 200
    installation.post(f"/incidents/{incident}/resolve", resolutionNote="Restarted.")
    over = installation.sink.wait_for_letters(5)[2:]
    assert sorted(mail.to for mail in over) == ["ada@example.org", "bob@example.org", "cleo@example.org"]
    assert {mail.subject.partition(" by ")[0] for mail in over} == {"Resolved"}


def test_a_program_is_told_all_that_happens_signed_once_and_in_order(installation, ada, bob, hook):
    webhook = listen(installation, hook.url())
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada], [bob]))
    installation.wait_for_event(incident, "notification_sent")
    installation.advance(minutes=5)
    installation.sink.wait_for(2)
    installation.post(f"/incidents/{incident}/resolve")
    installation.eventually(lambda: len(hook.received) >= 8, "eight events")

    told = [Webhook(webhook["secret"]).verify(got.body, got.headers)["type"] for got in hook.received]
    assert told == [
        "incident.triggered",
        "escalation.layer_paged",
        "escalation.layer_timed_out",
        "escalation.layer_paged",
        "incident.status_changed",
        "incident.status_changed",
        "incident.resolved",
        "escalation.cancelled",
    ]
    assert len(set(ids_of(hook))) == len(told)


def test_a_receiver_that_was_down_gets_every_event_and_a_replay_brings_them_again(installation, ada, hook):
    hook.answers["/hook"] = (500, {})
    webhook = listen(installation, hook.url(), events=["incident"])
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada]))
    installation.eventually(lambda: len(hook.received) >= 1, "the first attempt")
    installation.eventually(lambda: sent(installation, webhook)[0]["lastStatus"] == 500, "the failure to be recorded")
    hook.answers["/hook"] = (204, {})
    installation.post(f"/incidents/{incident}/resolve")
    installation.advance(seconds=10)
    installation.eventually(lambda: {row["status"] for row in sent(installation, webhook)} == {"sent"}, "all events")
    first = set(ids_of(hook))

    hook.received.clear()
    span = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-08T00:00:00Z"}
    assert installation.post(f"/webhooks/{webhook['id']}/replay", **span) == {"events": 0}
    created_at = installation.get(f"/incidents/{incident}")["createdAt"]
    span = {"from": created_at, "to": f"{created_at[:11]}23:59:59.999Z"}
    replayed = installation.post(f"/webhooks/{webhook['id']}/replay", **span)["events"]
    installation.eventually(lambda: len(hook.received) >= replayed, "the replay")
    assert set(ids_of(hook)) == first
    assert replayed == len(first) == 4


def test_a_receiver_that_is_gone_is_disabled_and_the_admin_hears_of_it_by_mail(installation, ada, cleo, hook):
    hook.answers["/hook"] = (410, {})
    webhook = listen(installation, hook.url())
    installation.start_worker()
    installation.trigger(installation.policy([ada]))
    (letter,) = installation.sink.wait_for_letters(1)

    assert (letter.to, letter.subject) == ("cleo@example.org", f"Webhook disabled: {webhook['url']}")
    shown = installation.get(f"/webhooks/{webhook['id']}")
    assert (shown["enabled"], shown["disabledReason"]) == (False, "gone")
    assert {row["status"] for row in sent(installation, webhook)} == {"failed", "cancelled"}
    calls = len(hook.received)
    installation.trigger(installation.policy([ada]))
    installation.sink.wait_for(2)
    assert len(hook.received) == calls == 1


def test_receivers_that_hang_delay_neither_pages_nor_other_receivers(installation, ada, hook):
    with rogue_server(trickle(b"HTTP/1.1 200 OK\r\n")) as slow:
        for number in range(4):
            hook.hanging.add(f"/hang{number}")
            listen(installation, hook.url(f"/hang{number}"))
        listen(installation, f"http://127.0.0.1:{slow.port}/")
        listen(installation, hook.url("/well"), events=["incident.triggered"])
        installation.start_worker()
        policy = installation.policy([ada])
        for _ in range(10):
            installation.trigger(policy)
        installation.sink.wait_for(10)
        paged_before_any_gave_up = not hook.released.is_set() and _hanging(hook) > 0
        installation.eventually(lambda: [got.path for got in hook.received].count("/well") == 10, "the healthy one")

    assert paged_before_any_gave_up


def _hanging(hook):
    return sum(got.path.startswith("/hang") for got in hook.received)


def test_a_worker_killed_in_the_middle_of_a_call_sends_it_again_under_the_same_id(installation, ada, hook):
    hook.hanging.add("/hook")
    listen(installation, hook.url(), events=["incident.triggered"])
    worker = installation.start_worker()
    installation.trigger(installation.policy([ada]))
    installation.eventually(lambda: len(hook.received) == 1, "the call to begin")
    installation.kill_worker(worker)
    hook.hanging.clear()
    installation.start_worker()
    installation.advance(seconds=30)
    installation.eventually(lambda: Notice.objects.filter(status="sent").exists(), "the call to be repeated")

    first, second = ids_of(hook)
    assert first == second


def test_a_worker_told_to_stop_finishes_the_call_it_has_in_hand(installation, ada, hook):
    hook.hanging.add("/hook")
    listen(installation, hook.url(), events=["incident.triggered"])
    worker = installation.start_worker()
    installation.trigger(installation.policy([ada]))
    installation.eventually(lambda: len(hook.received) == 1, "the call to begin")
    worker.terminate()
    hook.released.set()

    assert worker.wait(30) == 0
    assert Notice.objects.get().token is None
