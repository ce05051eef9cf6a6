"""Stories: layers that page whoever is on call, while shifts change and people edit schedules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scaling.api.timestamps import timestamp

HOUR = timedelta(hours=1)


def schedule(installation, *people, handoff_in=HOUR):
    """Make a schedule in which ``people`` hand off from one to the next every day, the first time ``handoff_in``."""
    made = installation.post("/oncall/schedules", name="Primary", timezone="UTC")
    if people:
        handoff = datetime.now(UTC).replace(second=0, microsecond=0) + handoff_in
        installation.post(
            f"/oncall/schedules/{made['id']}/layers",
            name="Days",
            rotationType="daily",
            rotationLengthDays=1,
            handoffTime=f"{handoff:%H:%M}",
            effectiveFrom=timestamp(handoff - timedelta(days=1)),
            participantIds=[person.user_id for person in people],
        )
    return made["id"]


def policy(installation, *schedules):
    """Make a policy whose layers target these schedules for five minutes each."""
    made = installation.post("/escalation/policies", name="Who is on call")
    for position, schedule_id in enumerate(schedules, 1):
        installation.post(
            f"/escalation/policies/{made['id']}/layers",
            position=position,
            ackTimeoutMinutes=5,
            target={"type": "schedule", "scheduleId": schedule_id},
        )
    return made["id"]


def put_on_call(installation, schedule_id, person, lasts=HOUR):
    """Let ``person`` serve from now on."""
    now = datetime.now(UTC)
    return installation.post(
        f"/oncall/schedules/{schedule_id}/overrides",
        userId=person.user_id,
        startsAt=timestamp(now - HOUR),
        endsAt=timestamp(now + lasts),
    )


def test_who_is_on_call_is_paged_and_then_who_takes_over(installation, ada, bob):
    installation.start_worker()
    primary = schedule(installation, ada, bob, handoff_in=timedelta(minutes=3))
    incident = installation.trigger(policy(installation, primary))

    assert installation.wait_for_mail(1)[0].to == "ada@example.org"
    installation.advance(minutes=3)
    assert installation.wait_for_mail(2)[1].to == "bob@example.org"
    assert "person_joined" in installation.told(incident)
    assert installation.state(incident)["position"] == 1


def test_somebody_put_on_call_while_the_incident_waits_is_paged(installation, ada, bob):
    installation.start_worker()
    primary = schedule(installation, ada)
    installation.trigger(policy(installation, primary))
    assert installation.wait_for_mail(1)[0].to == "ada@example.org"

    put_on_call(installation, primary, bob)

    assert installation.wait_for_mail(2)[1].to == "bob@example.org"
    assert installation.sink.recipients() == ["ada@example.org", "bob@example.org"]


def test_an_incident_that_found_nobody_pages_the_first_who_comes_on_call(installation, ada):
    installation.start_worker()
    primary = schedule(installation)
    incident = installation.trigger(policy(installation, primary))
    assert installation.wait_for_mail(1)[0].to == "fallback@example.org"
    assert installation.state(incident)["state"] == "exhausted"

    put_on_call(installation, primary, ada)

    assert installation.wait_for_mail(2)[1].to == "ada@example.org"
    assert installation.state(incident)["state"] == "paging"


def test_an_incident_named_by_its_schedule_belongs_to_whoever_bears_it(installation, ada, bob):
    primary = schedule(installation, ada, bob)
    of_schedule = policy(installation, primary)

    incident = installation.post("/incidents", title="Invoices stuck", severity="high", ownerScheduleId=primary)

    assert (incident["ownerId"], incident["escalationPolicyId"]) == (ada.user_id, of_schedule)


def test_a_schedule_of_a_running_incident_is_not_deleted(installation, ada):
    primary = schedule(installation, ada)
    made = policy(installation, primary)
    installation.trigger(made)
    layer = installation.get(f"/escalation/policies/{made}")["layers"][0]["id"]
    installation.http.delete(f"/v1/escalation/policies/{made}/layers/{layer}")

    refused = installation.http.delete(f"/v1/oncall/schedules/{primary}")

    assert (refused.status_code, refused.json()["code"]) == (400, "schedule_in_use")


def test_a_step_out_of_its_hours_is_skipped(installation, ada, bob):
    installation.start_worker()
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).isoweekday()
    hours = installation.post(
        "/working-hours",
        name="Another day",
        timezone="UTC",
        windows=[{"days": [tomorrow], "start": "09:00", "end": "17:00"}],
    )
    steps = [
        {
            "position": position,
            "targetType": "users",
            "targetId": person.user_id,
            "escalateAfterSeconds": 300,
            "condition": condition,
        }
        for position, (person, condition) in enumerate(
            [(ada, {"workingHoursId": hours["id"], "when": "during"}), (bob, None)], 1
        )
    ]
    incident = installation.trigger(installation.post("/escalation/policies", name="By hours", steps=steps)["id"])

    assert installation.wait_for_mail(1)[0].to == "bob@example.org"
    assert "layer_skipped" in installation.told(incident)
