"""An import that does everything an import can do: creates, changes, renames, admits, revises, removes, and keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from escalation.models import ImportedObject, Policy, Schedule
from escalation.transfer.arrival import ExternalRef
from escalation.transfer.findings import Subject
from incidents.services import trigger_incident
from tests.escalation.transfer.importing.imports import NOW, arriving, run
from tests.factories.accounts import EPOCH, InvitationFactory, MembershipFactory, UserFactory

BEFORE = """\
formatVersion: 1
users:
  - {key: ana, email: ana@example.org, firstName: Ana, lastName: Ruiz}
  - {key: bob, email: bob@example.org, firstName: Bob, lastName: Lee}
workingHours:
  - {key: office, name: Office, timezone: Europe/Madrid, windows: [{days: [1, 2], start: "09:00", end: "17:00"}]}
  - {key: old-office, name: Old office, timezone: UTC, windows: [{days: [1], start: "09:00", end: "17:00"}]}
schedules:
  - key: primary
    name: Primary
    timezone: Europe/Madrid
    rotations:
      - {name: weekly, rotationType: weekly, rotationLengthDays: 7, handoffTime: "09:00", effectiveFrom: "2026-01-05T09:00:00+01:00", participants: [ana, bob]}
      - {name: nights, rotationType: daily, rotationLengthDays: 1, handoffTime: "20:00", effectiveFrom: "2026-01-05T09:00:00+01:00", participants: [bob]}
    overrides:
      - {user: bob, startsAt: "2027-02-01T20:00:00+01:00", endsAt: "2027-02-02T08:00:00+01:00"}
  - {key: day, name: Day, timezone: UTC}
  - {key: night, name: Night, timezone: UTC}
  - {key: gone, name: Gone, timezone: UTC}
policies:
  - key: checkout
    name: Checkout
    layers:
      - {ackTimeoutMinutes: 5, target: {type: schedule, schedule: primary}}
      - {ackTimeoutMinutes: 10, target: {type: users, users: [ana, bob]}, condition: {workingHours: office, when: during}}
      - {ackTimeoutMinutes: 15, target: {type: users, users: [bob]}}
  - {key: gone, name: Gone, layers: [{ackTimeoutMinutes: 5, target: {type: schedule, schedule: gone}, condition: {workingHours: old-office, when: outside}}]}
  - {key: busy, name: Busy, layers: [{ackTimeoutMinutes: 5, target: {type: users, users: [ana]}}]}
  - {key: moving, name: Moving, layers: [{ackTimeoutMinutes: 5, target: {type: schedule, schedule: day}}, {ackTimeoutMinutes: 5, target: {type: users, users: [ana]}}]}
"""

AFTER = """\
formatVersion: 1
users:
  - {key: ana, email: ana@example.org, firstName: Ana, lastName: Ruiz Gil}
  - {key: bob, email: bob@example.org, firstName: Bob, lastName: Lee, active: false}
  - {key: cleo, email: cleo@example.org, firstName: Cleo, lastName: Left}
  - {key: dora, email: dora@example.org, firstName: Dora, lastName: Elsewhere}
  - {key: eve, email: eve@example.org, firstName: Eve, lastName: New, contactMethods: [{channel: email, address: eve@home.example}]}
  - {key: finn, email: finn@example.org, firstName: Finn, lastName: Invited}
workingHours:
  - {key: office, name: Office, timezone: Europe/Lisbon, windows: [{days: [1, 2, 3], start: "09:00", end: "17:00"}]}
  - {key: weekend, name: Weekend, timezone: UTC, windows: [{days: [6, 7], start: "00:00", end: "00:00"}]}
schedules:
  - key: primary
    name: Primary
    timezone: Europe/Lisbon
    rotations:
      - {name: weekends, rotationType: daily, rotationLengthDays: 1, handoffTime: "20:00", effectiveFrom: "2026-01-05T09:00:00+01:00", participants: [cleo]}
      - {name: weekly, rotationType: weekly, rotationLengthDays: 7, handoffTime: "10:00", effectiveFrom: "2026-01-05T09:00:00+01:00", participants: [bob, ana, eve]}
    overrides:
      - {user: ana, startsAt: "2027-02-01T20:00:00+01:00", endsAt: "2027-02-02T08:00:00+01:00", rotation: weekly}
  - {key: day, name: Night, timezone: UTC}
  - {key: night, name: Day, timezone: UTC}
  - {key: new, name: New, timezone: UTC}
policies:
  - key: checkout
    name: Checkout
    repeatCount: 1
    layers:
      - {ackTimeoutMinutes: 10, target: {type: users, users: [ana, bob]}, condition: {workingHours: weekend, when: outside}}
      - {ackTimeoutMinutes: 5, target: {type: schedule, schedule: primary}}
      - {ackTimeoutMinutes: 5, target: {type: users, users: [finn, dora]}}
  - {key: new, name: New, layers: [{ackTimeoutMinutes: 5, target: {type: schedule, schedule: new}}]}
  - {key: moved, name: Moved, layers: [{ackTimeoutMinutes: 5, target: {type: schedule, schedule: day}}, {ackTimeoutMinutes: 7, target: {type: users, users: [ana]}}]}
"""

OPTIONS = {"create_users": True, "prune": True, "accept_loss": True, "accept_gaps": True}

WRITTEN = {
    "accounts_contactmethod",
    "accounts_invitation",
    "accounts_membership",
    "accounts_user",
    "escalation_importedobject",
    "escalation_layer",
    "escalation_layeruser",
    "escalation_override",
    "escalation_policy",
    "escalation_rotation",
    "escalation_rotationparticipant",
    "escalation_schedule",
    "escalation_workinghours",
}
"""All tables an import writes to, each of which this one changes."""


def prepare(organization):
    """Make an organization what it is before."""
    run(organization, arriving(BEFORE), **OPTIONS)
    MembershipFactory(organization=organization, user__email="cleo@example.org", ended_at=EPOCH)
    UserFactory(email="dora@example.org")
    InvitationFactory(organization=organization, email="finn@example.org", expires_at=NOW + timedelta(days=7))
    for kind, name in (("schedule", "Day"), ("schedule", "Night"), ("policy", "Moving")):
        row = {"schedule": Schedule, "policy": Policy}[kind].objects.get(organization=organization, name=name)
        ImportedObject.objects.create(
            organization=organization,
            source="elsewhere",
            account="acme",
            type=kind,
            external_id=name,
            created_at=EPOCH,
            **{kind: row},
        )
    trigger_incident(
        organization_id=organization.id,
        actor_id="key_test",
        title="Down",
        description=None,
        severity="high",
        owner_user_id=None,
        policy_id=Policy.objects.get(organization=organization, name="Busy").id,
        now=NOW,
    )


def arrive(state):
    """Return what arrives: by what the other product calls them, two schedules have swapped their names."""
    refs = {
        Subject("schedules", "day"): _ref("schedule", "Day"),
        Subject("schedules", "night"): _ref("schedule", "Night"),
        Subject("schedules", "new"): _ref("schedule", "New"),
        Subject("policies", "new"): _ref("policy", "New"),
        Subject("policies", "moved"): _ref("policy", "Moving"),
    }
    return replace(arriving(AFTER)(state), refs=refs)


def _ref(kind, number):
    return ExternalRef(source="elsewhere", account="acme", type=kind, id=number)


def overthrow(organization):
    """Do it; return the answer."""
    return run(organization, arrive, **OPTIONS)
