from __future__ import annotations

import pytest

from incidents.models import TimelineEvent
from incidents.names import load_names
from incidents.services import acknowledge_incident, change_status, hand_off_incident
from incidents.summaries import ids_in, summary
from tests.factories.accounts import ApiKeyFactory, MembershipFactory
from tests.factories.incidents import NIGHT
from tests.incidents.running import REFUSED, START, TEMPORARY, make_policy, minutes, run, trigger

NAMES = {"user_ada": "Ada", "user_bob": "Bob", "user_cy": "Cy", "key_ci": "API key “CI”"}
CY_IS_OFF = [{"userId": "user_cy", "reason": "inactive"}]
ADA = {"recipient": "user_ada", "channel": "email", "deliveryId": "01980000"}


def event(kind, *, actor=None, user=None, position=None, **details):
    return TimelineEvent(type=kind, at=NIGHT, actor_id=actor, user_id=user, position=position, details=details)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (event("incident_triggered", actor="key_ci", status="investigating"), "API key “CI” triggered the incident."),
        (event("first_page_deferred"), "The first page could not be sent at once and was left to the engine."),
        (
            event("layer_paged", position=1, cause="layer", recipients=["user_ada", "user_bob"], missed=[]),
            "Layer 1 was paged: Ada and Bob.",
        ),
        (
            event("layer_paged", position=1, cause="repeat", recipients=["user_ada"], missed=CY_IS_OFF),
            "Layer 1 was paged again: Ada. Cy is not active.",
        ),
        (
            event("layer_paged", position=2, cause="handoff", recipients=["user_bob"]),
            "Paged after the handoff: Bob.",
        ),
        (
            event("layer_paged", position=2, cause="joined", recipients=["user_ada", "user_bob"]),
            "Paged, having come on call for layer 2: Ada and Bob.",
        ),
        (event("layer_empty", position=2, missed=[]), "Layer 2 reached nobody."),
        (
            event("layer_empty", position=2, missed=[*CY_IS_OFF, {"userId": "user_eve", "reason": "unknown"}]),
            "Layer 2 reached nobody. Cy is not active. user_eve is not in the organization.",
        ),
        (
            event("layer_empty", position=2, missed=[{"userId": "user_cy", "reason": "asleep"}]),
            "Layer 2 reached nobody. Cy is out of reach (asleep).",
        ),
        (event("layer_timed_out", position=1, reason="timeout"), "Nobody acknowledged layer 1 in time."),
        (
            event("layer_timed_out_unheard", position=1, reason="timeout"),
            "No page of layer 1 had been handed over when its time was up.",
        ),
        (
            event("layer_timed_out_unheard", position=1, reason="undeliverable"),
            "Every page of layer 1 failed for good, so it was not waited for.",
        ),
        (event("person_joined", position=1, user="user_bob", source="rotation"), "Bob came on call for layer 1."),
        (
            event("pass_repeated", **{"pass": 2, "repeatsLeft": 0}),
            "The layers are paged from the first one again, in pass 2.",
        ),
        (
            event("escalation_exhausted", somebodyReached=True),
            "Every layer was paged, and nobody acknowledged.",
        ),
        (event("escalation_exhausted", somebodyReached=False), "No layer is left that reaches anybody."),
        (
            event("fallback_paged", cause="fallback", recipients=["ops@example.org"]),
            "The fallback was paged: ops@example.org.",
        ),
        (
            event("incident_acknowledged", actor="user_ada", user="user_ada"),
            "Ada acknowledged the incident.",
        ),
        (event("incident_acknowledged", actor="key_ci"), "API key “CI” acknowledged the incident."),
        (
            event("incident_acknowledged", actor="key_ci", user="user_ada"),
            "API key “CI” acknowledged the incident for Ada.",
        ),
        (
            event("layer_paged", position=1, cause="unacknowledged", recipients=["user_ada"]),
            "Layer 1 was paged again: Ada.",
        ),
        (event("layer_paged", position=2, cause="escalate", recipients=["user_ada"]), "Layer 2 was paged: Ada."),
        (event("incident_unacknowledged", actor="user_ada"), "Ada took back the acknowledgement."),
        (event("incident_unacknowledged", actor="user_ada", user="user_ada"), "Ada took back the acknowledgement."),
        (
            event("incident_unacknowledged", actor="user_ada", user="user_bob"),
            "Ada took back the acknowledgement for Bob.",
        ),
        (event("escalated_by_hand", actor="user_bob", position=1), "Bob called the next layer by hand."),
        (
            event("incident_snoozed", actor="user_bob", until="2026-11-23T06:30:00.000Z"),
            "Bob snoozed the incident until 06:30 UTC.",
        ),
        (
            event("incident_snoozed", actor="user_bob", until="2026-11-24T06:30:00.000Z"),
            "Bob snoozed the incident until 24 Nov 06:30 UTC.",
        ),
        (
            event("plan_applied", actor="user_bob", position=2, policyVersion=4, layers=3, **{"pass": 2}),
            "Bob applied the policy as it is now, going on at layer 2.",
        ),
        (
            event("plan_applied", actor="user_bob", policyVersion=4, layers=3, **{"pass": 2}),
            "Bob applied the policy as it is now, from the first layer on.",
        ),
        (
            event("plan_applied", actor="user_bob", policyVersion=4, layers=0, **{"pass": 2}),
            "Bob applied the policy as it is now, which has no layers.",
        ),
        (
            event("plan_applied", actor="user_bob", position=1, policyVersion=0, layers=1, **{"pass": 2}),
            "Bob applied the owner as the whole plan, going on at layer 1.",
        ),
        (
            event("incident_repeated", actor="key_ci", repeats=1),
            "API key “CI” triggered the incident again; 1 time so far.",
        ),
        (
            event("incident_repeated", actor="key_ci", repeats=57),
            "API key “CI” triggered the incident again; 57 times so far.",
        ),
        (
            event("incident_handed_off", actor="user_ada", previousOwnerId="user_cy", newOwnerId="user_bob"),
            "Ada handed the incident off from Cy to Bob.",
        ),
        (
            event("incident_handed_off", actor="user_ada", previousOwnerId=None, newOwnerId="user_bob"),
            "Ada handed the incident off to Bob.",
        ),
        (
            event("incident_repaged", position=1, recipients=["user_ada"]),
            "The acknowledgement ran out. Paged again: Ada.",
        ),
        (
            event("snooze_ended", position=2, recipients=["user_bob"]),
            "The snooze ended, and layer 2 was paged: Bob.",
        ),
        (event("notification_sent", **ADA, attempt=1, wasInFlight=False), "The email to Ada was handed over."),
        (
            event("notification_sent", **ADA, attempt=3, wasInFlight=False),
            "The email to Ada was handed over at attempt 3.",
        ),
        (
            event("notification_sent", **ADA, attempt=1, wasInFlight=True),
            "The email to Ada was in flight already and was handed over.",
        ),
        (
            event("notification_sent", **ADA, attempt=1, wasInFlight=False, carried=1),
            "The email to Ada was handed over, with 1 more page in it.",
        ),
        (
            event("notification_sent", **ADA, attempt=2, wasInFlight=False, carried=38),
            "The email to Ada was handed over at attempt 2, with 38 more pages in it.",
        ),
        (
            event("notification_sent", **ADA, attempt=1, wasInFlight=False, carriedBy="01a2"),
            "The email to Ada was handed over, told in the message about another incident.",
        ),
        (
            event("notification_retry", **ADA, attempt=1, reason="451 try later"),
            "The email to Ada failed and is tried again (451 try later).",
        ),
        (
            event("notification_dead", **ADA, attempt=1, reason="550 no such user"),
            "The email to Ada was refused for good (550 no such user).",
        ),
        (event("notification_cancelled", **ADA, attempts=0), "The email to Ada was called off."),
        (
            event("person_unreachable", user="user_ada", recipient="user_ada"),
            "Ada cannot be reached: every way to them failed for good.",
        ),
        (
            event("person_unreachable", user="user_cy", recipient="user_cy", reason="inactive"),
            "Cy is not active and cannot be paged.",
        ),
        (
            event("status_changed", actor="user_bob", status="identified"),
            "Bob changed the status to identified.",
        ),
        (event("update_posted", actor="user_bob", visibility="internal"), "Bob posted an internal update."),
        (event("update_posted", actor="user_bob", visibility="public"), "Bob posted a public update."),
        (event("update_redacted", actor="user_bob"), "Bob redacted an update."),
        (
            event("components_changed", actor="user_bob", added=[{"id": "x", "name": "API"}], removed=[]),
            "Bob changed what the incident affects: added API.",
        ),
        (
            event(
                "components_changed",
                actor="user_bob",
                added=[{"id": "x", "name": "API"}, {"id": "y", "name": "Web"}],
                removed=[{"id": "z", "name": "Mail"}],
            ),
            "Bob changed what the incident affects: added API and Web, removed Mail.",
        ),
        (event("escalation_cancelled", actor="user_bob"), "The incident is resolved, so its paging has ended."),
        (
            event("row_parked", firing=3, recipients=["ops@example.org"]),
            "The escalation could not be handled and was parked; its fallback is paged instead.",
        ),
        (event("row_parked"), "A page could not be handled and was parked; what was on its way goes on."),
        (
            event("timer_moved", position=1, reason="late", lateSeconds=1260),
            "The engine was 21 min late, so the wait began anew from then.",
        ),
        (
            event("timer_moved", position=1, reason="nothing_handed_over", dueAt="2026-11-23T03:10:00.000Z"),
            "Layer 1 was given more time until 03:10 UTC: none of its pages had been handed over.",
        ),
        (
            event("timer_moved", position=2, reason="nothing_handed_over_in_pass", dueAt="2026-11-24T03:10:00.000Z"),
            "Layer 2 was held until 24 Nov 03:10 UTC: no page of the pass had been handed over.",
        ),
        (event("room_opened"), "Room opened."),
    ],
)
def test_each_event_reads_as_a_sentence(told, expected):
    assert summary(told, NAMES) == expected


