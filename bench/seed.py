"""Rows to measure on: a few organizations with people and policies, and open incidents by the thousand.

One incident of each policy is opened by the product itself; the others are copies of it, so that they look as the
product would have left them after their first layer's pages arrived.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from typing import Any, TypeVar

from django.db import models

from accounts.models import Membership, Organization, User
from bench.harness import execute
from escalation.models import Layer, LayerUser, Policy
from incidents.models import Delivery, Escalation, Firing, Incident, Page, TimelineEvent
from incidents.services import trigger_incident
from scaling.ids import new_uuid

ORGANIZATIONS = 20
ACTOR = "key_bench"
TIMEOUT_SECONDS = 300
# How many people each layer names: every second policy pages two where the other pages one.
LAYERS = ((1, 2, 1), (2, 1, 2))

_BATCH = 1000
_KINDS: tuple[type[models.Model], ...] = (Incident, Escalation, Firing, Page, Delivery, TimelineEvent)
_Row = TypeVar("_Row", bound=models.Model)


def make_policies(now: datetime, *, organizations: int = ORGANIZATIONS) -> list[Policy]:
    """Return two policies for each of so many new organizations of five people."""
    policies = []
    for number in range(organizations):
        organization, people = make_people(number, now)
        policies += [make_policy(organization, people, sizes, now) for sizes in LAYERS]
    return policies


def make_people(number: int, now: datetime) -> tuple[Organization, list[Membership]]:
    """Return a new organization, which bears ``number``, and the five people in it."""
    organization = Organization.objects.create(
        name=f"Organization {number}", fallback_email=f"fallback{number}@example.org", created_at=now
    )
    return organization, [_make_person(organization, f"person{place}.{number}@example.org", now) for place in range(5)]


def _make_person(organization: Organization, email: str, now: datetime) -> Membership:
    user = User.objects.create(email=email)
    return Membership.objects.create(organization=organization, user=user, first_name="Ada", created_at=now)


def make_policy(
    organization: Organization, people: Sequence[Membership], sizes: Sequence[int], now: datetime
) -> Policy:
    """Return a policy with a layer for each of ``sizes``, naming so many of ``people``."""
    stamps = {"created_at": now, "updated_at": now}
    name = f"Policy {Policy.objects.for_organization(organization.pk).count()}"
    policy: Policy = Policy.objects.create(organization=organization, name=name, created_by=ACTOR, **stamps)
    turn = cycle(people)
    for position, size in enumerate(sizes, 1):
        layer = Layer.objects.create(
            organization=organization,
            policy=policy,
            position=position,
            timeout_seconds=TIMEOUT_SECONDS,
            target_type=Layer.TargetType.USERS,
            **stamps,
        )
        LayerUser.objects.bulk_create(
            LayerUser(organization=organization, layer=layer, membership=next(turn), position=place)
            for place in range(size)
        )
    return policy


# Open incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """All rows of one incident that the product opened."""

    incident: Incident
    escalation: Escalation
    firing: Firing
    pages: Sequence[Page]
    deliveries: Sequence[Delivery]
    events: Sequence[TimelineEvent]


def make_patterns(policies: Sequence[Policy], now: datetime) -> list[Pattern]:
    """Open an incident for each policy, let its pages arrive, and take it as the pattern of others."""
    return [_pattern(policy, now) for policy in policies]


def open_incident(policy: Policy, now: datetime) -> Incident:
    """Open an incident for a policy as the product does."""
    return trigger_incident(
        organization_id=policy.organization_id,
        actor_id=ACTOR,
        title="Invoices stuck",
        description=None,
        severity="high",
        owner_user_id=None,
        policy_id=policy.pk,
        now=now,
    )


def _pattern(policy: Policy, now: datetime) -> Pattern:
    incident = open_incident(policy, now)
    sent = Delivery.objects.filter(escalation=incident.pk)
    sent.update(status=Delivery.Status.HANDED_OVER, attempts=1, handed_over_at=now, next_at=None)
    return Pattern(
        incident=incident,
        escalation=Escalation.objects.get(pk=incident.pk),
        firing=Firing.objects.get(escalation=incident.pk),
        pages=list(Page.objects.filter(escalation=incident.pk)),
        deliveries=list(sent),
        events=list(TimelineEvent.objects.filter(incident=incident.pk)),
    )


def open_incidents(patterns: Sequence[Pattern], due: Sequence[datetime]) -> None:
    """Replace all incidents by one for each instant of ``due``, at layer 1 and due then."""
    execute("TRUNCATE incidents_incident CASCADE")
    rows: dict[type[models.Model], list[Any]] = {kind: [] for kind in _KINDS}
    for due_at, pattern in zip(due, cycle(patterns), strict=False):
        for row in _copies(pattern, due_at):
            rows[type(row)].append(row)
    for kind, copies in rows.items():
        kind._default_manager.bulk_create(copies, _BATCH)
        execute(f"VACUUM ANALYZE {kind._meta.db_table}")


def _copies(pattern: Pattern, due_at: datetime) -> Iterator[models.Model]:
    # Numbers are the organization's, and the copies have none.
    incident = _copy(pattern.incident, number=None)
    escalation = _copy(pattern.escalation, pk=incident.pk, due_at=due_at, wake_at=due_at)
    firing = _copy(pattern.firing, escalation_id=incident.pk, due_at=due_at)
    pages = {page.pk: _copy(page, escalation_id=incident.pk, firing_id=firing.pk) for page in pattern.pages}
    yield from (incident, escalation, firing, *pages.values())
    for delivery in pattern.deliveries:
        yield _copy(delivery, escalation_id=incident.pk, page_id=pages[delivery.page_id].pk)
    for event in pattern.events:
        yield _copy(event, incident_id=incident.pk)


def _copy(row: _Row, **changes: object) -> _Row:
    twin = copy(row)
    for name, value in {"pk": new_uuid(), **changes}.items():
        setattr(twin, name, value)
    return twin
