"""Stories: people take an incident, give it back, hold it, move it along, and change the policy under it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

ADA, BOB, FALLBACK = "ada@example.org", "bob@example.org", "fallback@example.org"


def _options(installation, policy, **options):
    installation.patch(f"/escalation/policies/{policy}/options", **options)


def _in(installation, incident, **delta):
    """Return the instant so far behind the last event of the incident, as the API takes it."""
    events = installation.get(f"/incidents/{incident}/timeline")["events"]
    last = datetime.fromisoformat(events[-1]["at"])
    return (last.astimezone(UTC) + timedelta(**delta)).isoformat()


def test_who_acknowledged_and_forgot_is_paged_again(installation, ada, bob):
    installation.start_worker()
    policy = installation.policy([ada], [bob])
    _options(installation, policy, repageAfterAckMinutes=30)
    incident = installation.trigger(policy)
    installation.next_mail(1, ADA)
    installation.post(f"/incidents/{incident}/acknowledge", userId=bob.user_id)
    installation.advance(minutes=30)

    again = installation.next_mail(2, BOB)
    assert "You acknowledged this, and it is still not resolved." in again.text
    assert installation.state(incident)["state"] == "paging"
    installation.advance(minutes=5)
    installation.next_mail(3, BOB)  # the next layer, since nobody answers


def test_the_end_of_a_snooze_pages_the_layer_again(installation, ada, bob):
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada], [bob]))
    installation.next_mail(1, ADA)
    installation.post(f"/incidents/{incident}/snooze", until=_in(installation, incident, minutes=60))
    installation.advance(minutes=50)
    other = installation.trigger(installation.policy([bob]))
    installation.next_mail(2, BOB)  # in fifty minutes nothing but this
    installation.post(f"/incidents/{other}/acknowledge")
    assert installation.state(incident)["state"] == "snoozed"
    installation.advance(minutes=11)

    assert "It was snoozed, and that time is up." in installation.next_mail(3, ADA).text
    assert installation.state(incident)["state"] == "paging"


def test_an_acknowledgement_taken_back_pages_the_layer_again(installation, ada, bob):
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada], [bob]))
    installation.next_mail(1, ADA)
    installation.post(f"/incidents/{incident}/acknowledge")
    installation.post(f"/incidents/{incident}/unacknowledge")

    assert "Its acknowledgement was taken back by API key" in installation.next_mail(2, ADA).text
    installation.advance(minutes=5)
    installation.next_mail(3, BOB)


def test_the_next_layer_is_called_by_hand(installation, ada, bob):
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada], [bob]))
    installation.next_mail(1, ADA)
    state = installation.post(f"/incidents/{incident}/escalate", firing=1)["escalation"]

    assert (state["position"], state["firing"]) == (2, 2)
    assert "called the next layer by hand." in installation.next_mail(2, BOB).text
    installation.advance(minutes=5)
    installation.next_mail(3, FALLBACK)


def test_of_two_people_who_escalate_at_once_one_wins(installation, ada, bob):
    incident = installation.trigger(installation.policy([ada], [bob], [ada]))
    path = f"/v1/incidents/{incident}/escalate"
    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(lambda _: installation.http.post(path, json={"firing": 1}), range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (refused,) = [answer.json() for answer in answers if answer.status_code == 409]
    assert refused["code"] == "escalation_moved"
    assert installation.state(incident)["position"] == 2
    assert installation.told(incident).count("escalated_by_hand") == 1


def test_an_edited_policy_is_applied_to_a_running_escalation(installation, ada, bob):
    installation.start_worker()
    policy = installation.policy([ada], [ada])
    incident = installation.trigger(policy)
    installation.next_mail(1, ADA)
    layers = installation.get(f"/escalation/policies/{policy}")["layers"]
    installation.patch(
        f"/escalation/policies/{policy}/layers/{layers[1]['id']}", target={"type": "users", "userIds": [bob.user_id]}
    )
    before = installation.state(incident)
    assert installation.post(f"/incidents/{incident}/apply-plan")["escalation"] == before | {"pass": 2}
    installation.advance(minutes=5)

    assert "You are named in layer 2" in installation.next_mail(2, BOB).text
    assert installation.told(incident).count("plan_applied") == 1


def test_passes_are_repeated_until_the_policy_is_exhausted(installation, ada, bob):
    installation.start_worker()
    policy = installation.policy([ada], [bob])
    _options(installation, policy, repeatCount=1)
    incident = installation.trigger(policy)
    for count, to in enumerate((ADA, BOB, ADA, BOB, FALLBACK), 1):
        mail = installation.next_mail(count, to)
        assert ("all layers are paged again" in mail.text) is (count in (3, 4))
        installation.advance(minutes=5 if count < 5 else 30)

    installation.next_mail(6, FALLBACK)
    installation.advance(minutes=30)
    installation.next_mail(7, FALLBACK)
    assert (installation.state(incident)["state"], installation.state(incident)["pass"]) == ("exhausted", 2)


def test_a_monitor_that_repeats_itself_opens_one_incident_until_it_is_resolved(installation, ada):
    installation.start_worker()
    policy = installation.policy([ada])
    alarm = {"title": "Disk full", "severity": "high", "escalationPolicyId": policy, "dedupKey": "disk-1"}
    answers = [installation.http.post("/v1/incidents", json=alarm) for _ in range(5)]
    incident = answers[0].json()["data"]["id"]
    installation.next_mail(1, ADA)

    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200]
    assert {answer.json()["data"]["id"] for answer in answers} == {incident}
    installation.post(f"/incidents/{incident}/resolve", resolutionNote="Made room")
    again = installation.http.post("/v1/incidents", json=alarm)
    assert again.status_code == 201
    installation.next_mail(2, ADA)
    assert installation.get(f"/incidents/{again.json()['data']['id']}")["number"] == 2
