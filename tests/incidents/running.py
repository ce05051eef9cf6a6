"""Running the engine by hand: what a worker's threads do, one step after the other, at an instant of the test's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from accounts.models import Membership
from escalation.models import Layer, LayerUser, Policy
from incidents.channels.base import Failure, SendFailed
from incidents.delivery import claim_deliveries, record_failure, record_handed_over, renew_lease
from incidents.engine import step_escalations
from incidents.models import Delivery, Escalation, TimelineEvent
from incidents.pages import step_pages
from incidents.services import trigger_incident

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

TEMPORARY = SendFailed(Failure.TEMPORARY, "451 try again later")
REFUSED = SendFailed(Failure.RECIPIENT, "550 no such user")


def minutes(number: float) -> datetime:
    """Return the instant so many minutes after the start."""
    return START + timedelta(minutes=number)


def make_policy(organization, *layers: list[Membership], timeout_minutes=5, **fields) -> Policy:
    """Return a policy whose layers name the given people, in order."""
    stamps = {"created_at": START, "updated_at": START}
    policy = Policy.objects.create(
        organization=organization, name=f"Policy {Policy.objects.count()}", created_by="key_test", **stamps, **fields
    )
    for position, people in enumerate(layers, 1):
        layer = Layer.objects.create(
            organization=organization,
            policy=policy,
            position=position,
            timeout_seconds=timeout_minutes * 60,
            target_type="users",
            **stamps,
        )
        LayerUser.objects.bulk_create(
            LayerUser(organization=organization, layer=layer, membership=person, position=place)
            for place, person in enumerate(people)
        )
    return policy


def trigger(organization, policy=None, owner=None, now=START, **fields):
    """Open an incident; return its escalation."""
    incident = trigger_incident(
        organization_id=organization.pk,
        actor_id="key_test",
        owner_user_id=owner and owner.user_id,
        policy_id=policy and policy.pk,
        now=now,
        **{"title": "Invoices stuck", "description": None, "severity": "high", **fields},
    )
    return Escalation.objects.get(pk=incident.pk)


def wake(now) -> None:
    """Let the engine do everything that is due."""
    while step_escalations(now, lambda row: None) + step_pages(now):
        pass


def send(now, failures=None) -> list[str]:
    """Send everything that is due; ``failures`` maps a destination to how it fails. Return the destinations tried."""
    tried = []
    while attempts := claim_deliveries(now, slots=50, retry_slots=50, busy=[]):
        for attempt in attempts:
            held = renew_lease(attempt, now)
            assert held
            tried.append(held.destination)
            failed = (failures or {}).get(held.destination)
            for part in held.parts:
                if failed is None:
                    record_handed_over(part, now)
                else:
                    record_failure(part, failed, now)
    return tried


def run(now, failures=None) -> list[str]:
    """Let engine and senders do everything that is due; return the destinations tried."""
    tried = []
    while True:
        wake(now)
        sent = send(now, failures)
        tried += sent
        if not sent:
            return tried


def reload(escalation) -> Escalation:
    """Return the row as it is now."""
    return Escalation.objects.get(pk=escalation.pk)


def told(escalation) -> list[str]:
    """Return the types of the incident's timeline events, oldest first."""
    return list(
        TimelineEvent.objects.filter(incident=escalation.pk).order_by("at", "id").values_list("type", flat=True)
    )


def deliveries(escalation) -> list[tuple[str, str]]:
    """Return destination and status of each delivery, oldest first."""
    return list(Delivery.objects.filter(escalation=escalation.pk).order_by("id").values_list("destination", "status"))
