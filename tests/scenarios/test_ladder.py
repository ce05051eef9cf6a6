"""Stories: an incident climbs its policy until somebody acknowledges."""

from __future__ import annotations

from incidents.models import Firing


def test_nobody_answers_and_everybody_is_paged_in_order(installation, ada, bob):
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada], [bob]))

    assert installation.wait_for_mail(1)[0].to == "ada@example.org"
    installation.advance(minutes=5)
    assert installation.wait_for_mail(2)[1].to == "bob@example.org"
    installation.advance(minutes=5)
    assert installation.wait_for_mail(3)[2].to == "fallback@example.org"
    assert installation.state(incident)["state"] == "exhausted"
    installation.advance(minutes=30)
    installation.wait_for_mail(4)
    assert installation.sink.recipients() == [
        "ada@example.org",
        "bob@example.org",
        "fallback@example.org",
        "fallback@example.org",
    ]


def test_the_button_in_the_mail_stops_the_ladder(installation, ada, bob):
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada], [bob]))
    (mail,) = installation.wait_for_mail(1)

    assert installation.http.get(mail.answer_path).status_code == 200
    assert installation.state(incident)["state"] == "paging"
    answer = installation.http.post(mail.answer_path, follow_redirects=True)

    assert answer.status_code == 200
    state = installation.state(incident)
    assert (state["state"], state["acknowledgedBy"]) == ("acknowledged", ada.user_id)
    installation.advance(minutes=60)
    other = installation.trigger(installation.policy([bob]))
    assert installation.wait_for_mail(2)[1].to == "bob@example.org"
    assert other != incident


def test_an_acknowledgement_by_the_api_stops_the_ladder(installation, ada, bob):
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada], [bob]))
    installation.wait_for_mail(1)
    installation.post(f"/incidents/{incident}/acknowledge", userId=bob.user_id)
    installation.advance(minutes=60)
    installation.trigger(installation.policy([bob]))
    installation.wait_for_mail(2)

    assert installation.sink.recipients() == ["ada@example.org", "bob@example.org"]
    assert installation.state(incident)["holderId"] == bob.user_id


def test_a_resolved_incident_pages_nobody_any_more(installation, ada, bob):
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada], [bob]))
    installation.wait_for_mail(1)
    for status in ("identified", "monitoring", "resolved"):
        installation.patch(f"/incidents/{incident}/status", status=status)
    installation.advance(minutes=60)
    installation.trigger(installation.policy([bob]))
    installation.wait_for_mail(2)

    assert installation.sink.recipients() == ["ada@example.org", "bob@example.org"]
    assert installation.state(incident)["state"] == "cancelled"


def test_an_edited_policy_does_not_change_a_running_escalation(installation, ada, bob):
    installation.start_worker()
    policy = installation.policy([ada], [bob])
    installation.trigger(policy)
    installation.wait_for_mail(1)
    layers = installation.get(f"/escalation/policies/{policy}")["layers"]
    installation.http.delete(f"/v1/escalation/policies/{policy}/layers/{layers[1]['id']}")
    installation.advance(minutes=5)

    assert installation.wait_for_mail(2)[1].to == "bob@example.org"


def test_an_empty_layer_is_passed_at_once(installation, ada, bob):
    policy = installation.policy([bob], [ada])
    bob.is_active = False
    bob.save()
    installation.start_worker()
    incident = installation.trigger(policy)

    assert installation.wait_for_mail(1)[0].to == "ada@example.org"
    assert "layer_empty" in installation.told(incident)


def test_two_workers_page_nobody_twice(installation, ada, bob):
    for _ in range(2):
        installation.start_worker()
    policy = installation.policy([ada], [bob])
    for _ in range(10):
        installation.trigger(policy)
    installation.wait_for_mail(10)
    installation.advance(minutes=5)
    installation.wait_for_mail(20)

    assert len({mail.message_id for mail in installation.sink.mails}) == 20
    assert len(installation.sink.mails) == 20
    assert Firing.objects.count() == 20
