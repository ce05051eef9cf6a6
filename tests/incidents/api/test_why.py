"""GET /v1/incidents/{id}/why: everybody who was paged with the reason, and for one person why, or why not."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.models import Layer, Override, RotationParticipant, Schedule
from incidents.models import Firing, RecordedWorld
from incidents.services import (
    apply_plan,
    escalate_incident,
    hand_off_incident,
    resolve_incident,
    snooze_incident,
)
from scaling.ids import new_user_id, new_uuid
from tests.factories.accounts import ContactMethodFactory, MembershipFactory, NotificationRuleFactory
from tests.factories.escalation import (
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    QuietHoursFactory,
    RotationFactory,
    WorkingHoursFactory,
)
from tests.incidents.running import REFUSED, START, make_policy, minutes, run, send, trigger

pytestmark = pytest.mark.django_db

CALL_KEYS = ["firing", "at", "cause", "pass", "position", "layerId", "dueAt", "passed", "people", "summary"]
PERSON_KEYS = [
    *("userId", "paged", "reason", "position", "scheduleId", "sourceId", "byId", "until", "nextAt", "lastPagedAt"),
    *("methods", "summary"),
]


@pytest.fixture
def cyd(organization):
    return MembershipFactory(organization=organization, first_name="Cyd", last_name="", user__email="cyd@example.org")


def read(client, escalation, person=None):
    return client.get(f"/v1/incidents/{escalation.pk}/why", {} if person is None else {"userId": person.user_id})


def why(client, escalation, person=None):
    response = read(client, escalation, person)
    assert response.status_code == 200, response.content
    return response.json()["data"]


def account(client, escalation, person):
    """Return what the person is told of each call, and at the end of now."""
    found = why(client, escalation, person)
    return [[one["summary"] for one in call["people"]] for call in found["calls"]], found["now"]["summary"]


def reasons(client, escalation, person):
    return [one["reason"] for call in why(client, escalation, person)["calls"] for one in call["people"]]


def on_call(organization, *people, **fields):
    """Return a policy whose one layer pages a schedule in which ``people`` take turns, a day each, from START on."""
    rotation = RotationFactory(
        schedule__organization=organization,
        schedule__timezone="UTC",
        schedule__name="Primary",
        people=people,
        **{
            "effective_from": START,
            "rotation_type": "daily",
            "length_days": 1,
            "handoff_time": START.time(),
            **fields,
        },
    )
    policy = PolicyFactory(organization=organization)
    LayerFactory(policy=policy, schedule=rotation.schedule)
    return policy, rotation


def test_answers_with_the_documented_keys_in_their_order(api, organization, ada):
    found = why(api, trigger(organization, make_policy(organization, [ada])))
    assert list(found) == ["incidentId", "userId", "calls", "now"]
    assert list(found["calls"][0]) == CALL_KEYS
    assert list(found["calls"][0]["people"][0]) == PERSON_KEYS
    assert list(found["calls"][0]["people"][0]["methods"][0]) == ["methodId", "channel", "state", "at", "summary"]
    assert list(found["now"]) == ["at", "state", "next", "pagesUser", "summary"]
    assert list(found["now"]["next"]) == ["at", "cause", "position", "recipients"]


def test_without_a_person_everybody_who_was_paged_is_told_of(api, organization, ada, bob, cyd):
    escalation = trigger(organization, make_policy(organization, [ada, bob], [cyd]))
    run(START)
    found = why(api, escalation)
    assert found["userId"] is None
    assert [one["summary"] for one in found["calls"][0]["people"]] == [
        "Ada was paged: named in layer 1.",
        "Bob was paged: named in layer 1.",
    ]
    assert found["calls"][0]["summary"] == "Layer 1 was paged: Ada and Bob."
    assert found["now"]["next"]["recipients"] == [cyd.user_id]
    assert found["now"]["summary"] == ("Unless somebody acknowledges by 03:05 UTC (in 5 min), layer 2 is paged: Cyd.")


def test_the_ladder_as_one_of_it_went_through_it(api, at, organization, ada, bob):
    escalation = trigger(organization, make_policy(organization, [ada], [bob], repeat_count=1))
    for minute in (0, 5, 10):
        run(minutes(minute))
    at(minutes(11))
    told, now = account(api, escalation, bob)
    assert told == [
        ["Bob was not paged: layer 2 was to follow at 03:05 UTC unless somebody answered."],
        ["Bob was paged: named in layer 2."],
        ["Bob was not paged again: layer 2 was to follow at 03:15 UTC unless somebody answered."],
    ]
    assert now == (
        "Unless somebody acknowledges by 03:15 UTC (in 4 min), layer 2 is paged again: Bob. Bob is among them."
    )
    assert why(api, escalation, bob)["now"]["pagesUser"] is True


def test_what_was_edited_since_changes_nothing_of_what_was(api, organization, ada, bob, cyd):
    """Bob stood in for Ada; then the override goes, Cyd gets the rotation, Ada leaves, and the layer is deleted."""
    policy, rotation = on_call(organization, ada, cyd)
    OverrideFactory(schedule=rotation.schedule, membership=bob, starts_at=START, ends_at=minutes(60))
    escalation = trigger(organization, policy)
    before = [account(api, escalation, person)[0] for person in (ada, bob, cyd)]
    assert before == [
        [["Ada was not paged: Bob stood in for Ada in “Primary” until 04:00 UTC."]],
        [["Bob was paged: standing in until 04:00 UTC for layer 1 in “Primary”."]],
        [
            [
                "Cyd was not paged: it was Bob's turn in “Primary” until 04:00 UTC, and the next shift begins at "
                "24 Nov 03:00 UTC."
            ]
        ],
    ]

    Override.objects.all().delete()
    RotationParticipant.objects.filter(membership=ada).delete()
    Layer.objects.all().delete()
    ada.is_active, ada.ended_at = False, minutes(1)
    ada.save()

    assert [account(api, escalation, person)[0] for person in (ada, bob, cyd)] == before


def test_people_and_schedules_are_called_as_they_are_now(api, organization, ada, bob):
    policy, rotation = on_call(organization, ada, bob)
    escalation = trigger(organization, policy)
    Schedule.objects.filter(pk=rotation.schedule_id).update(name="Billing")
    ada.first_name = "Adele"
    ada.save()
    assert "Adele's turn in “Billing”" in account(api, escalation, bob)[0][0][0]


def test_a_schedule_that_is_gone_is_not_named(api, organization, ada, bob):
    policy, rotation = on_call(organization, ada, bob)
    escalation = trigger(organization, policy)
    resolve_incident(
        organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", resolution_note=None, now=START
    )
    Layer.objects.all().delete()
    rotation.schedule.delete()
    assert account(api, escalation, ada)[0] == [["Ada was paged: on call until 24 Nov 03:00 UTC for layer 1."]]


def test_a_layer_skipped_for_its_hours_is_told_to_its_people(api, organization, ada, bob):
    policy = make_policy(organization, [ada], [bob])
    hours = WorkingHoursFactory(organization=organization)
    Layer.objects.filter(policy=policy, position=1).update(working_hours=hours, condition="during")
    escalation = trigger(organization, policy)
    call = why(api, escalation, ada)["calls"][0]
    assert [(each["position"], each["reason"]) for each in call["passed"]] == [(1, "outside_hours")]
    assert [one["summary"] for one in call["people"]] == [
        "Ada was not paged: layer 1 was skipped, for it pages during its working hours only, next from 08:00 UTC."
    ]


def test_an_empty_layer_is_told_to_whom_it_would_have_named(api, organization, ada, bob):
    ada.is_active = False
    ada.save()
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))
    call = why(api, escalation, ada)["calls"][0]
    assert [(each["position"], each["reason"], each["summary"]) for each in call["passed"]] == [
        (1, None, "Layer 1 reached nobody. Ada is not active.")
    ]
    assert [one["summary"] for one in call["people"]] == ["Ada was not paged: Ada is not active."]


def test_commands_are_told_with_who_gave_them(api, organization, ada, bob, cyd):
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))
    given = {"organization_id": organization.pk, "incident_id": escalation.pk}
    escalate_incident(**given, actor_id=ada.user_id, now=minutes(1))
    hand_off_incident(**given, actor_id=bob.user_id, target_user_id=cyd.user_id, now=minutes(2))
    told = [[one["summary"] for one in call["people"]] for call in why(api, escalation)["calls"]]
    assert told[1:] == [
        ["Ada called the next layer by hand, so Bob was paged: named in layer 2."],
        ["Bob handed the incident to Cyd, who was paged."],
    ]
    assert account(api, escalation, ada)[0][2] == ["Ada was not paged again: the incident was handed to Cyd."]


def test_an_applied_plan_does_not_change_what_the_old_one_did(api, organization, ada, bob):
    policy = make_policy(organization, [ada])
    escalation = trigger(organization, policy)
    for minute in (0, 5):
        run(minutes(minute))
    Layer.objects.filter(policy=policy).delete()
    LayerFactory(policy=policy, people=[bob])
    apply_plan(organization_id=organization.pk, incident_id=escalation.pk, actor_id=bob.user_id, now=minutes(6))
    assert reasons(api, escalation, ada) == ["named", "not_fallback", "not_in_plan"]
    assert reasons(api, escalation, bob) == ["not_in_plan", "not_fallback", "named"]
    assert account(api, escalation, bob)[0][2][0].startswith("Bob applied the policy as it is now, so Bob was paged")


def test_the_methods_of_a_page_are_told_with_what_became_of_them(api, at, organization, ada, bob):
    ContactMethodFactory(membership=ada, address="ada@mobile.example", shown="ada@mobile.example", verified_at=None)
    escalation = trigger(organization, make_policy(organization, [ada], [bob]))
    send(START, {"ada@example.org": REFUSED})
    at(minutes(1))
    page = why(api, escalation, ada)["calls"][0]["people"][0]
    assert [(one["methodId"], one["channel"], one["state"]) for one in page["methods"]] == [
        (None, "email", "failed"),
        (page["methods"][1]["methodId"], "email", "unverified"),
    ]
    assert why(api, escalation, bob)["calls"][0]["people"][0]["methods"] == []
    assert "mobile.example" not in read(api, escalation).content.decode()


def test_what_quiet_hours_and_rules_left_out_is_told(api, at, organization, ada):
    sms, push = (ContactMethodFactory(membership=ada, channel=kind, address=f"{kind}://x") for kind in ("sms", "push"))
    NotificationRuleFactory(membership=ada, contact_method=sms)
    QuietHoursFactory(membership=ada)
    escalation = trigger(organization, make_policy(organization, [ada]), severity="low")
    at(START)
    (sms_told, _, push_told) = why(api, escalation, ada)["calls"][0]["people"][0]["methods"]
    assert (sms_told["methodId"], sms_told["state"], sms_told["at"]) == (
        str(sms.pk),
        "quiet_hours",
        "2026-11-23T06:00:00.000Z",
    )
    assert sms_told["summary"] == "sms: left out: quiet hours until 06:00 UTC"
    assert (push_told["methodId"], push_told["state"]) == (str(push.pk), "no_rule")


def test_a_plain_address_has_no_person(api, organization, ada):
    organization.fallback_email = "ops@example.org"
    organization.save()
    escalation = trigger(organization, make_policy(organization, [ada]))
    for minute in (0, 5):
        run(minutes(minute))
    (person,) = why(api, escalation)["calls"][1]["people"]
    assert (person["userId"], person["paged"], person["reason"]) == (None, True, "fallback")
    assert person["summary"] == "Nobody else had answered, so ops@example.org was paged as the fallback."


def test_a_call_whose_record_is_of_a_newer_release_still_tells_who_was_paged(api, organization, ada, bob):
    escalation = trigger(organization, make_policy(organization, [ada]))
    row = RecordedWorld.objects.get()
    row.world = {**row.world, "format": 99}
    row.save()
    assert (reasons(api, escalation, ada), reasons(api, escalation, bob)) == (["named"], ["not_recorded"])


def test_an_incident_nobody_has_been_paged_for_yet_says_what_comes(api, organization, ada, monkeypatch):
    monkeypatch.setattr("incidents.decisions.insert_rows", _raise)
    escalation = trigger(organization, make_policy(organization, [ada]))
    found = why(api, escalation, ada)
    assert found["calls"] == []
    assert (found["now"]["pagesUser"], found["now"]["next"]["recipients"]) == (True, [ada.user_id])


def _raise(rows):
    raise RuntimeError("no rows today")


def test_after_the_end_there_is_no_next(api, organization, ada):
    escalation = trigger(organization, make_policy(organization, [ada]))
    resolve_incident(
        organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", resolution_note=None, now=START
    )
    now = why(api, escalation, ada)["now"]
    assert (now["state"], now["next"], now["pagesUser"]) == ("cancelled", None, None)
    assert now["summary"] == "The incident is resolved. Nobody else is paged."


def test_a_snooze_is_told_as_what_comes(api, organization, ada):
    escalation = trigger(organization, make_policy(organization, [ada]))
    snooze_incident(
        organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", until=minutes(30), now=START
    )
    assert why(api, escalation, ada)["now"]["next"]["at"] == "2026-11-23T03:30:00.000Z"


# Who may ask, and about whom


@pytest.mark.parametrize("scope", ["read", "trigger", "write"])
def test_every_scope_reads_it(client_of, organization, ada, scope):
    escalation = trigger(organization, make_policy(organization, [ada]))
    assert read(client_of(organization, scope), escalation).status_code == 200


def test_somebody_who_has_left_is_explained_all_the_same(api, organization, ada):
    gone = MembershipFactory(organization=organization, ended=True)
    assert reasons(api, trigger(organization, make_policy(organization, [ada])), gone) == ["not_in_plan"]


@pytest.mark.parametrize("whose", ["nobody", "foreign", "empty", "odd"])
def test_a_person_the_organization_never_had_is_refused_by_name(api, organization, ada, whose):
    escalation = trigger(organization, make_policy(organization, [ada]))
    ids = {"nobody": new_user_id(), "foreign": MembershipFactory().user_id, "empty": "", "odd": "x" * 300}
    response = api.get(f"/v1/incidents/{escalation.pk}/why", {"userId": ids[whose]})
    assert (response.status_code, response.json()["code"]) == (422, "validation_error")
    assert [error["field"] for error in response.json()["errors"]] == ["userId"]


def test_an_unknown_incident_is_not_found(api, ada):
    response = api.get(f"/v1/incidents/{new_uuid()}/why", {"userId": ada.user_id})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


# What it costs


@pytest.mark.parametrize("about", ["everybody", "ada"])
def test_it_costs_the_same_however_much_has_happened(api, at, organization, ada, bob, cyd, about):
    policy, rotation = on_call(organization, ada, bob)
    LayerFactory(policy=policy, people=[cyd, bob])
    escalation = trigger(organization, policy)
    costs = []
    for minute in (0, 5, 10, 40, 70):
        run(minutes(minute))
        OverrideFactory(
            schedule=rotation.schedule,
            membership=MembershipFactory(organization=organization),
            starts_at=minutes(1000 + minute),
            ends_at=minutes(1001 + minute),
        )
        at(minutes(minute))
        with CaptureQueriesContext(connection) as statements:
            why(api, escalation, ada if about == "ada" else None)
        costs.append(len([one for one in statements if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]))
    assert Firing.objects.filter(escalation=escalation.pk).count() == 5
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 1 + 17