KINDS = [
    "incident_triggered",
    "first_page_deferred",
    "layer_paged",
    "layer_empty",
    "layer_timed_out",
    "layer_timed_out_unheard",
    "person_joined",
    "pass_repeated",
    "escalation_exhausted",
    "fallback_paged",
    "incident_acknowledged",
    "incident_handed_off",
    "incident_repaged",
    "snooze_ended",
    "notification_sent",
    "notification_retry",
    "notification_dead",
    "notification_cancelled",
    "person_unreachable",
    "status_changed",
    "update_posted",
    "update_redacted",
    "components_changed",
    "escalation_cancelled",
    "row_parked",
    "timer_moved",
]


@pytest.mark.parametrize("kind", [*KINDS, "of_a_newer_release"])
def test_an_event_without_details_still_reads(kind):
    assert summary(event(kind), {}).endswith(".")


@pytest.mark.django_db
def test_a_whole_story_reads_well(organization):
    organization.fallback_email = "ops@example.org"
    organization.save()
    ada, bob, cy = (
        MembershipFactory(
            organization=organization, first_name=name, last_name="", user__email=f"{name.lower()}@example.org"
        )
        for name in ("Ada", "Bob", "Cy")
    )
    cy.is_active = False
    cy.save()
    key = ApiKeyFactory(organization=organization, name="CI")
    row = trigger(organization, make_policy(organization, [ada], [cy], [bob]))
    command = {"organization_id": organization.pk, "incident_id": row.pk}
    run(START, {"ada@example.org": TEMPORARY})
    run(minutes(1))
    run(minutes(5), {"bob@example.org": REFUSED})
    hand_off_incident(**command, actor_id=key.pk, target_user_id=ada.user_id, now=minutes(6))
    acknowledge_incident(**command, actor_id=ada.user_id, user_id=ada.user_id, now=minutes(7))
    for status in ("identified", "monitoring", "resolved"):
        change_status(**command, actor_id=ada.user_id, status=status, now=minutes(8))

    events = list(TimelineEvent.objects.filter(incident=row.pk).order_by("at", "pk"))
    names = load_names({organization.pk: [one for told in events for one in ids_in(told)]})[organization.pk]
    assert [summary(one, names) for one in events] == [
        "key_test triggered the incident.",
        "Layer 1 was paged: Ada.",
        "The email to Ada failed and is tried again (451 try again later).",
        "The email to Ada was handed over at attempt 2.",
        "Nobody acknowledged layer 1 in time.",
        "Layer 2 reached nobody. Cy is not active.",
        "Layer 3 was paged: Bob.",
        "The email to Bob was refused for good (550 no such user).",
        "Bob cannot be reached: every way to them failed for good.",
        "Every page of layer 3 failed for good, so it was not waited for.",
        "Every layer was paged, and nobody acknowledged.",
        "The fallback was paged: ops@example.org.",
        "The email to ops@example.org was handed over.",
        "API key “CI” handed the incident off to Ada.",
        "Paged after the handoff: Ada.",
        "Ada acknowledged the incident.",
        "The email to Ada was called off.",
        "Ada changed the status to identified.",
        "Ada changed the status to monitoring.",
        "Ada changed the status to resolved.",
        "The incident is resolved, so its paging has ended.",
    ]
