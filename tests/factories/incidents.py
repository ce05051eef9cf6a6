"""Incidents, their escalations, firings, pages and deliveries, at 03:00 of a November night.

Where a test is about how rows come to be, it runs services and engine (``tests.incidents.running``); these are for
tests of what is made of rows, in states that take days to come about.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from escalation.domain.plan import PLAN_FORMAT
from incidents.models import (
    Component,
    Delivery,
    Escalation,
    Firing,
    Incident,
    IncidentUpdate,
    Notice,
    Page,
    TimelineEvent,
    Webhook,
)
from scaling.ids import new_uuid
from tests.factories.accounts import WEBHOOK_SECRET, MembershipFactory, OrganizationFactory

NIGHT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ACCOUNT_EMAIL_RULE = {
    "method": "00000000-0000-0000-0000-000000000000",
    "afterSeconds": 0,
    "everySeconds": None,
    "severities": ["critical", "high", "low", "medium"],
    "usable": True,
}


def plan_naming(*layers, minutes=5, repeat=0, repage_minutes=None):
    """Return a snapshot whose layers name the given memberships."""
    return {
        "format": PLAN_FORMAT,
        "policyVersion": 1,
        "repeat": repeat,
        "repageSeconds": repage_minutes and repage_minutes * 60,
        "layers": [
            {
                "id": str(new_uuid()),
                "timeoutSeconds": minutes * 60,
                "schedule": None,
                "users": [person.user_id for person in people],
            }
            for people in layers
        ],
    }


class IncidentFactory(DjangoModelFactory):
    """Something that went wrong at 03:00; it has no escalation yet."""

    class Meta:
        model = Incident

    organization = factory.SubFactory(OrganizationFactory)
    title = "Invoices stuck"
    severity = "high"
    created_by = "key_test"
    created_at = NIGHT
    updated_at = NIGHT


class EscalationFactory(DjangoModelFactory):
    """An escalation at its first layer, which is due at 03:05; ``layers`` are lists of memberships."""

    class Meta:
        model = Escalation
        exclude = ("layers",)

    layers = ()
    incident = factory.SubFactory(IncidentFactory)
    organization = factory.SelfAttribute("incident.organization")
    plan = factory.LazyAttribute(lambda row: plan_naming(*row.layers))
    position = 1
    firing = 1
    entered = 1
    due_at = NIGHT + timedelta(minutes=5)
    wake_at = factory.SelfAttribute("due_at")

    class Params:
        acknowledged = factory.Trait(state="acknowledged", due_at=None, acknowledged_at=NIGHT + timedelta(minutes=2))
        resolved = factory.Trait(state="cancelled", due_at=None)


class FiringFactory(DjangoModelFactory):
    """The first call of an escalation's first layer."""

    class Meta:
        model = Firing

    escalation = factory.SubFactory(EscalationFactory)
    organization = factory.SelfAttribute("escalation.organization")
    number = factory.SelfAttribute("escalation.firing")
    cause = "layer"
    pass_no = factory.SelfAttribute("escalation.pass_no")
    position = factory.SelfAttribute("escalation.position")
    fired_at = NIGHT
    due_at = factory.SelfAttribute("escalation.due_at")


class PageFactory(DjangoModelFactory):
    """A person called because a layer names them; give ``address`` and no ``membership`` for a plain address."""

    class Meta:
        model = Page

    firing = factory.SubFactory(FiringFactory)
    escalation = factory.SelfAttribute("firing.escalation")
    organization = factory.SelfAttribute("escalation.organization")
    membership = factory.SubFactory(MembershipFactory, organization=factory.SelfAttribute("..organization"))
    rules = factory.LazyFunction(lambda: [ACCOUNT_EMAIL_RULE])
    reason = factory.LazyFunction(lambda: {"source": "named", "sourceId": None, "until": None})
    started_at = factory.SelfAttribute("firing.fired_at")


class DeliveryFactory(DjangoModelFactory):
    """A page on its way to the account's address."""

    class Meta:
        model = Delivery

    page = factory.SubFactory(PageFactory)
    escalation = factory.SelfAttribute("page.escalation")
    organization = factory.SelfAttribute("page.organization")
    turn = 0
    channel = "email"
    destination = factory.LazyAttribute(
        lambda row: row.page.address if row.page.membership is None else row.page.membership.user.email
    )
    created_at = factory.SelfAttribute("page.started_at")
    next_at = factory.SelfAttribute("created_at")

    class Params:
        handed_over = factory.Trait(
            status="handed_over", next_at=None, handed_over_at=factory.SelfAttribute("created_at"), attempts=1
        )


class TimelineEventFactory(DjangoModelFactory):
    """Something that happened to an incident at 03:00."""

    class Meta:
        model = TimelineEvent

    incident = factory.SubFactory(IncidentFactory)
    organization = factory.SelfAttribute("incident.organization")
    at = NIGHT
    type = "incident_triggered"


class IncidentUpdateFactory(DjangoModelFactory):
    """Words about an incident, posted at 03:00."""

    class Meta:
        model = IncidentUpdate

    incident = factory.SubFactory(IncidentFactory)
    organization = factory.SelfAttribute("incident.organization")
    body = "Found it"
    visibility = "internal"
    posted_by = "key_test"
    posted_at = NIGHT


class ComponentFactory(DjangoModelFactory):
    """Something an organization runs, and that is operational."""

    class Meta:
        model = Component

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Component {n}")
    created_at = NIGHT
    updated_at = NIGHT


class WebhookFactory(DjangoModelFactory):
    """An endpoint that is told everything."""

    class Meta:
        model = Webhook

    organization = factory.SubFactory(OrganizationFactory)
    url = factory.Sequence(lambda n: f"https://hooks.example.org/s3cr3t{n}")
    secret = WEBHOOK_SECRET
    created_by = "key_test"
    created_at = NIGHT
    updated_at = NIGHT

    class Params:
        disabled = factory.Trait(disabled_at=NIGHT, disabled_reason="by_hand")


class NoticeFactory(DjangoModelFactory):
    """An event that waits to be sent to a webhook."""

    class Meta:
        model = Notice

    kind = "event"
    webhook = factory.SubFactory(WebhookFactory)
    organization = factory.SelfAttribute("webhook.organization")
    incident = factory.SubFactory(IncidentFactory, organization=factory.SelfAttribute("..organization"))
    event_id = factory.LazyAttribute(
        lambda row: TimelineEventFactory.create(incident=row.incident, details={"status": "investigating"}).pk
    )
    event_type = "incident.triggered"
    channel = "webhook"
    lane = factory.LazyAttribute(
        lambda row: f"{row.webhook.pk}:webhook" if row.channel == "webhook" else f"{row.organization.pk}:{row.channel}"
    )
    created_at = NIGHT
    next_at = NIGHT

    class Params:
        sent = factory.Trait(status="sent", next_at=None, sent_at=NIGHT, attempts=1)
